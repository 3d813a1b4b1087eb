#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Writes the captures of the cases in this folder, which are committed. Documentation addresses only.
# Neighbours: the cases, whose case.json says what each is about.
"""Usage: make_captures.py"""
import gzip
import ipaddress
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
A, B = b"\x02\0\0\0\0\x0a", b"\x02\0\0\0\0\x0b"
EPOCH = 1700000000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETHERNET, RAW, COOKED, RADIOTAP = 1, 101, 113, 127
SNAP = b"\xaa\xaa\3\0\0\0"


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packed(address):
    return ipaddress.ip_address(address).packed


def ip(src, dst, protocol, payload, ttl=64, number=1, total=None):
    """An IP packet of either family; total: what its length field says."""
    if ":" in src:
        return struct.pack(">IHBB", 6 << 28, len(payload) if total is None else total, protocol, ttl) + \
            packed(src) + packed(dst) + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload) if total is None else total, number, 0x4000, ttl,
                       protocol, 0) + packed(src) + packed(dst)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def with_checksum(src, dst, protocol, segment, at):
    pseudo = packed(src) + packed(dst) + struct.pack(">IHBB", len(segment), 0, 0, protocol)
    return segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2:]


def tcp(src, dst, sport, dport, seq, ack, flags, data=b""):
    segment = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64000, 0, 0) + data
    return with_checksum(src, dst, 6, segment, 16)


def ethernet(packet, src=A, dst=B, tags=()):
    kind = b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"
    return dst + src + b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags) + kind + packet


def cooked(packet):
    return b"\0\0\0\1\0\6" + A + b"\0\0" + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0") + packet


def connection(client, server, port):
    """A short one: handshake, request, answer, its end."""
    out = []
    for count, (who, flags, data) in enumerate((
            ("c", SYN, b""), ("s", SYN | ACK, b""), ("c", ACK, b""), ("c", PSH | ACK, b"GET /"), ("s", ACK, b"answer"),
            ("c", FIN | ACK, b""), ("s", FIN | ACK, b""), ("c", ACK, b""))):
        ours, theirs = ((client, port), (server, 80)) if who == "c" else ((server, 80), (client, port))
        sent = {"c": 1000, "s": 5000}
        for earlier in out:
            sent[earlier[0]] += earlier[1]
        other = "s" if who == "c" else "c"
        segment = tcp(ours[0], theirs[0], ours[1], theirs[1], sent[who], sent[other] if flags & ACK else 0, flags, data)
        out.append((who, len(data) + bool(flags & (SYN | FIN)),
                    ip(ours[0], theirs[0], 6, segment, number=count + 1)))
    return [packet for _, _, packet in out]


class Pcapng:
    """Sections in either byte order, interfaces as they come."""

    def __init__(self):
        self.data, self.order = b"", "<"

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(self.order + "I", 12 + len(body))
        self.data += struct.pack(self.order + "I", kind) + size + body + size

    def section(self, order):
        self.order = order
        self.block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))

    def interface(self, link, snap, resolution=None, offset=None):
        options = b""
        if resolution is not None:
            options += struct.pack(self.order + "HHBxxx", 9, 1, resolution)
        if offset is not None:
            options += struct.pack(self.order + "HHq", 14, 8, offset)
        self.block(1, struct.pack(self.order + "HHI", link, 0, snap) + options + (b"\0" * 4 if options else b""))

    def packet(self, interface, count, frame, wire=None):
        self.block(6, struct.pack(self.order + "IIIII", interface, count >> 32, count & 0xffffffff, len(frame),
                                  wire or len(frame)) + frame)


