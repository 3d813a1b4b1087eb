# SPDX-License-Identifier: BSD-3-Clause
# What the tests of scripts/evaluate share: a program in midwatch's place, captures with pieces of datagrams in them.
# Neighbours: evaluate_fragments_test.py, evaluate_paths_test.py, evaluate_ike_test.py, evaluate_facts_test.py.
import ipaddress
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # leave nothing in the source tree

EVALUATE = pathlib.Path(__file__).resolve().parents[3] / "scripts/evaluate"
# Answers "-r CAPTURE -o FOLDER --quiet" with the tables that lie in the folder NAME.told beside NAME.pcap.
PROGRAM = """#!/usr/bin/env python3
import pathlib, shutil, sys
capture, folder = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4])
for table in capture.with_suffix(".told").glob("*.csv"):
    shutil.copy(table, folder)
"""
MIDNIGHT = 86400  # the runs begin on the second of January 1970
UDP = 17


def clock(second):
    """As a CSV file has it: so many seconds after the beginning of the run."""
    return f"1970-01-02T00:{int(second) // 60:02}:{second % 60:09.6f}Z"


def udp(sport, dport, payload_bytes, filling=b"."):
    """A UDP datagram, as the bytes that IP cuts in pieces."""
    return struct.pack(">HHHH", sport, dport, 8 + payload_bytes, 0) + filling * payload_bytes


def fragment(src, dst, number, payload, start, end, more=None):
    """A frame with bytes [start, end) of an IP payload of UDP. more: whether others follow, if not as the end says."""
    more = end < len(payload) if more is None else more
    part = payload[start:end]
    ends = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    packed = ends[0].packed + ends[1].packed
    if ends[0].version == 4:
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(part), number, more << 13 | start // 8, 64, UDP, 0)
        return bytes(12) + b"\x08\x00" + header + packed + part
    header = struct.pack(">IHBB", 6 << 28, 8 + len(part), 44, 64)
    return bytes(12) + b"\x86\xdd" + header + packed + struct.pack(">BBHI", UDP, 0, start | more, number) + part


class EvaluateCase(unittest.TestCase):
    """A folder with one capture "a.pcap", its truth, and the tables that the program tells of it."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.program = self.folder / "program"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        self.truth = None
        self.capture([])

    def capture(self, frames, name="a"):
        """Frames as (seconds after the beginning of the run, bytes)."""
        records = [struct.pack("<IIII", MIDNIGHT + int(second), round(second % 1 * 1e6), len(data), len(data)) + data
                   for second, data in frames]
        header = b"\xd4\xc3\xb2\xa1" + struct.pack("<HHiIII", 2, 4, 0, 0, 65535, 1)
        (self.folder / f"{name}.pcap").write_bytes(header + b"".join(records))

    def told(self, table, *rows, name="a"):
        """@param rows as dictionaries, all with the same columns."""
        folder = self.folder / f"{name}.told"
        folder.mkdir(exist_ok=True)
        lines = [",".join(rows[0])] + [",".join(str(cell) for cell in row.values()) for row in rows] if rows else [""]
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n")

    def evaluate(self, *arguments):
        if self.truth is not None:
            (self.folder / "a.truth.json").write_text(json.dumps({"scenario": "a", **self.truth}))
        done = subprocess.run([sys.executable, EVALUATE, "-m", self.program, *arguments, self.folder],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def assert_good(self):
        status, output, errors = self.evaluate()
        self.assertEqual((status, errors), (0, ""), output)
        self.assertIn("wrong or undecided: none", output)
        return output

    def assert_miss(self, words):
        status, output, errors = self.evaluate()
        self.assertEqual((status, words in output), (0, True), output + errors)

    def assert_fault(self, words):
        status, output, errors = self.evaluate()
        self.assertEqual((status, words in errors), (1, True), output + errors)
