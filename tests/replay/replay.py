#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Replays captures through midwatch and holds the CSV files against what is expected, byte by byte.
# Neighbours: meson.build finds the cases; scripts/update-expected writes the expectations.
"""Usage: replay.py --midwatch PROGRAM [--update] CASE           a folder with case.json and expected/*.csv
       replay.py --midwatch PROGRAM --workers-agree FOLDER     every capture below: 1, 2 and 4 workers say the same;
                                                               with --few 1 and 4 alone, where each run is slow

case.json: "captures" (paths seen from the case), and as wanted "arguments" (more options), "exit" (default 0),
"stdin" (true: the only capture comes through standard input), "about" (what the capture is),
"files" (the CSV files that are compared, default all). Of those that are not in expected/, the header alone is
expected.
"""
import argparse
import concurrent.futures
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

WORKERS = (1, 2, 4)
DIFF_LINES = 40
RUN_SECONDS = 600
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
CAPTURE_NAME = re.compile(r"\.(pcap|pcapng|cap)(\.gz)?$|^\d+$")


class Problem(Exception):
    """What the test has to say; ends it as failed."""


def run(midwatch, captures, workers, arguments=(), stdin=False):
    """@return (exit status, {file name: bytes}) of one replay into a folder of its own."""
    with tempfile.TemporaryDirectory() as out:
        files = ["-"] if stdin else [str(path) for path in captures]
        command = [midwatch, "-r", *files, "-o", out, "-w", str(workers), "--quiet", "--set", "output.probe=replay"]
        with open(captures[0], "rb") as first:
            done = subprocess.run([*command, *arguments], stdin=first if stdin else subprocess.DEVNULL,
                                  capture_output=True, timeout=RUN_SECONDS, check=False)
        errors = done.stderr.decode("utf-8", "replace")
        if done.returncode < 0 or done.returncode in (66, 99) or SANITIZER_REPORT.search(errors):
            raise Problem(f"{' '.join(command)}: status {done.returncode}\n{errors[-6000:]}")
        tables = {path.name: path.read_bytes() for path in pathlib.Path(out).glob("*.csv")}
        leftovers = [path.name for path in pathlib.Path(out).iterdir() if path.suffix != ".csv" and path.is_file()]
        if leftovers:
            raise Problem(f"{' '.join(command)} left files behind: {leftovers}")
        return done.returncode, tables, errors


def difference(name, expected, actual):
    lines = difflib.unified_diff(expected.decode("utf-8", "replace").splitlines(),
                                 actual.decode("utf-8", "replace").splitlines(),
                                 f"expected {name}", f"actual {name}", lineterm="", n=1)
    shown = [line[:400] for line in lines]
    rest = [f"... {len(shown) - DIFF_LINES} more lines"] if len(shown) > DIFF_LINES else []
    return "\n".join(shown[:DIFF_LINES] + rest)


def compare(label, expected, actual):
    missing = sorted(set(expected) - set(actual))
    if missing:
        raise Problem(f"{label}: no file {', '.join(missing)}")
    wrong = [difference(name, data, actual[name]) for name, data in sorted(expected.items()) if actual[name] != data]
    if wrong:
        raise Problem(f"{label}:\n" + "\n".join(wrong))


def replay_case(midwatch, folder, update):
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    captures = [folder / path for path in case["captures"]]
    arguments, stdin = case.get("arguments", []), case.get("stdin", False)
    status, tables, errors = run(midwatch, captures, 1, arguments, stdin)
    if status != case.get("exit", 0):
        raise Problem(f"exit status {status}, expected {case.get('exit', 0)}\n{errors[-4000:]}")
    tables = {name: tables[name] for name in case.get("files", tables)}
    expected_dir = folder / "expected"
    if update:
        expected_dir.mkdir(exist_ok=True)
        for old in expected_dir.glob("*.csv"):
            old.unlink()
        told = {name: data for name, data in tables.items() if data.count(b"\n") > 1}
        for name, data in told.items():
            (expected_dir / name).write_bytes(data)
        return f"{folder}: {len(told)} files written, {len(tables) - len(told)} have their header alone"
    expected = {path.name: path.read_bytes() for path in expected_dir.glob("*.csv")}
    for name in sorted(set(tables) - set(expected)):
        if tables[name].count(b"\n") > 1:
            raise Problem(f"{name} was expected to have its header alone:\n{difference(name, b'', tables[name])}")
    if not expected:
        raise Problem(f"{expected_dir} holds no CSV file: run scripts/update-expected and read what it wrote")
    compare("1 worker", expected, tables)
    for workers in WORKERS[1:]:
        _, other, _ = run(midwatch, captures, workers, arguments, stdin)
        compare(f"{workers} workers", tables, other)
    return f"{folder.name}: {len(expected)} files as expected with {WORKERS} workers"


def agree(midwatch, capture, counts):
    """@return why not, or None."""
    try:
        first, tables, errors = run(midwatch, [capture], counts[0])
        if first not in (0, 3):
            raise Problem(f"exit status {first}\n{errors[-2000:]}")
        for workers in counts[1:]:
            status, other, errors = run(midwatch, [capture], workers)
            if status != first:
                raise Problem(f"exit status {first} with 1 worker, {status} with {workers}\n{errors[-2000:]}")
            compare(f"{workers} workers", tables, other)
    except (Problem, subprocess.TimeoutExpired) as problem:
        return f"{capture}: {problem}"
    return None


def workers_agree(midwatch, folder, counts):
    if not folder.is_dir():
        print(f"skipped: {folder} is absent")
        sys.exit(77)
    captures = sorted(path for path in folder.rglob("*") if path.is_file() and CAPTURE_NAME.search(path.name))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        problems = [text for text in pool.map(lambda path: agree(midwatch, path, counts), captures) if text]
    if problems:
        raise Problem("\n\n".join(problems[:10]) + f"\n\n{len(problems)} of {len(captures)} captures failed")
    return f"{len(captures)} captures: {counts} workers agree"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--midwatch", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--workers-agree", action="store_true")
    parser.add_argument("--few", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    midwatch = os.path.abspath(options.midwatch)
    try:
        if options.workers_agree:
            print(workers_agree(midwatch, options.folder, WORKERS[::2] if options.few else WORKERS))
        else:
            print(replay_case(midwatch, options.folder, options.update))
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)


main()
