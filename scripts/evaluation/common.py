# SPDX-License-Identifier: BSD-3-Clause
# What all evaluators share: a run of midwatch, its rows and times, and the things that are returned.
# Neighbours: resets.py, nat.py, fragments.py, paths.py, ike.py and facts*.py judge; report.py and expectation.py write.
import collections
import csv
import dataclasses
import datetime
import ipaddress
import itertools
import pathlib
import struct
import subprocess
import sys
import tempfile
import typing

GOOD_STATUS = (0, 3)  # 3: the capture's end is missing, what was read is valid
RUN_SECONDS = 600
EPSILON_S = 0.0005  # truth clocks and capture clocks are rounded differently


@dataclasses.dataclass
class Episode:
    """One verdict and what the truth says of it."""
    kind: str  # row of the table
    verdict: str  # column of the table
    right: bool
    where: str  # stable: it stands in expectations
    row: dict  # as in the CSV file, empty when there is none
    fault: str = ""  # why this alone makes the exit status 1
    times: int = 1  # how many of the table it is


class Fact(typing.NamedTuple):
    """One thing that truth.tsv says of a capture, and the same as midwatch has it."""
    name: str
    truth: str
    here: str
    agrees: bool
    fault: str = ""


def fact(name, truth, here):
    return Fact(name, str(truth), str(here), truth == here)


@dataclasses.dataclass
class Result:
    """What one evaluator says of one capture."""
    capture: str
    scenario: str
    evaluator: typing.Any
    episodes: list
    figures: list  # stable lines of numbers
    place: str = ""  # where the injector was

    def cells(self):
        cells = collections.Counter()
        for episode in self.episodes:
            cells[episode.kind, episode.verdict] += episode.times
        return cells


class CountedEvaluator:
    """What evaluators share that count the verdicts of each of their kinds, and have no limit of their own."""

    @staticmethod
    def miss_text(episode):
        return f"{episode.kind} {episode.verdict}: {episode.where}"

    def summary(self, cells):
        for kind in self.kinds:
            counts = [cells[kind, verdict] for verdict in self.verdicts]
            if any(counts):
                yield f"{kind}: " + ", ".join(f"{name} {count}" for name, count in zip(self.verdicts, counts))

    @staticmethod
    def faults(_cells, _least):
        return []


class Replay:
    """Runs of midwatch over one capture, each made once."""

    def __init__(self, midwatch, capture):
        self.midwatch, self.capture, self.done = midwatch, capture, {}

    def tables(self, *settings):
        """@return {"resets.csv": rows, ...} of a replay with these values of --set."""
        if settings not in self.done:
            self.done[settings] = run_midwatch(self.midwatch, self.capture, settings)
        return self.done[settings]


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else 0.0


def address(text):
    return ipaddress.ip_address(text).compressed


def run_midwatch(midwatch, capture, settings=()):
    """@return {"resets.csv": rows, ...} of one replay, a row as {column: text}; a table that is not there is empty."""
    with tempfile.TemporaryDirectory() as folder:
        command = [midwatch, "-r", capture, "-o", folder, "--quiet"]
        command += [word for setting in settings for word in ("--set", setting)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=RUN_SECONDS,
                                  check=False)
        except OSError as error:
            sys.exit(f"{midwatch}: {error.strerror}; -m names the program")
        if done.returncode not in GOOD_STATUS:
            errors = done.stderr.decode("utf-8", "replace")[-4000:]
            sys.exit(f"{capture}: midwatch ended with {done.returncode}\n{errors}")
        tables = collections.defaultdict(list)
        for path in pathlib.Path(folder).glob("*.csv"):
            with open(path, newline="", encoding="utf-8") as file:
                tables[path.name] = list(csv.DictReader(file))
        return tables


def flow_of(row):
    return address(row["src"]), str(row["sport"]), address(row["dst"]), str(row["dport"])


def flow_text(flow):
    ends = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in (flow[:2], flow[2:])]
    return " > ".join(ends)


def episode_at(rows, flow, when):
    """The episode of a flow that a reset at a time belongs to: the one that began last before it, or None."""
    fitting = [row for row in rows if flow_of(row) == flow and seconds(row["ts"]) <= when + EPSILON_S]
    return max(fitting, key=lambda row: seconds(row["ts"]), default=None)


def percent(part, whole):
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "- (none)"


def frame_seconds(capture, wanted):
    """When a frame of a classic capture file was taken; None if it is of another format or shorter."""
    data = capture.read_bytes()
    magics = {b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\xa1\xb2\xc3\xd4": (">", 1e-6),
              b"\x4d\x3c\xb2\xa1": ("<", 1e-9), b"\xa1\xb2\x3c\x4d": (">", 1e-9)}
    if data[:4] not in magics:
        return None
    order, unit = magics[data[:4]]
    offset = 24
    for frame in itertools.count(1):
        if offset + 16 > len(data):
            return None
        whole, part, length, _ = struct.unpack_from(order + "IIII", data, offset)
        if frame == wanted:
            return whole + part * unit
        offset += 16 + length
