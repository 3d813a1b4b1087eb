#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A clock that starts at 1970-01-01T00:00:00, as of a device that lost its battery, changes nothing but the times.

Usage: epoch_test.py RUN CAPTURE...
Each is read twice: its first packet at time 0, and in 2059. Neighbours: capture.py.
"""
import dataclasses
import pathlib
import re
import sys
import tempfile

import capture

DAYS = 32768  # whole ones, and whole windows of 2^31 ns, by which flows are told of again
LATER_NS = DAYS * 86400 * 10**9
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
IDENTIFIER = re.compile(r"-[0-9a-f]{8}\b")  # of a finding: some are made from its time
TENTHS = re.compile(r"\d+\.\d s")  # cut as well
ROUNDED_S = 0.0015  # an interval that begins at 0 does so a nanosecond later, and columns are cut to a millisecond


def moved(frames, first_ns, least_ns=0):
    return [dataclasses.replace(frame, time_ns=max(frame.time_ns - frames[0].time_ns, least_ns) + first_ns)
            for frame in frames]


def plain(cell, first_ns):
    """Times as of the capture's begin, findings without their identifiers."""
    cell = TENTHS.sub("", IDENTIFIER.sub("", cell))
    return TIME.sub(lambda found: str(capture.nanoseconds(found[0]) - first_ns), cell)


def is_near(name, early, late):
    return name.endswith("_s") and early and late and abs(float(early) - float(late)) < ROUNDED_S


def differences(early, late):
    """@return lines."""
    found = [f"{name}: {len(early.get(name, []))} and {len(late.get(name, []))} rows" for name in {**early, **late}
             if len(early.get(name, [])) != len(late.get(name, []))]
    for name in early.keys() & late.keys():
        for first, second in zip(early[name], late[name]):
            found += [f"{name}: {key} is {plain(first[key], 0)} and {plain(second[key], LATER_NS)}" for key in first
                      if plain(first[key], 0) != plain(second[key], LATER_NS)
                      and not is_near(key, first[key], second[key])]
    return found


def check(run, path, folder):
    frames = capture.read(path)
    tables = []
    for times in (0,), (LATER_NS, 1):  # time 0 counts as the nanosecond after it
        capture.write(folder / "moved.pcap", moved(frames, *times))
        tables.append(capture.tables_of(run, folder / "moved.pcap", "-w", "1", allowed=(0, 1)))
    return [f"{path}: {line}" for line in differences(*tables)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        found = [line for path in sys.argv[2:] for line in check(sys.argv[1], pathlib.Path(path), pathlib.Path(folder))]
    print("\n".join(found[:40]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
