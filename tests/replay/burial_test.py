#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A flood of findings of one kind buries no finding of a capture: all stay on the printed page.

Usage: burial_test.py MIDWATCH FOLDER
Floods that each make a finding a packet (odd fragments under false addresses, VPN handshakes whose answers are cut,
resets with a text on connections of their own) are mixed into each capture of the folder over its whole time. Whatever
it shows alone must be printed beside the flood, and the page must stay short. Random numbers are seeded.
Neighbours: capture.py; flood_test.py and hostile_test.py look at verdicts.
"""
import heapq
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile

import capture

MACS = b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0"
LINES_MOST = 365  # of a report; a finding at length is up to 45, the index up to 32
TITLE = re.compile(r"^  (?:critical|warning|notice|info): ([a-z-]+), .*\(confidence \d+ of 100\)$", re.M)
REST = re.compile(r"^  \.\.\. and (\d+) more ([a-z-]+), confidence (\d+)(?: to (\d+))?[:;]", re.M)


def ip4(src, dst, protocol, payload, number=0, offset=0, ttl=60, length=None):
    """offset: in bytes, with 0x2000 << 3 for more fragments."""
    total = 20 + (length or len(payload))
    return MACS + struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, number & 0xffff, offset >> 3, ttl, protocol, 0, src,
                              dst) + payload


def udp(sport, dport, payload, length=None):
    return struct.pack(">HHHH", sport, dport, 8 + (length or len(payload)), 0) + payload


def tcp(sport, dport, seq, ack, flags, payload=b""):
    header = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 64000, 0, 0)
    return header + payload


def odd_fragments(rng, number):
    """One datagram whose pieces overlap, between strangers."""
    src, dst, more = rng.randbytes(4), rng.randbytes(4), 0x2000 << 3
    yield 0, ip4(src, dst, 17, udp(1, 2, b"A" * 56, 184), number, more)
    yield 1, ip4(src, dst, 17, b"B" * 64, number, more | 32)
    yield 2, ip4(src, dst, 17, b"C" * 64, number, 96)


def ike(spi_i, spi_r, payload, exchange, flags, message, length):
    return struct.pack(">QQBBBBII", spi_i, spi_r, payload, 0x20, exchange, flags, message, length)


def lost_handshake(rng, number):
    """IKE_AUTH, four times, whose answer never comes whole."""
    client, server = bytes([192, 168, number >> 8 & 255, number & 255]), rng.randbytes(4)
    spi_i, spi_r = rng.getrandbits(64), rng.getrandbits(64)
    init = bytes(300)
    yield 0, ip4(client, server, 17, udp(500, 500, ike(spi_i, 0, 33, 34, 8, 0, 328) + init))
    yield 1, ip4(server, client, 17, udp(500, 500, ike(spi_i, spi_r, 33, 34, 0x20, 0, 328) + init))
    for i in range(4):
        yield 2 + 2 * i, ip4(client, server, 17, udp(500, 500, ike(spi_i, spi_r, 46, 35, 8, 1, 928) + bytes(900)))
        answer = udp(500, 500, ike(spi_i, spi_r, 46, 35, 0x20, 1, 3000) + bytes(1444), 3000)
        yield 3 + 2 * i, ip4(server, client, 17, answer, number * 4 + i, 0x2000 << 3)


def forged_reset(rng, number):
    """A connection of its own, broken by a box of a make of its own."""
    server, client = rng.randbytes(4), bytes([10, 0]) + rng.randbytes(2)
    port, seq, ack = rng.randrange(1024, 65536), rng.getrandbits(32), rng.getrandbits(32)
    text = b"BIG-IP: [0x%08x:%d] No flow found for ACK" % (rng.getrandbits(32), rng.randrange(10000))
    box = {"number": number, "ttl": rng.randrange(30, 60)}
    yield 0, ip4(client, server, 6, tcp(port, 443, ack - 1, 0, 2), number, 0x4000 << 3, 63)
    yield 10, ip4(server, client, 6, tcp(443, port, seq - 1, ack, 0x12), number, 0x4000 << 3, 50)
    yield 20, ip4(client, server, 6, tcp(port, 443, ack, seq, 0x10), number, 0x4000 << 3, 63)
    yield 21, ip4(client, server, 6, tcp(port, 443, ack, seq, 0x18, b"A" * 20), number, 0x4000 << 3, 63)
    yield 22, ip4(server, client, 6, tcp(443, port, seq, ack + 20, 0x14, text), offset=0x4000 << 3, **box)
    yield 23, ip4(server, client, 6, tcp(443, port, seq, ack + 20, 0x18, b"B" * 10), number, 0x4000 << 3, 50)


OF_A_SHARE = {"mirror-cut"}  # of all packets: a flood makes it another one

FLOODS = {"odd fragments": (odd_fragments, 20_000), "lost handshakes": (lost_handshake, 300),
          "forged resets": (forged_reset, 5_000)}
STEP_NS = 100_000


def flood(make, count, first_ns, last_ns):
    rng = random.Random(count)
    packets = []
    for number in range(count):
        start = first_ns + (last_ns - first_ns) * number // count
        packets += [capture.Frame(start + step * STEP_NS, data, len(data)) for step, data in make(rng, number)]
    return sorted(packets, key=lambda frame: frame.time_ns)


def run(midwatch, path, out):
    """@return (the report, rows of findings.csv)"""
    done = subprocess.run([midwatch, "-r", path, "-o", out, "--color=never", "--set", "output.evidence=no"],
                          capture_output=True, timeout=capture.RUN_SECONDS, check=False)
    if done.returncode != 0:
        sys.exit(f"{path}: exit status {done.returncode}\n{done.stderr.decode()[-2000:]}")
    return done.stdout.decode(), capture.rows_of(out / "findings.csv")


def sections(report):
    """(kind, text) of each finding that is told at length."""
    found = list(TITLE.finditer(report))
    for title, following in zip(found, found[1:] + [None]):
        yield title[1], report[title.end():following.start() if following else len(report)]


def check_page(report):
    """What to do is said once a kind, all in all the page is short, and the rest is summed."""
    told = [kind for kind, text in sections(report) if "\n    What to do:\n" in text]
    yield from (f"what to do is said {told.count(kind)} times for {kind}" for kind in set(told) if told.count(kind) > 1)
    if report.count("\n") > LINES_MOST:
        yield f"{report.count(chr(10))} lines"
    for count, kind, low, high in REST.findall(report):
        if int(count) == 0 or int(low) > int(high or low) or int(high or low) > 100:
            yield f"the rest of {kind}: {count}, confidence {low} to {high}"


def check(midwatch, path, name, folder):
    make, count = FLOODS[name]
    frames = capture.read(path)
    _, alone = run(midwatch, path, folder / "alone")
    if not alone:
        return
    both = folder / "both.pcap"
    capture.write(both, heapq.merge(frames, flood(make, count, frames[0].time_ns, frames[-1].time_ns),
                                    key=lambda frame: frame.time_ns))
    report, beside = run(midwatch, both, folder / "both")
    ids = {row["id"] for row in beside}
    print(f"{path.name} in {name}: {len(alone)} alone, {len(beside)} beside, {report.count(chr(10))} lines")
    for row in alone:
        if row["kind"] not in OF_A_SHARE and (row["id"] not in ids or row["id"] not in report):
            yield f"{'buried' if row['id'] in ids else 'lost'}: {row['id']} {row['severity']} {row['confidence']}"
    yield from check_page(report)


def main():
    midwatch, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    faults = []
    for path in sorted(folder.glob("*.pcap")):
        for name in FLOODS:
            with tempfile.TemporaryDirectory() as work:
                found = check(midwatch, path, name, pathlib.Path(work))
                faults += [f"{path.name} in {name}: {fault}" for fault in found]
    print(*faults[:40], f"{len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


main()
