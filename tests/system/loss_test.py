#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Live ports above what the analyzer takes: every packet that is sent is analysed, or counted where it was lost.
# Neighbours: live.py, system.py; live_test.py has the same sums without loss.
#
# Nothing here depends on how fast a machine is: a thread that stands still takes no packets at all.
import collections
import re
import signal
import struct
import time
import unittest

import live
import system

REASON = live.why_not()
RESETS = 45000 # each of a flow of its own, and so an event of two lines; the ring to the control core holds 65535
FATES = ("analysed", "filtered", "malformed", "truncated", "dropped_ring")


@unittest.skipIf(REASON is not None, REASON)
class Loss(system.Case):
    def setUp(self):
        super().setUp()
        self.capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(self.capture)
        self.wire = live.Wire()
        self.addCleanup(self.wire.remove)

    def start(self, port, *words, **more):
        analyzer = live.Analyzer(self.wire, self.folder, port, "--set", "output.interval=1s", *words, **more)
        self.addCleanup(analyzer.kill)
        return analyzer

    def pause_worker(self, analyzer, number, workers):
        """The workers are the threads that were started last."""
        try:
            return live.PausedThread(list(analyzer.threads())[-workers:][number])
        except OSError as error:
            self.skipTest(f"a thread cannot be stopped here: {error}")

    def send_while_paused(self, analyzer, loops):
        """Packets without a loss, packets while nobody takes them, packets again. @return how many in all."""
        sent = self.wire.send(self.capture, "--pps", "8000")
        before = analyzer.settle()
        self.assertEqual((before["received"] + before["excluded"], before["missed"]), (sent, 0))
        analyzer.pause()
        sent += self.wire.send(self.capture, "--topspeed", "--loop", loops)
        analyzer.go_on()
        self.assertGreater(analyzer.settle()["missed"], 0)
        return sent + self.wire.send(self.capture, "--pps", "8000")

    def check_sums(self, sent, port, summary, rows):
        """What the port, the report and the rows of the intervals say adds up to what was sent, exactly."""
        lost_before = port["missed"] + port["no_mbuf"] + port["errors"]
        self.assertEqual(port["received"] + port["excluded"] + lost_before, sent)
        self.assertEqual(summary["packets"], port["received"])
        self.assertEqual(summary["dropped_nic"], lost_before)
        self.assertEqual(sum(summary[fate] for fate in FATES), summary["packets"])
        for column in ("packets", "dropped_nic", *FATES):
            self.assertEqual(sum(int(row[column]) for row in rows), summary[column], column)
        for row in rows:
            lost = int(row["dropped_nic"]) + int(row["dropped_ring"]) + int(row["events_lost"])
            self.assertEqual(row["overload"], "yes" if lost > 0 else "no", row)

    def told(self, analyzer, who, lost, where, mend):
        """The log says how much was lost, in which layer, and what gives it room: once a minute and at the end."""
        lines = re.findall(rf"{who}: (\d+) lost in the last minute {where}.*; to mend: (.*)", analyzer.said())
        self.assertEqual(sum(int(number) for number, _ in lines), lost, analyzer.said())
        self.assertTrue(all(mend in command for _, command in lines), lines)

    def loss_before_the_analyzer(self, port_name, loops, *words):
        analyzer = self.start(port_name, *words)
        sent = self.send_while_paused(analyzer, loops)
        port = analyzer.settle()
        self.assertEqual([row["handover_full"] for row in analyzer.ask("show workers")], [0])
        summary = analyzer.stop(signal.SIGINT)["summary"]
        self.assertGreater(port["missed"], 0)
        self.told(analyzer, f"port {port_name}", port["missed"], "in the NIC or the kernel", "input.rx-descriptors")
        self.assertEqual(summary["dropped_ring"], 0)
        self.check_sums(sent, port, summary, system.read_rows(analyzer.out)["summary"])
        return summary, port

    def test_af_xdp_counts_what_found_no_room(self):
        self.loss_before_the_analyzer("dst", 1, "--set", "input.rx-descriptors=512")

    def test_af_packet_counts_what_found_no_room(self):
        self.loss_before_the_analyzer("afpacket:dst", 5)

    def test_a_filter_does_not_hide_a_loss(self):
        summary, _ = self.loss_before_the_analyzer("dst", 1, "--set", "input.rx-descriptors=512", "-f", "tcp")
        self.assertGreater(summary["filtered"], 0)

    def test_what_is_excluded_is_no_loss(self):
        _, frames, _ = system.read_pcap(self.capture)
        sources = collections.Counter(data[26:30] for _, _, data, _ in frames if data[12:14] == b"\x08\x00")
        address = sources.most_common(1)[0][0]
        pairs = [(data[26:30], data[30:34]) for _, _, data, _ in frames if data[12:14] == b"\x08\x00"]
        _, port = self.loss_before_the_analyzer("dst", 3, "--set", "input.rx-descriptors=512", "--set",
                                                f"input.xdp-exclude={'.'.join(map(str, address))}/32")
        # the XDP program sees all of them, room or not
        self.assertEqual(port["excluded"], 5 * sum(address in pair for pair in pairs))

    def loss_between_workers(self, port_name):
        analyzer = self.start(port_name, "-w", "2", "--set", "input.rx-queues=1")
        worker = self.pause_worker(analyzer, 1, 2)
        sent = self.wire.send(self.capture, "--pps", "8000", "--loop", 2)
        port = analyzer.settle()
        workers = analyzer.ask("show workers")
        worker.go_on()
        # the one queue is worker 0's: it gave what the other's inbox had room for, and went on
        self.assertEqual(workers[0]["packets"], sent)
        self.assertEqual(workers[1]["analysed"], 0)
        self.assertEqual(workers[0]["handed_over"] - workers[0]["handover_full"], 1023)
        self.assertGreater(workers[0]["handover_full"], 0)
        summary = analyzer.stop(signal.SIGTERM)["summary"]
        self.assertEqual(summary["dropped_ring"], workers[0]["handover_full"])
        self.told(analyzer, "workers", workers[0]["handover_full"], "between workers", "more workers (-w)")
        self.assertEqual(summary["dropped_nic"], 0)
        self.check_sums(sent, port, summary, system.read_rows(analyzer.out)["summary"])

    def test_af_packet_between_workers(self):
        self.loss_between_workers("afpacket:dst")

    def test_af_xdp_between_workers(self):
        self.loss_between_workers("dst")

    def write_resets(self, path):
        """Resets of TCP over IPv4, each of another flow. Checksums stay zero: nobody on the way looks at them."""
        frames = []
        for number in range(RESETS):
            address = struct.pack(">I", 0x0a000000 + number)
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40, number % 65536, 0, 64, 6, 0, address, b"\xc0\x00\x02\x01")
            tcp = struct.pack(">HHIIBBHHH", 40000, 443, number, 0, 0x50, 4, 0, 0, 0)
            frames.append((0, number, (bytes(12) + b"\x08\x00" + ip + tcp).ljust(60, b"\0"), 60))
        system.write_pcap(path, 1, frames)

    def test_events_that_nobody_takes_are_counted(self):
        self.write_resets(self.folder / "resets.pcap")
        # without the books of connections and the moments of the mirror each reset is one event, and without the cap of
        # a second each event one row
        analyzer = self.start("afpacket:dst", "--set", "flow.flows-max=64Ki", "--set", "nat.enabled=no",
                              "--set", "mirror.enabled=no", "--set", "resets.reports-per-second=1M")
        try:
            control = live.PausedThread(analyzer.process.pid)
        except OSError as error:
            self.skipTest(f"a thread cannot be stopped here: {error}")
        sent = self.wire.send(self.folder / "resets.pcap", "--pps", "12000")
        time.sleep(0.2) # the worker goes on without the control core; were it late, less would be lost
        control.go_on()
        port = analyzer.settle()
        summary = analyzer.stop(signal.SIGINT)["summary"]
        tables = system.read_rows(analyzer.out)
        self.assertEqual(summary["resets"], port["received"])
        self.assertGreater(summary["events_lost"], 0)
        self.told(analyzer, "workers", summary["events_lost"], "as events on the way to", "fewer workers")
        told = sum(int(row["count"]) for row in tables["resets"])
        self.assertEqual(told + summary["events_lost"], port["received"])
        self.check_sums(sent, port, summary, tables["summary"])

    def test_the_report_names_both_layers(self):
        analyzer = self.start("afpacket:dst", "-w", "2", "--set", "input.rx-queues=1", as_text=True)
        worker = self.pause_worker(analyzer, 1, 2)
        sent = self.wire.send(self.capture, "--pps", "8000", "--loop", 2)
        analyzer.settle()
        worker.go_on()
        sent += self.send_while_paused_alone(analyzer)
        report = analyzer.stop(signal.SIGINT)
        read, lost = map(int, re.search(r"packets +(\d+) read .*\+ (\d+) lost between workers", report).groups())
        received, missed = map(int, re.search(r"port +afpacket:dst: (\d+) received, (\d+) missed", report).groups())
        self.assertEqual(received + missed, sent)
        self.assertEqual(read, received)
        self.assertGreater(lost, 0)
        self.assertGreater(missed, 0)

    def send_while_paused_alone(self, analyzer):
        analyzer.settle()
        analyzer.pause()
        sent = self.wire.send(self.capture, "--topspeed", "--loop", 5)
        analyzer.go_on()
        analyzer.settle()
        return sent


system.main()
