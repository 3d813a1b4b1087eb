# SPDX-License-Identifier: BSD-3-Clause
# The mirror itself: its findings and its loss against what a second mirror without loss saw.
# Neighbours: common.py; ../evaluate has the table of evaluators.
import re

from .common import CountedEvaluator, Episode

CUT_BYTES = 110  # of a frame of Ethernet: shorter ones lack what detectors read
LOSS_POINTS = 1.0  # percent: how far the loss may be from the truth
KINDS = ("mirror-cut", "mirror-lossy", "mirror-one-way", "mirror-duplicated", "mirror-silent")


def is_cut(capture):
    """A capture says in its name where its frames were cut."""
    snapped = re.search(r"-snap(\d+)\b", capture.name)
    return snapped is not None and int(snapped[1]) < CUT_BYTES


def happened(truth):
    """Kinds of findings that the truth asks for."""
    if "mirror_loss" in truth:
        yield "mirror-lossy"
    if "mirror_duplicates" in truth:
        yield "mirror-duplicated"
    if truth.get("variant") == "-oneway" or truth.get("scenario", "").endswith("-oneway"):
        yield "mirror-one-way"
    for one in truth.get("happened", []):
        if one.get("kind") in KINDS:
            yield one["kind"]


def loss_pct(rows):
    both = [row for row in rows if row["direction"] == "both"]
    acked = sum(int(row["acked_bytes"]) - int(row["blind_bytes"]) for row in both)
    return 100 * sum(int(row["unseen_bytes"]) for row in both) / acked if acked > 0 else 0.0


class MirrorEvaluator(CountedEvaluator):
    subject = "mirror"
    verdicts = ("right", "wrong", "absent")
    kinds = ("mirror", "loss")
    apart = True

    def evaluate(self, truth, replay):
        tables = replay.tables()
        told = {row["kind"]: row for row in tables["findings.csv"] if row["kind"] in KINDS}
        wanted = set(happened(truth)) | ({"mirror-cut"} if is_cut(replay.capture) else set())
        episodes = [Episode("mirror", "right" if kind in told else "absent", kind in told, kind, told.get(kind, {}))
                    for kind in sorted(wanted)]
        episodes += [Episode("mirror", "wrong", False, f"{kind}, and the mirror was not", row, "a fault of the mirror")
                     for kind, row in sorted(told.items()) if kind not in wanted]
        if "mirror_loss" in truth:
            episodes.append(self.loss(truth["mirror_loss"], tables["mirror.csv"]))
        return episodes, []

    @staticmethod
    def loss(truth, rows):
        true, here = 100 * truth["lost"] / truth["reference_packets"], loss_pct(rows)
        right = abs(true - here) <= LOSS_POINTS
        return Episode("loss", "right" if right else "wrong", right, f"{here:.2f} %, in truth {true:.2f} %", {})

    @staticmethod
    def describe(row):
        if row:
            yield row["summary"]
