#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A resolver is called dead when it is, and not when it is slow, limits a host, or asks for names of a dead domain.

Usage: resolvers_test.py [-v] MIDWATCH

Stories of two minutes: eight hosts ask a resolver, and another one now and then, and connect to a server. In the second
minute something is wrong. Each story is told to midwatch as a capture. Neighbours: capture.py; health/resolvers-silent
has real stacks.
"""
import concurrent.futures
import dataclasses
import ipaddress
import os
import pathlib
import random
import struct
import sys
import tempfile

import capture

EPOCH_NS = 1_700_000_040 * 10**9  # a whole minute
WRONG_S, END_S = 60, 120
RESOLVER, OTHER, BACK_END, SERVER = "198.51.100.53", "203.0.113.53", "198.51.100.54", "192.0.2.80"
HOSTS = [f"192.168.0.{number}" for number in range(10, 18)]
CROWD = [f"{host}.site{number}.{top}" for number, top in enumerate(("com", "net", "org", "jp", "co.jp", "de", "io") * 3)
         for host in ("www", "mail", "api")]
SERVFAIL = 2
AGAIN_S = 5  # a stub resolver sends again, from another port


def frame(at_s, src, dst, protocol, payload):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 60, protocol, 0) + \
        ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    data = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + head[:10] + struct.pack(">H", capture.ip_checksum(head)) + head[12:] + \
        payload
    return capture.Frame(EPOCH_NS + int(at_s * 10**9), data, len(data))


def udp(at_s, src, dst, sport, dport, payload):
    return frame(at_s, src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


def message(number, name, flags):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, flags, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


@dataclasses.dataclass(frozen=True)
class Query:
    at_s: float
    host: str
    resolver: str
    name: str
    last: bool = False  # it was sent again already


@dataclasses.dataclass(frozen=True)
class Answer:
    after_s: float = 0.02
    rcode: int = 0
    src: str = ""  # the resolver


class Story:
    """What happens: answer(query, dice) of the second minute, and what is asked."""

    def __init__(self, name, answer, told, rate=0.25, names=CROWD, order=None, flood=None, flooded=None):
        self.name, self.answer, self.told = name, answer, told
        self.rate, self.names, self.order, self.flood = rate, names, order, flood
        self.flooded = flooded  # the only name of it
        self.frames, self.ports, self.dice = [], 1024, random.Random(name)

    def ask(self, query):
        wrong = query.at_s >= WRONG_S and not (query.resolver == OTHER and self.told != "others")
        answer = self.answer(query, self.dice) if wrong else Answer()
        self.ports = 1024 + (self.ports - 1023) % 60000
        sport = self.ports
        self.frames.append(udp(query.at_s, query.host, query.resolver, sport, 53, message(sport, query.name, 0x100)))
        if answer is not None:
            self.frames.append(udp(query.at_s + answer.after_s, answer.src or query.resolver, query.host, 53, sport,
                                   message(sport, query.name, 0x8180 | answer.rcode)))
        if (answer is None or answer.after_s > AGAIN_S) and not query.last:
            self.ask(dataclasses.replace(query, at_s=query.at_s + AGAIN_S, last=True))

    def tell_time(self, at_s):
        stamp = struct.pack(">Q", at_s + 2**32)
        self.frames.append(udp(at_s, HOSTS[1], SERVER, 123, 123, b"\x23" + bytes(39) + stamp))
        self.frames.append(udp(at_s + 0.01, SERVER, HOSTS[1], 123, 123, b"\x24" + bytes(23) + stamp + bytes(16)))

    def connect(self, at_s):
        sport = 20000 + int(at_s * 10)
        for after_s, src, dst, ports, numbers, flags in (
                (0, HOSTS[0], SERVER, (sport, 443), (1, 0), 2), (0.01, SERVER, HOSTS[0], (443, sport), (7, 2), 18)):
            self.frames.append(frame(at_s + after_s, src, dst, 6, struct.pack(
                ">HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0)))

    def tell(self):
        """@return the frames in the order of the capture."""
        for host in HOSTS:
            at_s = self.dice.random()
            while at_s < END_S:
                self.ask(Query(at_s, host, RESOLVER, self.dice.choice(self.names)))
                at_s += self.dice.expovariate(self.rate)
        for at_s in range(1, END_S, 3):
            self.ask(Query(at_s + 0.5, self.dice.choice(HOSTS), OTHER, self.dice.choice(CROWD)))
        for at_s in range(END_S + 15):
            self.connect(at_s + 0.25)
            self.tell_time(at_s)
        for number in range(0 if self.flood is None else self.flood * WRONG_S):
            name = f"x{number}.{number % 97}.example" if number % 2 else f"x{number}.{self.dice.choice(CROWD)}"
            self.ask(Query(WRONG_S + number / self.flood, HOSTS[3], RESOLVER, self.flooded or name, True))
        self.frames.sort(key=lambda one: one.time_ns)
        return self.frames if self.order is None else self.order(self.frames, self.dice)


def never(_query, _dice):
    return None


def mostly_never(_query, dice):
    return Answer() if dice.random() < 0.1 else None


def late(least_s, most_s, rcode=0, never_share=0.0):
    def answer(_query, dice):
        return None if dice.random() < never_share else Answer(dice.uniform(least_s, most_s), rcode)
    return answer


def dead_domain(domain, dead=None):
    return lambda query, _dice: dead if query.name.endswith(domain) else Answer()


def limits(query, dice):
    return Answer() if query.host != HOSTS[3] or dice.random() < 0.02 else None


def elsewhere(_query, _dice):
    return Answer(src=BACK_END)


def well(_query, _dice):
    return Answer()


def is_answer(one):
    return one.data[34:36] == b"\0\x35"


def answers_first(frames, dice):
    """As two ports of a mirror with unlike delays: answers are seen up to 80 ms before their questions."""
    moved = [dataclasses.replace(one, time_ns=one.time_ns - int(dice.uniform(30, 100) * 10**6))
             if is_answer(one) else one for one in frames]
    return sorted(moved, key=lambda one: one.time_ns)


def queued(frames, _dice):
    """As two queues that are written in turn: the times are right, the order is not."""
    return sorted(frames, key=lambda one: one.time_ns - (80 * 10**6 if is_answer(one) else 0))


def mixed(domain, share):
    """Names of which so many are of the domain."""
    of_domain = [f"{host}.{domain}" for host in ("www", "mail", "git", "wiki", "ldap", "files", "print", "time")]
    return CROWD + of_domain * round(share / (1 - share) * len(CROWD) / len(of_domain))


def only(domain):
    return [f"host{number}.{domain}" for number in range(20)]


# told: "dead" a warning; "others" the same, where the other resolver fails, too; None no finding; else a notice's words
DOMAIN = "finds no answer for names of one domain"
STORIES = (
    lambda: Story("dead", never, "dead"),
    lambda: Story("dead, busy", never, "dead", rate=4),
    lambda: Story("dead, asked for one domain", never, "dead", names=only("corp.example.com")),
    lambda: Story("dead, asked for one domain nearly always", never, "dead", names=mixed("corp.example.com", 0.9)),
    lambda: Story("dead but for a tenth", mostly_never, "dead"),
    lambda: Story("dead, with a few late answers", late(3.5, 5, never_share=0.9), "dead", rate=1),
    lambda: Story("dead for one who asks much and all others", never, "dead", flood=20),
    lambda: Story("all resolvers dead", never, "others"),
    lambda: Story("well", well, None),
    lambda: Story("slow: 3 to 5 s", late(3.1, 5), "answers late"),
    lambda: Story("slow: 4 to 9 s, busy", late(4, 9), "answers late", rate=8),
    lambda: Story("slow, and half never", late(3.1, 7, never_share=0.5), "answers late", rate=1),
    lambda: Story("gives up after ten seconds", late(10, 10.1, SERVFAIL), "answers late"),
    lambda: Story("dead domain", dead_domain("dead.example.com"), DOMAIN, names=mixed("dead.example.com", 0.8)),
    lambda: Story("dead domain, busy", dead_domain("dead.com"), DOMAIN, names=mixed("dead.com", 0.7), rate=4),
    lambda: Story("dead domain of a registry's", dead_domain("dead.co.jp"), DOMAIN, names=mixed("dead.co.jp", 0.8)),
    lambda: Story("dead top", dead_domain("lan"), DOMAIN, names=mixed("lan", 0.8)),
    lambda: Story("dead domain, given up at last", dead_domain("dead.org", Answer(10, SERVFAIL)), DOMAIN,
                  names=mixed("dead.org", 0.8)),
    lambda: Story("limits a host", limits, "leaves one host without answers", flood=50),
    lambda: Story("limits a host, busy", limits, "leaves one host without answers", flood=200, rate=1),
    lambda: Story("limits a host's name", limits, "leaves one host without answers for names of one domain", flood=50,
                  flooded="www.example.net"),
    lambda: Story("answers from another address", elsewhere, "is answered for by another address"),
    lambda: Story("answers from another address, busy", elsewhere, "is answered for by another address", rate=4),
    lambda: Story("answers seen first", well, None, order=answers_first),
    lambda: Story("answers written first", well, None, order=queued),
)


def check(midwatch, story):
    """@return what is wrong, and what was said."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "seen.pcap"
        capture.write(path, story.tell())
        rows = [row for row in capture.tables_of(midwatch, path)["findings.csv"] if row["kind"] == "dns-failing"]
    said = [f"{row['severity']} {row['confidence']} {row['summary']}" for row in rows]
    if story.told in ("dead", "others"):
        good = len(rows) == (1 if story.told == "dead" else 2) and \
            all(row["severity"] == "warning" and int(row["confidence"]) > 50 for row in rows)
    elif story.told is None:
        good = not rows
    else:
        good = len(rows) == 1 and rows[0]["severity"] == "notice" and int(rows[0]["confidence"]) <= 50 and \
            f"Resolver {RESOLVER} {story.told}" in rows[0]["summary"]
    return [] if good else [f"{story.name}: {story.told}, but: {said}"], said


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    stories = [make() for make in STORIES]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(lambda story: check(arguments[0], story), stories))
    if "-v" in sys.argv:
        for story, (_, said) in zip(stories, done):
            print(f"{story.name}: {said}")
    wrong = [one for bad, _ in done for one in bad]
    print(*wrong, f"{len(stories)} stories, {len(wrong)} wrong", sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
