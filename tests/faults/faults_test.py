#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every call that can fail does, one a run: memory, files, directories. No crash, no torn file, nothing lost unsaid.

Usage: faults_test.py FAULTS MIDWATCH CAPTURE [KIND...]
FAULTS is the library that makes a call fail (fail.c). Neighbours: tests/system, which interrupts and kills.
"""
import concurrent.futures
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

KINDS = ("alloc", "write", "sync", "rename", "open", "map")
EXIT = (0, 1, 2, 3)


class Run:
    """midwatch on the capture with one fault. store: of compiled signatures, so that no run compiles them."""

    def __init__(self, store, faults, midwatch, capture, kind, number):
        with tempfile.TemporaryDirectory(prefix="midwatch-") as folder:
            out, count = pathlib.Path(folder) / "out", pathlib.Path(folder) / "count"
            env = {**os.environ, "LD_PRELOAD": faults, "FAULT_KIND": kind, "FAULT_NUMBER": str(number),
                   "FAULT_COUNT": str(count), "XDG_CACHE_HOME": store}
            done = subprocess.run([midwatch, "-r", capture, "-o", out, "-w", "1", "--set", "output.interval=10s"],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, env=env)
            self.status = done.returncode
            self.said = done.stderr.decode("utf-8", "replace")
            self.report = done.stdout
            self.files = {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
            self.count = int(count.read_text()) if count.exists() else 0

    def complaints(self, whole):
        """What is wrong with it, compared with the run that had no fault."""
        if self.status not in EXIT:
            return [f"exit status {self.status}"]
        wrong = [f"{path} is torn" for path, data in self.files.items() if path.suffix == ".csv" and is_torn(data)]
        wrong += [f"{path} was left behind" for path in self.files if path.name.startswith(".")]
        told = any(level in self.said for level in ("error: ", "warning: "))
        if self.status == 0 and self.files != whole.files and not told:
            wrong.append("exit status 0, files are missing or others, and nothing was said")
        if self.status != 0 and not told:
            wrong.append(f"exit status {self.status}, and nothing was said")
        return wrong


def is_torn(data):
    rows = list(csv.reader(data.decode("utf-8").splitlines()))
    return not data.endswith(b"\n") or any(len(row) != len(rows[0]) for row in rows)


def check(kind, words):
    """@return (runs, complaints)."""
    runs = failures = 0
    whole = Run(*words, kind, 0)
    if whole.status != 0 or whole.count == 0:
        sys.exit(f"{kind}: {whole.count} calls, exit status {whole.status}: {whole.said}")
    numbers = range(1, whole.count + 1)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, run in zip(numbers, pool.map(lambda number: Run(*words, kind, number), numbers)):
            runs += 1
            for wrong in run.complaints(whole):
                failures += 1
                print(f"{kind} {number} of {whole.count}: {wrong}\n    " + run.said.strip().replace("\n", "\n    "))
    return runs, failures


def main():
    with tempfile.TemporaryDirectory(prefix="midwatch-store-") as store:
        words = (store, *(str(pathlib.Path(name).resolve()) for name in sys.argv[1:4]))
        Run(*words, KINDS[0], 0)
        results = [check(kind, words) for kind in sys.argv[4:] or KINDS]
    print(f"{sum(runs for runs, _ in results)} faults, {sum(failures for _, failures in results)} complaints")
    sys.exit(any(failures for _, failures in results))


main()
