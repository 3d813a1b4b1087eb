#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A mirror that gets more than it carries is told from one that loses at random, or now and then.

Usage: mirror_load_test.py [-v] MIDWATCH

A capture without loss is thinned as a full port would thin it, and by as much at random and at intervals. Frames that
a mirror cuts are no loss. The capture:
fourteen addresses of two real TCP stacks over a line of 60 Mbit/s and 8 ms each way, pages all the time and bursts of
downloads; no timestamps, cut at 54 bytes. Neighbours: mirror_rewrites.py, capture.py; mirror/lossy has random loss.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import sys
import tempfile

import capture
from mirror_rewrites import chain, lost, muted, oversubscribed, quicker, sliced, unchanged

BURSTS = pathlib.Path(__file__).parent / "mirror/bursts-snap54.pcap.gz"
OVER = "The mirror port is oversubscribed"
LOSES = "The mirror loses packets"
BUFFER_BYTES = 16000
TIMES = 4  # busy moments lose at least so many times as much as calm ones


@dataclasses.dataclass
class Scene:
    frames: list


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    rewrite: object
    summary: str  # how it begins; None: nothing is told but that packets are cut


VARIANTS = (
    Variant("whole", unchanged, None),
    Variant("sliced", sliced(54), None),
    Variant("over-30", oversubscribed(30, BUFFER_BYTES), OVER),
    Variant("over-40", oversubscribed(40, BUFFER_BYTES), OVER),
    Variant("over-50", oversubscribed(50, BUFFER_BYTES), OVER),
    Variant("over-40-deep", oversubscribed(40, 4 * BUFFER_BYTES), OVER),
    Variant("port-100", chain(quicker(2), oversubscribed(100, BUFFER_BYTES)), OVER),
    *(Variant(f"random-{pct}", lost(pct / 100), LOSES) for pct in (2, 10, 20)),
    *(Variant(f"muted-{every}-{length}", muted(every, length), LOSES)
      for every, length in ((7, 1), (100, 3), (300, 30), (1000, 60))),
)


def check(midwatch, frames, variant):
    """@return what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "seen.pcap"
        shown = variant.rewrite(Scene(frames), random.Random(variant.name))
        capture.write(path, shown)
        tables = capture.tables_of(midwatch, path, allowed=(0, 3))  # 3: many are cut
    told = [row for row in tables["findings.csv"] if row["kind"] == "mirror-lossy"]
    both = [row for row in tables["mirror.csv"] if row["direction"] == "both" and row["lossy_moments"]]
    if "-v" in sys.argv:
        print(variant.name, f"{100 - 100 * len(shown) / len(frames):.2f} % lost", *(row["summary"] for row in told),
              *(f"{row['lossy_moments']} moments, busy {row['busy_pct']} % lose {row['busy_loss_pct']}, "
                f"calm ones {row['calm_loss_pct']}" for row in both), sep="\n  ")
    if variant.summary is None:
        return [f"{variant.name}: {row['kind']} {row['summary']}" for row in tables["findings.csv"]
                if row["kind"] != "mirror-cut" or not row["evidence_file"]]
    if len(told) != 1 or not told[0]["summary"].startswith(variant.summary):
        return [f"{variant.name}: not \"{variant.summary}\", but {[row['summary'] for row in told]}"]
    apart = [float(row["busy_loss_pct"]) > TIMES * float(row["calm_loss_pct"]) for row in both]
    return [] if any(apart) == (variant.summary == OVER) else [f"{variant.name}: {both}"]


def main():
    frames = capture.read(BURSTS)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        faults = sum(pool.map(lambda variant: check(sys.argv[1], frames, variant), VARIANTS), [])
    print(*faults, f"{len(VARIANTS)} variants, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
