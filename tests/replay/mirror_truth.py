# SPDX-License-Identifier: BSD-3-Clause
"""What may be said of a capture's fragments, paths and IKE attempts, and what is there to be found.

Each class is the truth of one scenario of the lab, as one mirror sees it: inside (addresses on its LAN side),
accused(tables) lists every statement that is false, wanted() and found(tables) are what is to be found and what was.
Neighbours: mirror_delivery_test.py; scripts/evaluation counts the same truths exactly, on clean captures.
"""
import collections
import ipaddress
import re

LOST, ATTACK = "fragments-lost", "fragment-attack"
HOLE, IGNORED, VPN = "path-mtu-black-hole", "icmp-too-big-ignored", "ike-auth-lost"
KINDS = (LOST, ATTACK, HOLE, IGNORED, VPN)
ACCUSING = {"black-hole": HOLE, "too-big-ignored": IGNORED, "too-big-misaddressed": "nobody"}  # verdicts on paths
BOTH_SIDES = "both"  # two mirrors in one capture
PROOF = 3  # incomplete datagrams of a pair that a finding must tell of
HOST = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]*[0-9a-fA-F]")


def address(text):
    return ipaddress.ip_address(text).compressed


def hosts_of(row):
    """Addresses that a finding's subject names, in their order."""
    return [address(text) for text in HOST.findall(row["subject"])]


def findings(tables, kind):
    return [row for row in tables["findings.csv"] if row["kind"] == kind and row["severity"] != "info"]


def text_of(row):
    return f"{row['kind']} {row['confidence']} {row['subject']}"


def failing(tables, guilty=None):
    """Rows that accuse a path. guilty: pairs that may be, by what a finding of it would be."""
    guilty = guilty or collections.defaultdict(set)
    return [f"paths.csv {row['verdict']} {row['confidence']} {row['src']} to {row['dst']}"
            for row in tables["paths.csv"]
            if row["verdict"] in ACCUSING and (row["src"], row["dst"]) not in guilty[ACCUSING[row["verdict"]]]]


class QuietTruth:
    """Nothing is in pieces that got lost, no path is narrow, no VPN fails."""
    inside = frozenset()

    def __init__(self, truth, tap):
        self.truth, self.tap = truth, tap

    def accused(self, tables):
        return [text_of(row) for kind in KINDS for row in findings(tables, kind)] + failing(tables)

    def wanted(self):
        return set()

    def found(self, tables):
        return set()


class FragmentTruth(QuietTruth):
    """Pairs of hosts, some of whose datagrams in pieces are dropped on the way."""

    def __init__(self, truth, tap):
        super().__init__(truth, tap)
        self.lossy, self.dropped_before, self.overlapping = set(), {}, set()
        for pair in truth["pairs"]:
            ends = {"lan": address(pair["lan"]), "far": address(pair["far"])}
            if pair["kind"] == "overlap-differing":
                self.overlapping |= set(ends.values())
            for sender, receiver in (("lan", "far"), ("far", "lan")):
                counts = pair[f"to_{receiver}"]
                lost = counts["sent_larger_than_mtu"] - counts["received_large"]
                if lost == 0 or pair["kind"] == "overlap-differing":
                    continue
                self.lossy.add((ends[sender], ends[receiver]))
                if tap in (receiver, BOTH_SIDES):
                    self.dropped_before[ends[sender], ends[receiver]] = lost
        self.inside = frozenset(address(pair["lan"]) for pair in truth["pairs"])

    def is_true_loss(self, row):
        """Of several pairs told together, the host in common has to be of one that loses."""
        hosts = hosts_of(row)
        return any(set(hosts) <= set(pair) for pair in self.lossy) if len(hosts) < 2 else tuple(hosts) in self.lossy

    def accused(self, tables):
        wrong = [row for kind in (HOLE, IGNORED, VPN) for row in findings(tables, kind)]
        wrong += [row for row in findings(tables, LOST) if not self.is_true_loss(row)]
        wrong += [row for row in findings(tables, ATTACK) if not set(hosts_of(row)) <= self.overlapping]
        return [text_of(row) for row in wrong] + failing(tables)

    def wanted(self):
        return {(LOST, pair) for pair, lost in self.dropped_before.items() if lost >= PROOF} | {
            (ATTACK, host) for host in self.overlapping}

    def found(self, tables):
        return {(LOST, tuple(hosts_of(row))) for row in findings(tables, LOST)} | {
            (ATTACK, host) for row in findings(tables, ATTACK) for host in hosts_of(row)}


