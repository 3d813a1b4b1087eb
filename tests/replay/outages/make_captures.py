#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Writes the capture of gateway-gone, which is committed. Documentation addresses only.
# Neighbours: the case, whose case.json says what it is about.
"""Usage: make_captures.py"""
import ipaddress
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
EPOCH = 1700000000
GATEWAY = "192.0.2.1"
HOSTS = [f"192.0.2.{number}" for number in (10, 11, 12)]
RESOLVERS = ["198.51.100.1", "203.0.113.1", "233.252.0.1", "198.18.0.1", "198.19.0.1"]
EVERYBODY = b"\xff" * 6
DAD = (b"\x6e\0\0\0\0\x18\x3a\xff" + bytes(16) + bytes.fromhex("ff0200000000000000000001ff000001") + b"\x87\0" +
       bytes(6) + bytes.fromhex("fe800000000000000000000000000001"))  # a neighbour solicitation from ::


def mac(address):
    return b"\x02\0\0\0\0" + ipaddress.ip_address(address).packed[3:]


def ip(src, dst, protocol, payload):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + \
        ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:] + payload


def udp(src, dst, sport, dport, payload):
    return ip(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


def dns(number, answer):
    return struct.pack(">HHHHHH", number, 0x8180 if answer else 0x0100, 1, 0, 0, 0) + b"\4host\7example\0\0\1\0\1"


class Capture:
    def __init__(self):
        self.frames = []

    def add(self, at_ms, src, dst, kind, payload):
        self.frames.append((at_ms, dst + src + struct.pack(">H", kind) + payload))

    def asks(self, at_ms, host, resolver, number, answered):
        """A query through the gateway, sent again after a second when no answer comes."""
        for again_ms in (0,) if answered else (0, 1000):
            self.add(at_ms + again_ms, mac(host), mac(GATEWAY), 0x800,
                     udp(host, resolver, 40000 + number, 53, dns(number, False)))
        if answered:
            self.add(at_ms + 20, mac(GATEWAY), mac(host), 0x800,
                     udp(resolver, host, 53, 40000 + number, dns(number, True)))

    def who_has(self, at_ms, host, answered):
        ends = ipaddress.ip_address(host).packed, ipaddress.ip_address(GATEWAY).packed
        for again_ms in (0,) if answered else (0, 1000, 2000):
            self.add(at_ms + again_ms, mac(host), EVERYBODY, 0x806, struct.pack(
                ">HHBBH", 1, 0x800, 6, 4, 1) + mac(host) + ends[0] + bytes(6) + ends[1])
        if answered:
            self.add(at_ms + 1, mac(GATEWAY), mac(host), 0x806, struct.pack(
                ">HHBBH", 1, 0x800, 6, 4, 2) + mac(GATEWAY) + ends[1] + mac(host) + ends[0])

    def lives(self, from_s, to_s, answered=True):
        for second in range(from_s, to_s, 1 if answered else 4):
            for place, host in enumerate(HOSTS):
                at_ms = 1000 * second + 150 * place
                self.asks(at_ms, host, RESOLVERS[(second + place) % len(RESOLVERS)], 10 * second + place, answered)
                if (second - from_s) % 8 == 4:
                    self.who_has(at_ms + 50, host, answered)

    def says_boot(self, at_ms, number):
        self.add(at_ms, mac(GATEWAY), b"\1\0\x5e\x7f\xff\xfa", 0x800, udp(
            GATEWAY, "239.255.255.250", 1900, 1900, b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n"
            b"USN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::upnp:rootdevice\r\nBOOTID.UPNP.ORG: %d\r\n\r\n" % number))

    def queries(self, at_ms):
        query = b"\x11\x64\xee\x9b" + bytes(4)
        self.add(at_ms, mac(GATEWAY), b"\1\0\x5e\0\0\1", 0x800, ip(GATEWAY, "224.0.0.1", 2, query))

    def write(self, path):
        data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
        for at_ms, frame in sorted(self.frames, key=lambda one: one[0]):
            data += struct.pack("<IIII", EPOCH + at_ms // 1000, at_ms % 1000 * 1000, len(frame), len(frame)) + frame
        path.write_bytes(data)


def gateway_gone():
    """Its cable is pulled for 20 s; then it restarts, and shows how a router starts."""
    capture = Capture()
    capture.says_boot(500, 100)
    capture.lives(1, 13)
    capture.lives(13, 33, answered=False)
    capture.lives(33, 73)
    capture.lives(73, 97, answered=False)
    capture.add(96500, mac(GATEWAY), b"\x33\x33\xff\0\0\1", 0x86dd, DAD)
    capture.queries(96600)
    capture.lives(97, 120)
    capture.says_boot(99300, 101)
    capture.queries(119500)
    capture.lives(120, 140)
    capture.write(HERE / "gateway-gone" / "gateway-gone.pcap")


if __name__ == "__main__":
    gateway_gone()
