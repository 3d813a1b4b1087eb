# SPDX-License-Identifier: BSD-3-Clause
# What strongSwan's daemons logged of each attempt: messages, their sizes and how often each was sent.
# Neighbours: ike.py holds ike.csv against it.
import dataclasses
import re

LINE = re.compile(r"(?P<time>[\d.]+) (?P<thread>\d+)\[\w+\] (?P<text>.*)")
GENERATING = re.compile(r"generating (\w+) (request|response) (\d+) \[(.*)\]")
AGAIN = {"request": re.compile(r"retransmit \d+ of request with message ID (\d+)"),
         "response": re.compile(r"received retransmit of request with ID (\d+), retransmitting")}
SENDING = re.compile(r"sending packet: .*\((\d+) bytes\)")
PARSED = re.compile(r"parsed (\w+) response (\d+)")
PIECE, SUPPORTED = " EF(", "N(FRAG_SUP)"  # a piece as of RFC 7383; the notify that offers it
AUTH_EXCHANGES = ("IKE_AUTH", "IKE_INTERMEDIATE")


@dataclasses.dataclass
class Message:
    """A message that a daemon sent: the bytes of each packet, by transmission."""
    exchange: str
    transmissions: list = dataclasses.field(default_factory=list)

    def bytes(self):
        return sum(self.transmissions[0]) if self.transmissions else 0

    def largest_bytes(self):
        return max(self.transmissions[0]) if self.transmissions and self.transmissions[0] else 0


@dataclasses.dataclass
class Attempt:
    """Both daemons' messages of one attempt, by message identification."""
    requests: dict
    responses: dict
    parsed: set  # identifications of responses that the client understood
    rfc7383: str  # no, offered, used; "" not known

    def auth_id(self, success):
        """The exchange that ike.csv tells of: the newest, of an established SA that with the largest response."""
        numbers = [number for number, message in self.requests.items() if message.exchange in AUTH_EXCHANGES]
        if success:
            numbers.sort(key=lambda number: (self.responses[number].bytes() if number in self.responses else 0, number))
        return numbers[-1] if numbers else None


def events_of(lines, start, end):
    for match in filter(None, map(LINE.match, lines)):
        if start <= float(match["time"]) < end:
            yield match["thread"], match["text"]


def messages_of(lines, role, start, end):
    """{identification: Message} of a daemon's requests or responses between two times."""
    messages, at_work = {}, {}
    for thread, text in events_of(lines, start, end):
        begun, again, sent = GENERATING.match(text), AGAIN[role].match(text), SENDING.match(text)
        if begun:
            exchange, kind, number, payloads = begun.groups()
            message = at_work[thread] = messages.setdefault(int(number), Message(exchange)) if kind == role else None
            if message and not (message.transmissions and payloads.startswith(PIECE)):
                message.transmissions.append([])
        elif again:
            at_work[thread] = messages.get(int(again[1]))
            if at_work[thread]:
                at_work[thread].transmissions.append([])
        elif sent and at_work.get(thread):
            at_work[thread].transmissions[-1].append(int(sent[1]))
    return messages


def rfc7383_of(texts):
    if any(f"[{PIECE}" in text for text in texts):
        return "used"
    return "offered" if any("IKE_SA_INIT" in text and SUPPORTED in text for text in texts) else "no"


def attempts_of(truth):
    """An Attempt for each of the truth's."""
    starts = [attempt["start"] for attempt in truth["attempts"]]
    if not truth.get("charon_log"):
        return [attempt_of_sizes(truth)] if len(starts) == 1 else [Attempt({}, {}, set(), "") for _ in starts]
    logs = truth["charon_log"]["client"], truth["charon_log"]["server"]
    return [attempt_of_logs(*logs, start, end) for start, end in zip(starts, starts[1:] + [float("inf")])]


def attempt_of_logs(client, server, start, end):
    texts = [text for lines in (client, server) for _, text in events_of(lines, start, end)]
    parsed = {int(match[2]) for match in map(PARSED.match, texts) if match}
    return Attempt(messages_of(client, "request", start, end), messages_of(server, "response", start, end), parsed,
                   rfc7383_of(texts))


def attempt_of_sizes(truth):
    """Without logs, of a single attempt: the first packet is SA_INIT, the others are one message and its copies."""
    rfc7383 = {"yes": "used", "no": "no"}.get(truth["rfc7383_fragmentation"], "")
    sides = []
    for side in ("client_side", "server_side"):
        first, *others = truth[side]["packets_sent_bytes"] or [0]
        if rfc7383 == "used" and not truth["client_side"]["retransmits"]:
            copies = [others]
        else:
            copies = [[size] for size in others] if len({*others}) == 1 and first not in others else []
        sides.append({0: Message("IKE_SA_INIT", [[first]]), 1: Message("IKE_AUTH", copies)})
    whole = all(side[1].bytes() for side in sides)
    return Attempt(*(sides if whole else ({}, {})), set(), rfc7383)
