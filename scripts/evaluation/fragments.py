# SPDX-License-Identifier: BSD-3-Clause
# Datagrams in pieces: fragments.csv against what the sockets received and against a second reading of the capture.
# Neighbours: datagrams.py reads; common.py; ../evaluate has the table of evaluators.
#
# The sockets know what was lost, the capture what of it can be known at this mirror: of a datagram that lost all of its
# pieces nothing, and of one that the mirror itself lost a piece of, more than the sockets miss. Both numbers are the
# same where the mirror is whole and each datagram keeps a piece. Otherwise the capture's counts, and a line has both.
import collections
import dataclasses
import pathlib
import re

from .common import Episode, address, percent, seconds
from .datagrams import Readings

LOSS, ATTACK = "fragments-lost", "fragment-attack"
PROOF = 3  # incomplete datagrams of a pair that a finding must tell of
PROTOCOLS = {"icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
             "icmp6": 58, "ospf": 89, "pim": 103, "l2tp": 115, "sctp": 132}


@dataclasses.dataclass
class Direction:
    """One direction between two hosts of the truth, all their pairs of ports together, as one mirror saw it."""
    src: str
    dst: str
    downstream: bool  # the mirror stands behind the router that drops
    kinds: list = dataclasses.field(default_factory=list)
    ports: set = dataclasses.field(default_factory=set)
    lost: int = 0  # datagrams that the router took pieces of
    sent_overlapping: int = 0
    required: int = 0  # not complete at this mirror
    permitted: int = 0  # as many more could be called so: the capture ends too early
    overlapping: int = 0
    overlapping_open: int = 0

    def where(self):
        return f"{'+'.join(self.kinds)} {self.src} > {self.dst}"

    def add(self, pair, sender, receiver, counts):
        if pair["kind"] not in self.kinds:
            self.kinds.append(pair["kind"])
        self.ports.add((str(pair[f"{sender}_port"]), str(pair[f"{receiver}_port"])))
        if "drop" in pair["kind"]:
            self.lost += counts["sent_larger_than_mtu"] - counts["received_large"]
        if "overlap" in pair["kind"]:
            self.sent_overlapping += counts["sent_larger_than_mtu"]

    def look_up(self, readings):
        mine = readings.between(self.src, self.dst)
        parts = [readings.settled(datagram) for datagram in mine if not datagram.complete()]
        self.required, self.permitted = sum(parts), len(parts) - sum(parts)
        ended = [datagram.complete() or readings.settled(datagram) for datagram in mine if datagram.differs]
        self.overlapping, self.overlapping_open = sum(ended), len(ended) - sum(ended)

    def disagreement(self):
        """Lines where the sockets and the capture differ."""
        lost = self.lost if self.downstream else 0
        if lost != self.required:
            yield f"{self.where()}: the sockets lack {lost}, the capture shows {self.required} with bytes missing"
        if self.sent_overlapping != self.overlapping + self.overlapping_open:
            yield f"{self.where()}: {self.sent_overlapping} sent overlapping, the capture shows {self.overlapping}"


def directions_of(truth, capture, readings):
    tap = next((name for name, file in truth["pcaps"].items() if file == pathlib.Path(capture).name), "lan")
    directions = {}
    for pair in truth["pairs"]:
        for sender, receiver, counts in (("lan", "far", pair["to_far"]), ("far", "lan", pair["to_lan"])):
            ends = address(pair[sender]), address(pair[receiver])
            directions.setdefault(ends, Direction(*ends, tap == receiver)).add(pair, sender, receiver, counts)
    for direction in directions.values():
        direction.look_up(readings)
    return list(directions.values())


def ends_of(row):
    return (address(row["src"]), address(row["dst"])) if row["src"] else ()


def names(row):
    return set(row["anomaly"].split("+")) - {""}


def counted(kind, where, truth, permitted, here):
    """Episodes of a number: what is right, what is too much, what lacks. An accusation without any cause is a fault."""
    words = {"right": min(here, truth + permitted), "wrong": here - truth - permitted, "absent": truth - here}
    for verdict, times in words.items():
        fault = f"{kind}: {where}" if verdict == "wrong" and not truth + permitted else ""
        if times > 0:
            yield Episode(kind, verdict, verdict == "right", where, {}, fault, times)


