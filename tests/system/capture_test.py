#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Captures of live packets that a client asks for: what is in the file, what ends it, what is refused.
# Neighbours: live.py, system.py; tests/unit/app/capture_test.c has full rings and full disks.
import json
import shutil
import signal
import socket
import struct
import time
import unittest

import live
import system

REASON = live.why_not()
PACKET, SECTION = 6, 0x0A0D0D0A


def read_pcapng(path):
    """@return [(time in ns, bytes, length on the wire)] of a file that midwatch has written."""
    data = path.read_bytes()
    frames, at = [], 0
    assert struct.unpack_from("<I", data)[0] == SECTION, path
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert struct.unpack_from("<I", data, at + size - 4)[0] == size, path
        if kind == PACKET:
            _, high, low, captured, wire = struct.unpack_from("<IIIII", data, at + 8)
            frames.append((high << 32 | low, data[at + 28:at + 28 + captured], wire))
        at += size
    return frames


@unittest.skipIf(REASON is not None, REASON)
class Capture(system.Case):
    def setUp(self):
        super().setUp()
        self.capture = self.folder / "sent.pcap"
        system.write_sendable_pcap(self.capture)
        self.sent = [data for _, _, data, _ in system.read_pcap(self.capture)[1]]
        self.wire = live.Wire()
        self.addCleanup(self.wire.remove)

    def start(self, *words, port="afpacket:dst"):
        self.analyzer = live.Analyzer(self.wire, self.folder, port, *words, out=self.folder / "of" / "out")
        self.addCleanup(self.analyzer.kill)
        self.captures = self.analyzer.out / "captures"

    def ctl(self, *words, status=0):
        done = self.run_program([system.programs.midwatchctl, "-s", str(self.analyzer.socket), *words], status=status)
        return done.stdout + done.stderr

    def show(self):
        return self.analyzer.ask("show capture")[0]

    def ended(self):
        """Waits until it ends by itself. @return what is shown then."""
        until = time.monotonic() + 20
        while (shown := self.show())["state"] != "ended":
            self.assertLess(time.monotonic(), until, shown)
            time.sleep(0.05)
        return shown

    def frames(self, shown):
        """The packets of an ended capture: as many as it says, none lost."""
        path = self.captures / shown["file"].rpartition("/")[2]
        frames = read_pcapng(path)
        self.assertEqual(len(frames), shown["packets"])
        self.assertEqual(path.stat().st_size, shown["bytes"])
        self.assertEqual(shown["dropped"], 0)
        return frames

    def test_everything_that_comes_is_in_the_file(self):
        self.start("-w", "2", "-f", "tcp") # what is not analysed is captured all the same
        self.assertEqual(self.ctl("show", "capture"), "state: none\n")
        self.assertIn("no capture runs", self.ctl("capture", "stop", status=1))
        self.assertRegex(self.ctl("capture", "start"), r"(?m)^state: +running$")
        self.assertIn("one runs", self.ctl("capture", "start", status=1))
        self.wire.send(self.capture, "--pps", "8000")
        self.analyzer.settle()
        self.assertEqual(list(self.captures.glob("[!.]*")), [])
        self.assertRegex(self.ctl("capture", "stop"), r"(?s)^state: +ended\nended: +stopped\n.*\npackets: +2741\n")
        frames = self.frames(self.show())
        self.assertEqual(sorted(data for _, data, _ in frames), sorted(self.sent))
        self.assertRegex(self.show()["file"], r"/captures/capture-\d{8}T\d{6}Z\.pcapng$")
        events = [row["what"] for row in self.analyzer.ask("show events") if row["kind"] == "midwatch"]
        self.assertRegex(events[-1], r"^capture ended \(stopped\): 2741 packets, \d+ bytes, 0 dropped$")
        self.assertIn(events[-1], self.analyzer.said())
        self.assertIn("pcapng: capture started", self.analyzer.said())
        self.analyzer.stop(signal.SIGTERM)

    def test_filter_and_bounds(self):
        self.start("-w", "2", port="dst")
        self.ctl("capture", "start", "tcp", "and", "tcp[tcpflags]", "&", "tcp-rst", "!=", "0", "file=resets",
                 "snaplen=60")
        self.ctl("reload")
        self.wire.send(self.capture, "--pps", "8000")
        self.analyzer.settle()
        self.ctl("capture", "stop")
        shown = self.show()
        self.assertEqual(shown["file"], str(self.captures / "resets.pcapng"))
        frames = self.frames(shown)
        resets = [data for data in self.sent if data[12:14] == b"\x08\x00" and data[23] == 6 and data[47] & 4]
        self.assertGreater(len(resets), 40)
        self.assertEqual(sorted(data for _, data, _ in frames), sorted(data[:60] for data in resets))
        self.assertEqual(sorted(wire for _, _, wire in frames), sorted(map(len, resets)))
        for bound, least in (("packets=100", 100), ("bytes=20000", 10)):
            self.ctl("capture", "start", bound)
            self.wire.send(self.capture, "--pps", "8000")
            shown = self.ended()
            self.assertEqual(shown["ended"], bound.partition("=")[0])
            self.assertGreaterEqual(len(self.frames(shown)), least)
            self.assertLessEqual(shown["packets"], 100)
            self.assertLessEqual(shown["bytes"], 20000 if "bytes" in bound else 1 << 20)
        self.analyzer.stop(signal.SIGTERM)

    def test_what_is_wrong_is_refused(self):
        self.start()
        self.captures.mkdir()
        (self.captures / "old.pcapng").write_bytes(b"keep me")
        (self.captures / "link.pcapng").symlink_to("/etc/passwd")
        for words, said in ((["tcp", "prot", "80"], "'prot' is no word"), (["port", "http"], "write numbers"),
                            (["host", "www.example.org"], "write numbers"), (["host", "300.1.1.1"], "filter: "),
                            (["("] * 100, "filter: "), (["ip proto \\tcp"], "stands before names"),
                            (["tcp or"] * 40, "longer than"), (["file=../x"], "file: a name without"),
                            (["file=.x"], "file: a name without"), (["file=" + "x" * 200], "file: a name without"),
                            (["packets=0"], "packets: a whole number from 1"), (["bytes=1"], "bytes: a whole number"),
                            (["seconds=1d"], "seconds: a whole number"), (["snaplen=-1"], "snaplen: a whole number")):
            self.assertIn(said, self.ctl("capture", "start", *words, status=2), words)
        for name in ("old", "old.pcapng", "link"):
            self.assertIn("is there already", self.ctl("capture", "start", f"file={name}", status=1))
        self.assertEqual((self.captures / "old.pcapng").read_bytes(), b"keep me")
        self.assertEqual(self.show(), {"state": "none"})
        self.ctl("capture", "start", "host", "2001:db8::1", "or", "portrange", "1-2", "or", "ether", "host",
                 "02:00:00:00:00:01")
        self.assertEqual(self.analyzer.ask("capture stop")[0]["ended"], "stopped")
        self.analyzer.stop(signal.SIGTERM) # and the sandbox had nothing to say

    def test_client_that_leaves_ends_nothing(self):
        self.start()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.analyzer.socket))
            client.recv(1000) # the greeting
            asked = {"command": "capture start", "arguments": {"packets": 10, "file": "a"}}
            client.sendall(json.dumps(asked).encode() + b"\n")
        until = time.monotonic() + 10
        while self.show()["state"] == "none":
            self.assertLess(time.monotonic(), until)
        self.wire.send(self.capture, "--pps", "8000", "--limit", "10")
        shown = self.ended()
        self.assertEqual((shown["ended"], shown["packets"]), ("packets", 10))
        self.assertEqual([data for _, data, _ in self.frames(shown)], self.sent[:10])
        self.ctl("capture", "start", "seconds=1")
        self.assertEqual(self.ended()["ended"], "seconds")
        self.analyzer.stop(signal.SIGTERM)

    def test_stopped_analyzer_leaves_a_whole_file(self):
        self.start("-w", "2")
        self.ctl("capture", "start", "file=last")
        self.wire.send(self.capture, "--pps", "8000")
        self.analyzer.settle()
        self.analyzer.stop(signal.SIGTERM)
        self.assertEqual([path.name for path in self.captures.iterdir()], ["last.pcapng"])
        self.assertEqual(sorted(data for _, data, _ in read_pcapng(self.captures / "last.pcapng")), sorted(self.sent))
        self.assertIn("last.pcapng: capture ended (stopped): 2741 packets", self.analyzer.said())

    def test_folder_that_vanished_is_told_and_made_again(self):
        self.start()
        self.ctl("capture", "start", "file=gone")
        shutil.rmtree(self.captures)
        self.ctl("capture", "stop")
        self.assertEqual(self.show()["ended"], "failed")
        self.assertIn("cannot rename", self.analyzer.said())
        shutil.rmtree(self.analyzer.out, ignore_errors=True)
        self.ctl("capture", "start", "file=again")
        self.ctl("capture", "stop")
        self.assertEqual(self.frames(self.show()), [])
        self.analyzer.stop(signal.SIGTERM)

    def test_killed_analyzer_leaves_nothing_for_long(self):
        self.start()
        self.ctl("capture", "start")
        self.analyzer.kill()
        self.assertEqual(len(list(self.captures.glob(".*"))), 1)
        self.start()
        self.ctl("capture", "start", "file=new")
        self.ctl("capture", "stop")
        self.assertEqual([path.name for path in self.captures.iterdir()], ["new.pcapng"])
        self.analyzer.stop(signal.SIGTERM)


system.main()
