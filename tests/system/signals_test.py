#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Signals at any moment of a replay: whole files or none, the right exit status, nothing left behind.
# Neighbours: system.py.
import random
import shutil
import signal
import subprocess
import time

import system

COPIES = (40, 250) # the first that take long enough to be interrupted in: sanitizers are slow
LONG_SECONDS = 0.7
MOMENTS = 15
WORKERS = (1, 2, 3, "auto")


class Signals(system.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20260101)
        self.capture = self.folder / "long.pcap"
        for self.copies in COPIES:
            shutil.rmtree(self.folder / "whole", ignore_errors=True)
            system.write_long_pcap(self.capture, self.copies)
            started = time.monotonic()
            self.everything = self.replay(self.capture, out=self.folder / "whole")
            self.seconds = time.monotonic() - started
            if self.seconds > LONG_SECONDS:
                break

    def interrupt(self, number, workers, earliest=0.0, latest=1.1):
        command = [system.programs.midwatch, "-r", str(self.capture), "-o", str(self.out), "-w", str(workers),
                   "-s", str(self.folder / "sock"), "--quiet", "--set", "output.interval=10s"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            time.sleep(self.seconds * self.random.uniform(earliest, latest))
            process.send_signal(number)
            errors = process.communicate(timeout=30)[1].decode()
        self.assertNotRegex(errors, system.SANITIZER_REPORT)
        return process.returncode, errors

    def test_interrupt_publishes_what_was_analysed(self):
        seen = set()
        for moment in range(MOMENTS):
            number = (signal.SIGINT, signal.SIGTERM)[moment % 2]
            status, errors = self.interrupt(number, WORKERS[moment % 4])
            if status == -number: # before it had begun: nothing was made
                self.assertFalse(self.out.exists())
                continue
            seen.add(status)
            self.assertIn(status, (0, 3), errors)
            self.assert_whole(self.out, names=system.FILES)
            self.assertFalse((self.folder / "sock").exists())
            row_packets = sum(int(row["packets"]) for row in system.read_rows(self.out)["summary"])
            self.assertLessEqual(row_packets, 2741 * self.copies)
            if status == 0:
                self.assertEqual(row_packets, 2741 * self.copies)
            shutil.rmtree(self.out)
        self.assertIn(3, seen)

    def test_user_signals_tell_how_far_it_is(self):
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            status, errors = self.interrupt(number, 1, 0.4, 0.6)
            self.assertEqual(status, 0, errors)
            self.assert_whole(self.out, names=system.FILES)
            shutil.rmtree(self.out)

    def test_interrupt_keeps_the_story_up_to_there(self):
        for _ in range(10):
            status, _ = self.interrupt(signal.SIGTERM, 2, 0.4, 0.9)
            if status == 3 and system.read_rows(self.out)["resets"]:
                break
        else:
            self.skipTest("no signal fell into the middle")
        # episodes whose time was over are the same as in the whole story
        interrupted = system.read_rows(self.out)["resets"]
        whole = {(row["ts"], row["flow"], row["src"]) for row in self.everything["resets"]}
        self.assertTrue({(row["ts"], row["flow"], row["src"]) for row in interrupted} <= whole)

    def test_kill_leaves_whole_files_and_the_next_start_needs_no_cleaning(self):
        killed = 0
        for moment in range(MOMENTS * 2 // 3):
            status, _ = self.interrupt(signal.SIGKILL, WORKERS[moment % 4])
            killed += status == -signal.SIGKILL
            if self.out.exists():
                self.assert_whole(self.out, leftovers=True)
        self.assertGreater(killed, 0)
        command = ["-r", self.capture, "-o", self.out, "-s", self.folder / "sock", "--quiet"]
        self.run_midwatch(*command, status=0)
        self.assert_whole(self.out, names=system.FILES)
        self.assertEqual(system.read_rows(self.out), self.everything)

    def test_reload_signal_does_not_end_a_replay(self):
        status, errors = self.interrupt(signal.SIGHUP, 1, 0.5, 0.7)
        if status == -signal.SIGHUP:
            self.skipTest("the signal came before it had begun")
        self.assertEqual(status, 0, errors)
        self.assert_whole(self.out, names=system.FILES)


system.main()
