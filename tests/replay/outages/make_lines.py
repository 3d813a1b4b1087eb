#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Writes the captures of the cases in this folder that were not recorded, which are committed.
# Neighbours: the cases, whose case.json says what each is about; tests/replay/input/make_captures.py has the headers.
"""Usage: make_lines.py"""
import gzip
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "input"))
import make_captures as parts # noqa: E402, pylint: disable=wrong-import-position

EPOCH = 1700000000
GATEWAY = b"\2\0\0\0\0\1"
CLOSED = "2408:0:ffff::35" # within the closed network; hosts ask its resolver
HOSTS = range(4)
DOWN, BACK, END = 60, 80, 120 # seconds


def echo(src, dst, kind, number):
    """An echo request or reply of either family; kind 0: the request."""
    if ":" in src:
        message = struct.pack(">BBHHH", 128 + kind, 0, 0, 7, number)
        return parts.ip(src, dst, 58, parts.with_checksum(src, dst, 58, message, 2))
    message = struct.pack(">BBHHH", 0 if kind else 8, 0, 0, 7, number)
    return parts.ip(src, dst, 1, message[:2] + struct.pack(">H", parts.checksum(message)) + message[4:])


def udp(src, dst, sport, dport, data):
    datagram = struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data
    return parts.ip(src, dst, 17, parts.with_checksum(src, dst, 17, datagram, 6))


def question(number, name, flags=0x100):
    """A query of the address, or with other flags its answer without one."""
    labels = b"".join(struct.pack("B", len(label)) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 28, 1)


class Line:
    """Frames of a gateway's line, by their time."""

    def __init__(self):
        self.frames = []

    def add(self, at, packet, src, dst):
        self.frames.append((at, parts.ethernet(packet, src, dst)))

    def ask(self, at, host, src, dst, answered):
        mac, number = b"\2\0\0\0\0" + bytes([16 + host]), len(self.frames)
        self.add(at, echo(src, dst, 0, number), mac, GATEWAY)
        if answered:
            self.add(at + 0.01, echo(dst, src, 1, number), GATEWAY, mac)

    def home(self, inside, ipv6, ipv4):
        """Four hosts ask a remote each. inside(at): their prefix; ipv6(at), ipv4(at): whether there are answers."""
        at = 0.0
        while at < END:
            for host in HOSTS:
                when = at + 0.3 * host
                self.ask(when, host, f"{inside(when)}::{16 + host:x}", f"2001:db8:a{host}::1", ipv6(when))
                self.ask(when + 0.1, host, f"192.168.1.{16 + host}", f"198.51.{100 + host}.1", ipv4(when))
            at += 2 if DOWN <= at < BACK else 4

    def write(self, name):
        data = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, parts.ETHERNET)
        for at, frame in sorted(self.frames):
            micro = round(at * 10**6)
            data += struct.pack("<IIII", EPOCH + micro // 10**6, micro % 10**6, len(frame), len(frame)) + frame
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(data, mtime=0))


def is_up(at):
    return not DOWN <= at < BACK


def closed_network():
    """The provider's prefix went, that of the access line came; only what is within that answers."""
    line = Line()
    line.home(lambda at: "2001:db8:1:1" if is_up(at) else "2408:0:1:1", is_up, is_up)
    for at in range(1, END, 3):
        line.ask(at + 0.7, 0, f"{'2001:db8:1:1' if is_up(at) else '2408:0:1:1'}::10", CLOSED, True)
    line.write("closed-network/line.pcap.gz")


def relay_not_found():
    """On the other side of the gateway its DNS query for the relay has no answer, and IPv4 ends."""
    line, wan, router = Line(), b"\2\0\0\0\1\1", b"\2\0\0\0\1\2"
    line.home(lambda at: "2001:db8:1:1", lambda at: True, is_up)
    for number, at in enumerate((5, DOWN - 12, DOWN - 10, DOWN - 7, BACK - 1)):
        ends, name = ("2001:db8:1::ce", "2001:db8:53::1", 40000 + number, 53), "gw.transix.jp"
        line.add(at, udp(*ends, question(number, name)), wan, router)
        if number in (0, 4):
            back = (ends[1], ends[0], ends[3], ends[2])
            line.add(at + 0.02, udp(*back, question(number, name, 0x8180)), router, wan)
    line.write("relay-not-found/line.pcap.gz")


if __name__ == "__main__":
    closed_network()
    relay_not_found()
