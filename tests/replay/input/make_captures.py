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
ETHERNET, RAW, COOKED = 1, 101, 113


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


def main():
    (HERE / "mixed_interfaces" / "capture.pcapng.gz").write_bytes(gzip.compress(mixed_interfaces(), mtime=0))


if __name__ == "__main__":
    main()
