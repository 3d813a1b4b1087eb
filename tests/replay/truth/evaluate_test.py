#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of right and wrong verdicts, with a program in midwatch's place that says what it is told.
# Neighbours: evaluate_nat_test.py does it for translators; ../meson.build runs both; lab.txt, captures.txt and
# samples.txt are the expectations of the real captures.
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

EVALUATE = pathlib.Path(__file__).resolve().parents[3] / "scripts/evaluate"
COLUMNS = ("ts,src,sport,dst,dport,count,verdict,origin,confidence,stage,evidence,payload,ttl,ttl_expected,seq_offset,"
           "rtt_fraction,cluster")
# Answers "-r CAPTURE -o FOLDER --quiet" with the rows that lie beside the capture.
PROGRAM = """#!/usr/bin/env python3
import pathlib, sys
capture, folder = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4])
rows = capture.with_suffix(".rows").read_text()
(folder / "resets.csv").write_text(rows)
(folder / "summary.csv").write_text(f"resets,fragments\\n{rows.count(chr(10)) - 1},0\\n")
"""


def reset(second, origin, payload="", port=443):
    """A truth's reset at a second after the epoch."""
    return {"frame": second, "t": float(second), "src": "192.0.2.1", "sport": port, "dst": "198.51.100.1",
            "dport": 4000, "payload": payload, "origin": origin}


