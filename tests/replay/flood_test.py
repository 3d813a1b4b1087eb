#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A flood of first fragments that nobody completes hides no true loss, invents none, and fills no memory.

Usage: flood_test.py [--flood COUNT] MIDWATCH      COUNT: three seconds of packets at least
Spoofed senders send first pieces alone. Beside them pairs of hosts, one datagram in pieces for a hundred spoofed ones,
exchange what is answered: some lose pieces often, some now and then, most never. Each loss must be told with its bytes,
and nothing else of these pairs. Random numbers are seeded. Neighbours: capture.py; hostile_test.py floods with resets.
"""
import argparse
import collections
import dataclasses
import ipaddress
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import capture

PER_SECOND = 100_000
TRUE_EVERY = 100  # spoofed pieces between two true datagrams
PAIRS, LOSSY, SELDOM = 40, 8, 8  # SELDOM: pairs that lose one datagram in a hundred
OFTEN_PART, SELDOM_PART = 0.4, 0.01
PIECE_BYTES = 1448  # of payload: fits both families
KEPT_BYTES = 96  # of a frame; that they are cut is told as well
QUIET_SECONDS = 40  # behind the flood, until every time-out is over
FOUND_LEAST_PCT = 95
PROOF = 8  # lost datagrams of a pair that must make a finding
SMALL_TABLES = ("flow.flows-max=16384", "fragment.datagrams-max=8192")  # the flood fills them
RSS_GROWTH_KIB = 24576  # twice the flood may not take more on top: 80 bytes a spoofed piece
START_NS = 1_760_000_000 * 10**9
MACS = b"\x02\0\0\0\0\1\x02\0\0\0\0\2"


@dataclasses.dataclass
class Pair:
    src: bytes
    dst: bytes
    part: float  # of its datagrams that lose a piece
    sent: int = 0

    @property
    def hosts(self):
        return tuple(ipaddress.ip_address(raw).compressed for raw in (self.src, self.dst))


@dataclasses.dataclass
class Truth:
    pairs: list
    missing: dict = dataclasses.field(default_factory=dict)  # (src, dst, id): the bytes that never pass


def ip4(src, dst, number, offset, more, payload_bytes, protocol=17):
    return MACS + b"\x08\0" + struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + payload_bytes, number & 0xffff,
                                          more << 13 | offset // 8, 60, protocol, 0, src, dst)


def ip6(src, dst, number, offset, more, payload_bytes, protocol=17):
    return MACS + b"\x86\xdd" + struct.pack(">IHBB16s16sBBHI", 6 << 28, 8 + payload_bytes, 44, 60, src, dst, protocol,
                                            0, offset | more, number)


def frame(time_ns, header, payload, payload_bytes):
    return capture.Frame(time_ns, (header + payload)[:KEPT_BYTES], len(header) + payload_bytes)


def pieces_of(pair, time_ns, total):
    """One datagram of total bytes, UDP header included."""
    make = ip4 if len(pair.src) == 4 else ip6
    for at in range(0, total, PIECE_BYTES):
        length = min(PIECE_BYTES, total - at)
        payload = struct.pack(">HHHH", 5000, 6000, total, 1) if at == 0 else b""
        payload += struct.pack(">QQ", pair.sent, at) * 4
        yield frame(time_ns + at, make(pair.src, pair.dst, pair.sent, at, at + length < total, length), payload, length)


def answer(pair, time_ns):
    payload = struct.pack(">HHHHQ", 6000, 5000, 16, 1, pair.sent)
    if len(pair.src) == 4:
        return frame(time_ns, ip4(pair.dst, pair.src, pair.sent, 0, 0, 16), payload, 16)
    header = MACS + b"\x86\xdd" + struct.pack(">IHBB16s16s", 6 << 28, 16, 17, 60, pair.dst, pair.src)
    return frame(time_ns, header, payload, 16)


def send_datagram(truth, rng, time_ns):
    """The frames of a true datagram that pass, and its answer if it came whole."""
    pair = rng.choice(truth.pairs)
    pair.sent += 1
    total = rng.randrange(PIECE_BYTES + 100, 3 * PIECE_BYTES)
    pieces = list(pieces_of(pair, time_ns, total))
    if pair.sent == 1 or rng.random() >= pair.part:  # what a pair sends first is answered
        return pieces + [answer(pair, time_ns + 5 * 10**6)]
    # a device that wants ports lets no first piece pass; what is lost now and then is any
    gone = 0 if pair.part == OFTEN_PART else rng.randrange(len(pieces))
    truth.missing[(*pair.hosts, pair.sent)] = f"{gone * PIECE_BYTES}-{min((gone + 1) * PIECE_BYTES, total) - 1}"
    return pieces[:gone] + pieces[gone + 1:]


def spoofed(rng, time_ns, victims):
    """A first piece from nowhere; half go to hosts that have true ones too."""
    total, length = rng.randrange(2000, 60000), 8 * rng.randrange(8, 180)
    payload = struct.pack(">HHHHQ", rng.randrange(1, 65536), rng.randrange(1, 65536), total, 1, rng.getrandbits(64))
    victim = rng.choice(victims)
    if len(victim) == 4:
        return frame(time_ns, ip4(rng.randbytes(4), victim, rng.getrandbits(16), 0, 1, length), payload, length)
    source = b"\x20\x01" + rng.randbytes(14)
    return frame(time_ns, ip6(source, victim, rng.getrandbits(32), 0, 1, length), payload, length)


def new_truth():
    pairs = []
    for i in range(PAIRS):
        part = OFTEN_PART if i < LOSSY else SELDOM_PART if i < LOSSY + SELDOM else 0
        nets = ("192.0.2.", "198.51.100.") if i % 2 else ("2001:db8:1::", "2001:db8:2::")
        pairs.append(Pair(*(ipaddress.ip_address(f"{net}{i + 1}").packed for net in nets), part))
    return Truth(pairs)


def generate(truth, flood):
    """The frames in order of time, but for the moment that a datagram takes."""
    rng = random.Random(flood)
    victims = [pair.dst for pair in truth.pairs[::3]]
    victims += [ipaddress.ip_address(f"203.0.113.{i}").packed for i in range(10)]
    for i in range(flood):
        time_ns = START_NS + i * 10**9 // PER_SECOND
        yield spoofed(rng, time_ns, victims)
        if i % TRUE_EVERY == 0:
            yield from send_datagram(truth, rng, time_ns)
    for i in range(QUIET_SECONDS):
        yield answer(truth.pairs[0], time_ns + (i + 1) * 10**9)


def write(path, truth, flood):
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1))
        file.writelines(map(capture.record, generate(truth, flood)))


def run(midwatch, path, out, settings):
    """@return the peak memory of one replay in KiB, and its seconds."""
    options = [word for setting in settings for word in ("--set", setting)]
    child = subprocess.Popen([midwatch, "-r", path, "-o", out, "--quiet", *options], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{path.name}: exit status {child.returncode}")
    return usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def check_rows(truth, rows):
    """Losses that are told with their bytes; what is told of true datagrams that came whole."""
    own = {pair.hosts for pair in truth.pairs}
    told = {(row["src"], row["dst"], int(row["ip_id"])): row["missing"] for row in rows
            if row["verdict"] == "incomplete" and (row["src"], row["dst"]) in own}
    found = sum(told.get(key) == missing for key, missing in truth.missing.items())
    print(f"found {found} of {len(truth.missing)} losses")
    if found * 100 < len(truth.missing) * FOUND_LEAST_PCT:
        yield f"found {found} of {len(truth.missing)} losses"
    yield from (f"invented: {key} lacks {told[key]}" for key in told.keys() - truth.missing.keys())


def check_findings(truth, rows):
    """A pair that loses often is told of, one that never does is not, nor any spoofed sender."""
    losses = collections.Counter(f"{src} to {dst}" for src, dst, _ in truth.missing)
    often = {"{} to {}".format(*pair.hosts) for pair in truth.pairs if pair.part == OFTEN_PART}
    told = {row["subject"] for row in rows if row["kind"] == "fragments-lost"}
    yield from (f"not found: {subject}" for subject in often - told if losses[subject] >= PROOF)
    yield from (f"{row['kind']}: {row['subject']}" for row in rows
                if row["kind"] != "mirror-cut" and (row["kind"] != "fragments-lost" or losses[row["subject"]] == 0))


def check_flood(midwatch, flood, folder, settings=()):
    """@return (what is wrong, peak memory in KiB)"""
    truth, path, out = new_truth(), folder / "flood.pcap", folder / "out"
    write(path, truth, flood)
    rss, seconds = run(midwatch, path, out, settings)
    print(f"{flood} spoofed pieces {' '.join(settings)}: {rss} KiB, {seconds:.1f} s")
    faults = list(check_rows(truth, capture.rows_of(out / "fragments.csv")))
    faults += check_findings(truth, capture.rows_of(out / "findings.csv"))
    verdicts = {row["verdict"] for row in capture.rows_of(out / "paths.csv")} - {"ok"}
    return faults + [f"paths.csv says {verdict}" for verdict in verdicts], rss


def main():
    parser = argparse.ArgumentParser(description="floods with first fragments that nobody completes")
    parser.add_argument("--flood", type=int, default=300_000, metavar="COUNT", help="default %(default)s")
    parser.add_argument("midwatch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        faults, _ = check_flood(options.midwatch, options.flood, folder)
        faults_small, rss = check_flood(options.midwatch, options.flood, folder, SMALL_TABLES)
        faults_twice, rss_twice = check_flood(options.midwatch, options.flood * 2, folder, SMALL_TABLES)
    faults += faults_small + faults_twice
    if rss_twice - rss > RSS_GROWTH_KIB:
        faults.append(f"memory grew by {rss_twice - rss} KiB")
    print(*faults[:40], f"{len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
