# SPDX-License-Identifier: BSD-3-Clause
# Port demand against a truth that sampled the translator's own table each second: the lab's "samples".
# Neighbours: common.py; resets.py judges resets; ../evaluate has the table of evaluators.
#
# What the samples mean, as found by following the packets of both mirrors with a table of our own:
# - A sample tells the table at its time t, a whole second or up to 0.12 s after one. The first one is taken wherever
#   the second the run began in, before the translator forwarded what it counts: it is not compared.
# - nat.kind "userspace": an entry is an inside socket (protocol, host, port; echo: identifier), whatever the peer, and
#   takes one number of a pool that TCP, UDP and ICMP share. Packets of both directions prolong it. A SYN opens TCP,
#   nothing else does. A FIN or a reset of either end makes the timer tcp_close, and later packets prolong by that.
# - "kernel": an entry is a 5-tuple; every protocol has numbers of its own; the same number serves several peers.
#   udp_timeout holds for answered UDP and for DNS too. The truth leaves out the others: ICMP is conntrack's 30 s, and
#   TCP fits at every sample if an entry ends 10 s after its first FIN or reset.
# - A refused packet opens nothing and prolongs nothing. It is on the LAN, where nobody answers it, and not on the WAN.
import collections
import itertools
import pathlib
import re
import typing

from .common import Episode, percent, seconds

NEAR_SECOND_S = 0.2  # of a sample to the interval's end that it tells
TOLERANCE_PORTS, TOLERANCE_SHARE = 3, 0.02
FOUND_S = 10  # after the first refusal
EARLY_S = 2  # a sample tells of the second before it, a row begins a second before its end
UNTOLD_ROW_S = 10  # a row of the run that is told nothing
UNTOLD_PORTS, UNTOLD_SHARE = 5, 0.05
KERNEL_ICMP_S, KERNEL_CLOSING_S = 30, 10
PROTOCOLS = ("tcp", "udp", "icmp")


class Count(typing.NamedTuple):
    """One number of one second."""
    second: int  # since the run began
    truth: int
    here: typing.Optional[int]  # None: no row

    def near(self):
        return self.here is not None and abs(self.error()) <= max(TOLERANCE_PORTS, TOLERANCE_SHARE * self.truth)

    def error(self):
        return self.here - self.truth


class Line(typing.NamedTuple):
    """The rows of one line by the time of their interval's end; hosts in the order of the file."""
    lines: dict
    hosts: dict
    first_exhausted: float  # start of the first such interval, 0 never


def is_inside(truth, capture):
    """truth["pcaps"] names each mirror; "lan" is the one before the translator."""
    return truth.get("pcaps", {}).get("lan") == pathlib.Path(capture).name


def kernel(truth):
    return "udp_timeout" in truth["nat"]


def settings_of(truth, inside):
    """What the translator really does, as midwatch is told it. Its limit only where it cannot show: on the LAN."""
    nat = truth["nat"]
    if kernel(truth):
        timers = {"udp": nat["udp_timeout"], "udp-unanswered": nat["udp_timeout"], "dns": nat["udp_timeout"],
                  "icmp": KERNEL_ICMP_S, "tcp-closing": KERNEL_CLOSING_S}
        mapping = {"tcp": "dependent", "udp": "dependent"}
        kind = ["nat.profile=linux", "nat.shared-pool=no"]
    else:
        timers = {"udp": nat["udp_to"], "dns": nat["dns_to"], "icmp": nat["icmp_to"], "tcp-closing": nat["tcp_close"]}
        mapping = {"tcp": "dependent" if nat["tcp_saving"] else "independent", "udp": "independent"}
        kind = ["nat.profile=rfc4787", f"nat.shared-pool={'yes' if nat['shared'] else 'no'}"]
    settings = [*kind, *(f"nat.{name}-timer={value}s" for name, value in timers.items())]
    settings += [f"nat.{name}-mapping={value}" for name, value in mapping.items()]
    return [*settings, *([f"nat.ports-limit={truth['map']['ports']}"] if inside else ()), "output.interval=1s"]


