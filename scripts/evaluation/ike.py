# SPDX-License-Identifier: BSD-3-Clause
# IKEv2 attempts: ike.csv against what the daemons at both ends logged.
# Neighbours: charon.py has the logs, datagrams.py what passed in pieces; ../evaluate has the table of evaluators.
#
# The carrier drops pieces. A response that needs none passes each mirror; of one in pieces a mirror knows what the
# capture shows: all of it (before the carrier), some, or nothing (a translator reassembles, and never gets all).
from .charon import attempts_of
from .common import EPSILON_S, Episode, address, percent, seconds
from .datagrams import Readings

LOST = "ike-auth-lost"
FAILED = {"none": "no-answer-to-auth", "partial": "response-fragments-lost", "complete": "response-lost-after-tap"}
UNHEARD = ("no-answer-to-auth", "request-lost", "unknown")  # no response was ever sent
DENIED = ("refused", "established", "unknown")  # the response came, and the client would not have it
MTU_BYTES, UDP_BYTES, MARKER_BYTES = 1500, 8, 4
IKE_PORT, NATT_PORT = 500, 4500


def is_ike(datagram):
    """Not ESP in UDP. Without the first piece it is taken for IKE."""
    if not datagram.ports or IKE_PORT in datagram.ports:
        return True
    return NATT_PORT in datagram.ports and datagram.head()[UDP_BYTES:UDP_BYTES + MARKER_BYTES] == bytes(MARKER_BYTES)


def hosts_of(truth, rows):
    """(servers, clients) that the truth names; if it names none, all that ike.csv has."""
    for column, *names in (("responder", "server_ip"), ("initiator", "client_ip", "outside_ip")):
        named = {address(truth[name]) for name in names if truth.get(name)}
        yield named or {address(row[column]) for row in rows}


class Window:
    """One attempt: truth, logs, rows and what passed in pieces while it lasted."""

    def __init__(self, truth, hosts, number, logged):
        starts = [attempt["start"] for attempt in truth["attempts"]]
        self.start, self.end = starts[number] - EPSILON_S, (starts + [float("inf")])[number + 1]
        self.success, self.logged, self.where = truth["attempts"][number]["success"], logged, f"attempt {number + 1}"
        self.servers, self.clients = hosts
        self.auth = logged.auth_id(self.success)
        self.request, self.response = logged.requests.get(self.auth), logged.responses.get(self.auth)
        self.rows, self.requests_pieces, self.responses_pieces = [], [], []

    def look_up(self, rows, readings):
        self.rows = [row for row in rows if self.start <= seconds(row["ts"]) < self.end
                     and self.asks(address(row["initiator"]), address(row["responder"]))]
        for datagram in readings.all:
            if self.start <= datagram.first_s < self.end and is_ike(datagram):
                ends = datagram.key[:2]
                if self.asks(*ends):
                    self.requests_pieces.append(datagram)
                elif self.asks(*ends[::-1]):
                    self.responses_pieces.append(datagram)

    def asks(self, src, dst):
        return src in self.clients and dst in self.servers

    def answer(self):
        """How much of the response passed this mirror."""
        if self.success or any(datagram.complete() for datagram in self.responses_pieces):
            return "complete"
        if self.responses_pieces:
            return "partial"
        header = 40 if any(":" in host for host in self.servers) else 20
        size = self.response.largest_bytes() + UDP_BYTES + MARKER_BYTES + header if self.response else MTU_BYTES + 1
        return "complete" if size <= MTU_BYTES else "none"

    def verdicts(self):
        if self.success:
            return ("established",)
        if self.logged.requests and 0 not in self.logged.responses:
            return ("no-answer-to-init",)
        if self.request and not self.response:
            return UNHEARD
        return DENIED if self.auth in self.logged.parsed else (FAILED[self.answer()],)

    def wanted(self):
        """{kind: {column: values that are right}}"""
        yield "attempt", {"verdict": self.verdicts()}
        if self.request and self.verdicts() != ("no-answer-to-init",):
            yield "request", {"request_bytes": (str(self.request.bytes()),),
                              "auth_requests": (str(len(self.request.transmissions)),)}
        answer, sizes = self.answer(), [str(self.response.bytes())] if self.response else []
        if answer == "none":
            sizes = [""]
        elif answer == "partial" and not any(datagram.head() for datagram in self.responses_pieces):
            sizes.append("")  # the length stands in the first piece
        yield "response", {"auth_response": (answer,), **({"response_bytes": sizes} if sizes else {})}
        pieces = self.requests_pieces + self.responses_pieces
        rfc7383 = {"rfc7383": (self.logged.rfc7383,)} if self.logged.rfc7383 else {}
        yield "fragments", {"fragmented": ("yes" if pieces else "no",), **rfc7383}

    def episodes(self):
        row = self.rows[0] if self.rows else {}
        for kind, cells in self.wanted():
            here = {name: row.get(name, "absent") for name in cells}
            good = all(here[name] in values for name, values in cells.items())
            word = "right" if good else "wrong" if row else "absent"
            truth = {name: " or ".join(value or "none" for value in values) for name, values in cells.items()}
            text = self.where if good else f"{self.where}: {here}, truth {truth}"
            fault = f"{self.where} accused" if kind == "attempt" and word == "wrong" and self.success else ""
            yield Episode(kind, word, good, text, row, fault)