def mixed_interfaces():
    """One connection as three interfaces saw it in turn, another in a section of the other byte order."""
    file = Pcapng()
    file.section("<")
    file.interface(ETHERNET, 262144)
    file.interface(RAW, 128, resolution=9)
    file.interface(COOKED, 0, resolution=3, offset=EPOCH)
    packets = connection("192.0.2.1", "198.51.100.1", 40000)
    for number, packet in enumerate(packets):
        micro = EPOCH * 10**6 + number * 10000
        if number % 3 == 0:
            file.packet(0, micro, ethernet(packet))
        elif number % 3 == 1:
            file.packet(1, micro * 1000, packet)
        else:
            file.packet(2, number * 10, cooked(packet))
    file.section(">")
    file.interface(RAW, 0)
    file.interface(ETHERNET, 96, resolution=0x94)  # 2^-20 s
    for number, packet in enumerate(connection("2001:db8::1", "2001:db8:1::1", 40001)):
        if number % 2 == 0:
            file.packet(0, (EPOCH + 1) * 10**6 + number * 10000, packet)
        else:
            file.packet(1, ((EPOCH + 1) << 20) + number * 10486, ethernet(packet))
    return file.data


def ethertype(packet):
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\0"


def wlan(packet, control=b"\x08\2", behind=b""):
    """802.11 data from an access point; behind: what follows the sequence control."""
    return control + b"\0\0" + B + b"\2\0\0\0\0\xff" + A + b"\0\0" + behind + SNAP + ethertype(packet) + packet


def nflog(packet, order):
    attributes = ((1, b"\x08\0\1\0"), (10, b"prefix\0"), (9, packet))
    out = bytes([2 if packet[0] >> 4 == 4 else 10, 0, 0, 5])
    for kind, value in attributes:
        out += struct.pack(order + "HH", len(value) + 4, kind) + value + b"\0" * (-len(value) % 4)
    return out


LINKS = (  # how each link type carries an IP packet
    (105, wlan),
    (RADIOTAP, lambda p: b"\0\0\x09\0\2\0\0\0\x10" + wlan(p, b"\x88\1", b"\0\0") + b"\1\2\3\4"),
    (RADIOTAP, lambda p: b"\0\0\x08\0\0\0\0\0" + wlan(p, b"\x08\3", b"\2\0\0\0\0\xee")),
    (192, lambda p: b"\0\0\x08\0\x69\0\0\0" + wlan(p)),
    (239, lambda p: nflog(p, "<")),
    (239, lambda p: nflog(p, ">")),
    (104, lambda p: b"\x0f\0" + ethertype(p) + p),
    (50, lambda p: b"\x8f\0" + ethertype(p) + p),
    (107, lambda p: b"\x18\x41\3" + (b"\xcc" if p[0] >> 4 == 4 else b"\x8e") + p),
    (284, lambda p: B + A + b"\xe0\x18\0\x64" + ethertype(p) + p),
    (285, lambda p: B + A + b"\xda\xda\0\0\xc0\x18\0\1" + ethertype(p) + p),
    (281, lambda p: B + A + b"\0\0\0\1" + ethertype(p) + p),
    (282, lambda p: b"\0\0\0\1" + ethernet(p)),
    (51, lambda p: b"\x11\0\0\1" + struct.pack(">H", len(p) + 2) + (b"\0\x21" if p[0] >> 4 == 4 else b"\0\x57") + p),
    (219, lambda p: b"\0\1\1\x40" + p),
)


def link_types():
    """Two connections, each packet of them over another link type."""
    file = Pcapng()
    file.section("<")
    for link, _ in LINKS:
        file.interface(link, 0)
    packets = connection("192.0.2.1", "198.51.100.1", 40000) + connection("2001:db8::1", "2001:db8:1::1", 40001)
    for number, packet in enumerate(packets):
        which = number % len(LINKS)
        file.packet(which, EPOCH * 10**6 + number * 10000, LINKS[which][1](packet))
    return file.data


def udp(src, dst, dport, data, length=None):
    segment = struct.pack(">HHHH", 30000, dport, 8 + len(data) if length is None else length, 0) + data
    return with_checksum(src, dst, 17, segment, 6) if length is None else segment


