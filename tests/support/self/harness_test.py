#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The harness itself: runs sample.c's program with every flag and reads what it prints and writes.
# Usage: harness_test.py SAMPLE
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as et

SAMPLE = sys.argv.pop(1)
CASES = ["one_and_one_is_two", "failure_keeps_its_message", "skip_keeps_its_reason", "crash_is_a_failure"]


def run(*flags):
    return subprocess.run([SAMPLE, *flags], capture_output=True, text=True, check=False)


class Harness(unittest.TestCase):
    def report(self, *flags):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.xml")
            done = run(f"--gtest_output=xml:{path}", *flags)
            return done, et.parse(path).getroot()

    def ran(self, globs):
        _, root = self.report(f"--gtest_filter={globs}")
        return [case.get("name") for case in root.iter("testcase")]

    def test_list_is_googletests(self):
        done = run("--gtest_list_tests")
        self.assertEqual(done.stdout, "sample.\n" + "".join(f"  {case}\n" for case in CASES))
        self.assertEqual(done.returncode, 0)

    def test_report_counts_every_outcome(self):
        done, root = self.report()
        self.assertEqual(done.returncode, 1)
        for node in (root, root.find("testsuite")):
            counts = [node.get(key) for key in ("tests", "failures", "skipped", "errors")]
            self.assertEqual(counts, ["4", "2", "1", "0"])
        self.assertEqual([case.get("name") for case in root.iter("testcase")], CASES)
        self.assertEqual({case.get("classname") for case in root.iter("testcase")}, {"sample"})
        self.assertTrue(all(float(case.get("time")) >= 0 for case in root.iter("testcase")))

    def test_messages_survive_escaping(self):
        done, root = self.report()
        cases = {case.get("name"): case for case in root.iter("testcase")}
        self.assertIn('"<left> & "right"" != "other"', cases[CASES[1]].find("failure").get("message").splitlines())
        self.assertEqual(cases[CASES[2]].find("skipped").get("message"), "needs <root>")
        self.assertIn("Floating point exception", cases[CASES[3]].find("failure").get("message"))
        self.assertEqual(len(cases[CASES[0]]), 0)
        self.assertIn("[  FAILED  ] sample.failure_keeps_its_message", done.stdout)

    def test_filter_takes_globs_lists_and_negatives(self):
        self.assertEqual(self.ran("sample.*"), CASES)
        self.assertEqual(self.ran("sample.one*:*skip?keeps*"), [CASES[0], CASES[2]])
        self.assertEqual(self.ran("*keeps*-*failure*:nothing"), [CASES[2]])
        self.assertEqual(self.ran("-*a_failure"), CASES[:3])
        self.assertEqual(self.ran("one_and_one_is_two"), [])
        self.assertEqual(run("--gtest_filter=*.one*", "--gtest_list_tests").stdout, f"sample.\n  {CASES[0]}\n")

    def test_exit_status_tells_passed_failed_skipped(self):
        self.assertEqual(run("--gtest_filter=*.one*").returncode, 0)
        self.assertEqual(run("--gtest_filter=*failure*").returncode, 1)
        self.assertEqual(run("--gtest_filter=*skip*").returncode, 77)
        self.assertEqual(run("--gtest_filter=*skip*:*.one*").returncode, 0)
        self.assertEqual(run("--gtest_filter=none").returncode, 0)

    def test_unknown_flag_is_refused(self):
        for flag in ("--gtest_shuffle", "--gtest_output=json:x", "--gtest_output=xml:", "extra"):
            done = run(flag)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f"unknown flag '{flag}'", done.stderr)

    def test_report_that_cannot_be_written_fails(self):
        done = run("--gtest_filter=*.one*", "--gtest_output=xml:/nonexistent/report.xml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent/report.xml", done.stderr)

    def test_help_names_the_flags(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--gtest_filter", done.stdout)


unittest.main()
