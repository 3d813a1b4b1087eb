#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Hostile resets change no other flow's verdict, fill no memory, and print harmlessly.

Usage: hostile_test.py MIDWATCH MIDWATCHCTL CAPTURE...
A flood of resets with random ends and texts made to hurt whoever shows them is mixed into each capture. Its flows must
be judged as without the flood. Random numbers are seeded. Neighbours: capture.py.
"""
import csv
import dataclasses
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time

import capture

FLOOD = 300_000
SMALL = 30_000
FLOWS_MAX = 16384  # both floods are larger, so that the flow table is in full use in both
TRIES = 50
# a sanitizer keeps what was freed, up to 256 MiB, and a C library that fills what it hands out (MALLOC_PERTURB_, which
# meson sets) touches what nobody needs: that is no memory of ours
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1",
               "MALLOC_PERTURB_": "0"}
RSS_GROWTH_KIB = 8192  # ten times the resets may not take more than this on top
WEIGHED_NS = 20_000_000  # after a reset, what its flow does next is still to come
LINE_END, DELETE = 10, 127

# What a text in a packet may try: the terminal, the table's cells, a spreadsheet's formulas, the program's own parser.
TEXTS = (
    b"\x1b[2J\x1b]0;owned\x07",
    b"line\nline\r\n\x0b\x0c",
    b'a,b,"c",""d',
    b"=cmd|' /C calc'!A0",
    b"+1+1",
    b"-2",
    b"@SUM(A1)",
    b"\x00",
    b"\xff\xfe\x80\xc3\x28",
    b"\xe2\x80\xae\xc2\x9b31m",  # turned text; a control of the C1 set
    b"BIG-IP: [0x%x:%d] \x1b[31m\n=evil",
    b"BIG-IP: [0x%x:%d] No flow found for ACK",
    b"BIG-IP: [0x%x:%d] Policy action",
    b"BIG-IP: [0x%x:%d] =1+1",
    b"BIG-IP: [0x%x:%d] %s{peer}%n",
    b"%s%s%n{}",
    b"",
)


def text_of(rng):
    text = rng.choice(TEXTS)
    if b"0x%x" in text:
        text = text.replace(b"%x", b"%x" % rng.getrandbits(28), 1).replace(b"%d", b"%d" % rng.randrange(10000), 1)
    return text if rng.random() < 0.8 else rng.randbytes(rng.randrange(48)) + text


def reset_frame(rng, hosts):
    """A reset between random ends; one in four names a host of the capture."""
    text = text_of(rng)
    src, dst = rng.getrandbits(32), rng.getrandbits(32)
    if hosts and rng.random() < 0.25:
        src = rng.choice(hosts)
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(text), rng.getrandbits(16), 0x4000, rng.randrange(1, 256), 6, 0,
                     src, dst)
    flags = 0x14 if rng.random() < 0.5 else 0x04
    tcp = struct.pack(">HHIIBBHHH", rng.randrange(1, 1024), rng.randrange(1024, 65536), rng.getrandbits(32),
                      rng.getrandbits(32), 0x50, flags, rng.getrandbits(16), rng.getrandbits(16), 0)
    return b"\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0" + ip + tcp + text


def flood(frames, count):
    """The frames with so many hostile ones: half all over their time, half while their own resets are being weighed."""
    rng = random.Random(count)
    first, last = frames[0].time_ns, frames[-1].time_ns
    hosts = sorted({int.from_bytes(frame.data[26:30], "big") for frame in frames if frame.data[12:14] == b"\x08\0"})
    resets = [frame.time_ns for frame in frames if (tcp := capture.parse(frame.data)) is not None and tcp.flags & 4]
    hostile = []
    for i in range(count):
        time_ns = rng.randint(first, last) if i % 2 else rng.choice(resets) + rng.randrange(WEIGHED_NS)
        data = reset_frame(rng, hosts)
        hostile.append(capture.Frame(time_ns, data, len(data)))
    return sorted(frames + hostile, key=lambda frame: frame.time_ns)


def run(midwatch, path, out, *options):
    """@return (standard output, peak memory in KiB) of one replay."""
    with open(out / "stdout", "wb") as file:
        child = subprocess.Popen([midwatch, "-r", path, "-o", out, *options], stdout=file, stderr=subprocess.DEVNULL,
                                 env=ENVIRONMENT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{path.name} {options}: exit status {child.returncode}")
    return (out / "stdout").read_bytes(), usage.ru_maxrss


def verdicts(out, ends):
    """What is said of these ends' resets; that unrelated flows share a look is no matter here."""
    said = {}
    with open(out / "resets.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if capture.ends_of_row(row) in ends:
                evidence = "+".join(name for name in row["evidence"].split("+") if name != "cluster")
                said[row["flow"], row["src"], row["ts"]] = (row["verdict"], row["count"], evidence)
    return said


def compare(name, clean, flooded):
    changed = [(key, clean.get(key), flooded.get(key)) for key in clean.keys() | flooded.keys()
               if clean.get(key) != flooded.get(key)]
    return [f"{name}: {key} was {was}, with the flood {now}" for key, was, now in changed]


def harmless(name, data):
    """Text for people: no control byte but line ends, and whole characters."""
    bad = sorted({byte for byte in data if (byte < 32 and byte != LINE_END) or byte == DELETE})
    faults = [f"{name}: control bytes {bad}"] if bad else []
    try:
        shown = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return faults + [f"{name}: {error}"]
    odd = sorted({hex(ord(character)) for character in shown if not character.isprintable() and character != "\n"})
    return faults + ([f"{name}: characters that do not print {odd}"] if odd else [])


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_tables(name, out):
    faults = []
    for path in sorted(out.glob("*.csv")):
        faults += harmless(f"{name} {path.name}", path.read_bytes())
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            rows = csv.reader(file, strict=True)
            header = next(rows)
            for row in rows:
                if len(row) != len(header):
                    faults.append(f"{name} {path.name}: a row of {len(row)} cells: {row}")
                faults += [f"{name} {path.name}: cell {cell!r}" for cell in row
                           if cell and cell[0] in "=+-@" and not is_number(cell)]
    return faults


def ends_in(frames):
    parsed = (capture.parse(frame.data) for frame in frames)
    return {(tcp.src, tcp.sport, tcp.dst, tcp.dport) for tcp in parsed if tcp is not None}


def check_capture(midwatch, path, folder):
    """Verdicts and texts with the flood, which stays in the folder."""
    frames = capture.read(path)
    ends, mixed = ends_in(frames), folder / "mixed.pcap"
    clean, flooded = folder / "clean", folder / "flooded"
    for out in (clean, flooded):
        out.mkdir(exist_ok=True)
    run(midwatch, path, clean, "--quiet")
    said = verdicts(clean, ends)
    faults = [] if said else [f"{path.name}: no resets"]
    capture.write(mixed, flood(frames, FLOOD))
    report, _ = run(midwatch, mixed, flooded)
    faults += compare(path.name, said, verdicts(flooded, ends))
    faults += check_tables(path.name, flooded) + harmless(f"{path.name} report", report)
    return faults


def check_small_table(midwatch, path, folder):
    """The same with a flow table that both floods fill: then ten times the flood takes no more memory."""
    frames = capture.read(path)
    ends, mixed, out = ends_in(frames), folder / "mixed.pcap", folder / "flooded"
    options = ("--json", "--set", f"flow.flows-max={FLOWS_MAX}")
    said = verdicts(folder / "clean", ends)
    document, rss = run(midwatch, mixed, out, *options)
    json.loads(document)
    faults = harmless(f"{path.name} --json", document)
    faults += compare(f"{path.name}, small table", said, verdicts(out, ends))
    capture.write(mixed, flood(frames, SMALL))
    _, rss_small = run(midwatch, mixed, out, *options)
    print(f"{path.name}: {len(said)} episodes; {SMALL} hostile resets {rss_small} KiB, {FLOOD} {rss} KiB")
    if rss - rss_small > RSS_GROWTH_KIB:
        faults.append(f"{path.name}: memory grew by {rss - rss_small} KiB")
    return faults


def keep_feeding(pipe, frames, done):
    """A replay from a pipe answers its socket between packets: so they keep coming."""
    time_ns = frames[-1].time_ns
    while not done.wait(0.01):
        time_ns += 10**6
        try:
            pipe.write(b"".join(capture.record(dataclasses.replace(frames[0], time_ns=time_ns)) for _ in range(100)))
            pipe.flush()
        except BrokenPipeError:
            return


def check_control(midwatch, midwatchctl, path, folder):
    """What an operator's terminal would get, while the flood is being read."""
    mixed, socket, done = folder / "mixed.pcap", folder / "socket", threading.Event()
    frames = flood(capture.read(path), 2000)
    capture.write(mixed, frames)
    with subprocess.Popen([midwatch, "-r", "-", "-o", folder / "control", "-s", socket, "--quiet"],
                          stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        child.stdin.write(mixed.read_bytes())
        feeder = threading.Thread(target=keep_feeding, args=(child.stdin, frames, done))
        feeder.start()
        try:
            return [fault for command, word in (("resets", b"BIG-IP"), ("findings", b"forged-resets"))
                    for fault in check_answer(midwatchctl, socket, command, word)]
        finally:
            done.set()
            feeder.join()


def check_answer(midwatchctl, socket, command, word):
    """The rows come with the first interval that is told: until then the table is empty."""
    for _ in range(TRIES):
        done = subprocess.run([midwatchctl, "-s", socket, "show", command], capture_output=True, timeout=60,
                              check=False)
        if done.returncode == 0 and word in done.stdout:
            return harmless(f"show {command}", done.stdout)
        time.sleep(0.05)
    return [f"show {command}: the flood is not in it: {done.stderr[:200]}"]


def main():
    midwatch, midwatchctl = sys.argv[1:3]
    faults = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path in map(pathlib.Path, sys.argv[3:]):
            faults += check_capture(midwatch, path, folder)
        faults += check_small_table(midwatch, path, folder)
        faults += check_control(midwatch, midwatchctl, path, folder)
    print(*faults[:40], f"{len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