class PathTruth(QuietTruth):
    """Connections over a hop of small MTU."""
    GUILTY = {"blackhole": HOLE, "udp-df-blackhole": HOLE, "udp-df-probe": IGNORED}

    def __init__(self, truth, tap):
        super().__init__(truth, tap)
        self.guilty = collections.defaultdict(set)
        self.inside = frozenset(address(flow["client"]) for flow in truth["flows"])
        self.sure = set()
        for flow in truth["flows"]:
            ends = address(flow["client"]), address(flow["server"])
            upload = flow["dir"] == "upload"
            sent = ends if upload else ends[::-1]
            kind = self.GUILTY.get(flow["case"])
            self.guilty[kind].add(sent)
            if flow["case"] == "blackhole" or kind == IGNORED and upload == (tap == "lan"):
                self.sure.add((kind, sent))

    def accused(self, tables):
        wrong = [row for kind in (LOST, ATTACK, VPN) for row in findings(tables, kind)]
        wrong += [row for kind in (HOLE, IGNORED) for row in findings(tables, kind)
                  if tuple(hosts_of(row)) not in self.guilty[kind]]
        return [text_of(row) for row in wrong] + failing(tables, self.guilty) + self.out_of_range(tables)

    def out_of_range(self, tables):
        """Of a row that tells a range, the MTU of the narrow hop lies within."""
        mtu = self.truth["path_mtu"]
        return [f"paths.csv {row['src']} to {row['dst']} {row['mtu_low']} to {row['mtu_high']}"
                for row in tables["paths.csv"]
                if not int(row["mtu_low"] or 0) <= mtu <= int(row["mtu_high"] or mtu)]

    def wanted(self):
        return self.sure

    def found(self, tables):
        return {(kind, tuple(hosts_of(row))) for kind in (HOLE, IGNORED) for row in findings(tables, kind)}


class IkeTruth(QuietTruth):
    """Attempts for a VPN, over a line that may drop all pieces but the first."""
    DOUBT = 60

    def __init__(self, truth, tap):
        super().__init__(truth, tap)
        hosts = [truth.get(name) for name in ("client_ip", "outside_ip")] + [truth["client_side"].get("ip")]
        self.inside = frozenset(address(host) for host in hosts if host)
        self.failed = not truth["attempts"][-1]["success"]
        behind = "no-answer-to-auth" if truth["nat"] else "response-fragments-lost"
        before = "response-lost-after-tap"
        verdicts = {"lan": {behind}, BOTH_SIDES: {behind, before}}.get(tap, {before})
        self.verdicts = verdicts if self.failed else {"established"}
        self.rows_most = len(truth["attempts"]) * (2 if tap == BOTH_SIDES and truth["nat"] else 1)

    def may_be(self, row):
        """Of one that failed the mirror may have seen the answer alone, and so far nothing that speaks against it."""
        doubted = row["verdict"] == "established" and int(row["confidence"]) <= self.DOUBT
        return row["verdict"] in self.verdicts | {"unknown"} or (self.failed and doubted)

    def accused(self, tables):
        kinds = (ATTACK, HOLE, IGNORED) if self.failed else KINDS
        wrong = [text_of(row) for kind in kinds for row in findings(tables, kind)]
        rows = tables["ike.csv"]
        wrong += [f"ike.csv {row['verdict']} {row['confidence']}" for row in rows if not self.may_be(row)]
        wrong += failing(tables)
        return wrong + ([f"ike.csv has {len(rows)} attempts"] if len(rows) > self.rows_most else [])

    def wanted(self):
        return {(VPN, None)} if self.failed else set()

    def found(self, tables):
        return {(VPN, None) for _ in findings(tables, VPN)}


SCENARIOS = (("pairs", FragmentTruth), ("path_mtu", PathTruth), ("attempts", IkeTruth))


def has_scenario(content):
    return any(key in content for key, _ in SCENARIOS)


def truth_for(content, tap):
    """@param tap where the mirror is: "lan", "far", "carrier", or BOTH_SIDES in one capture."""
    return next((scenario for key, scenario in SCENARIOS if key in content), QuietTruth)(content, tap)
