#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds verdicts on resets against the truth when the mirror port is at fault.

Usage: mirror_test.py [--all] [-v] MIDWATCH FOLDER...      captures with NAME.truth.json beside them

Each capture is rewritten as bad mirrors would have shown it: one direction, packets twice, lost, cut, tagged on one
direction, out of order. Verdicts may then fall to "unknown", never to the wrong side, and with less to go by confidence
may not rise. Random numbers are seeded: every run sees the same. Neighbours: mirror_rewrites.py, capture.py;
mirror_delivery_test.py does the same for fragments, paths and VPNs.
"""
import argparse
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import sys
import tempfile

import capture
from mirror_rewrites import (MICROSECOND, behind_router, chain, cut, lost, only, reordered, swapped, tagged, twice,
                             unchanged)

HONEST, INJECTED = "endpoint", "injected"
ACCUSED, CLEARED = "ACCUSED", "CLEARED"
NO_OPTIONS = "cut-64"  # TCP options are gone: an exact forgery that only they betray cannot be told any more
SWAP_NS = 300 * MICROSECOND  # a switch that reorders holds a frame no longer
SLOW_NS = 10**12
EPISODE_GAP_NS = 2 * 10**9


@dataclasses.dataclass
class Scene:
    """A capture and who is who in it."""
    frames: list
    servers: set
    clients: set

    def is_from(self, frame, hosts):
        ends = capture.ends_of(frame.data)
        return ends is not None and ends[0] in hosts


def who_is_who(frames):
    """@return (servers, clients), by who asks for connections."""
    parsed = (capture.parse(frame.data) for frame in frames)
    asked = [tcp for tcp in parsed if tcp is not None and tcp.flags & 0x17 == 2]
    return {tcp.dst for tcp in asked}, {tcp.src for tcp in asked}


def of(hosts):
    """What the servers, or the clients, send."""
    return lambda scene, frame: scene.is_from(frame, getattr(scene, hosts))


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    rewrite: object
    seeds: int  # in the suite
    seeds_all: int  # with --all
    weaker: bool  # takes away what verdicts rest on


VARIANTS = (
    Variant("clean", unchanged, 1, 1, False),
    Variant("servers-only", only(of("servers")), 1, 1, True),
    Variant("clients-only", only(of("clients")), 1, 1, True),
    Variant("twice", twice(), 1, 5, False),
    Variant("twice-routed", twice(behind_router), 1, 5, False),
    Variant("loss-2", lost(0.02), 2, 30, True),
    Variant("loss-5", lost(0.05), 2, 30, True),
    Variant("cut-96", cut(96), 1, 1, False),
    Variant("cut-64", cut(64), 1, 1, True),
    Variant("vlan-servers", tagged(of("servers")), 1, 1, False),
    Variant("vlan-clients", tagged(of("clients")), 1, 1, False),
    Variant("out-of-order", reordered(SWAP_NS), 2, 10, False),
    Variant("out-of-order-slow", reordered(SLOW_NS), 2, 10, False),
    Variant("out-of-order-stamped", swapped(SLOW_NS), 1, 10, False),
    Variant("all-at-once", chain(twice(behind_router), tagged(of("servers")), lost(0.02)), 2, 20, True),
)


def attach(rows, frames):
    """
    @return pairs of a row and the truths of its resets, and the reset frames that are in no row. A reset is in the
    episode of its ends that began last before it; with frames out of order, in one that begins soon after.
    """
    episodes = collections.defaultdict(list)
    for row in rows:
        episodes[capture.ends_of_row(row)].append((capture.nanoseconds(row["ts"]), row, []))
    nowhere = []
    for frame in frames:
        if frame.truth is None:
            continue
        tcp = capture.parse(frame.data)
        found = [] if tcp is None else episodes[tcp.src, tcp.sport, tcp.dst, tcp.dport]
        begun = [episode for episode in found if episode[0] <= frame.time_ns + MICROSECOND]
        soon = [episode for episode in found if frame.time_ns < episode[0] <= frame.time_ns + EPISODE_GAP_NS]
        if begun:
            max(begun, key=lambda episode: episode[0])[2].append(frame.truth)
        elif soon:
            min(soon, key=lambda episode: episode[0])[2].append(frame.truth)
        elif tcp is not None:
            nowhere.append(frame)
    return [(row, truths) for listed in episodes.values() for _, row, truths in listed], nowhere


def truth_kind(truths):
    return INJECTED if any(truth["origin"] == "injector" for truth in truths) else HONEST


def identity(truths):
    """What an episode is known by in every variant: its first reset."""
    first = min(truths, key=lambda truth: truth["t"])
    return first["frame"] if "frame" in first else (first["t"], first["seq"])


def fault(kind, verdict):
    if (kind, verdict) == (HONEST, "forged"):
        return ACCUSED
    return CLEARED if (kind, verdict) == (INJECTED, "endpoint") else None


def describe(row):
    return (f"{row['ts']} {row['src']} {row['sport']} > {row['dst']} {row['dport']} n {row['count']} {row['verdict']} "
            f"{row['confidence']} {row['stage']} {row['evidence']} ttl {row['ttl']}/{row['ttl_expected']} "
            f"seq {row['seq_offset']}")


@dataclasses.dataclass
class Outcome:
    """Episodes are known by identity()."""
    table: collections.Counter
    faults: list
    right: dict  # confidence of right verdicts
    undecided: set


def judge(label, rows, frames, hopeless=frozenset()):
    """hopeless: injected ones that may be taken for the endpoint's."""
    outcome = Outcome(collections.Counter(), [], {}, set())
    episodes, nowhere = attach(rows, frames)
    for row, truths in episodes:
        if not truths:
            outcome.faults.append(f"{label}: NO RESET {describe(row)}")
            continue
        kind = truth_kind(truths)
        outcome.table[kind, row["verdict"]] += 1
        wrong, known_by = fault(kind, row["verdict"]), identity(truths)
        if wrong == CLEARED and known_by in hopeless:
            continue
        if wrong:
            outcome.faults.append(f"{label}: {wrong} {describe(row)}")
        elif row["verdict"] == "unknown":
            outcome.undecided.add(known_by)
        else:
            outcome.right[known_by] = int(row["confidence"])
    if nowhere:
        outcome.faults.append(f"{label}: {len(nowhere)} resets in no episode")
    return outcome


