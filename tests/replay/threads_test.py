#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a long capture gives does not depend on threads: the same bytes from one, from one a stage, from workers.

Usage: threads_test.py [--few] MIDWATCH CAPTURE...
--few: under a sanitizer, which makes each run slow; one kind of silence a capture, and fewer numbers of workers.
Captures are repeated, one copy behind the other, until they are long enough to be worth threads; once with hours of
silence between the copies. With one core all runs have one thread, and there is nothing to see.
Neighbours: replay.py agrees on short captures; capture.py.
"""
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile

import capture

LONG_BYTES = 5 << 20
GAPS_NS = (10**9, 3 * 3600 * 10**9)
SETTINGS = ("output.probe=threads", "output.interval=10s", "output.evidence=no")


def write_long(path, frames, gap_ns):
    length_ns = frames[-1].time_ns - frames[0].time_ns + gap_ns
    copies = LONG_BYTES // sum(len(frame.data) + 16 for frame in frames) + 1
    capture.write(path, [dataclasses.replace(frame, time_ns=frame.time_ns + copy * length_ns)
                         for copy in range(copies) for frame in frames])


def replay(midwatch, path, workers, stream=False):
    with tempfile.TemporaryDirectory() as out, open(path, "rb") as file:
        command = [midwatch, "-r", "-" if stream else str(path), "-o", out, "-w", workers, "--quiet"]
        for setting in SETTINGS:
            command += ["--set", setting]
        done = subprocess.run(command, stdin=file if stream else subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=600, check=False)
        if done.returncode != 0 or b"Sanitizer" in done.stderr:
            sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr.decode()[-4000:]}")
        return {table.name: table.read_bytes() for table in pathlib.Path(out).glob("*.csv")}


def check(label, expected, actual):
    different = [name for name in expected if actual.get(name) != expected[name]]
    if different or len(actual) != len(expected):
        sys.exit(f"{label}: differs from one thread: {', '.join(different) or 'files are missing'}")


def main():
    few = sys.argv[1] == "--few"
    midwatch, captures = sys.argv[1 + few], [pathlib.Path(name) for name in sys.argv[2 + few:]]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "long.pcap"
        for number, source in enumerate(captures):
            for gap_ns in GAPS_NS[number % 2:][:1] if few else GAPS_NS:
                write_long(path, capture.read(source), gap_ns)
                expected = replay(midwatch, path, "1")
                if expected["summary.csv"].count(b"\n") < 10:
                    sys.exit(f"{source}: too short to tell anything")
                for workers in ("auto", "4") if few else ("auto", "2", "4"):
                    check(f"{source.name}, -w {workers}", expected, replay(midwatch, path, workers))
                check(f"{source.name} as a stream", expected, replay(midwatch, path, "auto", stream=True))
    print(f"{len(captures)} captures: threads agree on {os.cpu_count()} cores")


main()
