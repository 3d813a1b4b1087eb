#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every call that can fail does, one a run: memory, files, directories, packet buffers, room in rings, the clock. No
crash, no hang, no torn file, no file left open, nothing lost unsaid.

Usage: faults_test.py replay|live FAULTS MIDWATCH CAPTURE [--all] [KIND...]
FAULTS is the library that makes a call fail (fail.c), MIDWATCH one whose rings ask it (rings.c). live: the capture
comes through a port, by DPDK's net_pcap; of each kind a few numbers. --all: once from each place of the program that
makes such a call, or 500 numbers where there are few places (buffers, events, hand-overs, the clock).
Neighbours: tests/system interrupts and kills.
"""
import concurrent.futures
import csv
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXIT = (0, 1, 2, 3)
SKIPPED = 77
LIVE_SAMPLE, LIVE_MOST = 4, 500  # runs of a kind; with --all
FEW_PLACES = 8
FATES = ("analysed", "filtered", "malformed", "truncated", "dropped_ring")
ORDINARY = "are in ordinary memory"  # of packet buffers: a warning that is no fault's
MOST_S = 30  # of a run: one that hangs is a complaint


class Replay:
    """midwatch on a file."""

    kinds = ("alloc", "write", "sync", "rename", "open", "map")
    words = ("-w", "1", "--set", "output.interval=10s")

    def source(self, capture):
        return "-r", str(capture)

    def faults(self, whole, _every, _words):
        return [(number, None) for number in range(1, whole.count + 1)]

    def run(self, command, env, _folder):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=MOST_S, check=False,
                              env=env)
        return done.returncode, done.stdout, done.stderr

    def complaints(self, run, whole):
        same = run.files == whole.files
        return ["exit status 0, files are missing or others, and nothing was said"] if not same and not run.told else []


class Live:
    """midwatch on a port that a file feeds: it starts, watches, and is stopped."""

    kinds = (*Replay.kinds, "buffer", "event", "handover", "clock")
    words = ("-w", "2", "--json", "--set", "output.interval=1s", "--set", "flow.flows-max=2Ki",
             "--set", "input.mbufs=8704")

    def source(self, capture):
        return "-i", f"vdev:net_pcap0,rx_pcap={capture}"

    def faults(self, whole, every, words):
        """@return [(number, of which place or None)]."""
        if every:
            places = Run(self, *words, whole.kind, 0, places=True).places
            if len(places) > FEW_PLACES:
                return [(1, place) for place in places]
        runs = min(whole.count, LIVE_MOST if every else LIVE_SAMPLE)
        numbers = {1 + (whole.count - 1) * step // max(runs - 1, 1) for step in range(runs)}
        return [(number, None) for number in sorted(numbers)]

    def run(self, command, env, folder):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(folder / "notify"))
            manager.settimeout(0.05)
            env = {**env, "NOTIFY_SOCKET": str(folder / "notify")}
            with subprocess.Popen([*command, "-s", str(folder / "sock")], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
                try:
                    self.wait_until_ready(manager, process)
                    process.send_signal(signal.SIGTERM) # one that has ended hears nothing
                    out, said = process.communicate(timeout=MOST_S)
                finally:
                    process.kill()
        return process.returncode, out, said

    def wait_until_ready(self, manager, process):
        until = time.monotonic() + MOST_S / 2
        while process.poll() is None and time.monotonic() < until:
            try:
                manager.recv(64)
            except TimeoutError:
                continue
            time.sleep(0.1)
            return

    def complaints(self, run, _whole):
        """Every packet has one fate; what was lost is counted, in the rows, too, and told."""
        try:
            summary = json.loads(run.report)["summary"]
        except ValueError:
            return [] if run.told else ["exit status 0, no report, and nothing was said"]
        wrong = []
        if sum(summary[fate] for fate in FATES) != summary["packets"]:
            wrong.append(f"fates of {summary['packets']} packets: {[summary[fate] for fate in FATES]}")
        if summary["dropped_nic"] + summary["dropped_ring"] + summary["events_lost"] > 0 and not run.told:
            wrong.append("packets or events were lost, and nothing was said")
        for kind, column in (("event", "events_lost"), ("handover", "dropped_ring")):
            if run.kind == kind and 0 < run.number <= run.count and summary[column] == 0:
                wrong.append(f"{column} is 0")
        if summary["dropped_ring"] + summary["events_lost"] > 0 and "; to mend: " not in run.said:
            wrong.append("it is not said what mends the loss")
        if run.kind == "clock" and 3 < run.number < run.count - 3 and "clock was set back by" not in run.said:
            wrong.append("the clock was set back, and nothing was said")
        rows = [row for path, data in run.files.items() if path.name.startswith("summary-")
                for row in csv.DictReader(data.decode().splitlines())]
        if sum(int(row["packets"]) for row in rows) != summary["packets"] and not run.told:
            wrong.append("rows of summary are missing, and nothing was said")
        return wrong


class Run:
    """One run with one fault, of one place when it is given. store: of compiled signatures, so that no run compiles
    them. places: they are counted."""

    def __init__(self, mode, store, faults, midwatch, capture, kind, number, place=None, places=False):
        self.kind, self.number, self.place = kind, number, place
        with tempfile.TemporaryDirectory(prefix="midwatch-") as name:
            folder = pathlib.Path(name)
            out, count = folder / "out", folder / "count"
            env = {**os.environ, "LD_PRELOAD": faults, "FAULT_KIND": kind, "FAULT_NUMBER": str(number),
                   "FAULT_COUNT": str(count), "XDG_CACHE_HOME": store}
            if place is not None:
                env["FAULT_PLACE"] = place
            if places:
                env["FAULT_PLACES"] = str(folder / "places")
            command = [midwatch, *mode.source(capture), "-o", out, *mode.words]
            try:
                self.status, self.report, said = mode.run(command, env, folder)
            except subprocess.TimeoutExpired:
                self.status, self.report, said = "hangs", b"", b""
            self.said = said.decode("utf-8", "replace")
            self.files = {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
            if places:
                self.places = sorted(line.split()[0] for line in (folder / "places").read_text().splitlines())
            numbers = count.read_text().split() if count.exists() else ()
            self.count, self.open_files, self.kept_buffers = map(int, numbers or (0, 0, 0))
        self.has_hugepages = ORDINARY not in self.said # others may take them, or give them back
        self.told = any(level in line and ORDINARY not in line
                        for line in self.said.splitlines() for level in ("error: ", "warning: "))

    def complaints(self, mode, whole):
        """What is wrong with it, compared with the run that had no fault."""
        if self.status not in EXIT:
            return [f"exit status {self.status}"]
        wrong = [f"{path} is torn" for path, data in self.files.items() if path.suffix == ".csv" and is_torn(data)]
        wrong += [f"{path} was left behind" for path in self.files if path.name.startswith(".")]
        if self.open_files > whole.open_files and self.has_hugepages == whole.has_hugepages:
            wrong.append(f"{self.open_files} files open at the end, not {whole.open_files}")
        if self.kept_buffers > 0:
            wrong.append(f"{self.kept_buffers} packet buffers were not given back")
        if self.status != 0 and not self.told:
            wrong.append(f"exit status {self.status}, and nothing was said")
        return wrong + (mode.complaints(self, whole) if self.status == 0 else [])


def is_torn(data):
    rows = list(csv.reader(data.decode("utf-8").splitlines()))
    return not data.endswith(b"\n") or any(len(row) != len(rows[0]) for row in rows)


def check(mode, kind, every, words):
    """@return (runs, complaints)."""
    runs = failures = 0
    whole = Run(mode, *words, kind, 0)
    wrong = whole.complaints(mode, whole)
    if whole.status != 0 or whole.count == 0 or wrong:
        sys.exit(f"{kind}: {whole.count} calls, exit status {whole.status}, {wrong}: {whole.said}")
    faults = mode.faults(whole, every, words)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (number, place), run in zip(faults, pool.map(lambda fault: Run(mode, *words, kind, *fault), faults)):
            runs += 1
            for wrong in run.complaints(mode, whole):
                failures += 1
                print(f"{kind} {number} of {place or whole.count}: {wrong}\n    " +
                      run.said.strip().replace("\n", "\n    "), flush=True)
    print(f"{kind}: {whole.count} calls, {runs} faults, {failures} complaints", flush=True)
    return runs, failures


def main():
    mode = {"replay": Replay, "live": Live}[sys.argv[1]]()
    rest = [word for word in sys.argv[5:] if word != "--all"]
    with tempfile.TemporaryDirectory(prefix="midwatch-store-") as store:
        words = (store, *(str(pathlib.Path(name).resolve()) for name in sys.argv[2:5]))
        first = Run(mode, *words, mode.kinds[0], 0)
        if isinstance(mode, Live) and first.status != 0 and "net_pcap" in first.said:
            print(f"skipped: no port can be fed by a file here: {first.said}")
            sys.exit(SKIPPED)
        results = [check(mode, kind, "--all" in sys.argv, words) for kind in rest or mode.kinds]
    print(f"{sum(runs for runs, _ in results)} faults, {sum(failures for _, failures in results)} complaints")
    sys.exit(any(failures for _, failures in results))


main()
