# SPDX-License-Identifier: BSD-3-Clause
# truth.tsv about IKE: how often each end sent which message, and which were in pieces of RFC 7383.
# Neighbours: facts.py has the list; ike.py does it for captures whose daemons are known.
import collections

from .common import address, fact

SA_INIT, AUTH = "34", "35"
NAMES = {SA_INIT: "IKE_SA_INIT", AUTH: "IKE_AUTH"}


def copies_of(values):
    """How often each packet is there: 2 where every one of them has a copy by the mirror."""
    copies = int(values.get("outer_dup_ip_packets", ["0"])[0])
    return 2 if copies and 2 * copies == int(values["packets"][0]) else 1


def messages_of(values):
    """{(exchange, sender): messages} of ike_flow "3x SRC SPORT DST DPORT EXCHANGE"; the pieces of one, of ike_skf
    "2x SRC EXCHANGE ID NUMBER TOTAL", are one message."""
    frames = collections.Counter()
    for value in values.get("ike_flow", ()):
        times, sender, *_, exchange = value.split()
        frames[exchange, address(sender)] += int(times.rstrip("x"))
    for value in values.get("ike_skf", ()):
        times, sender, exchange, _, number, _ = value.split()
        frames[exchange, address(sender)] -= int(times.rstrip("x")) if number != "1" else 0
    return collections.Counter({key: number // copies_of(values) for key, number in frames.items() if key[0] in NAMES})


def told_of(rows):
    """The same of ike.csv."""
    told = collections.Counter()
    for row in rows:
        initiator, responder = address(row["initiator"]), address(row["responder"])
        told[SA_INIT, initiator] += row["init_ok"] != ""
        told[SA_INIT, responder] += row["init_ok"] == "yes"
        told[AUTH, initiator] += int(row["auth_requests"] or 0)
        told[AUTH, responder] += row["auth_response"] == "complete"
    return told


def ike_facts(values, tables, _row_at):
    rows = tables["ike.csv"]
    truth, here = messages_of(values), told_of(rows)
    for exchange, sender in sorted(set(truth) | set(+here)):
        yield fact(f"{NAMES[exchange]} of {sender}", truth[exchange, sender], here[exchange, sender])
    if rows or "ikev1" in values:
        used = "ike_skf" in values
        yield fact("attempts with RFC 7383", "some" if used else "none",
                   "some" if any(row["rfc7383"] == "used" for row in rows) else "none")