class FragmentEvaluator:
    """Each pair's incomplete and overlapping datagrams, the bytes of each row, and the findings."""
    subject = "fragments"
    verdicts = ("right", "wrong", "absent")
    kinds = ("incomplete", "overlap", "bytes", "ports", "finding")
    apart = True

    def evaluate(self, truth, replay):
        tables, readings = replay.tables(), Readings(replay.capture)
        rows = tables["fragments.csv"]
        directions = directions_of(truth, replay.capture, readings)
        episodes = [episode for direction in directions for episode in self.direction_episodes(direction, rows)]
        episodes += self.bytes_episodes(rows, readings)
        episodes += self.loss_episodes(directions, tables["findings.csv"])
        episodes += self.attack_episodes(directions, tables["findings.csv"])
        whole = sum(datagram.complete() for datagram in readings.all)
        figures = [f"{len(readings.all)} datagrams in pieces, {whole} whole, "
                   f"{sum(row['verdict'] == 'incomplete' for row in rows)} told incomplete"]
        return episodes, figures + [line for direction in directions for line in direction.disagreement()]

    @staticmethod
    def direction_episodes(direction, rows):
        mine = [row for row in rows if ends_of(row) == (direction.src, direction.dst)]
        incomplete = [row for row in mine if row["verdict"] == "incomplete"]
        overlap = sum("overlap-different" in names(row) for row in mine)
        yield from counted("incomplete", direction.where(), direction.required, direction.permitted, len(incomplete))
        yield from counted("overlap", direction.where(), direction.overlapping, direction.overlapping_open, overlap)
        for row in incomplete:
            if row["sport"]:
                right = (row["sport"], row["dport"]) in direction.ports
                yield Episode("ports", "right" if right else "wrong", right, direction.where(), row)

    @staticmethod
    def bytes_episodes(rows, readings):
        """Rows without pieces tell of what a receiver said only."""
        for row in rows if readings.readable else ():
            if not row["fragments_seen"]:
                continue
            ends = ends_of(row)
            protocol = 0 if ":" in ends[0] else PROTOCOLS.get(row["proto"]) or int(row["proto"])
            reading = readings.at((*ends, protocol, int(row["ip_id"])), seconds(row["ts"]))
            where = f"{row['src']} > {row['dst']} id {row['ip_id']}"
            truth, here = (), (row["missing"], row["bytes_seen"], row["bytes_total"])
            if reading:
                seen = sum(end - start for start, end in reading.covered())
                truth = reading.missing(), str(seen), str(reading.total or "")
            yield Episode("bytes", "right" if truth == here else "wrong", truth == here,
                          where if truth == here else f"{where}: {here}, truth {truth or 'no such datagram'}", row)

    @staticmethod
    def loss_episodes(directions, findings):
        """A finding names a pair or tells of many; a receiver's word may tell of what was lost behind the mirror."""
        told = [row for row in findings if row["kind"] == LOSS]
        lossy = sum(direction.required >= PROOF for direction in directions)
        suffering = {(direction.src, direction.dst) for direction in directions
                     if direction.lost or direction.required or direction.permitted}
        if told or lossy or not suffering:
            good = bool(told) or not lossy
            yield Episode("finding", "right" if good else "absent", good,
                          f"{LOSS}: {len(told)} for {lossy} directions that lose", {})
        for row in told:
            named = re.search(r"(\S+) to (\S+)$", row["subject"])
            if not (tuple(map(address, named.groups())) in suffering if named else suffering):
                yield Episode("finding", "wrong", False, f"{LOSS}: {row['subject']}", row,
                              f"{row['subject']} lost nothing")

    @staticmethod
    def attack_episodes(directions, findings):
        told = [row for row in findings if row["kind"] == ATTACK]
        if bool(told) == any(direction.overlapping for direction in directions):
            yield Episode("finding", "right", True, ATTACK, {})
        elif not told:
            yield Episode("finding", "absent", False, ATTACK, {})
        elif not any(direction.sent_overlapping for direction in directions):
            yield Episode("finding", "wrong", False, ATTACK, told[0], "a fragment attack where no pieces overlapped")

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    @staticmethod
    def describe(row):
        if row and "missing" in row:
            yield f"{row['verdict']}, missing {row['missing'] or 'none'} of {row['bytes_total'] or 'unknown'}, " \
                  f"anomaly {row['anomaly'] or 'none'}"

    def summary(self, cells):
        for kind in ("incomplete", "overlap", "bytes"):
            right = cells[kind, "right"]
            whole = right + cells[kind, "absent"] + (cells[kind, "wrong"] if kind == "bytes" else 0)
            if whole:
                yield f"{kind}: {percent(right, whole)} right, {cells[kind, 'wrong']} wrong"

    @staticmethod
    def faults(_cells, _least):
        return []


class QuietFragmentEvaluator(FragmentEvaluator):
    """Where the truth knows of no pairs: nothing is found, and what a row says is so in the second reading."""
    kinds = ("bytes", "quiet")

    def evaluate(self, truth, replay):
        tables, readings = replay.tables(), Readings(replay.capture)
        lossy = bool(truth.get("carrier_drops"))  # there fragments are lost, and to say so is right
        wrong = [row for row in tables["findings.csv"] if row["kind"] == ATTACK or row["kind"] == LOSS and not lossy]
        episodes = list(self.bytes_episodes(tables["fragments.csv"], readings))
        episodes += [Episode("quiet", "wrong", False, f"{row['kind']} {row['subject']}", row,
                             f"{row['kind']} where nothing was lost") for row in wrong]
        episodes += [] if wrong else [Episode("quiet", "right", True, "no finding", {})]
        verdicts = collections.Counter(row["verdict"] for row in tables["fragments.csv"])
        told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
        return episodes, [f"{len(readings.all)} datagrams in pieces; {told or 'none told'}"] if readings.all else []
