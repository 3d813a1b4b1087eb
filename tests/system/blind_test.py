#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# A process that is stopped, a link that goes down, and time zones: midwatch's own blindness is told as such, and nobody
# is accused of it. Neighbours: live.py, system.py; tests/unit/app/live_clock_test.c has clocks that are set.
import os
import pathlib
import signal
import subprocess
import time
import unittest

import live
import system

STOPPED_SECONDS = 3
RESTARTS = pathlib.Path(__file__).parents[1] / "replay/outages/gateway-restart/restart-snap86.pcap"
REASON = live.why_not()


def outages(folder):
    return system.read_rows(folder)["outages"]


@unittest.skipIf(REASON is not None, REASON)
class Stopped(system.Case):
    def test_a_stopped_process_is_blind_and_tells_no_outage(self):
        capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(capture)
        wire = live.Wire()
        self.addCleanup(wire.remove)
        analyzer = live.Analyzer(wire, self.folder, "afpacket:dst")
        self.addCleanup(analyzer.kill)
        send = ["ip", "netns", "exec", wire.name, "tcpreplay", "-q", "-i", "src", "--multiplier", "3", str(capture)]
        with subprocess.Popen(send, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
            time.sleep(2)
            analyzer.pause()
            time.sleep(STOPPED_SECONDS)
            analyzer.go_on()
            sender.wait()
        analyzer.settle()
        status = analyzer.ask("show status")[0]
        report = analyzer.stop(signal.SIGINT)
        rows = outages(analyzer.out)
        self.assertEqual({row["verdict"] for row in rows}, {"blind"})
        self.assertGreater(max(float(row["duration_s"]) for row in rows), STOPPED_SECONDS - 0.5)
        self.assertGreater(status["blind_s"], STOPPED_SECONDS - 0.5)
        kinds = {finding["kind"] for finding in report["findings"]}
        self.assertFalse(kinds & {"outage", "dns-failing", "family-degraded", "mirror-silent"}, kinds)


@unittest.skipIf(REASON is not None, REASON)
class Unlinked(system.Case):
    def test_a_port_that_loses_its_link_is_blind(self):
        wire = live.Wire()
        self.addCleanup(wire.remove)
        analyzer = live.Analyzer(wire, self.folder, "afpacket:dst", as_text=True)
        self.addCleanup(analyzer.kill)
        time.sleep(1.5)
        flap = self.folder / "flap"
        flap.write_text("link set src down\nlink set src up\n")
        wire.run("ip", "-n", wire.name, "-batch", str(flap))
        time.sleep(2.5) # two looks, and spans closer than a second are one
        wire.run("ip", "-n", wire.name, "link", "set", "src", "down")
        time.sleep(STOPPED_SECONDS)
        wire.run("ip", "-n", wire.name, "link", "set", "src", "up")
        time.sleep(1.5)
        status = analyzer.ask("show status")[0]
        report = analyzer.stop(signal.SIGINT)
        self.assertRegex(report, r"\n  outages   midwatch itself did not see for \d\.\d s from \d{4}-")
        rows = [row for row in outages(analyzer.out) if "no link" in row["cause_evidence"]]
        self.assertEqual([row["verdict"] for row in rows], ["blind"] * 2)
        self.assertGreater(float(rows[1]["duration_s"]), STOPPED_SECONDS - 0.5)
        self.assertGreater(status["blind_s"], STOPPED_SECONDS - 0.5)
        self.assertEqual(status["lines_s"], 0) # no line was seen


class Ledger(system.Case):
    def test_status_has_the_time_of_lines_and_until_when(self):
        address = self.folder / "sock"
        command = [system.programs.midwatch, "-r", RESTARTS, "-", "-w", "2", "-s", address, "-o", self.out, "--quiet"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                status = self.analysed(address)
            finally:
                process.stdin.close() # the second capture has no end before
        parts = [round(status[f"lines_{part}s"] * 1000) for part in ("", "seen_", "blind_", "unasked_")]
        self.assertEqual(parts[0], sum(parts[1:]))
        self.assertGreater(parts[1], 100000, status)
        self.assertGreater(parts[3], 10000, status)
        self.assertLess(status["lines_until"], status["now"])

    def analysed(self, address):
        """Status once the first capture is analysed."""
        until, status = time.monotonic() + 60, {}
        while status.get("lines_until") is None or status["lines_s"] < 150:
            self.assertLess(time.monotonic(), until, status)
            time.sleep(0.1)
            try:
                status = live.ask(address, "show status")[0]
            except (FileNotFoundError, ConnectionRefusedError):
                pass # it has not begun
        return status


class Zones(system.Case):
    def test_a_change_to_summer_time_changes_nothing(self):
        told = []
        for zone in ("UTC", "CET-1CEST,M11.4.0/3,M12.1.0/3"): # the clock changes around the capture's day
            folder = self.folder / zone[:3]
            subprocess.run([system.programs.midwatch, "-r", RESTARTS, "-o", folder, "--quiet"], check=True,
                           env={**os.environ, "TZ": zone})
            told.append((folder / "outages.csv").read_bytes())
        self.assertEqual(told[0], told[1])
        self.assertEqual(len(outages(self.folder / "UTC")), len(outages(self.folder / "CET")))


if __name__ == "__main__":
    system.main()