def tunnels_of_others():
    """VXLAN-GPE with IP, with Ethernet and with NSH; 802.11 in GRE and in TZSP."""
    file = Pcapng()
    file.section("<")
    file.interface(ETHERNET, 0)
    gpe = struct.Struct(">BBBBI")
    carriers = (
        lambda p: ip("192.0.2.9", "198.51.100.9", 17, udp("192.0.2.9", "198.51.100.9", 4790, gpe.pack(
            0x0c, 0, 0, 1 if p[0] >> 4 == 4 else 2, 7 << 8) + p)),
        lambda p: ip("2001:db8::9", "2001:db8::a", 17, udp("2001:db8::9", "2001:db8::a", 4790, gpe.pack(
            0x0c, 0, 0, 3, 7 << 8) + ethernet(p))),
        lambda p: ip("192.0.2.9", "198.51.100.9", 17, udp("192.0.2.9", "198.51.100.9", 4790, gpe.pack(
            0x0c, 0, 0, 4, 7 << 8) + b"\x0f\xc2\2\3\0\0\1\xff" + ethernet(p))),
        lambda p: ip("192.0.2.9", "198.51.100.9", 47, b"\0\0\x82\0" + wlan(p, b"\x88\1", b"\0\0")),
        lambda p: ip("192.0.2.9", "198.51.100.9", 17, udp("192.0.2.9", "198.51.100.9", 37008,
                                                         b"\1\0\0\x12\1" + wlan(p))),
    )
    for number, carry in enumerate(carriers):
        for count, packet in enumerate(connection("10.0.0.1", f"203.0.113.{number + 1}", 40000 + number)):
            file.packet(0, EPOCH * 10**6 + (number * 10 + count) * 10000, ethernet(carry(packet)))
    return file.data


def big_tcp():
    """Segments beyond 64 KiB: of IPv4 with length 0, a jumbogram, and both in tunnels. Cut at 200 bytes."""
    file = Pcapng()
    file.section("<")
    file.interface(ETHERNET, 200)
    size = 70000
    for number, (client, server) in enumerate((("192.0.2.1", "198.51.100.1"), ("2001:db8::1", "2001:db8:1::1"))):
        segment = struct.pack(">HHIIBBHHH", 1000, 2000, 1, 2, 0x50, PSH | ACK, 1000, 0, 0) + b"D" * size
        jumbo = b"" if ":" not in client else b"\6\0\xc2\4" + struct.pack(">I", 8 + len(segment))
        inner = ip(client, server, 0 if jumbo else 6, jumbo + segment, total=0)
        geneve = b"\0\0\x65\x58\0\0\1\0" + ethernet(inner)
        for count, packet in enumerate((inner, ip(client, server, 17, udp(client, server, 6081, geneve, 0), total=0))):
            frame = ethernet(packet)
            file.packet(0, EPOCH * 10**6 + number * 100 + count, frame[:200], len(frame))
    return file.data


def pcap(link, frames):
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link)
    for number, frame in enumerate(frames):
        out += struct.pack("<IIII", EPOCH + number, 0, len(frame), len(frame)) + frame
    return out


def encrypted():
    """A monitor without the key: beacons and protected data."""
    beacon = b"\x80\0\0\0" + b"\xff" * 6 + A + A + b"\0\0" + b"\0" * 30
    data = b"\x88\x41\0\0" + A + B + A + b"\0\0\0\0" + b"\1\0\0\x20\0\0\0\0" + bytes(range(60))
    return pcap(RADIOTAP, [b"\0\0\x08\0\0\0\0\0" + (beacon if n % 3 == 0 else data) for n in range(12)])


WRITTEN = {
    "mixed_interfaces/capture.pcapng.gz": lambda: gzip.compress(mixed_interfaces(), mtime=0),
    "link_types/capture.pcapng": link_types,
    "tunnels_of_others/capture.pcapng": tunnels_of_others,
    "big_tcp/capture.pcapng": big_tcp,
    "encrypted_wifi/capture.pcap": encrypted,
    "given_twice/begins.pcap": lambda: (HERE / "one_second/capture.pcap").read_bytes()[:24 + 16 + 43],
    "given_twice/copy.pcap.gz": lambda: gzip.compress((HERE / "one_second/capture.pcap").read_bytes(), mtime=0),
}


def main():
    for name, make in WRITTEN.items():
        (HERE / name).write_bytes(make())


if __name__ == "__main__":
    main()
