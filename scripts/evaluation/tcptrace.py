#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Round trips of TCP against those that tcptrace takes on the same captures.

Usage: scripts/evaluation/tcptrace.py [-m MIDWATCH] CAPTURE...
For each capture: how many samples of tcptrace's midwatch takes (at least 95 %), and for each host that acknowledges
with 100 samples or more how far both medians are apart (at most 5 %, or 1 ms: tcptrace writes whole ms, rounded down).
Exits with 77 and a reason where tcptrace is not installed (Debian: apt-get install tcptrace).
Neighbours: lib/detectors/health takes them; ../evaluate holds the rest of it against truth.
"""
import argparse
import collections
import csv
import ipaddress
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

LEAST_PCT = 95.0
MEDIAN_PCT, MEDIAN_MS = 5.0, 1.0
HOST_LEAST = 100  # samples
RUN_SECONDS = 300
HOST = re.compile(r"^\s*host (\w+):\s+(\S+):\d+$", re.MULTILINE)
RAW = re.compile(r"(\w+)2(\w+)_rttraw")


def of_tcptrace(capture, folder):
    """@return {who acknowledged: [ms, ...]}"""
    done = subprocess.run(["tcptrace", "-n", "-l", "-Z", capture.resolve()], cwd=folder, capture_output=True,
                          timeout=RUN_SECONDS, check=False)
    hosts = {name: ipaddress.ip_address(host).compressed
             for name, host in HOST.findall(done.stdout.decode("utf-8", "replace"))}
    samples = collections.defaultdict(list)
    for path in folder.glob("*_rttraw*"):
        names = split_names(path.name, hosts)
        lines = path.read_text(encoding="ascii").split("\n")
        samples[hosts.get(names[1], names[1])] += [int(line.split()[1]) for line in lines if line]
    return samples


def split_names(name, hosts):
    """a2b: the side that sent, the side that acknowledged. tcptrace cuts long names, so that either may be known."""
    first, second = RAW.match(name).groups()
    return first, second if second in hosts else ""


def of_midwatch(midwatch, capture, folder):
    """@return {who acknowledged: [(samples, median in ms), ...]}, a row each"""
    done = subprocess.run([midwatch, "-r", capture, "-o", folder, "--quiet", "--set", "output.interval=86400s",
                           "--set", "output.evidence=no", "--set", "health.peers=1000",
                           "--set", "health.segments-per-second=10000000"],
                          capture_output=True, timeout=RUN_SECONDS, check=False)
    if done.returncode != 0:
        sys.exit(f"{capture}: midwatch ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace')}")
    rows = collections.defaultdict(list)
    with open(folder / "health.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["service"] == "tcp":
                rows[row["peer"]].append((int(row["round_trips"]), float(row["rtt_ms_p50"])))
    return rows


def medians(theirs, ours):
    """@return how many hosts were compared, and what is said of those whose medians are apart"""
    compared, apart = 0, []
    for host, samples in sorted(theirs.items()):
        if len(samples) < HOST_LEAST or len(ours.get(host, [])) != 1:
            continue
        theirs_ms, ours_ms = statistics.median(samples) + 0.5, ours[host][0][1]
        compared += 1
        if abs(ours_ms - theirs_ms) > max(MEDIAN_MS, theirs_ms * MEDIAN_PCT / 100):
            apart.append(f"{host}: {ours_ms:.3f} ms, tcptrace {theirs_ms - 0.5:g} ms")
    return compared, apart


def compare(midwatch, capture):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        theirs, ours = of_tcptrace(capture, pathlib.Path(one)), of_midwatch(midwatch, capture, pathlib.Path(other))
    count, all_of_them = sum(n for rows in ours.values() for n, _ in rows), sum(map(len, theirs.values()))
    if all_of_them == 0:
        print(f"{capture.name}: tcptrace takes none")
        return True
    compared, apart = medians(theirs, ours)
    print(f"{capture.name}: {count} of {all_of_them} samples ({100 * count / all_of_them:.1f} %), medians of "
          f"{compared} hosts compared, {len(apart)} apart")
    for line in apart:
        print("  " + line)
    return count * 100 >= all_of_them * LEAST_PCT and not apart


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--midwatch", default="build/release/app/midwatch/midwatch")
    parser.add_argument("captures", nargs="+", type=pathlib.Path, metavar="CAPTURE")
    arguments = parser.parse_args()
    if shutil.which("tcptrace") is None:
        print("skipped: tcptrace is not installed (apt-get install tcptrace)")
        return 77
    present = [capture for capture in arguments.captures if capture.exists()]
    if not present:
        print("skipped: none of the captures is there")
        return 77
    return 0 if all([compare(arguments.midwatch, capture) for capture in present]) else 1


if __name__ == "__main__":
    sys.exit(main())