class IkeEvaluator:
    subject = "ike"
    verdicts = ("right", "wrong", "absent")
    kinds = ("attempt", "request", "response", "fragments", "finding", "quiet")
    apart = True

    def evaluate(self, truth, replay):
        tables, readings = replay.tables(), Readings(replay.capture)
        rows = sorted(tables["ike.csv"], key=lambda row: seconds(row["ts"]))
        hosts = list(hosts_of(truth, rows))
        windows = [Window(truth, hosts, number, logged) for number, logged in enumerate(attempts_of(truth))]
        for window in windows:
            window.look_up(rows, readings)
        episodes = [episode for window in windows for episode in window.episodes()]
        told = [id(window.rows[0]) for window in windows if window.rows]
        episodes += [Episode("attempt", "wrong", False, "one too many", row) for row in rows if id(row) not in told]
        episodes += self.finding_episodes(windows, tables["findings.csv"])
        return episodes, [f"{row['verdict']}, response {row['auth_response']}" for row in rows]

    @staticmethod
    def finding_episodes(windows, findings):
        told = [row for row in findings if row["kind"] == LOST and row["severity"] != "info"]
        failed = any(not window.success and window.verdicts() != DENIED for window in windows)
        allowed = any(not window.success for window in windows)
        good = allowed if told else not failed
        yield Episode("finding", "right" if good else "wrong" if told else "absent", good, f"{LOST}: {len(told)}", {},
                      "an attempt that succeeded is told as lost" if told and not allowed else "")

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    @staticmethod
    def describe(row):
        if row and "auth_response" in row:
            yield f"verdict {row['verdict']} at {row['confidence']}, {row['auth_requests']} requests of " \
                  f"{row['request_bytes'] or '?'} bytes, response {row['auth_response']} {row['response_bytes'] or '?'}"

    def summary(self, cells):
        whole = sum(cells["attempt", verdict] for verdict in self.verdicts)
        return [f"attempts: {percent(cells['attempt', 'right'], whole)} right"] if whole else []

    @staticmethod
    def faults(_cells, _least):
        return []


class QuietIkeEvaluator(IkeEvaluator):
    """Where the truth has no attempt: nothing is told."""

    def evaluate(self, truth, replay):
        told = [row for row in replay.tables()["findings.csv"] if row["kind"] == LOST]
        return [Episode("quiet", "wrong", False, row["subject"], row, "a VPN that was not there") for row in told] or [
            Episode("quiet", "right", True, "no finding", {})], []
