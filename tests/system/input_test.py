#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Bad input and bad places for output: a clear sentence, the right exit status, nothing lost that was analysed.
# Neighbours: system.py.
import fcntl
import gzip
import json
import os
import re
import subprocess
import unittest

import system
from system import CAPTURES

BIGIP = CAPTURES / "rst-bigip-snap96.pcap"
IPV6 = CAPTURES / "rst6-snap128.pcap"
NO_EVIDENCE = ("--set", "output.evidence=no") # what comes through a stream has none


def packets(tables):
    return sum(int(row["packets"]) for row in tables["summary"])


class BadInput(system.Case):
    def refused(self, path, why):
        done = self.run_midwatch("-r", path, "-o", self.out, status=1)
        self.assertIn(why, done.stderr)
        self.assertIn(os.path.basename(str(path)), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertFalse(self.out.exists(), "an output directory for nothing")

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def test_what_is_no_capture_is_refused_in_a_sentence(self):
        self.refused(self.write("empty.pcap", b""), "the file is empty")
        self.refused(self.write("garbage.pcap", bytes(range(7, 250)) * 9), "no capture file")
        self.refused(self.folder / "missing.pcap", "No such file")
        self.refused(self.folder, "Is a directory")

    def test_every_bad_file_is_named_before_any_is_read(self):
        done = self.run_midwatch("-r", BIGIP, self.folder / "a", self.folder / "b", "-o", self.out, status=1)
        self.assertEqual(len(done.stderr.splitlines()), 2)
        self.assertFalse(self.out.exists())

    def test_failed_start_leaves_the_results_of_the_run_before(self):
        before = self.replay(BIGIP)
        for words in (["-s", self.write("file", b"")], ["--set", "flow.flows-max=256Mi"], ["-f", "tcp and"]):
            self.assertIn(self.run_midwatch("-r", BIGIP, "-o", self.out, *words).returncode, (1, 2))
            self.assertEqual(system.read_rows(self.out), before, words)

    def test_capture_of_an_unknown_link_type_says_so_on_top(self):
        data = bytearray(BIGIP.read_bytes())
        data[20:24] = (187).to_bytes(4, "little")
        path = self.write("link.pcap", data)
        done = self.run_midwatch("-r", path, "-o", self.out, status=3)
        self.assertRegex(done.stdout.splitlines()[1], r"^NOTHING READ .*link\.pcap: none of its 2741 packets was read: "
                         r"midwatch does not read link type BLUETOOTH_HCI_H4 \(LINKTYPE 187\)$")
        self.assertIn("FINDINGS  none: no packet could be read", done.stdout)
        self.assertRegex(done.stdout, r"link-type-unknown +2741")
        row = system.read_rows(self.out)["summary"][0]
        self.assertEqual((row["packets"], row["malformed"]), ("2741", "2741"))
        document = json.loads(self.run_midwatch("-r", path, "-o", self.out, "--json", status=3).stdout)
        self.assertFalse(document["source"]["complete"])
        self.assertIn("BLUETOOTH_HCI_H4", document["source"]["problem"])

    def test_file_beside_one_of_an_unknown_link_type_is_analysed(self):
        data = bytearray(BIGIP.read_bytes())
        data[20:24] = (187).to_bytes(4, "little")
        done = self.run_midwatch("-r", self.write("link.pcap", data), IPV6, "-o", self.out, status=3)
        self.assertRegex(done.stdout, r"NOT ALL READ .*BLUETOOTH_HCI_H4")
        self.assertIn("forged-resets", done.stdout)

    def test_mostly_unreadable_capture_names_the_reasons(self):
        link, frames, ns = system.read_pcap(BIGIP)
        damaged = (lambda data: data[:14] + b"\x42" + data[15:], 3)  # a header of 8 bytes
        cut = (lambda data: data[:20], 0)  # by a snap length: no fault of the file
        for change, status in (damaged, cut):
            for count in (600, 1600, len(frames)):
                path = self.folder / "changed.pcap"
                system.write_pcap(path, link, [(s, f, change(data) if i < count else data, wire)
                                               for i, (s, f, data, wire) in enumerate(frames)], ns)
                done = self.run_midwatch("-r", path, "-o", self.out, status=status if count > 600 else 0)
                self.assertEqual("READ" in done.stdout, count > 600)
                if count > 600:
                    self.assertRegex(done.stdout, r"READ \d+ of 2741 packets of link type EN10MB .*: ipv4-\w+")
            self.assertIn("NOTHING READ", done.stdout)

    def test_capture_cut_in_a_record_counts_up_to_there(self):
        path = self.write("cut.pcap", BIGIP.read_bytes()[:100000])
        done = self.run_midwatch("-r", path, "-o", self.out, "--quiet", status=3)
        self.assertRegex(done.stderr, r"cut\.pcap: unreadable after packet 1042, at byte 100000")
        self.assertEqual(packets(system.read_rows(self.out)), 1042)
        self.assert_whole(self.out, names=system.FILES)
        for length in (25, 24 + 15, 24 + 16, 24 + 17):
            path = self.write("cut.pcap", BIGIP.read_bytes()[:length])
            self.assertEqual(packets_or_none(self.replay(path, status=3)), 0)

    def test_many_findings_have_an_index_and_few_have_none(self):
        many = CAPTURES.parent / "fragments/later_pieces/later_pieces.pcap"
        text = self.run_midwatch("-r", many, "-o", self.out).stdout
        count = len(system.read_rows(self.out)["findings"])
        self.assertGreater(count, 10)
        self.assertIn(f"\nFINDINGS  {count}: {count} warning\n", text)
        index, rest = text.split("(confidence", 1)
        entries = re.findall(r"^ +(\d+)  warning   (\S+)  (\S.*)$", index, re.MULTILINE)
        self.assertEqual([int(number) for number, _, _ in entries], list(range(1, count + 1)))
        places = [rest.index(f"id {name}\n") for _, name, _ in entries]
        self.assertEqual(places, sorted(places))
        text = self.run_midwatch("-r", BIGIP, "-o", self.out).stdout
        self.assertRegex(text, r"\nFINDINGS  \d: \d critical(, \d \w+)*\n\n  critical: ")

    def test_document_has_the_tables_of_the_text(self):
        path = CAPTURES.parent / "outages/gateway-restart/restart-snap86.pcap"
        text = self.run_midwatch("-r", path, "-o", self.out).stdout
        document = json.loads(self.run_midwatch("-r", path, "-o", self.out, "--json").stdout)
        for name, rows in system.read_rows(self.out).items():
            if name in ("health", "outages", "mirror", "nat_lines", "ike", "coverage", "resets", "fragments"):
                self.assertEqual(len(document[name]), len(rows), name)
        self.assertEqual(document["outages"][0]["verdict"], "gateway-restart")
        for title in ("health", "mirror", "resets"):
            self.assertIn(f"  {title:<10}{document['traffic'][title]}\n", text)
        self.assertIn("loss not known", document["traffic"]["mirror"])
        self.assertIsNone(document["summary"]["mirror_unseen_pct"])

    def test_name_that_is_not_utf8_is_escaped_in_the_document(self):
        path = os.fsencode(self.folder / "cut") + b"\xe9.pcap"
        with open(path, "wb") as file:
            file.write(BIGIP.read_bytes()[:100000])
        command = [system.programs.midwatch, "-r", path, "-o", os.fsencode(self.out) + b"\xe9", "--json", "--quiet"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        document = json.loads(done.stdout)
        self.assertEqual(done.returncode, 3)
        self.assertTrue(document["source"]["names"][0].endswith("cut\\xe9.pcap"))
        self.assertIn("unreadable after packet 1042", document["source"]["problem"])
        self.assertTrue(document["output"].endswith("\\xe9"))

    def test_later_file_that_is_cut_keeps_the_earlier_one(self):
        path = self.write("cut.pcap", IPV6.read_bytes()[:-1])
        tables = self.replay(BIGIP, path, status=3)
        self.assertEqual(packets(tables), 2741 + 1599)

    def test_header_alone_is_an_analysis_of_nothing(self):
        tables = self.replay(self.write("header.pcap", BIGIP.read_bytes()[:24]))
        self.assertTrue(all(rows == [] for rows in tables.values()))
        self.assert_whole(self.out, names=system.FILES)

    def test_two_link_types_are_both_read(self):
        link, frames, ns = system.read_pcap(IPV6)
        self.assertEqual(link, 1)
        raw = self.folder / "raw.pcap"
        cut = [(s, f, data[14:], wire - 14) for s, f, data, wire in frames if data[12:14] in (b"\x08\x00", b"\x86\xdd")]
        system.write_pcap(raw, 101, cut, ns)
        tables = self.replay(BIGIP, raw)
        self.assertEqual(packets(tables), 2741 + len(cut))
        self.assertEqual(sum(int(row["malformed"]) for row in tables["summary"]), 0)
        self.assertGreater(sum(int(row["ipv6"]) for row in tables["summary"]), 1000)
        tables = self.replay(BIGIP, raw, arguments=["-f", "ip6 and tcp"])
        self.assertGreater(sum(int(row["analysed"]) for row in tables["summary"]), 1000)
        self.assertGreaterEqual(sum(int(row["filtered"]) for row in tables["summary"]), 2741)

    def test_filter_that_lets_nothing_through_is_told(self):
        for expression, told in (("pppoes", True), ("ip6 or tcp", False)):
            done = self.run_midwatch("-r", BIGIP, "-o", self.out, "-f", expression, status=0)
            self.assertEqual("the filter let nothing through" in done.stdout, told, expression)

    def test_files_are_read_in_the_order_of_their_packets(self):
        done = self.run_midwatch("-r", IPV6, BIGIP, "-o", self.out, status=0)
        self.assertIn("in the order of their first packets", done.stderr)
        self.assertEqual(system.read_rows(self.out), self.replay(BIGIP, IPV6, out=self.folder / "ordered"))

    def test_files_that_overlap_are_one_capture(self):
        link, frames, ns = system.read_pcap(BIGIP)
        parts = [self.folder / f"part{number}.pcap" for number in range(3)]
        for number, part in enumerate(parts): # by their times: what came at once stays in one file
            system.write_pcap(part, link, [frame for frame in frames if frame[1] // 1000 % 3 == number], ns)
        whole = self.replay(BIGIP, out=self.folder / "whole")
        for workers in ("1", "3"):
            self.assertEqual(self.replay(*parts, out=self.folder / workers, arguments=["-w", workers]), whole)

    def test_one_that_is_cut_ends_no_other(self):
        link, frames, ns = system.read_pcap(BIGIP)
        halves = [self.folder / f"half{number}.pcap" for number in range(2)]
        for number, half in enumerate(halves):
            system.write_pcap(half, link, frames[number::2], ns)
        halves[0].write_bytes(halves[0].read_bytes()[:50000])
        done = self.run_midwatch("-r", *halves, IPV6, "-o", self.out, "--quiet", status=3)
        told = re.search(r"half0\.pcap: unreadable after packet (\d+), at byte 50000", done.stderr)
        self.assertIsNotNone(told, done.stderr)
        self.assertEqual(packets(system.read_rows(self.out)), int(told[1]) + len(frames[1::2]) + 1600)
        halves[1].write_bytes(halves[1].read_bytes()[:70000])
        done = self.run_midwatch("-r", *halves, "-o", self.out, "--quiet", status=3)
        self.assertRegex(done.stderr, r"half0\.pcap: unreadable .*; nor can the rest of 1 more be read")

    def test_stream_that_is_older_than_the_file_before_is_told(self):
        with open(BIGIP, "rb") as file:
            done = self.run_midwatch("-r", IPV6, "-", "-o", self.out, "--quiet", stdin=file, status=0)
        self.assertRegex(done.stderr, r"warning: .*older than those of the file before")
        self.assertEqual(packets(system.read_rows(self.out)), 2741 + 1600)

    def test_named_pipe_is_read_once(self):
        script = '"$0" -r <(cat "$1") /dev/stdin -o "$2" --quiet < <(cat "$3")'
        command = ["bash", "-c", script, system.programs.midwatch, str(BIGIP), str(self.out), str(IPV6)]
        self.run_program(command, status=0)
        self.assertEqual(system.read_rows(self.out),
                         self.replay(BIGIP, IPV6, out=self.folder / "plain", arguments=NO_EVIDENCE))

    def test_gzip_gives_the_same_rows(self):
        path = self.write("c.pcap.gz", gzip.compress(BIGIP.read_bytes()))
        self.assertEqual(self.replay(path), self.replay(BIGIP, out=self.folder / "plain"))
        path = self.write("c.pcap.gz", path.read_bytes()[:20000])
        done = self.run_midwatch("-r", path, "-o", self.out, "--quiet", status=3)
        self.assertIn("unreadable after packet", done.stderr)

    def test_standard_input_gives_the_same_rows(self):
        with open(BIGIP, "rb") as file:
            self.run_midwatch("-r", "-", "-o", self.out, "--quiet", stdin=file, status=0)
        self.assertEqual(system.read_rows(self.out),
                         self.replay(BIGIP, out=self.folder / "plain", arguments=NO_EVIDENCE))

    def feed(self, data, status):
        done = subprocess.run([system.programs.midwatch, "-r", "-", "-o", self.out, "--quiet"], input=data, timeout=60,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.decode()

    def test_standard_input_that_ends_early_is_told(self):
        errors = self.feed(IPV6.read_bytes()[:5000], 3)
        self.assertIn("standard input: unreadable after packet 41, at byte 5000", errors)
        self.assertEqual(packets(system.read_rows(self.out)), 41)
        self.assertIn("standard input: the file is empty", self.feed(b"", 1))
        self.assertIn("standard input: no capture file", self.feed(b"x" * 500, 1))

    def test_closed_standard_streams_are_nobodys(self):
        for number in (0, 1, 2):
            command = ["sh", "-c", f'exec "$@" {number}>&-', "sh", system.programs.midwatch, "-r", str(BIGIP), "-o",
                       str(self.out)]
            self.run_program(command, status=0)
            self.assert_whole(self.out, names=system.FILES)
            self.assertEqual(packets(system.read_rows(self.out)), 2741)


def packets_or_none(tables):
    return packets(tables) if tables["summary"] else 0


class BadOutput(system.Case):
    def refused(self, out, why, status=1, **more):
        done = self.run_midwatch("-r", BIGIP, "-o", out, "--quiet", status=status, **more)
        self.assertRegex(done.stderr, f"{out}.*{why}")

    def test_report_that_is_lost_is_a_failure(self):
        analyse = ["-r", str(BIGIP), "-o", str(self.out)]
        for program, *words in ([system.programs.midwatch, *analyse], [system.programs.midwatch, *analyse, "--json"],
                                [system.programs.midwatch, "--print-config"], [system.programs.midwatch, "--help"],
                                [system.programs.midwatchctl, "--help"],
                                [system.programs.midwatchctl, "map-e", "calc", "240b:11:203:c800::/56"]):
            command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", program, *words]
            self.assertIn("cannot write", self.run_program(command, status=1).stderr, words)
        self.assert_whole(self.out, names=system.FILES)
        self.run_program(["sh", "-c", 'exec "$@" >/dev/full', "sh", system.programs.midwatch, *analyse, "--quiet"],
                         status=0)  # nothing was to be printed

    def test_file_in_the_directorys_place(self):
        path = self.folder / "file"
        path.write_text("mine")
        self.refused(path, "no directory", status=2)
        self.assertEqual(path.read_text(), "mine")

    def test_directory_that_cannot_be_made(self):
        self.refused("/proc/midwatch-out", "nothing can be made in /proc:", status=2)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to become somebody else")
    def test_directory_without_the_right_to_write(self):
        if not system.nobody_can_run():
            self.skipTest("user nobody cannot reach the program")
        self.folder.chmod(0o755)
        self.out.mkdir(mode=0o755)
        # the capture comes through standard input: its folder may be closed to nobody
        with open(BIGIP, "rb") as file:
            done = self.run_midwatch("-r", "-", "-o", self.out, "--quiet", stdin=file, user=system.NOBODY,
                                     group=system.NOBODY, extra_groups=(), status=1)
        self.assertRegex(done.stderr, r"out.*Permission denied")
        self.assertEqual(list(self.out.iterdir()), [])

    def mount(self, size):
        self.out.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "midwatch-test", self.out], check=False,
                              capture_output=True)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here: it needs root")
        self.addCleanup(subprocess.run, ["umount", self.out], check=True)

    def test_disk_that_fills_up_tears_no_row(self):
        everything = self.replay(BIGIP, out=self.folder / "whole")
        self.mount(f"{4 * len(everything)}k")  # a page for each file, and no more
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, status=1)
        self.assertRegex(done.stderr, r"cannot write .*resets.*No space left on device")
        self.assertRegex(done.stdout, r"output +INCOMPLETE: .*No space left on device")
        self.assert_whole(self.out)
        tables = system.read_rows(self.out)
        self.assertGreater(len(tables["resets"]), 5)
        self.assertEqual(tables["resets"], everything["resets"][:len(tables["resets"])])

    def test_an_input_is_not_overwritten(self):
        self.replay(BIGIP)
        evidence = sorted((self.out / "evidence").iterdir())[0]
        before = {path: path.read_bytes() for path in self.out.rglob("*") if path.is_file()}
        (self.folder / "link.pcapng").symlink_to(evidence)
        for name in (evidence, self.folder / "link.pcapng", self.out / "resets.csv"):
            done = self.run_midwatch("-r", name, "-o", self.out, "--quiet", status=2)
            self.assertIn("lies where this run would write", done.stderr)
        self.assertEqual({path: path.read_bytes() for path in self.out.rglob("*") if path.is_file()}, before)
        self.run_midwatch("-r", evidence, "-o", self.folder / "other", "--quiet", status=0)

    def test_two_runs_do_not_share_a_directory(self):
        self.out.mkdir()
        folder = os.open(self.out, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, "--quiet", status=1)
        self.assertIn("another process writes there", done.stderr)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_disk_that_is_full_from_the_start(self):
        self.mount("4k")
        with open(self.out / "fill", "wb") as file:
            file.write(b"x" * 4096)
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, "--quiet", status=1)
        self.assertIn("No space left on device", done.stderr)
        self.assertEqual([path.name for path in self.out.iterdir()], ["fill"])


system.main()