def number(row, column):
    return int(float(row[column])) if row and row[column] else None


def name_of(tables, truth, inside):
    """The line in question: on the WAN the one of the outside address, on the LAN the one with the most sessions."""
    weights = collections.Counter()
    for row in tables.get("nat_lines.csv", ()):
        if inside or row["outside"] == truth["map"]["outside_ip"]:
            weights[row["line"]] += number(row, "sessions") or 0
    return max(weights, key=weights.get, default=None)


def lines_of(tables, truth, inside):
    name = name_of(tables, truth, inside)
    return [row for row in tables.get("nat_lines.csv", ()) if row["line"] == name]


def line_of(tables, truth, inside):
    """Its rows, and those of its hosts."""
    name = name_of(tables, truth, inside)
    lines = {round(seconds(row["ts"])) + 1: row for row in tables.get("nat_lines.csv", ()) if row["line"] == name}
    hosts = collections.defaultdict(dict)
    for row in tables.get("nat_hosts.csv", ()):
        if row["line"] == name:
            hosts[round(seconds(row["ts"])) + 1][row["host"]] = row
    exhausted = (seconds(row["ts"]) for row in lines.values() if row["state"] == "exhausted")
    return Line(lines, hosts, min(exhausted, default=0.0))


class Samples:
    """Each second's numbers, truth beside rows, by what they count: {(kind, name): [Count]}."""

    def __init__(self, truth, line, inside):
        self.truth, self.line, self.inside = truth, line, inside
        self.counts = collections.defaultdict(list)
        ends = {round(sample["t"]): sample for sample in truth["samples"]
                if abs(sample["t"] - round(sample["t"])) < NEAR_SECOND_S}
        last = max(line.lines, default=0)
        for end, sample in sorted(ends.items()):
            if end <= last or not line.lines:
                self.add(end, sample, ends.get(end - 1, sample))

    def put(self, kind, name, end, truth, here):
        self.counts[kind, name].append(Count(round(end - self.truth["start"]), truth, here))

    def add(self, end, sample, before):
        row, hosts = self.line.lines.get(end), self.line.hosts.get(end, {})
        self.put("sessions", "line", end, sample["sessions"], number(row, "sessions"))
        self.put("line ports", "line", end, *self.most_ports(sample, before, number(row, "ports_used")))
        if not (self.inside and kernel(self.truth)):
            for protocol in PROTOCOLS:
                here = sum(number(host, f"ports_{protocol}") or 0 for host in hosts.values()) if row else None
                self.put("protocol ports", protocol, end, sample["outside_ports"][protocol], here)
        for host, entries in sample["per_host"].items() if self.inside else ():
            self.add_host(end, host, entries, hosts.get(host) if row else None, bool(row))

    def most_ports(self, sample, before, here):
        """ports_used is an interval's maximum. The truth does not have it, but knows that it is not below what is in
        use at either end, and not above what was in use at the beginning and all that was created since."""
        first, last = (self.ports_needed(each) for each in (before, sample))
        least = max(first, last)
        created = sample.get("created_total", 0) - before.get("created_total", 0)
        return min(max(here or 0, least), max(least, first + created)), here

    def ports_needed(self, sample):
        """A kernel has a pool for each protocol: what the limit is to be held against is the fullest. It spreads its
        numbers over all that it has and gives one to several peers. From the WAN all numbers in use show; from the LAN
        what is needed: the most towards one peer, and the busiest are these two."""
        return self.ports_needed_of(self.truth, self.inside, sample)

    @staticmethod
    def ports_needed_of(truth, inside, sample):
        if not kernel(truth):
            return sample["outside_ports"]["all"]
        if inside:
            return max(sample["outside_ports_to_resolver"], sample["outside_ports_to_offender_dst"])
        return max(sample["outside_ports"][protocol] for protocol in PROTOCOLS)

    def add_host(self, end, host, entries, row, present):
        """A host without a row has no session. Where peers share a number, entries are not ports: not compared."""
        def here(column):
            return (number(row, column) or 0) if row else 0 if present else None
        self.put("host sessions", host, end, sum(entries.values()), here("sessions"))
        if not kernel(self.truth):
            for protocol, entry in entries.items():
                self.put("host ports", f"{host} {protocol}", end, entry, here(f"ports_{protocol}"))


