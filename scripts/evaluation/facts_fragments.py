# SPDX-License-Identifier: BSD-3-Clause
# truth.tsv about datagrams in pieces, and what nothing in it speaks for.
# Neighbours: facts.py has the list; fragments.py does it for captures whose sockets are known.
#
# tshark says how many pieces passed and how many datagrams it put together, a parser of outermost IP headers how many
# were not complete. distinct identifications are of no use: where a tunnel is inside, they count inner packets, too.
from .common import fact

FAMILIES = (4, 6)
# What speaks for a finding: a metric of which there are some.
GROUNDS = {"fragments-lost": "outer_ip{}_dgrams_incomplete", "fragment-attack": "outer_ip{}_dgrams_overlap",
           "path-mtu-black-hole": "", "icmp-too-big-ignored": "", "ike-auth-lost": ""}


def total(values, metric):
    """Sum of a metric over IPv4 and IPv6."""
    return sum(int(values.get(metric.format(family), ["0"])[0]) for family in FAMILIES)


def fragment_facts(values, tables, _row_at):
    """Pieces within quotes of ICMP errors are not counted on either side."""
    rows = tables["fragments.csv"]
    here = {
        ("fragments", "ip{}_fragments"): sum(int(row["fragments"]) for row in tables["summary.csv"]),
        ("datagrams whole", "ip{}_datagrams_reassembled"): sum(int(row["fragmented"]) for row in tables["paths.csv"]),
        ("datagrams incomplete", "outer_ip{}_dgrams_incomplete"): sum(row["verdict"] == "incomplete" for row in rows),
        ("datagrams overlapping", "outer_ip{}_dgrams_overlap"): sum("overlap" in row["anomaly"] for row in rows),
    }
    for (name, metric), number in here.items():
        if total(values, metric) or number:
            yield fact(name, total(values, metric), number)


def finding_facts(values, tables, _row_at):
    """Findings about pieces, paths and IKE that truth.tsv has no ground for."""
    for row in tables["findings.csv"]:
        if row["kind"] in GROUNDS and row["severity"] != "info" and not total(values, GROUNDS[row["kind"]]):
            yield fact(f"finding {row['kind']} {row['subject']}", "", "told")
