#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A mirror that showed nothing for up to 60 seconds is no outage: frames are cut out of captures, in 48 places.

Usage: muted_test.py MIDWATCH
What is told of a cut capture is what is told of the whole one, and that the mirror was silent where it is seen. The
same where midwatch itself was blind, for detectors that are not told: what nat, paths, resets and proxy find in a story
of theirs they find in the cut one, or withhold it; nothing else. Places are spread over each capture, and the same in
every run. Neighbours: capture.py; outages/gateway-restart has an outage.
"""
import csv
import pathlib
import subprocess
import sys
import tempfile

import capture

HERE = pathlib.Path(__file__).parent
SECOND = 10**9
# capture, how many places, how long each is at most
PLACES = [
    ("captures/legit-only-snap96.pcap", 8, 20),
    ("mirror/lossy/lossy-snap66.pcap", 6, 20),
    ("captures/rst-bigip-snap96.pcap", 4, 9),
    ("captures/rst6-snap128.pcap", 4, 9),
    ("health/one_family/one-family.pcap", 6, 60),
    ("nat/one_destination/one-destination.pcap", 6, 60),
    ("outages/gateway-restart/restart-snap86.pcap", 6, 20),
    ("captures/pmtu-snap128.pcap", 3, 8),
    ("paths/flight_many_servers/flight-many-servers.pcap", 3, 30),
    ("proxy/one_clock/one-clock.pcap", 2, 2),
]
# what is found by detectors that do not ask when midwatch was blind
FOUND = {"nat-exhaustion", "nat-churner", "map-e-first-block-only", "path-mtu-black-hole", "icmp-too-big-ignored",
         "merged-packets", "forged-resets", "reset-text", "address-conflict", "transparent-proxy"}


def rows_of(folder, name):
    with (folder / "out" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def analyse(midwatch, frames, folder):
    """@return (verdict, start) of the rows of outages.csv, and the kinds of what is FOUND"""
    capture.write(folder / "cut.pcap", frames)
    run = subprocess.run([midwatch, "-r", folder / "cut.pcap", "-o", folder / "out", "--set", "output.evidence=no"],
                         capture_output=True, text=True, timeout=capture.RUN_SECONDS, check=False)
    if run.returncode != 0:
        sys.exit(f"exit status {run.returncode}: {run.stderr}")
    outages = [(row["verdict"], capture.nanoseconds(row["start"])) for row in rows_of(folder, "outages.csv")]
    return outages, FOUND & {row["kind"] for row in rows_of(folder, "findings.csv")}


def cuts_of(frames, count, longest):
    """Spread over the capture, from 5 seconds, or a second less, to the longest. @return (from, to) in ns."""
    first, last = frames[0].time_ns, frames[-1].time_ns
    for i in range(count):
        shortest = min(5, longest - 1)
        length = int((shortest + (longest - shortest) * i / (count - 1)) * SECOND)
        room = max(last - first - length - 2 * SECOND, 0)
        start = first + SECOND + room * ((i * 7) % count) // count
        yield start, start + length


def is_about(time_ns, cut):
    return cut[0] - 3 * SECOND <= time_ns <= cut[1] + 3 * SECOND


def main():
    midwatch, places, silent, wrong, withheld = sys.argv[1], 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, count, longest in PLACES:
            frames = capture.read(HERE / name)
            told, found = analyse(midwatch, frames, pathlib.Path(folder))
            told = [row for row in told if not row[0].startswith("mirror-")]
            for cut in cuts_of(frames, count, longest):
                kept = [frame for frame in frames if not cut[0] <= frame.time_ns < cut[1]]
                rows, findings = analyse(midwatch, kept, pathlib.Path(folder))
                places += 1
                silent += any(verdict == "mirror-silent" and is_about(start, cut) for verdict, start in rows)
                withheld += len(found - findings)
                new = [row for row in rows if not row[0].startswith("mirror-") and
                       not any(abs(row[1] - start) < 3 * SECOND for _, start in told)]
                new += sorted(findings - found)
                if new:
                    wrong += 1
                    print(f"{name}: {(cut[1] - cut[0]) / SECOND:.0f} s cut {(cut[0] - frames[0].time_ns) / SECOND:.0f} "
                          f"s after its begin: told {new}")
    print(f"{places} places: {silent} told as a silent mirror, {wrong} wrong, {withheld} findings withheld")
    sys.exit(wrong > 0 or places < 48)


if __name__ == "__main__":
    main()
