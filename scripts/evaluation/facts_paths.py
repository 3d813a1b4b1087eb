# SPDX-License-Identifier: BSD-3-Clause
# truth.tsv about reports of a path MTU, and about senders of which a reader found that they honoured one.
# Neighbours: facts.py has the list; paths.py does it for captures whose narrow hop is known.
import collections
import re

from .common import address, fact

METRICS = ("icmp_mtu", "icmpv6_mtu")  # "4x MTU SOURCES DESTINATIONS ...": addresses of all headers, outermost first
HONOURED = re.compile(r"tells (\S+) MTU \d+ .* to (\S+?);.*discovery WORKS")


def reports_of(values):
    """{(sender, destination): {(reporter, MTU): times}}: the last header is quoted, the report is in the one before."""
    reports = collections.defaultdict(collections.Counter)
    for value in (value for metric in METRICS for value in values.get(metric, ())):
        times, mtu, sources, destinations = value.split()[:4]
        *_, reporter, sender = map(address, sources.split(","))
        reports[sender, address(destinations.split(",")[-1])][reporter, mtu] += int(times.rstrip("x"))
    return reports


def rows_of(tables):
    return {(row["src"], row["dst"]): row for row in tables["paths.csv"]}


def report_facts(values, tables, _row_at):
    reports, rows = reports_of(values), rows_of(tables)
    told = {ends for ends, row in rows.items() if int(row["icmp_reports"])}
    for ends in sorted(told | set(reports)):
        row, where = rows.get(ends, {}), f"{ends[0]} > {ends[1]}"
        yield fact(f"MTU reports of {where}", sum(reports[ends].values()), int(row.get("icmp_reports", 0)))
        names = {f"{reporter}={mtu}" for reporter, mtu in reports[ends]}
        yield fact(f"MTU reporters of {where}", "+".join(sorted(names)),
                   "+".join(sorted(row.get("reporters", "").split("+"))))


def discovery_facts(values, tables, _row_at):
    """MANUAL_pmtu: "router A tells B MTU M ... to C; ...: discovery WORKS"."""
    for match in filter(None, map(HONOURED.search, values.get("MANUAL_pmtu", ()))):
        ends = address(match[1]), address(match[2])
        yield fact(f"verdict on {ends[0]} > {ends[1]}", "too-big-honoured",
                   rows_of(tables).get(ends, {}).get("verdict", "absent"))
