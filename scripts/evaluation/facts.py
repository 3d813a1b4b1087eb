# SPDX-License-Identifier: BSD-3-Clause
# truth.tsv: what is known of foreign captures, a fact a line, against what midwatch says of them.
# Neighbours: facts_fragments.py, facts_ike.py, facts_paths.py; report.py lists the differences, expectation.py asks for
# their reasons.
import collections
import csv
import dataclasses
import re

from .common import EPSILON_S, Fact, address, fact, frame_seconds, run_midwatch, seconds
from .facts_fragments import finding_facts, fragment_facts
from .facts_ike import ike_facts
from .facts_paths import discovery_facts, report_facts


@dataclasses.dataclass
class Comparison:
    capture: str
    facts: list
    verdicts: collections.Counter
    accused: list  # rows called forged although no row of truth.tsv says so


def count_facts(values, tables, _rows_at):
    """tcp_rst counts frames; resets are counted after the removal of mirrored copies."""
    here = sum(int(row["resets"]) for row in tables["summary.csv"])
    yield fact("tcp_rst", int(values.get("tcp_rst", ["0"])[0]), here)
    yield fact("resets in episodes", here, sum(int(row["count"]) for row in tables["resets.csv"]))


def sender_facts(values, tables, _rows_at):
    """rst_by_sender: "12x ADDRESS TTL FLAGS", the outer address before the inner one; only its longest rows."""
    here, truth = collections.Counter(), collections.Counter()
    for row in tables["resets.csv"]:
        here[address(row["src"])] += int(row["count"])
    for value in values.get("rst_by_sender", ()):
        times, *words = re.split(r"[\s,]+", value)
        truth[tuple(address(word) for word in words if "." in word or ":" in word)] += int(times.rstrip("x"))
    complete = sum(truth.values()) == int(values.get("tcp_rst", ["0"])[0])
    for hosts, wanted in sorted(truth.items()):
        have = max(here[host] for host in hosts)
        yield Fact(f"resets of {hosts[-1]}", f"{'' if complete else 'at least '}{wanted}", str(have),
                   have == wanted or (not complete and have > wanted))


def text_facts(values, tables, _rows_at):
    """rst_payload: "frame N ADDRESS:PORT ttl ... "TEXT"", a row for each reset with a text."""
    truth = {re.search(r"frame \d+ (\S+):(\d+) .*?\"(.*)\"", value).groups() for value in values.get("rst_payload", ())}
    here = {(row["src"], row["sport"], row["payload"]) for row in tables["resets.csv"] if row["payload"]}
    for sender, port, text in sorted(truth | here):
        where = f"text of {sender}:{port}"
        yield fact(where, text if (sender, port, text) in truth else "", text if (sender, port, text) in here else "")


def verdict_facts(values, _tables, rows_at):
    """MANUAL_VERDICT_forged_rst names the frame that is forged; the others of MANUAL_rst_frames, and a frame of which
    MANUAL_VERDICT_injected says that it is the client's or server's own, are an endpoint's."""
    forged = {frame for value in values.get("MANUAL_VERDICT_forged_rst", ())
              for frame in re.findall(r"^frame (\d+)", value)}
    frames = {frame for value in values.get("MANUAL_rst_frames", ())
              for frame in value.partition(";")[0].split(",")}
    frames |= {frame for value in values.get("MANUAL_VERDICT_injected", ())
               for frame in re.findall(r"frame (\d+) is the (?:client|server) RST", value)}
    for frame in sorted(forged | frames, key=int):
        truth = "forged" if frame in forged else "endpoint"
        row = rows_at(int(frame))
        here = row["verdict"] if row else "absent"
        fault = f"frame {frame}, an endpoint's, called forged" if (truth, here) == ("endpoint", "forged") else ""
        yield Fact(f"verdict on frame {frame}", truth, here, truth == here, fault)


FACTS = (count_facts, sender_facts, text_facts, verdict_facts, fragment_facts, report_facts, discovery_facts, ike_facts,
         finding_facts)


def compare_capture(midwatch, folder, name, values):
    tables = run_midwatch(midwatch, folder / name)
    rows = tables["resets.csv"]

    def row_at(frame):
        """The episode of a frame: these captures hold one flow, or times that tell their flows apart."""
        when = frame_seconds(folder / name, frame)
        begun = [row for row in rows if when is not None and seconds(row["ts"]) <= when + EPSILON_S]
        return max(begun, key=lambda row: seconds(row["ts"]), default=None)

    told = [row_at(int(frame)) for value in values.get("MANUAL_VERDICT_forged_rst", ())
            for frame in re.findall(r"^frame (\d+)", value)]
    accused = [row for row in rows if row["verdict"] == "forged" and not any(row is other for other in told)]
    facts = [found for find in FACTS for found in find(values, tables, row_at)]
    return Comparison(name, facts, collections.Counter(row["verdict"] for row in rows), accused)


def comparisons_of(midwatch, path):
    for truth in sorted(path.rglob("truth.tsv")) if path.is_dir() else ():
        captures = collections.defaultdict(lambda: collections.defaultdict(list))
        with open(truth, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                captures[row["file"]][row["metric"]].append(row["value"])
        for name, values in sorted(captures.items()):
            if (truth.parent / name).exists():
                yield compare_capture(midwatch, truth.parent, name, values)
