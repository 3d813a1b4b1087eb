# SPDX-License-Identifier: BSD-3-Clause
# Outages: outages.csv against what happened to the line, both bounds of each edge.
# Neighbours: common.py; ../evaluate has the table of evaluators.
from .common import Episode, percent, seconds

WIDE_S = 1.5  # bounds of an edge are no further apart, for somebody asked
NEAR_S = 3.0  # a row belongs to what happened so near to it
# What the truth calls a line cut beyond the gateway is one of these, as the gateway says so or not.
ALSO = {"line-down": ("line-down", "upstream"), "host-flap": ("link-flap",)}
QUIET = ("host-flap", "mirror-silent", "mirror-one-way")  # no outage of the line: not told is right, too


def happened(truth):
    """What there is to find: kind, start, and when each family was back."""
    for one in truth.get("happened") or truth.get("outages", []):
        kind = one.get("kind", "gateway-restart")
        start = one.get("start", one.get("down"))
        ends = {"ipv6": one.get("end_ipv6", one.get("ipv6_up", one.get("end"))),
                "ipv4": one.get("end_ipv4", one.get("ipv4_up", one.get("end")))}
        if kind in ("ipv4-only", "ipv6-only"):
            ends = {kind[:4]: one["end"]}
        yield kind, start, ends


def edge_fault(name, low, high, when):
    if not high:
        return f"{name} not known"
    if not low <= when <= high:
        return f"{name} not within its bounds"
    return f"{name} wider than {WIDE_S} s" if high - low > WIDE_S else ""


def faults_of(row, start, ends):
    yield edge_fault("start", seconds(row["start_earliest"]), seconds(row["start"]), start)
    for family, when in ends.items():
        if row["scope"] in ("line", family):
            yield edge_fault(f"end of {family}", seconds(row[f"end_{family}_earliest"]), seconds(row[f"end_{family}"]),
                             when)


def touches(row, start, ends):
    end = seconds(row["end"]) or float("inf")
    return seconds(row["start"]) - NEAR_S < max(ends.values()) and end + NEAR_S > start


class OutageEvaluator:
    subject = "outages"
    verdicts = ("right", "wrong", "absent")
    kinds = ("outage", "edges", "quiet")
    apart = True

    def evaluate(self, truth, replay):
        rows = list(replay.tables()["outages.csv"])
        episodes = []
        for number, (kind, start, ends) in enumerate(happened(truth)):
            row = next((row for row in rows if touches(row, start, ends)), None)
            if row is not None:
                rows.remove(row)
            episodes += self.episodes(f"{number + 1}: {kind}", kind, row, start, ends)
        episodes += [Episode("quiet", "wrong", False, f"{row['verdict']} of {row['scope']}, and nothing happened", row,
                             "an outage where there was none") for row in rows]
        return episodes, []

    @staticmethod
    def episodes(where, kind, row, start, ends):
        if row is None:
            if kind not in QUIET:
                yield Episode("outage", "absent", False, where, {})
            return
        good = row["verdict"] in ALSO.get(kind, (kind,))
        told = where if good else f"{where}: {row['verdict']}"
        yield Episode("outage", "right" if good else "wrong", good, told, row)
        if kind in QUIET:
            return
        faults = [fault for fault in faults_of(row, start, ends) if fault]
        yield Episode("edges", "wrong" if faults else "right", not faults, f"{where}: {', '.join(faults)}", row)

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    @staticmethod
    def describe(row):
        if row:
            yield ", ".join(f"{name} {row[name] or '-'}" for name in (
                "verdict", "scope", "start_earliest", "start", "end_ipv6_earliest", "end_ipv6", "end_ipv4_earliest",
                "end_ipv4", "cause_evidence") if name in row)

    def summary(self, cells):
        for kind in ("outage", "edges"):
            whole = sum(cells[kind, verdict] for verdict in self.verdicts)
            if whole:
                yield f"{kind}: {percent(cells[kind, 'right'], whole)} right"

    @staticmethod
    def faults(_cells, _least):
        return []


class QuietOutageEvaluator(OutageEvaluator):
    """Where no line failed: no outage is told."""

    def evaluate(self, truth, replay):
        rows = replay.tables()["outages.csv"]
        return [Episode("quiet", "wrong", False, f"{row['verdict']} of {row['scope']}", row,
                        "an outage where there was none") for row in rows] or [
                            Episode("quiet", "right", True, "no outage told", {})], []
