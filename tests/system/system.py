# SPDX-License-Identifier: BSD-3-Clause
# What the system tests share: running the programs, captures of our own making, CSV files held against their promise.
# Neighbours: every *_test.py here. Python's standard library alone.
"""A script ends with system.main(): exit status 0 passed, 1 failed, 77 when every test was skipped."""
import argparse
import collections
import csv
import io
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

CAPTURES = pathlib.Path(__file__).resolve().parent.parent / "replay" / "captures"
FULL_CAPTURE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "lab" / "rst-bigip.pcap"
NOBODY = 65534
SKIPPED = 77
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "config" / "schemas"
FILES = tuple(path.name.split(".")[0] for path in sorted(SCHEMAS.glob("*.schema.json")))  # one a CSV file
programs = argparse.Namespace(midwatch=None, midwatchctl=None, run=None, inject=None)


class Case(unittest.TestCase):
    """A test with a folder of its own, self.folder."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="midwatch-")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.out = self.folder / "out"

    def run_midwatch(self, *words, status=None, **more):
        """Runs midwatch to its end; @return what it did, text in .stdout and .stderr."""
        program = programs.midwatch if "user" in more else programs.run or programs.midwatch
        return self.run_program([program, *map(str, words)], status=status, **more)

    def run_program(self, command, status=None, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False, **more)
        done.stdout = done.stdout.decode("utf-8", "replace")
        done.stderr = done.stderr.decode("utf-8", "replace")
        self.assertNotRegex(done.stderr, SANITIZER_REPORT)
        if status is not None:
            self.assertEqual(done.returncode, status, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done

    def replay(self, *captures, out=None, arguments=(), status=0):
        """Analyses files; @return {record: rows}."""
        out = out or self.out
        self.run_midwatch("-r", *captures, "-o", out, "--quiet", *arguments, status=status)
        return read_rows(out)

    def assert_whole(self, folder, leftovers=False, names=None):
        """Every CSV file has its header and rows of as many cells, and ends with a line. @return how many files."""
        count = 0
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                self.assertTrue(leftovers, f"{path} was left behind")
                continue
            if path.name == "evidence":
                for capture in path.iterdir():
                    self.assertTrue(leftovers or not capture.name.startswith("."), f"{capture} was left behind")
                    self.assertTrue(capture.suffix == ".pcapng" or capture.name.startswith("."), capture)
                continue
            if path.name.startswith("kept-"):
                continue
            self.assertEqual(path.suffix, ".csv", path)
            text = path.read_text(encoding="utf-8")
            self.assertTrue(text.endswith("\n"), f"{path} ends in the middle of a line")
            rows = list(csv.reader(io.StringIO(text), strict=True))
            self.assertEqual(rows[0][:3], ["schema", "ts", "probe"], path)
            for row in rows[1:]:
                self.assertEqual(len(row), len(rows[0]), f"{path}: {row}")
                self.assertRegex(row[1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", path)
            count += 1
        if names is not None:
            self.assertEqual(sorted(path.stem for path in folder.glob("[a-z]*.csv")), sorted(names))
        return count


def read_rows(folder):
    """{record: rows} of all CSV files of a folder, those of one record in the order of their names."""
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with open(path, encoding="utf-8", newline="") as file:
            tables.setdefault(path.stem.split("-")[0], []).extend(csv.DictReader(file))
    return tables


def resets_of(rows):
    """What does not depend on how fast the capture was sent: who resets whom how often with what text."""
    said = collections.Counter()
    for row in rows:
        key = (row["flow"], row["src"], row["sport"], row["dst"], row["dport"], row["payload"], row["cause"])
        said[key] += int(row["count"])
    return said


def forged_with_text(rows):
    return {row["flow"] for row in rows if row["verdict"] == "forged" and row["payload"]}


def read_pcap(path):
    """@return (link type, [(time in us or ns as the file has it, captured bytes, length on the wire)], ns)."""
    data = path.read_bytes()
    magic = struct.unpack_from("<I", data)[0]
    assert magic in (0xA1B2C3D4, 0xA1B23C4D), path
    frames = []
    at = 24
    while at < len(data):
        seconds, fraction, captured, wire = struct.unpack_from("<IIII", data, at)
        frames.append((seconds, fraction, data[at + 16:at + 16 + captured], wire))
        at += 16 + captured
    return struct.unpack_from("<I", data, 20)[0], frames, magic == 0xA1B23C4D


def write_pcap(path, link, frames, ns=True):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D if ns else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for seconds, fraction, data, wire in frames:
            file.write(struct.pack("<IIII", seconds, fraction, len(data), wire) + data)


def write_long_pcap(path, copies):
    """The first sample capture again and again, half a minute apart: enough work to be interrupted in."""
    link, frames, ns = read_pcap(CAPTURES / "rst-bigip-snap96.pcap")
    with open(path, "wb") as file:
        write_pcap(path, link, [], ns)
        file.seek(24)
        for copy in range(copies):
            file.write(b"".join(struct.pack("<IIII", seconds + 30 * copy, fraction, len(data), wire) + data
                                for seconds, fraction, data, wire in frames))


def write_sendable_pcap(path):
    """Frames as long as they were on the wire, for a sender: the full capture, or the sample filled up with zeros."""
    if FULL_CAPTURE.exists():
        path.write_bytes(FULL_CAPTURE.read_bytes())
        return
    link, frames, ns = read_pcap(CAPTURES / "rst-bigip-snap96.pcap")
    write_pcap(path, link, [(s, f, data.ljust(wire, b"\0"), wire) for s, f, data, wire in frames], ns)


def nobody_can_run():
    """True when a process without privileges may start the program from where it lies."""
    if os.geteuid() != 0:
        return False
    try:
        return subprocess.run([programs.midwatch, "--version"], user=NOBODY, group=NOBODY, extra_groups=(),
                              capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--midwatch", required=True, type=os.path.abspath)
    parser.add_argument("--midwatchctl", type=os.path.abspath)
    parser.add_argument("--inject", type=os.path.abspath, help="makes another process make a system call")
    parser.add_argument("--run", type=os.path.abspath, help="does in midwatch's place what ends by itself, and faster")
    rest = parser.parse_known_args(namespace=programs)[1]
    program = unittest.main(module="__main__", argv=[sys.argv[0], "-v", *rest], exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun > 0 and len(result.skipped) == result.testsRun else 0)