def seconds_text(moments):
    """"3-7, 9" of a list of seconds."""
    runs = [[moments[0], moments[0]]]
    for moment in moments[1:]:
        if moment == runs[-1][1] + 1:
            runs[-1][1] = moment
        else:
            runs.append([moment, moment])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def error_text(counts):
    present = [count for count in counts if count.here is not None]
    worst = max(present, key=lambda count: abs(count.error()), default=None)
    if worst is None or worst.error() == 0:
        return "no error" if present else "no rows"
    return f"largest error {worst.error():+} at {worst.second} s ({worst.here}, truth {worst.truth})"


class NatEvaluator:
    """nat_lines.csv and nat_hosts.csv against the translator's own table. The counts are of a run that is told the
    translator's timers, the port set of a run that is told nothing."""
    subject = "nat"
    verdicts = ("right", "wrong", "absent")
    counted = ("sessions", "line ports", "protocol ports", "host sessions", "host ports")
    kinds = (*counted, "exhaustion", "offender", "holder", "port set", "untold exhaustion", "untold ports")
    apart = True  # each scenario has a table of its own

    def evaluate(self, truth, replay):
        inside = is_inside(truth, replay.capture)
        plain, untold = replay.tables(), replay.tables(f"output.interval={UNTOLD_ROW_S}s")
        told = replay.tables(*settings_of(truth, inside))
        line = line_of(told, truth, inside)
        samples = Samples(truth, line, inside).counts
        episodes = [episode for (kind, name), counts in samples.items()
                    for episode in self.count_episodes(kind, name, counts)]
        episodes += self.exhaustion(truth, line)
        for words, tables in (("told", told), ("not told", plain)):
            if truth["exhausted_first_t"] is None:
                episodes.append(accusation(words, line_of(tables, truth, inside).first_exhausted, tables))
            elif inside:
                episodes += self.accused_hosts(words, truth, tables)
        episodes += self.untold(truth, untold, inside)
        episodes += self.offender(truth, line, told, inside)
        episodes += self.holder(truth, told) if inside else ()
        episodes += () if inside else self.port_set(truth, line_of(plain, truth, inside))
        return episodes, [*self.count_figures(samples), *self.other_figures(truth, line, inside)]

    @staticmethod
    def count_episodes(kind, name, counts):
        """What is near as one episode, what is not as one more: a wrong timer is one cause and not 400."""
        near = sum(count.near() for count in counts)
        if near:
            yield Episode(kind, "right", True, name, {}, times=near)
        groups = {"absent": [count for count in counts if count.here is None],
                  "wrong": [count for count in counts if count.here is not None and not count.near()]}
        for verdict, group in groups.items():
            if group:
                moments = [count.second for count in group]
                where = f"{name}, {len(group)} of {len(counts)} seconds from {moments[0]} s to {moments[-1]} s"
                where += f", {error_text(group)}" if verdict == "wrong" else ""
                yield Episode(kind, verdict, False, where, {"seconds": seconds_text(moments)}, times=len(group))

    def count_figures(self, samples):
        for kind in self.counted:
            counts = [count for (other, _), series in samples.items() if other == kind for count in series]
            if counts:
                near = sum(count.near() for count in counts)
                yield f"{kind}: {percent(near, len(counts))} near, {error_text(counts)}"

    @staticmethod
    def exhaustion(truth, line):
        refused, found, start = truth["exhausted_first_t"], line.first_exhausted, truth["start"]
        if refused is None:
            return
        late = found - refused
        words = f"first refusal at {refused - start:.0f} s, " + (
            f"exhausted at {found - start:.0f} s" if found else "never exhausted")
        verdict = "absent" if not found else "right" if -EARLY_S <= late <= FOUND_S else "wrong"
        fault = "exhausted before a packet was refused" if found and late < -EARLY_S else ""
        yield Episode("exhaustion", verdict, verdict == "right", words, {}, fault)

    @staticmethod
    def untold(truth, tables, inside):
        """With the default settings: the first row that says exhausted begins at most 10 s after the first refusal and
        ends after it; ports in use, once the translator's UDP timer has gone by."""
        refused, start, rows = truth["exhausted_first_t"], truth["start"], lines_of(tables, truth, inside)
        found = min((seconds(row["ts"]) for row in rows if row["state"] == "exhausted"), default=None)
        if refused is not None:
            good = found is not None and -UNTOLD_ROW_S < found - refused <= FOUND_S
            words = "never" if found is None else f"in the row of {found - start:.0f} s"
            yield Episode("untold exhaustion", "right" if good else "wrong" if found else "absent", good,
                          f"first refusal at {refused - start:.0f} s, exhausted {words}", {})
        from_s = start + (truth["nat"]["udp_timeout"] if kernel(truth) else truth["nat"]["udp_to"])
        near = total = 0
        for row in rows:
            begin = seconds(row["ts"])
            used = [Samples.ports_needed_of(truth, inside, sample) for sample in truth["samples"]
                    if NEAR_SECOND_S < sample["t"] - begin <= UNTOLD_ROW_S + NEAR_SECOND_S]
            if begin >= from_s and len(used) == UNTOLD_ROW_S:
                total += 1
                near += abs(number(row, "ports_used") - max(used)) <= max(UNTOLD_PORTS, UNTOLD_SHARE * max(used))
        for verdict, times in (("right", near), ("wrong", total - near)):
            if times:
                yield Episode("untold ports", verdict, verdict == "right", f"{times} of {total} rows", {}, times=times)

    @staticmethod
    def accused_hosts(words, truth, tables):
        """A finding may name none but the offenders."""
        guilty = {truth["offender"]["host"], truth["offender"].get("dns_hog", {}).get("host")}
        for finding in tables.get("findings.csv", ()):
            wrong = words_of(finding["subject"]) & set(truth["hosts"]) - guilty
            if finding["kind"] == "nat-churner" and wrong:
                yield Episode("offender", "wrong", False, f"{words}: nat-churner {', '.join(sorted(wrong))}", finding,
                              "a host that wastes no ports called churner")

    @staticmethod
    def offender(truth, line, tables, inside):
        """First in the ranking when the first packet is refused, or named by a finding. The WAN side does not show
        inside hosts: there the destination is what can be told."""
        offender, refused = truth["offender"], truth["exhausted_first_t"]
        if not offender or not refused:
            return
        rows = list(line.hosts.get(round(refused), {}).values())
        if inside:
            named = any(finding["kind"] == "nat-churner" and offender["host"] in words_of(finding["subject"])
                        for finding in tables.get("findings.csv", ()))
            here = rows[0]["host"] if rows else ""
            right, where = named or here == offender["host"], f"{offender['host']}, first in the ranking {here or '-'}"
        else:
            here = {f"{row['top_dst']}:{row['top_dport']}" for row in rows}
            right, where = offender["dst"] in here, f"towards {offender['dst']}, here {', '.join(sorted(here)) or '-'}"
        yield Episode("offender", "right" if right else "wrong" if rows else "absent", right, where,
                      rows[0] if rows else {})

    @staticmethod
    def holder(truth, tables):
        """Where a number serves several peers, it is the host that floods the resolver that uses up what fails: the
        finding names it, and nobody else."""
        hog = ((truth["offender"] or {}).get("dns_hog") or {}).get("host")
        if not hog or not truth["exhausted_first_t"]:
            return
        for finding in tables.get("findings.csv", ()):
            if finding["kind"] == "nat-exhaustion":
                named = words_of(finding["summary"].replace(". ", " ").rstrip(".")) & set(truth["hosts"])
                where = f"held by {hog}, named {', '.join(sorted(named)) or 'none'}"
                yield Episode("holder", "right" if named == {hog} else "wrong" if named else "absent", named == {hog},
                              where, finding, "a host that holds none of the ports named" if named - {hog} else "")

    @staticmethod
    def port_set(truth, line):
        """Inferred from the ports alone, as the last row has it."""
        row = line.lines[max(line.lines)] if line.lines else None
        wanted = {"psid": "psid", "psid_bits": "psid_len", "psid_offset": "offset", "ports_limit": "ports"}
        for column, name in wanted.items():
            here, right = number(row, column), truth["map"][name]
            verdict = "absent" if here is None else "right" if here == right else "wrong"
            yield Episode("port set", verdict, verdict == "right",
                          f"{column}: truth {right}, here {'none' if here is None else here}", {})

    @staticmethod
    def other_figures(truth, line, inside):
        refused, start = truth["exhausted_first_t"], truth["start"]
        if not refused:
            yield "nothing refused"
            return
        found = f"{line.first_exhausted - start:.0f} s" if line.first_exhausted else "never"
        felt = min((failure["t"] for failure in truth["failures"]), default=None)
        yield (f"first refusal at {refused - start:.0f} s, first failure of a client at "
               f"{f'{felt - start:.0f} s' if felt else 'never'}, exhausted at {found}")
        if inside and truth["offender"]:
            firsts = [next(iter(hosts)) for end, hosts in sorted(line.hosts.items()) if end >= refused and hosts]
            leads = sum(first == truth["offender"]["host"] for first in firsts)
            yield f"offender first in the ranking since then: {percent(leads, len(firsts))}"

    @staticmethod
    def describe(row):
        """Lines that show a reader why."""
        if "seconds" in row:
            yield f"seconds {row['seconds']}"
        elif row:
            yield ", ".join(f"{column} {value or '-'}" for column, value in row.items())

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    def summary(self, cells):
        """How many of the numbers are near, and what was concluded of them."""
        def words(kind):
            total = sum(cells[kind, verdict] for verdict in self.verdicts)
            return [f"{kind} {percent(cells[kind, 'right'], total)}"] if total else []
        return list(itertools.chain(*map(words, self.kinds)))

    @staticmethod
    def faults(_cells, _least):
        return []


class QuietNatEvaluator(NatEvaluator):
    """Where no translator was short of anything: lost requests, dead gateways and forged resets are no exhaustion."""
    apart = False

    def evaluate(self, truth, replay):
        tables = replay.tables()
        exhausted = (seconds(row["ts"]) for row in tables.get("nat_lines.csv", ()) if row["state"] == "exhausted")
        return [accusation("not told", min(exhausted, default=0.0), tables)], []


def words_of(text):
    """Addresses in a finding's subject."""
    return set(re.split(r"[^\w.:]+", text))


def accusation(words, exhausted, tables):
    """What a run says of a line on which nothing was refused, told the translator's settings or not."""
    found = sorted({finding["kind"] for finding in tables.get("findings.csv", ())} & {"nat-exhaustion", "nat-churner"})
    said = [*(["exhausted in nat_lines.csv"] if exhausted else ()), *(f"finding {kind}" for kind in found)]
    fault = "exhaustion where nothing was refused" if said else ""
    return Episode("exhaustion", "wrong" if said else "right", not said, f"{words}: {', '.join(said) or 'none'}", {},
                   fault)