def mean(numbers):
    return sum(numbers) / len(numbers)


def surer(pairs):
    """With less to go by, the same right verdicts may not be surer on the whole. pairs: (now, clean) by variant."""
    for name, both in pairs.items():
        now, clean = mean([pair[0] for pair in both]), mean([pair[1] for pair in both])
        print(f"{name}: mean confidence of {len(both)} right verdicts {clean:.2f} -> {now:.2f}")
        if now > clean:
            yield f"{name}: mean confidence rose"


def run_capture(options, path, pairs):
    """@return what is wrong; adds the confidence of right verdicts to pairs."""
    frames, lost_truths = capture.mark(capture.read(path), capture.truth_of(path)["rsts"])
    if lost_truths:
        return [f"{path.name}: {lost_truths} resets of the truth are not in the capture"]
    scene, faults, clean = Scene(frames, *who_is_who(frames)), [], None
    with tempfile.TemporaryDirectory() as folder:
        rewritten = pathlib.Path(folder) / "rewritten.pcap"
        for variant in VARIANTS:
            total = collections.Counter()
            for seed in range(variant.seeds_all if options.all else variant.seeds):
                label = f"{path.stem} {variant.name} {seed}"
                shown = variant.rewrite(scene, random.Random(label))
                capture.write(rewritten, shown)
                hopeless = clean.undecided if variant.name == NO_OPTIONS else frozenset()
                outcome = judge(label, capture.analyse(options.midwatch, rewritten), shown, hopeless)
                clean = clean or outcome
                faults += outcome.faults
                total += outcome.table
                if variant.weaker:
                    pairs[variant.name] += [(outcome.right[key], clean.right[key])
                                            for key in outcome.right.keys() & clean.right.keys()]
            if options.verbose:
                print(f"{path.stem:22} {variant.name:20}", *(f"{kind}>{verdict} {total[kind, verdict]:4}" for kind in (
                    HONEST, INJECTED) for verdict in ("endpoint", "forged", "unknown")))
    return faults


def main():
    parser = argparse.ArgumentParser(description="holds verdicts against the truth under a faulty mirror")
    parser.add_argument("--all", action="store_true", help="many seeds")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each capture and variant")
    parser.add_argument("midwatch")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    captures = [path for folder in options.folders for path in sorted(folder.glob("*.pcap"))
                if (truth := capture.truth_of(path)) is not None and "rsts" in truth and "derived" not in truth]
    if not captures:
        print("skipped: no capture with a truth in", *options.folders)
        sys.exit(77)
    pairs = collections.defaultdict(list)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        faults = sum(pool.map(lambda path: run_capture(options, path, pairs), captures), [])
    faults += surer(pairs)
    print(*faults, f"{len(captures)} captures, {len(VARIANTS)} variants, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
