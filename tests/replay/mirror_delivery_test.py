#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds what is said of fragments, paths and IKE attempts against the truth when the mirror port is at fault.

Usage: mirror_delivery_test.py [--all] [-v] MIDWATCH FOLDER...      captures with NAME.truth.json beside them

Each capture is rewritten as bad mirrors would have shown it. Nothing healthy may then be accused; what only shows
packets again, tags or stamps them otherwise may change nothing at all; what is true is found in most cases. Random
numbers are seeded: every run sees the same. Neighbours: mirror_rewrites.py, mirror_truth.py, capture.py.
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
import mirror_truth
from mirror_rewrites import (MICROSECOND, begun_late, behind_router, chain, coarse_stamps, cut, ended_early, in_time,
                             lost, only, reordered, swapped, tagged, twice, unchanged)

HELD_NS = 1000 * MICROSECOND  # a switch that reorders holds a frame no longer
QUIET = ("legit-only", "outage")  # how scenarios begin that the suite takes though nothing is to be found there


@dataclasses.dataclass
class Scene:
    """A capture and which addresses are on the near side of its mirror."""
    frames: list
    inside: frozenset


def from_inside(scene, frame):
    ends = capture.ends_of(frame.data)
    return ends is not None and ends[0] in scene.inside


def from_outside(scene, frame):
    return not from_inside(scene, frame)


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    rewrite: object
    seeds: int  # in the suite
    seeds_all: int  # with --all
    same: bool = False  # every count stays what it is
    least_pct: int = 0  # of what is true is found
    quiet: bool = False  # in the suite, also of captures where nothing is to be found


VARIANTS = (
    Variant("clean", unchanged, 1, 1, True, 100, True),
    Variant("inside-only", only(from_inside), 1, 1),
    Variant("outside-only", only(from_outside), 1, 1),
    Variant("twice", twice(), 1, 5, True, 100),
    Variant("twice-at-once", twice(behind_router, 10, 10), 1, 1, True, 100),
    Variant("twice-routed", twice(behind_router), 1, 5, True, 100, True),
    Variant("loss-2", lost(0.02), 1, 40, least_pct=75),
    Variant("loss-5", lost(0.05), 1, 40, least_pct=60, quiet=True),
    Variant("cut-96", cut(96), 1, 1, least_pct=50),
    Variant("cut-64", cut(64), 1, 1),
    Variant("vlan-inside", tagged(from_inside), 1, 1, True, 100),
    Variant("vlan-outside", tagged(from_outside), 1, 1, True, 100),
    Variant("microseconds", coarse_stamps, 1, 1, True, 100),
    Variant("out-of-order", reordered(HELD_NS), 1, 20, least_pct=80),
    Variant("out-of-order-stamped", swapped(HELD_NS), 1, 20, least_pct=80),
    Variant("begun-late", begun_late, 1, 40),
    Variant("ended-early", ended_early, 1, 40),
    Variant("all-at-once", chain(twice(behind_router), tagged(from_inside), lost(0.02)), 1, 40, quiet=True),
)
BOTH = Variant("both-sides", unchanged, 1, 1)


def counts_of(tables):
    """What packets that are shown again may not change."""
    yield from (("fragments.csv", *(row[name] for name in ("src", "dst", "ip_id", "missing", "verdict", "anomaly")))
                for row in tables["fragments.csv"])
    yield from (("paths.csv", *(row[name] for name in (
        "src", "dst", "mtu_high", "icmp_reports", "mss_syn", "mss_synack", "smallest_lost", "retransmits", "verdict",
        "fragmented"))) for row in tables["paths.csv"])
    yield from (("ike.csv", *(row[name] for name in (
        "initiator", "responder", "spi_i", "spi_r", "auth_requests", "auth_response", "response_bytes", "fragmented",
        "verdict"))) for row in tables["ike.csv"])
    yield from (("findings.csv", row["kind"], row["severity"], row["subject"], row["count"])
                for row in tables["findings.csv"] if row["kind"] in mirror_truth.KINDS)


