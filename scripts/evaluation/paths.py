# SPDX-License-Identifier: BSD-3-Clause
# Path MTU: paths.csv against the MTU of the narrow hop and against what the kernels at both ends knew.
# Neighbours: common.py; ../evaluate has the table of evaluators.
#
# The narrow hop lies between the two mirrors. The one on the sender's side sees what is too large, and the reports; the
# other one sees what got through, which may be nothing: there, silence is right, and so is a black hole upstream.
import collections
import pathlib

from .common import Episode, address, percent

HOLE, IGNORED = "path-mtu-black-hole", "icmp-too-big-ignored"
SILENT = ("absent", "ok")
# By case, on the sender's side: verdicts that are right. UDP that nobody answers and no router reports shows nothing.
RIGHT = {
    "icmp-ok": ("too-big-honoured",), "blackhole": ("black-hole",), "mss-clamp": ("clamped",),
    "udp-df-probe": ("too-big-ignored",), "udp-df-honour": ("too-big-honoured",), "udp-no-df": SILENT,
    "udp-df-blackhole": (*SILENT, "black-hole"),
}
BEYOND = {"blackhole": (*SILENT, "black-hole"), "mss-clamp": ("clamped",)}  # on the other side, else silence
FINDINGS = {"black-hole": HOLE, "too-big-ignored": IGNORED, "too-big-misaddressed": IGNORED}


def right_before(flow, path_mtu):
    """Verdicts that are right of a flow on its sender's side. What the kernel at the sender tells decides."""
    case, kernel = flow["case"], flow.get("sender_tcp_info") or {}
    if case == "icmp-ok" and kernel.get("pmtu", path_mtu) > path_mtu:
        return SILENT  # it sent nothing that was too large, so that nothing was reported
    if case == "blackhole" and flow.get("all_acknowledged"):
        return (*RIGHT[case], *SILENT) if kernel.get("total_retrans") else SILENT
    if flow.get("sent_large") == 0:
        return SILENT
    if case == "udp-no-df" and flow["family"] == 6:
        return (*SILENT, "too-big-honoured")  # IPv6 senders fragment, and only once they are told the size
    return RIGHT.get(case, SILENT)


class Path:
    """One sender and receiver of the truth, all flows between them."""

    def __init__(self, near):
        self.near, self.cases, self.right = near, [], []

    def add(self, flow, path_mtu):
        if flow["case"] not in self.cases:
            self.cases.append(flow["case"])
        self.right.append(right_before(flow, path_mtu) if self.near else BEYOND.get(flow["case"], SILENT))

    def allows(self, verdict):
        """Of several flows the worst decides, so that the verdict of any of them will do."""
        return any(verdict in right for right in self.right)

    def demands(self, verdict):
        return all(right == (verdict,) for right in self.right)

    def clamped(self):
        return "mss-clamp" in self.cases


def paths_of(truth, tap):
    paths = {}
    for flow in truth["flows"]:
        ends = address(flow["client"]), address(flow["server"])
        ends = ends if flow["dir"] == "upload" else ends[::-1]
        near = (tap == "lan") == (flow["dir"] == "upload")
        paths.setdefault(ends, Path(near)).add(flow, truth["path_mtu"])
    return paths


class PathEvaluator:
    subject = "paths"
    verdicts = ("right", "wrong", "absent")
    kinds = ("verdict", "range", "finding", "quiet")
    apart = True

    def evaluate(self, truth, replay):
        tables = replay.tables()
        tap = next((name for name, file in truth["pcaps"].items() if file == pathlib.Path(replay.capture).name), "lan")
        rows = {(row["src"], row["dst"]): row for row in tables["paths.csv"]}
        paths = paths_of(truth, tap)
        episodes = [episode for ends, path in paths.items()
                    for episode in self.path_episodes(truth["path_mtu"], ends, path, rows)]
        for kind in (HOLE, IGNORED):
            episodes += self.finding_episodes(kind, paths.values(), tables["findings.csv"])
        cases = collections.Counter(case for path in paths.values() for case in path.cases if case not in RIGHT)
        return episodes, [f"unknown case, silence expected: {case} ({number})" for case, number in cases.items()]

    @staticmethod
    def path_episodes(path_mtu, ends, path, rows):
        row = rows.get(ends, {})
        if path.clamped() and row.get("verdict") != "clamped":
            row = rows.get(ends[::-1], row)
        verdict = row.get("verdict", "absent")
        good = path.allows(verdict)
        where = f"{'+'.join(path.cases)} {ends[0]} > {ends[1]}, {'before' if path.near else 'behind'} the narrow hop"
        fault = f"{where} accused" if not good and verdict in FINDINGS else ""
        word = "right" if good else "absent" if verdict in SILENT else "wrong"
        yield Episode("verdict", word, good, where if good else f"{where}: {verdict}", row, fault)
        if row.get("mtu_low") or row.get("mtu_high"):
            low, high = int(row["mtu_low"] or 0), int(row["mtu_high"] or 1 << 16)
            good = low <= path_mtu <= high or path.clamped() and low <= high
            yield Episode("range", "right" if good else "wrong", good, where if good else f"{where}: {low} to {high}",
                          row)

    @staticmethod
    def finding_episodes(kind, paths, findings):
        """Told where a path must have its verdict, and never where none may have it."""
        told = [row for row in findings if row["kind"] == kind]
        verdicts = [verdict for verdict, name in FINDINGS.items() if name == kind]
        needed = any(path.demands(verdict) for path in paths for verdict in verdicts)
        allowed = any(path.allows(verdict) for path in paths for verdict in verdicts)
        good = allowed if told else not needed
        yield Episode("finding", "right" if good else "wrong" if told else "absent", good, kind, {},
                      f"{kind} where it was not: {told[0]['subject']}" if told and not good else "")

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    @staticmethod
    def describe(row):
        if row:
            yield ", ".join(f"{name} {row[name] or '-'}" for name in (
                "verdict", "confidence", "mtu_low", "mtu_high", "reporters", "mss_syn", "mss_synack", "largest_acked",
                "smallest_lost", "retransmits") if name in row)

    def summary(self, cells):
        for kind in ("verdict", "range"):
            whole = sum(cells[kind, verdict] for verdict in self.verdicts)
            if whole:
                yield f"{kind}: {percent(cells[kind, 'right'], whole)} right"

    @staticmethod
    def faults(_cells, _least):
        return []


class QuietPathEvaluator(PathEvaluator):
    """Where no path was narrow: nobody is accused of swallowing packets."""

    def evaluate(self, truth, replay):
        tables = replay.tables()
        told = [(f"{row['verdict']} {row['src']} > {row['dst']}", row) for row in tables["paths.csv"]
                if row["verdict"] in FINDINGS]
        told += [(f"{row['kind']} {row['subject']}", row) for row in tables["findings.csv"]
                 if row["kind"] in FINDINGS.values()]
        return [Episode("quiet", "wrong", False, where, row, f"{where}, and no path was narrow")
                for where, row in told] or [Episode("quiet", "right", True, "no path accused", {})], []