def row(second, verdict, port=443, payload=""):
    return (f"1970-01-01T00:00:{second:02}.000000Z,192.0.2.1,{port},198.51.100.1,4000,1,{verdict},unknown,50,later,"
            f"same-ttl,{payload},64,64,0,1.0,")


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.program = self.folder / "program"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def capture(self, name, truth, rows, times=()):
        """Lays a capture, its truth, and the rows that come of it into the folder."""
        records = b"".join(struct.pack("<IIII", second, 0, 0, 0) for second in times)
        (self.folder / f"{name}.pcap").write_bytes(b"\xd4\xc3\xb2\xa1" + bytes(20) + records)
        (self.folder / f"{name}.rows").write_text("\n".join([COLUMNS, *rows]) + "\n")
        if truth is not None:
            (self.folder / f"{name.partition('.')[0]}.truth.json").write_text(json.dumps({"scenario": name, **truth}))

    def evaluate(self, *arguments):
        done = subprocess.run([sys.executable, EVALUATE, "-m", self.program, *arguments, self.folder],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def assert_fault(self, words):
        status, output, errors = self.evaluate()
        self.assertEqual((status, words in errors), (1, True), output + errors)

    def test_right_verdicts_are_good(self):
        self.capture("a", {"rsts": [reset(1, "injector"), reset(9, "server-host"), reset(20, "router-reject")]},
                     [row(1, "forged"), row(9, "endpoint"), row(20, "endpoint")])
        status, output, errors = self.evaluate()
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("wrong or undecided: none", output)
        self.assertIn("precision 100.0 % (1 of 1)   recall 100.0 % (1 of 1)", output)

    def test_accused_endpoint_is_a_fault(self):
        self.capture("a", {"rsts": [reset(1, "server-host")]}, [row(1, "forged")])
        self.assert_fault("endpoint called forged: frame 1 192.0.2.1:443 > 198.51.100.1:4000")

    def test_accused_reject_is_a_fault(self):
        self.capture("a", {"rsts": [reset(1, "router-reject")]}, [row(1, "forged")])
        self.assert_fault("reject called forged")

    def test_undecided_reset_with_a_payload_is_a_fault(self):
        self.capture("a", {"rsts": [reset(1, "injector", "No flow found")]}, [row(1, "unknown")])
        self.assert_fault("injected+payload called unknown")

    def test_injected_reset_called_endpoint_is_a_fault(self):
        self.capture("a", {"rsts": [reset(1, "injector")]}, [row(1, "endpoint")])
        self.assert_fault("injected called endpoint")

    def test_too_few_found_without_payload_is_a_fault(self):
        resets = [reset(1, "injector", port=port) for port in range(20)]
        found = [row(1, "forged", port) for port in range(19)]
        self.capture("a", {"rsts": resets}, [*found, row(1, "unknown", 19)])
        self.assertEqual(self.evaluate()[0], 0)
        self.capture("a", {"rsts": resets}, found[:18])
        self.assert_fault("injected without payload: 90.0 % (18 of 20) found, below 95 %")
        self.assertEqual(self.evaluate("--least", "90")[0], 0)

    def test_reset_belongs_to_the_episode_that_began_last_before_it(self):
        self.capture("a", {"rsts": [reset(1, "server-host"), reset(5, "injector"), reset(6, "server-host")]},
                     [row(1, "endpoint"), row(5, "forged")])
        self.assertEqual(self.evaluate()[0], 0)

    def test_second_mirror_point_shares_the_truth(self):
        self.capture("a.wan", {"rsts": [reset(1, "injector")]}, [row(1, "endpoint")])
        self.assert_fault("a.wan.pcap: injected called endpoint")

    def test_accusation_without_truth_is_listed_and_no_fault(self):
        self.capture("a", {"map": {}}, [row(1, "forged"), row(9, "endpoint")])
        status, output, _ = self.evaluate()
        self.assertEqual(status, 0)
        self.assertIn("a.pcap: accusation without truth: 1970-01-01T00:00:01.000000Z 192.0.2.1:443", output)

    def test_resets_of_forgotten_sessions_are_the_gateways(self):
        outages = [{"down": 10.0, "old_nat_sessions": "answered with RST by the gateway"},
                   {"down": 30.0, "old_nat_sessions": "dropped silently"}]
        flow = {"proto": "tcp", "client": "198.51.100.1", "server": "192.0.2.1",
                "sessions": [{"t": 2.0, "sport": 4000}]}
        self.capture("a", {"outages": outages, "flows": [flow]},
                     [row(5, "endpoint"), row(20, "forged"), row(40, "endpoint")])
        status, output, _ = self.evaluate()
        self.assertEqual(status, 0)
        self.assertRegex(output, r"reject-by-gateway +1 +0 +0\n")
        self.assertRegex(output, r"no truth +0 +2 +0\n")

    def test_result_is_held_against_an_expectation(self):
        expected = self.folder / "expected.txt"
        self.capture("a", {"rsts": [reset(1, "injector"), reset(9, "server-host")]},
                     [row(1, "forged"), row(9, "endpoint")])
        self.assertEqual(self.evaluate("--expect", expected, "--update")[0], 0)
        self.assertEqual(self.evaluate("--expect", expected)[0], 0)
        self.capture("a", None, [row(1, "forged"), row(9, "unknown")])
        status, _, errors = self.evaluate("--expect", expected)
        self.assertEqual(status, 1)
        self.assertIn("-  endpoint: forged 0, endpoint 1, unknown 0, absent 0", errors)
        self.assertIn("+  endpoint called unknown: frame 9 192.0.2.1:443 > 198.51.100.1:4000", errors)

    def facts(self, *rows):
        lines = ["file\tset\tmetric\tvalue\ttshark_filter", *("\t".join(("a.pcap", "dev", *row, "")) for row in rows)]
        (self.folder / "truth.tsv").write_text("\n".join(lines) + "\n")

    def test_difference_from_facts_must_be_explained(self):
        expected = self.folder / "expected.txt"
        self.facts(("tcp_rst", "2"), ("rst_by_sender", "2x 192.0.2.1  64  0x0004"))
        self.capture("a", None, [row(1, "endpoint")])
        self.assertIn("a.pcap: tcp_rst: truth 2, here 1", self.evaluate()[1])
        self.assertEqual(self.evaluate("--expect", expected, "--update")[0], 1)
        expected.write_text(expected.read_text().replace("not explained", "one is a copy"))
        self.assertEqual(self.evaluate("--expect", expected)[0], 0)
        self.assertEqual(self.evaluate("--expect", expected, "--update")[0], 0)
        self.assertIn("tcp_rst: truth 2, here 1\n    because: one is a copy", expected.read_text())

    def test_verdicts_are_compared_by_frame(self):
        self.facts(("tcp_rst", "2"), ("MANUAL_VERDICT_forged_rst", "frame 2 (RST+ACK, TTL 46)"),
                   ("MANUAL_rst_frames", "2,3; frame 3 has the peer's TTL"))
        self.capture("a", None, [row(2, "forged"), row(8, "endpoint")], times=(1, 2, 8))
        status, output, _ = self.evaluate()
        self.assertEqual((status, "4 of 4 facts agree" in output), (0, True), output)
        self.capture("a", None, [row(2, "unknown"), row(8, "forged")], times=(1, 2, 8))
        status, output, errors = self.evaluate()
        self.assertEqual((status, "frame 3, an endpoint's, called forged" in errors), (1, True), errors)
        self.assertIn("verdict on frame 2: truth forged, here unknown", output)
        self.assertIn("accusation without truth: 1970-01-01T00:00:08.000000Z", output)

    def test_texts_are_compared_by_sender(self):
        self.facts(("tcp_rst", "1"), ("rst_payload", 'frame 8 192.0.2.1:443 ttl 64 flags 0x14 len 6 "Denied"'))
        self.capture("a", None, [row(1, "endpoint", payload="Denied")])
        self.assertIn("3 of 3 facts agree", self.evaluate()[1])
        self.capture("a", None, [row(1, "endpoint", payload="Den")])
        self.assertIn("text of 192.0.2.1:443: truth Denied, here none", self.evaluate()[1])

    def test_json_holds_the_same(self):
        self.capture("a", {"rsts": [reset(1, "injector")]}, [row(1, "unknown")])
        status, output, _ = self.evaluate("--json", "--least", "0")
        document = json.loads(output)
        self.assertEqual((status, document["groups"]["a: resets"]["table"]), (0, {"injected": {"unknown": 1}}))
        self.assertEqual([miss["verdict"] for miss in document["misses"]], ["unknown"])

    def test_absent_folder_is_skipped(self):
        done = subprocess.run([sys.executable, EVALUATE, self.folder / "absent"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, "skipped: no capture with a truth" in done.stdout), (77, True))


if __name__ == "__main__":
    unittest.main()