def differences(label, clean, now):
    clean, now = collections.Counter(counts_of(clean)), collections.Counter(counts_of(now))
    yield from (f"{label}: ABSENT {' '.join(row)}" for row in (clean - now).elements())
    yield from (f"{label}: NEW {' '.join(row)}" for row in (now - clean).elements())


@dataclasses.dataclass
class Place:
    """One capture: what one mirror saw of a run, or two together."""
    name: str
    truth: object
    frames: list
    variants: tuple


def variants_of(content, everything):
    if everything or mirror_truth.has_scenario(content):
        return VARIANTS
    return tuple(variant for variant in VARIANTS if variant.quiet and content["scenario"].startswith(QUIET))


def places_of(path, everything):
    """The captures of one truth: the near mirror's; with --all, the further one's; both in one file."""
    content = capture.truth_of(path)
    variants = variants_of(content, everything)
    if not variants:
        return
    near = capture.read(path)
    yield Place(path.stem, mirror_truth.truth_for(content, "lan"), near, variants)
    for tap, name in content.get("pcaps", {}).items():
        beyond = path.with_name(name)
        if beyond == path or not beyond.exists():
            continue
        further = capture.read(beyond)
        if everything:
            yield Place(beyond.stem, mirror_truth.truth_for(content, tap), further, variants)
        yield Place(path.stem, mirror_truth.truth_for(content, mirror_truth.BOTH_SIDES), in_time(near + further),
                    (BOTH,))


def run_place(options, place, totals):
    """@return what is wrong; adds what was found and what there is to totals."""
    scene, faults, clean = Scene(place.frames, place.truth.inside), [], None
    wanted = place.truth.wanted()
    with tempfile.TemporaryDirectory() as folder:
        rewritten = pathlib.Path(folder) / "rewritten.pcap"
        for variant in place.variants:
            if options.only and variant.name not in options.only:
                continue
            before = len(faults)
            for seed in range(variant.seeds_all if options.all else variant.seeds):
                label = f"{place.name} {variant.name} {seed}"
                capture.write(rewritten, variant.rewrite(scene, random.Random(label)))
                tables = capture.tables_of(options.midwatch, rewritten)
                clean = clean or tables
                faults += [f"{label}: FALSE {text}" for text in place.truth.accused(tables)]
                faults += differences(label, clean, tables) if variant.same else []
                for kind, ends in sorted(wanted - place.truth.found(tables), key=str) if options.verbose else ():
                    print(f"{label}: {kind} {ends} not found")
                totals[variant].update(found=len(wanted & place.truth.found(tables)), there=len(wanted))
            if options.verbose:
                print(f"{place.name:24} {variant.name:20} {len(faults) - before} faults")
    return faults


def too_few(totals):
    """Shows how much of what is true was found."""
    for variant, total in totals.items():
        if total["there"] == 0:
            continue
        print(f"{variant.name}: found {total['found']} of {total['there']}")
        if total["found"] * 100 < total["there"] * variant.least_pct:
            yield f"{variant.name}: less than {variant.least_pct} % found"


def main():
    parser = argparse.ArgumentParser(description="fragments, paths and VPNs against the truth, the mirror at fault")
    parser.add_argument("--all", action="store_true", help="many seeds, every mirror point, every capture")
    parser.add_argument("--only", action="append", metavar="VARIANT", help="this one; may be given again")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each capture and variant")
    parser.add_argument("midwatch")
    parser.add_argument("paths", nargs="+", type=pathlib.Path, help="folders or captures")
    options = parser.parse_args()
    given = [sorted(path.glob("*.pcap")) if path.is_dir() else [path] for path in options.paths]
    captures = [path for path in sum(given, []) if capture.truth_of(path) is not None]
    if not captures:
        print("skipped: no capture with a truth in", *options.paths)
        sys.exit(77)
    totals = collections.defaultdict(collections.Counter)
    places = [place for path in captures for place in places_of(path, options.all)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        faults = sum(pool.map(lambda place: run_place(options, place, totals), places), [])
    faults += too_few(totals)
    print(*faults, f"{len(places)} captures, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
