#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Live ports from end to end: the resets of a capture, sent over a wire; every packet accounted for; every command.
# Neighbours: live.py, system.py.
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

import live
import system

REASON = live.why_not()
FATES = ("analysed", "filtered", "malformed", "truncated", "dropped_ring")
FASTER = "6" # the capture's 28 s in 5


@unittest.skipIf(REASON is not None, REASON)
class Live(system.Case):
    def setUp(self):
        super().setUp()
        self.capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(self.capture)
        self.wire = live.Wire()
        self.addCleanup(self.wire.remove)

    def start(self, port, *words):
        analyzer = live.Analyzer(self.wire, self.folder, port, *words)
        self.addCleanup(analyzer.kill)
        return analyzer

    def conserve(self, sent, port, report, excluded=0):
        """Packets sent = received + missed + excluded; received = the four fates + lost between workers."""
        summary = report["summary"]
        self.assertEqual(port["received"] + port["missed"] + port["no_mbuf"] + port["errors"] + port["excluded"], sent)
        self.assertEqual(port["excluded"], excluded)
        self.assertEqual(summary["packets"], port["received"])
        self.assertEqual(sum(summary[fate] for fate in FATES), port["received"])
        self.assertEqual(summary["dropped_nic"], port["missed"] + port["no_mbuf"] + port["errors"])

    def same_resets(self, port):
        expected = self.replay(self.capture, out=self.folder / "expected")["resets"]
        analyzer = self.start(port)
        sent = self.wire.send(self.capture, "--multiplier", FASTER)
        counters = analyzer.settle()
        self.conserve(sent, counters, analyzer.stop(signal.SIGINT))
        self.assertEqual(sent, 2741)
        self.assertEqual(counters["received"], sent)
        self.assert_whole(analyzer.out)
        found = system.read_rows(analyzer.out)["resets"]
        self.assertEqual(system.resets_of(found), system.resets_of(expected))
        # the verdict may lean on time (round trips, pauses): it must not where the text convicts
        self.assertEqual(system.forged_with_text(found), system.forged_with_text(expected))
        self.assertGreater(len(system.forged_with_text(found)), 10)
        self.assertIn("forged-resets", {row["kind"] for row in system.read_rows(analyzer.out)["findings"]})

    def test_af_packet_finds_the_same_resets(self):
        self.same_resets("afpacket:dst")

    def test_af_xdp_finds_the_same_resets(self):
        self.same_resets("dst")

    def test_two_workers_and_a_filter_account_for_every_packet(self):
        analyzer = self.start("afpacket:dst", "-w", "2", "-f", "tcp")
        sent = self.wire.send(self.capture, "--pps", "8000")
        counters = analyzer.settle()
        workers = analyzer.ask("show workers")
        report = analyzer.stop(signal.SIGTERM)
        self.conserve(sent, counters, report)
        self.assertGreater(report["summary"]["filtered"], 0)
        self.assertGreater(report["summary"]["tcp"], 1000)
        self.assertEqual(len(workers), 2)
        for worker in workers:
            self.assertGreater(worker["analysed"], 0)

    def test_two_workers_on_af_xdp_account_for_every_packet(self):
        analyzer = self.start("dst", "-w", "2")
        sent = self.wire.send(self.capture, "--pps", "8000")
        counters = analyzer.settle()
        self.conserve(sent, counters, analyzer.stop(signal.SIGTERM))

    def test_excluded_prefixes_are_counted_by_the_xdp_program(self):
        _, frames, _ = system.read_pcap(self.capture)
        pairs = [(data[26:30], data[30:34]) for _, _, data, _ in frames if data[12:14] == b"\x08\x00"]
        address = collections.Counter(source for source, _ in pairs).most_common(1)[0][0]
        expected = sum(address in pair for pair in pairs)
        analyzer = self.start("dst", "--set", f"input.xdp-exclude={'.'.join(map(str, address))}/32")
        sent = self.wire.send(self.capture, "--pps", "8000")
        counters = analyzer.settle()
        self.conserve(sent, counters, analyzer.stop(signal.SIGINT), excluded=expected)
        self.assertGreater(expected, 10)

    def test_stop_drains_what_was_received(self):
        analyzer = self.start("afpacket:dst")
        sent = self.wire.send(self.capture, "--topspeed")
        report = analyzer.stop(signal.SIGTERM)
        summary = report["summary"]
        self.assertEqual(summary["packets"] + summary["dropped_nic"], sent)
        rows = system.read_rows(analyzer.out)["summary"]
        self.assertEqual(sum(int(row["packets"]) for row in rows), summary["packets"])

    def test_stop_in_full_traffic_ends_and_counts(self):
        analyzer = self.start("afpacket:dst", "-w", "2")
        command = ["ip", "netns", "exec", self.wire.name, "tcpreplay", "-q", "-i", "src", "--topspeed", "--loop", "0"]
        sender = subprocess.Popen([*command, str(self.capture)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(sender.wait)
        self.addCleanup(sender.kill)
        time.sleep(1)
        summary = analyzer.stop(signal.SIGTERM)["summary"]
        self.assertEqual(sum(summary[fate] for fate in FATES), summary["packets"])
        rows = system.read_rows(analyzer.out)["summary"]
        self.assertEqual(sum(int(row["packets"]) for row in rows), summary["packets"])

    def test_killed_analyzer_leaves_whole_files_and_no_hugepages(self):
        hugepages = live.Hugepages(400)
        self.addCleanup(hugepages.give_back)
        if not hugepages.had:
            self.skipTest("no hugepages can be had here")
        analyzer = self.start("dst", "--set", "output.interval=1s", "--set", "input.mbufs=9000")
        self.assertNotIn("in ordinary memory", analyzer.said())
        held = analyzer.hugepages()
        self.assertGreater(sum(held.values()), 0)
        self.wire.send(self.capture, "--pps", "2000")
        analyzer.kill()
        self.assertGreater(self.assert_whole(analyzer.out, leftovers=True), 0)
        # what has no name in a file system goes with its process
        self.assertEqual([name for name in held if os.path.exists(name)], [])
        again = self.start("dst", "--set", "input.mbufs=9000") # the same socket, directory and XDP hook, uncleaned
        self.assertRegex(again.said(), rf"output directory {again.out} has \d+ files of earlier runs, the newest of ")
        sent = self.wire.send(self.capture, "--pps", "8000")
        self.conserve(sent, again.settle(), again.stop(signal.SIGTERM))
        self.assert_whole(again.out)

    def test_an_output_directory_that_was_made_again_is_found(self):
        # no interval ends while there is no directory: its files could not be had, and rightly the status would say so
        analyzer = self.start("afpacket:dst", "--set", "output.interval=1h")
        self.wire.send(self.capture, "--pps", "8000")
        shutil.rmtree(analyzer.out)
        analyzer.out.mkdir()
        analyzer.settle()
        analyzer.ask("rotate")
        self.assertIn(f"output directory {analyzer.out} was removed or replaced", analyzer.said())
        self.assertGreater(self.assert_whole(analyzer.out, leftovers=True), 0) # and those that are being written
        analyzer.stop(signal.SIGTERM)
        self.assert_whole(analyzer.out)

    def test_hugepages_that_are_not_enough_are_left_alone(self):
        hugepages = live.Hugepages(8)
        self.addCleanup(hugepages.give_back)
        if not 8 <= hugepages.free() <= 32:
            self.skipTest("others have hugepages here, or none can be had")
        analyzer = self.start("afpacket:dst")
        self.assertRegex(analyzer.said(), r"too few hugepages \(\d+ MiB free\)")
        analyzer.stop(signal.SIGTERM)

    def test_killed_analyzer_leaves_the_interface_as_it_was(self):
        before = self.wire.run("ip", "-d", "-n", self.wire.name, "link", "show", "dst")
        self.assertIn("promiscuity 0", before)
        for port in ("dst", "afpacket:dst"):
            analyzer = self.start(port)
            self.assertIn("promiscuity 1", self.wire.run("ip", "-d", "-n", self.wire.name, "link", "show", "dst"))
            analyzer.kill()
            until = time.monotonic() + 10 # the kernel takes its time
            while self.wire.run("ip", "-d", "-n", self.wire.name, "link", "show", "dst") != before:
                self.assertLess(time.monotonic(), until, port)
                time.sleep(0.1)

    def test_outages_of_earlier_runs_are_kept(self):
        """Two runs over one file, locked in; a broken one is put aside."""
        sound = "02:00:00:00:00:01 2026-01-11T12:00:00.000000Z\n"
        out = self.folder / "out"
        out.mkdir()
        kept = out / "kept-outages.txt"
        kept.write_text("midwatch outages 1\n# a remark of mine\n" + sound)
        self.start("afpacket:dst").stop(signal.SIGTERM)
        self.assertTrue(kept.read_text().endswith("does not run\n" + sound), kept.read_text())
        kept.write_text(kept.read_text() + "nonsense\n")
        broken = kept.read_text()
        analyzer = self.start("afpacket:dst")
        analyzer.stop(signal.SIGTERM)
        self.assertIn(f"{kept}:4: this line is not sound", analyzer.said())
        self.assertFalse(kept.exists())
        self.assertEqual((out / "kept-outages.txt.broken-1").read_text(), broken)

    def until_said(self, analyzer, words):
        until = time.monotonic() + 10
        while words not in analyzer.said():
            self.assertLess(time.monotonic(), until, analyzer.said())
            time.sleep(0.05)

    def link_comes_and_goes(self, port):
        analyzer = self.start(port)
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "src", "down")
        self.until_said(analyzer, f"port {port}: the link is down")
        self.assertEqual(analyzer.ask("show ports")[0]["link"], "down")
        status = analyzer.ask("show status")[0]
        self.assertEqual(status["state"], "blind")
        self.assertRegex(status["unseen"], r"^no link on dst since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "src", "up")
        self.until_said(analyzer, f"port {port}: the link is up")
        self.assertEqual(analyzer.ask("show ports")[0]["link"], "up")
        status = analyzer.ask("show status")[0]
        self.assertEqual((status["state"], status["unseen"]), ("watching", None))
        sent = self.wire.send(self.capture, "--pps", "8000")
        self.assertEqual(analyzer.settle()["received"], sent)
        analyzer.process.send_signal(signal.SIGUSR1)
        self.until_said(analyzer, f"so far: {sent} packets")
        self.assertEqual(analyzer.stop(signal.SIGTERM)["summary"]["packets"], sent)

    def test_a_port_that_has_no_link_yet_is_waited_for(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "src", "down")
        analyzer = live.Analyzer(self.wire, self.folder, "afpacket:dst", state="waiting")
        self.addCleanup(analyzer.kill)
        self.assertRegex(analyzer.said(), r"\nmidwatch: waiting for dst: no link on dst since \S+Z; files go to ")
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "src", "up")
        self.until_said(analyzer, "port afpacket:dst: the link is up")
        status = analyzer.ask("show status")[0]
        self.assertEqual((status["state"], status["blind_s"]), ("watching", 0))
        analyzer.stop(signal.SIGTERM)

    def test_af_packet_tells_that_the_link_is_down_and_goes_on_when_it_is_up(self):
        self.link_comes_and_goes("afpacket:dst")

    def test_af_xdp_tells_that_the_link_is_down_and_goes_on_when_it_is_up(self):
        self.link_comes_and_goes("dst")

    def interface_goes(self, port, as_text=False):
        analyzer = live.Analyzer(self.wire, self.folder, port, as_text=as_text)
        self.addCleanup(analyzer.kill)
        sent = self.wire.send(self.capture, "--pps", "8000")
        analyzer.settle()
        self.wire.run("ip", "-n", self.wire.name, "link", "del", "src") # and its other end with it
        self.assertEqual(analyzer.process.wait(timeout=30), 1, analyzer.said())
        ask = f"midwatchctl -s {analyzer.socket} show status"
        self.assertIn(f"watching dst; files go to {analyzer.out}; ask: {ask}; stop: ", analyzer.said())
        self.assertIn(f"port {port}: the interface is gone", analyzer.said())
        self.assertIn("no port is left to watch", analyzer.said())
        for line in analyzer.said().splitlines(): # nothing of drivers, which cannot undo what went with the device
            self.assertRegex(line, "^midwatch: (?!error: sandbox)")
        self.assert_whole(analyzer.out)
        if as_text:
            self.assertRegex(analyzer.log.read_text(), rf"\nINCOMPLETE port {port} went away at \d{{4}}-\S+Z; nothing")
            return
        report = json.loads(analyzer.log.read_text())
        self.assertEqual(report["summary"]["packets"], sent)
        self.assertFalse(report["source"]["complete"])
        self.assertRegex(report["source"]["problem"], rf"^port {port} went away at \d{{4}}-\S+Z$")

    def test_af_packet_ends_with_what_it_saw_when_its_interface_is_gone(self):
        self.interface_goes("afpacket:dst")

    def test_the_report_for_people_names_the_interface_that_is_gone(self):
        self.interface_goes("afpacket:dst", as_text=True)

    def test_af_xdp_ends_with_what_it_saw_when_its_interface_is_gone(self):
        self.interface_goes("dst")

    def test_a_port_that_is_gone_is_in_the_report_when_another_goes_on(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "lo", "up")
        analyzer = self.start("afpacket:lo", "-i", "afpacket:dst")
        self.wire.run("ip", "-n", self.wire.name, "link", "del", "src")
        self.until_said(analyzer, "port afpacket:dst: the interface is gone")
        status = analyzer.ask("show status")[0]
        self.assertEqual(status["state"], "watching") # of the other
        self.assertRegex(status["unseen"], "^dst is gone since ")
        source = analyzer.stop(signal.SIGTERM, ended=3)["source"] # in order, but not of all that was asked for
        self.assertFalse(source["complete"])
        self.assertRegex(source["problem"], r"^port afpacket:dst went away at \d{4}-\S+Z$")

    def test_a_worker_that_stands_still_is_told(self):
        analyzer = self.start("afpacket:dst")
        worker = live.PausedThread(list(analyzer.threads())[-1])
        self.until_said(analyzer, "worker 0 has not moved for")
        worker.go_on()
        self.until_said(analyzer, "worker 0 moves again")
        analyzer.pause()
        time.sleep(1.5)
        analyzer.go_on()
        self.until_said(analyzer, "midwatch stood still for")
        analyzer.stop(signal.SIGINT)

    def test_service_manager_hears_from_it_while_all_workers_move(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(self.folder / "notify"))
            manager.settimeout(10)
            analyzer = live.Analyzer(self.wire, self.folder, "afpacket:dst", notify=self.folder / "notify")
            self.addCleanup(analyzer.kill)
            ask = f"; ask: midwatchctl -s {analyzer.socket} show status"
            self.assertEqual(manager.recv(256).decode(), f"READY=1\nSTATUS=watching dst{ask}")
            self.assertEqual(manager.recv(64), b"WATCHDOG=1")
            worker = live.PausedThread(list(analyzer.threads())[-1])
            self.until_said(analyzer, "worker 0 has not moved for")
            manager.setblocking(False)
            said = b""
            with self.assertRaises(BlockingIOError):
                while said := manager.recv(256): # those of before
                    last = said.decode()
            self.assertRegex(last, f"^STATUS=blind dst: worker 0 stands still since \\S+Z{ask}$")
            self.assertEqual(analyzer.state(), "blind")
            time.sleep(1.2)
            self.assertRaises(BlockingIOError, manager.recv, 64)
            worker.go_on()
            manager.settimeout(10)
            while (state := manager.recv(256).decode()) == "WATCHDOG=1":
                pass
            self.assertEqual(state, f"STATUS=watching dst{ask}")
            self.assertEqual(manager.recv(64), b"WATCHDOG=1")
            analyzer.process.send_signal(signal.SIGTERM)
            while (state := manager.recv(256)) == b"WATCHDOG=1":
                pass
            self.assertEqual(state.splitlines()[0], b"STOPPING=1")
            analyzer.stop(None)

    def test_telemetry_is_opened_when_it_is_asked_for(self):
        runtime = self.folder / "runtime"
        runtime.mkdir()
        self.start_with_runtime(runtime).stop(signal.SIGINT)
        self.assertEqual(list(runtime.rglob("*telemetry*")), [])
        analyzer = self.start_with_runtime(runtime, "--set", "control.telemetry=yes")
        sent = self.wire.send(self.capture, "--pps", "8000")
        analyzer.settle()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(str(next(runtime.rglob("dpdk_telemetry.v2*"))))
            self.assertIn("version", json.loads(client.recv(1024)))

            def ask(command):
                client.send(command.encode())
                return json.loads(client.recv(16384))[command.split(",")[0]]

            until = time.monotonic() + 10
            while (ports := ask("/midwatch/ports"))["0/received"] != sent: # as of the last second
                self.assertLess(time.monotonic(), until, ports)
            shown = self.shown_counters(analyzer)
            told = ask("/midwatch/stats")
            later = self.shown_counters(analyzer)
            self.assertLessEqual(shown.keys(), told.keys())
            for name, value in told.items():
                self.assertTrue(shown.get(name, 0) <= value <= later[name], (name, value))
            flow = ask("/midwatch/stats,flow")
            self.assertEqual({name.split("/")[0] for name in flow}, {"flow"})
            self.assertIn(0, flow.values())
            self.assertIn("/midwatch/ports", ask("/"))
        analyzer.stop(signal.SIGTERM)
        self.assertEqual(list(runtime.rglob("*telemetry*")), [])

    def start_with_runtime(self, runtime, *words):
        analyzer = live.Analyzer(self.wire, self.folder, "afpacket:dst", *words, runtime=runtime)
        self.addCleanup(analyzer.kill)
        return analyzer

    def shown_counters(self, analyzer):
        return {re.sub(r"[^A-Za-z0-9/]", "_", f"{row['module']}/{row['counter']}"): row["value"]
                for row in analyzer.ask("show counters")}

    def test_bad_requests_do_not_fill_the_log(self):
        analyzer = self.start("afpacket:dst")
        for _ in range(300):
            with self.assertRaises(AssertionError):
                analyzer.ask("set", key="resets.forged-at", value="999")
        self.assertLess(analyzer.said().count("set: resets.forged-at"), 100)
        analyzer.ask("set", key="resets.forged-at", value="80")
        analyzer.stop(signal.SIGINT)

    def test_loopback_can_be_watched(self):
        self.wire.run("ip", "-n", self.wire.name, "link", "set", "lo", "up")
        analyzer = self.start("afpacket:lo")
        self.wire.inside("bash", "-c", "for i in 1 2 3; do echo x >/dev/udp/127.0.0.1/9; done")
        self.assertGreaterEqual(analyzer.settle()["received"], 3)
        analyzer.stop(signal.SIGINT)


@unittest.skipIf(REASON is not None, REASON)
class Commands(Live):
    """Every command against a live analyzer, in one run."""

    def ctl(self, *words, status=0):
        command = [system.programs.midwatchctl, "-s", str(self.folder / "sock"), *words]
        return self.run_program(command, status=status).stdout

    def show_everything(self):
        for what in ("workers", "ports", "xstats", "classes", "flows", "resets", "tampering", "middleboxes", "nat",
                     "findings", "detectors", "settings", "counters", "events", "summary"):
            for form in ([], ["--json"]):
                self.assertNotEqual(self.ctl("show", what, *form), "", what)
        self.assertIn("watching", self.ctl("show", "status"))
        self.assertRegex(self.ctl("show", "ike"), r"^ts +initiator +responder .*\nnone\n$")
        self.assertEqual(self.ctl("--json", "show", "ike"), "")
        self.assertRegex(self.ctl("show", "flows", "203.0.113.77"), r"^ts  .*\nnone\n$")
        self.assertRegex(self.ctl("show", "status"), r"\nlines_unasked_s: +\d\S* +of these: nobody asked")
        self.assertIn("'abc' is no IP address", self.run_program(
            [system.programs.midwatchctl, "-s", str(self.folder / "sock"), "show", "flows", "abc"], status=2).stderr)
        self.assertIn("no finding", self.run_program([system.programs.midwatchctl, "-s", str(self.folder / "sock"),
                                                      "explain", "nothing"], status=4).stderr)
        finding = self.ctl("--json", "show", "findings").split('"id":')[1].split('"')[1]
        self.assertIn(finding, self.ctl("explain", finding))
        self.assertIn(finding, self.ctl("explain", finding.split("-")[0]).split()) # one, or all that begin so
        self.assertIn("nothing known of '203.0.113.99'",
                      self.run_program([system.programs.midwatchctl, "-s", str(self.folder / "sock"), "show", "nat",
                                        "203.0.113.99"], status=4).stderr)
        self.assertNotEqual(self.ctl("top", "--once"), "")

    def change_settings(self, analyzer):
        self.ctl("set", "resets.forged-at", "80")
        self.until_said(analyzer, "set: resets.forged-at: 70 -> 80")
        self.assertIn("80", self.ctl("show", "settings", "resets.forged-at"))
        self.ctl("set", "resets.forged-at", "999", status=2)
        self.ctl("set", "nothing.at-all", "1", status=2)
        self.assertRegex(analyzer.said(), "set: .*nothing")
        self.assertNotIn("reload:", analyzer.said())
        self.assertIn("restart", self.ctl("set", "flow.flows-max", "32Ki"))
        self.assertNotIn("32Ki", self.ctl("show", "settings", "flow.flows-max"))
        self.configuration.write_text("output:\n  interval: 2s\nresets:\n  gap: 3s\n")
        self.assertIn("resets.gap", self.ctl("reload"))
        self.configuration.write_text("output:\n  interval: 2s\nresets:\n  gap: 9parsecs\n")
        self.ctl("set", "resets.forged-at", "81") # what is wrong in the file by now is no matter
        self.assertIn("81", self.ctl("show", "settings", "resets.forged-at"))
        self.assertIn("midwatch.yaml:4:8", self.run_program([system.programs.midwatchctl, "-s",
                                                             str(self.folder / "sock"), "reload"], status=1).stderr)
        self.assertIn("3s", self.ctl("show", "settings", "resets.gap"))
        self.configuration.unlink()
        self.ctl("set", "resets.forged-at", "82")

    def reload_by_signal(self, analyzer):
        self.configuration.write_text("output:\n  interval: 2s\nresets:\n  gap: 4s\n")
        analyzer.process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 5
        while "4s" not in self.ctl("show", "settings", "resets.gap"):
            self.assertLess(time.monotonic(), until, analyzer.said())
            time.sleep(0.05)
        self.assertIn("resets.gap", analyzer.said())

    def follow(self):
        command = [system.programs.midwatchctl, "-s", str(self.folder / "sock"), "--json", "follow", "events"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as follower:
            time.sleep(0.3)
            self.wire.send(self.capture, "--multiplier", "20")
            time.sleep(3.5) # an episode is told when it is over
            follower.send_signal(signal.SIGINT)
            seen, errors = follower.communicate(timeout=10)
        self.assertEqual(follower.returncode, 0, errors)
        self.assertGreater(seen.count(b"\n"), 0, errors)
        event = json.loads(seen.splitlines()[0])
        self.assertRegex(event["text"], r"^\S+ > \S+$") # time and kind have columns of their own
        said = {json.loads(line)["what"] for line in seen.splitlines()}
        self.assertIn("resets the connection, or somebody in its name", said)
        self.assertNotIn("", said) # measurements are no events

    def test_every_command_answers(self):
        self.configuration = self.folder / "midwatch.yaml"
        self.configuration.write_text("output:\n  interval: 2s\n")
        analyzer = self.start("afpacket:dst", "-c", self.configuration)
        self.follow()
        analyzer.settle()
        self.show_everything()
        self.change_settings(analyzer)
        self.reload_by_signal(analyzer)
        before = len(list(analyzer.out.glob("summary*.csv")))
        self.ctl("rotate")
        self.assertGreaterEqual(len(list(analyzer.out.glob("summary*.csv"))), before)
        self.ctl("clear")
        self.assertEqual(analyzer.ask("show findings"), [])
        self.ctl("nonsense", status=2)
        self.ctl("shutdown")
        analyzer.stop(None)
        self.assert_whole(analyzer.out)
        self.ctl("show", "status", status=3)


# unittest would run what Commands inherits a second time
for _name in [name for name in dir(Live) if name.startswith("test_")]:
    setattr(Commands, _name, None)

system.main()
