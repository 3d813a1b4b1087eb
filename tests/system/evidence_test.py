#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Evidence files: the packets behind each finding, with comments, and read back with the same verdict.
# Neighbours: system.py; lib/detector/evidence.c.
import shutil
import struct
import subprocess
import unittest

import system
from system import CAPTURES

BIGIP = CAPTURES / "rst-bigip-snap96.pcap"
IPV6 = CAPTURES / "rst6-snap128.pcap"
PIECES = CAPTURES / "frag-loss-part.pcap"
PATHS = CAPTURES / "pmtu-snap128.pcap"
IKE = CAPTURES / "ike-frag-lost-nonat.pcap"
SUBJECTS = 8
PACKETS_MAX = SUBJECTS * 64
PATH_PACKETS_MAX = SUBJECTS * 192
BYTES_MAX = 4 << 20
FILES_MAX = 16


def read_pcapng(path):
    """@return (link type, [(time in ns, captured bytes, length on the wire, comment)]); of one interface."""
    links, packets = read_interfaces(path)
    assert len(links) == 1, path
    return links[0], [packet[:4] for packet in packets]


def read_interfaces(path):
    """@return (link types, packets as above, each with its link type behind)."""
    data = path.read_bytes()
    links, packets, at = [], [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        body = data[at + 8:at + length - 4]
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length, path
        if kind == 1:
            links.append(struct.unpack_from("<H", body)[0])
        elif kind == 6:
            interface, high, low, captured, wire = struct.unpack_from("<IIIII", body)
            options = body[20 + (captured + 3) // 4 * 4:]
            code, size = struct.unpack_from("<HH", options)
            assert code == 1, path
            packets.append((high << 32 | low, body[20:20 + captured], wire, options[4:4 + size].decode("ascii"),
                            links[interface]))
        at += length
    return links, packets


def pcapng_that_ends(link, frames, last_ns):
    """The frames of a capture in nanoseconds, moved in time."""
    def block(kind, body):
        return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
    times = [seconds * 10**9 + fraction for seconds, fraction, _, _ in frames]
    blocks = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
              block(1, struct.pack("<HHI", link, 0, 262144) + struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0))]
    for (_, _, data, wire), time in zip(frames, times):
        time += last_ns - max(times)
        blocks.append(block(6, struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, len(data), wire) +
                            data + bytes(-len(data) % 4)))
    return b"".join(blocks)


def key(row):
    return tuple(row[name] for name in ("ts", "src", "sport", "dst", "dport"))


def forged(tables):
    return {key(row) for row in tables["resets"] if row["verdict"] == "forged"}


class Case(system.Case):
    def named(self, tables, out=None):
        """The evidence files that findings name, each of which exists."""
        names = [row["evidence_file"] for row in tables["findings"] if row["evidence_file"]]
        for name in names:
            self.assertTrue(((out or self.out) / name).is_file(), name)
        return names

    def files_of(self, out):
        return {path.name: path.read_bytes() for path in (out / "evidence").iterdir()}


class Evidence(Case):
    def test_each_finding_names_its_file_and_each_packet_its_reason(self):
        for number, capture in enumerate((BIGIP, IPV6)):
            out = self.folder / f"out{number}"
            tables = self.replay(capture, out=out)
            names = self.named(tables, out)
            wanted = [row for row in tables["findings"] if row["kind"] == "forged-resets"]
            self.assertGreater(len(names), 0)
            self.assertEqual(len(names), min(len(wanted), FILES_MAX))
            self.assertEqual(sorted(names), sorted(f"evidence/{name}" for name in self.files_of(out)))
            frames = {(seconds * 10**9 + fraction * (1 if ns else 1000), data, wire)
                      for link, frames, ns in [system.read_pcap(capture)] for seconds, fraction, data, wire in frames}
            for name in names:
                self.assertLessEqual((out / name).stat().st_size, BYTES_MAX)
                link, packets = read_pcapng(out / name)
                self.assertEqual(link, system.read_pcap(capture)[0])
                self.assertLessEqual(len(packets), PACKETS_MAX)
                self.assertTrue({packet[:3] for packet in packets} <= frames, "packets of the capture, unchanged")
                self.assertEqual(len({packet[:3] for packet in packets}), len(packets))
                comments = [packet[3] for packet in packets]
                for comment in comments:
                    self.assertRegex(comment, r"^midwatch: .*(TTL|hop limit) \d+")
                self.assertTrue(any("this reset is judged forged (confidence " in comment for comment in comments))
                self.assertTrue(any("an ordinary packet of the named sender" in comment for comment in comments))

    def test_file_read_alone_says_forged_again(self):
        for number, capture in enumerate((BIGIP, IPV6)):
            out = self.folder / f"out{number}"
            tables = self.replay(capture, out=out)
            for name in self.named(tables, out):
                back = self.replay(out / name, out=self.folder / f"back{number}" / name)
                episodes = {key(row): row["verdict"] for row in back["resets"] if key(row) in forged(tables)}
                self.assertGreater(len(episodes), 0, name)
                self.assertEqual(set(episodes.values()), {"forged"}, f"{name}: {episodes}")

    def test_same_bytes_with_any_number_of_workers_and_again_in_the_same_folder(self):
        self.replay(BIGIP)
        first = self.files_of(self.out)
        (self.out / "evidence" / "mine.pcapng").write_bytes(b"of somebody")
        for workers in (1, 2, 4):
            self.replay(BIGIP, arguments=("-w", workers))
            self.assertEqual(self.files_of(self.out), {**first, "mine.pcapng": b"of somebody"})

    def test_the_latest_time_that_there_is_wraps_no_bound(self):
        link, frames, _ = system.read_pcap(BIGIP)
        late = self.folder / "late.pcapng"
        late.write_bytes(pcapng_that_ends(link, frames, (1 << 63) - 1))
        self.replay(BIGIP)
        out = self.folder / "late"
        self.replay(late, out=out)
        self.assertEqual({name: len(data) for name, data in self.files_of(out).items()},
                         {name: len(data) for name, data in self.files_of(self.out).items()})

    def test_several_files_are_searched_and_the_filter_holds(self):
        tables = self.replay(BIGIP, IPV6)
        texts = b"".join(self.files_of(self.out).values())
        self.assertGreater(len(self.named(tables)), 0)
        filtered = self.replay(BIGIP, IPV6, out=self.folder / "filtered", arguments=("-f", "ip6"))
        for name in self.named(filtered, self.folder / "filtered"):
            for _, data, _, _ in read_pcapng(self.folder / "filtered" / name)[1]:
                self.assertIn(b"\x86\xdd", data[12:20])
        self.assertLess(sum(map(len, self.files_of(self.folder / "filtered").values())), len(texts))

    def test_packets_of_several_link_types_keep_theirs(self):
        link, frames, ns = system.read_pcap(BIGIP)
        self.assertEqual(link, 1)
        raw = self.folder / "raw.pcap"
        # the same an hour later, without Ethernet
        system.write_pcap(raw, 101, [(seconds + 3600, fraction, data[14:], wire - 14)
                                     for seconds, fraction, data, wire in frames if data[12:14] == b"\x08\x00"], ns)
        tables = self.replay(BIGIP, raw)
        for name in self.named(tables):
            back = self.replay(self.out / name, out=self.folder / "back" / name)
            refused = {row[column] for row in back["summary"] for column in ("malformed", "truncated")}
            self.assertEqual(refused, {"0"}, name)

    def test_each_packet_of_mixed_interfaces_keeps_its_link_type(self):
        _, frames, ns = system.read_pcap(BIGIP)
        blocks = [struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)]
        blocks = struct.pack("<II", 0x0a0d0d0a, 28) + blocks[0] + struct.pack("<I", 28)
        for link in (1, 101):
            blocks += struct.pack("<IIHHIHHBxxxII", 1, 32, link, 0, 0, 9, 1, 9, 0, 32)
        sent = set()
        for number, (seconds, fraction, data, wire) in enumerate(frames):
            link = 101 if number % 3 == 0 and data[12:14] == b"\x08\x00" else 1
            data, wire = (data[14:], wire - 14) if link == 101 else (data, wire)
            time = seconds * 10**9 + fraction * (1 if ns else 1000)
            body = struct.pack("<IIIII", link == 101, time >> 32, time & 0xffffffff, len(data), wire) + data
            body += b"\0" * (-len(body) % 4)
            blocks += struct.pack("<II", 6, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))
            sent.add((time, data, wire, link))
        path = self.folder / "mixed.pcapng"
        path.write_bytes(blocks)
        tables = self.replay(path)
        self.assertEqual({key(row) for row in self.replay(BIGIP, out=self.folder / "plain")["resets"]},
                         {key(row) for row in tables["resets"]})
        names = self.named(tables)
        self.assertGreater(len(names), 0)
        for name in names:
            links, packets = read_interfaces(self.out / name)
            self.assertEqual(sorted(links), [1, 101])
            self.assertLessEqual({(time, data, wire, link) for time, data, wire, _, link in packets}, sent)

    def test_wireshark_finds_the_comments(self):
        if shutil.which("tshark") is None:
            self.skipTest("tshark is not installed")
        for name in self.named(self.replay(BIGIP)):
            command = ["tshark", "-n", "-r", self.out / name, "-Y", 'frame.comment contains "judged forged"',
                       "-T", "fields", "-e", "tcp.flags.reset"]
            done = subprocess.run(command, capture_output=True, check=True, timeout=60)
            self.assertGreater(len(done.stdout.split()), 0)
            self.assertEqual(set(done.stdout.decode().split()) - {"True"}, {"1"})
            self.assertNotIn(b"Malformed", done.stdout)


KINDS = ("fragments-lost", "fragment-attack", "path-mtu-black-hole", "icmp-too-big-ignored", "ike-auth-lost")


def row_key(row):
    return tuple(row[name] for name in ("src", "dst", "proto", "ip_id", "bytes_total", "missing", "verdict", "anomaly"))


class EvidenceOfLargePackets(Case):
    def comments(self, tables, kind):
        """{subject: [comments]} of the findings of a kind."""
        return {row["subject"]: [packet[3] for packet in read_pcapng(self.out / row["evidence_file"])[1]]
                for row in tables["findings"] if row["kind"] == kind and row["evidence_file"]}

    def test_each_finding_has_its_file_of_unchanged_packets_with_reasons(self):
        kinds = set()
        for number, capture in enumerate((PIECES, PATHS, IKE)):
            out = self.folder / f"out{number}"
            tables = self.replay(capture, out=out)
            wanted = [row for row in tables["findings"] if row["kind"] in KINDS]
            self.assertEqual(len(self.named(tables, out)), min(len(wanted), FILES_MAX))
            kinds |= {row["kind"] for row in wanted if row["evidence_file"]}
            frames = {(seconds * 10**9 + fraction * (1 if ns else 1000), data, wire)
                      for link, frames, ns in [system.read_pcap(capture)] for seconds, fraction, data, wire in frames}
            for name in self.named(tables, out):
                self.assertLessEqual((out / name).stat().st_size, BYTES_MAX)
                packets = read_pcapng(out / name)[1]
                self.assertGreater(len(packets), 0)
                self.assertLessEqual(len(packets), PATH_PACKETS_MAX if number == 1 else PACKETS_MAX)
                self.assertTrue({packet[:3] for packet in packets} <= frames, "packets of the capture, unchanged")
                self.assertEqual(len(packets), len({packet[0] for packet in packets}))
                for packet in packets:
                    self.assertRegex(packet[3], r"^midwatch: \S.*[^;,: ]$")
        self.assertEqual(kinds, set(KINDS))

    def test_pieces_say_what_never_passed_and_read_alone_they_lack_the_same(self):
        tables = self.replay(PIECES)
        rows = {row_key(row) for row in tables["fragments"]}
        for row in (row for row in tables["findings"] if row["kind"] == "fragments-lost" and row["evidence_file"]):
            back = self.replay(self.out / row["evidence_file"], out=self.folder / "back" / row["id"])
            again = {row_key(found) for found in back["fragments"]}
            self.assertGreater(len(again), 0, row["subject"])
            self.assertTrue(again <= rows, f"{row['subject']}: {again - rows}")
            self.assertIn("fragments-lost", {found["kind"] for found in back["findings"]}, row["subject"])
        for subject, comments in self.comments(tables, "fragments-lost").items():
            text = "\n".join(comments)
            self.assertRegex(text, r"never passed here|all pieces", subject)
            self.assertRegex(text, r"first piece|last piece", subject)

    def test_receivers_word_and_overlaps_are_named(self):
        tables = self.replay(PIECES)
        lost = "\n".join(sum(self.comments(tables, "fragments-lost").values(), []))
        self.assertRegex(lost, r"says that it never had all pieces of the datagram with identification \d+")
        for subject, comments in self.comments(tables, "fragment-attack").items():
            self.assertTrue(any("overlaps a piece before it in bytes" in comment for comment in comments), subject)

    def test_stuck_paths_show_first_time_and_repeats(self):
        tables = self.replay(PATHS)
        upstream = 0
        for subject, comments in self.comments(tables, "path-mtu-black-hole").items():
            text = "\n".join(comments)
            self.assertIn("the beginning of the connection, by the sender of the large packets", text, subject)
            if "never passed here" in text:
                upstream += 1
                continue
            self.assertIn("bytes, for the first time: it is sent again later", text, subject)
            self.assertGreaterEqual(sum("the same bytes again" in comment for comment in comments), 3, subject)
        self.assertGreater(upstream, 0)
        self.assertLess(upstream, len(self.comments(tables, "path-mtu-black-hole")))

    def test_reports_are_beside_what_ignores_them(self):
        for subject, comments in self.comments(self.replay(PATHS), "icmp-too-big-ignored").items():
            text = "\n".join(comments)
            self.assertRegex(text, r"says that a packet of \d+ bytes from \S+ is too big, 1380 are allowed", subject)
            self.assertRegex(text, r"large packet, \d+ bytes, \S+ \S+ after a report that allows 1380", subject)

    def test_ike_attempt_names_messages_and_read_alone_has_the_same_verdict(self):
        tables = self.replay(IKE)
        (comments,) = self.comments(tables, "ike-auth-lost").values()
        text = "\n".join(comments)
        self.assertIn("IKE_SA_INIT request, message 0, 454 bytes, from the initiator", text)
        self.assertIn("IKE_AUTH request, message 1, 304 bytes, from the initiator, sent again (4 before)", text)
        self.assertIn("first piece, bytes 0-1479, identification", text)
        self.assertIn("bytes 1480- never passed here", text)
        name = [row["evidence_file"] for row in tables["findings"] if row["kind"] == "ike-auth-lost"][0]
        back = self.replay(self.out / name, out=self.folder / "back")
        self.assertEqual([row["verdict"] for row in back["ike"]], [row["verdict"] for row in tables["ike"]])

    def test_same_bytes_with_any_number_of_workers(self):
        for capture in (PIECES, PATHS, IKE):
            found = []
            for workers in (1, 3):
                out = self.folder / f"{capture.stem}-{workers}"
                self.replay(capture, out=out, arguments=("-w", workers))
                found.append(self.files_of(out))
            self.assertEqual(found[0], found[1])

    def test_files_are_bounded_for_all_kinds_together(self):
        tables = self.replay(PIECES, PATHS, IKE, BIGIP)
        names = self.named(tables)
        self.assertLessEqual(len(names), FILES_MAX)
        wanted = [row for row in tables["findings"] if row["kind"] in (*KINDS, "forged-resets")]
        self.assertEqual(names, [row["evidence_file"] for row in wanted[:FILES_MAX]])


class Planted(Case):
    """Others may write into the directory where the output goes."""

    def test_folder_that_is_a_link_is_not_followed(self):
        (self.folder / "elsewhere").mkdir()
        self.out.mkdir()
        (self.out / "evidence").symlink_to(self.folder / "elsewhere")
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, status=1)
        self.assertIn("cannot make " + str(self.out / "evidence"), done.stderr)
        self.assertEqual(list((self.folder / "elsewhere").iterdir()), [])
        self.assertGreater(len(system.read_rows(self.out)["findings"]), 0)

    def test_file_that_is_a_link_is_replaced_and_not_followed(self):
        victim = self.folder / "victim"
        victim.write_text("mine")
        (self.out / "evidence").mkdir(parents=True)
        (self.out / "summary.csv").symlink_to(victim)
        self.replay(BIGIP)
        name = self.named(system.read_rows(self.out))[0]
        (self.out / name).unlink()
        (self.out / name).symlink_to(victim)
        self.replay(BIGIP)
        self.assertEqual(victim.read_text(), "mine")
        self.assertFalse((self.out / "summary.csv").is_symlink() or (self.out / name).is_symlink())

    def test_files_are_for_owner_and_group_alone(self):
        self.replay(BIGIP)
        for path in [self.out, *self.out.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o777, 0o750 if path.is_dir() else 0o640, path)


class SeveralRuns(Case):
    def test_what_an_earlier_run_left_is_told(self):
        self.assertNotIn("earlier runs", self.run_midwatch("-r", BIGIP, "-o", self.out, status=0).stderr)
        for name in ("summary-20260101T000000Z.csv", "resets-20260102T000000Z-2.csv", "mine-20260103T000000Z.csv"):
            (self.out / name).write_text("schema,ts,probe\n")
        again = self.run_midwatch("-r", BIGIP, "-o", self.out, status=0).stderr
        self.assertIn("has 2 files of earlier runs, the newest of 20260102T000000Z; those of this run have no", again)
        self.assertNotIn("captures", again) # the same ones, replaced
        other = self.run_midwatch("-r", CAPTURES / "legit-only-snap96.pcap", "-o", self.out, status=0).stderr
        left = len(self.files_of(self.out))
        self.assertGreater(left, 1)
        self.assertIn(f"{self.out}/evidence has {left} captures of earlier runs", other)


class NoEvidence(Case):
    def test_setting_turns_it_off(self):
        tables = self.replay(BIGIP, arguments=("--set", "output.evidence=no"))
        self.assertEqual(self.named(tables), [])
        self.assertFalse((self.out / "evidence").exists())

    def test_honest_traffic_leaves_no_folder(self):
        capture = CAPTURES / "legit-only-snap96.pcap"
        done = self.run_midwatch("-r", capture, "-o", self.out, status=0)
        self.assertNotIn("evidence/", done.stdout.replace(str(capture), ""))
        self.assertFalse((self.out / "evidence").exists())

    def test_stream_cannot_be_read_twice_and_the_report_says_so(self):
        with open(BIGIP, "rb") as file:
            done = self.run_midwatch("-r", "-", "-o", self.out, stdin=file, status=0)
        self.assertIn("evidence/: none: a stream can be read only once", done.stdout)
        self.assertEqual(self.named(system.read_rows(self.out)), [])

    def test_capture_that_ends_in_the_middle_has_evidence_up_to_there(self):
        cut = self.folder / "cut.pcap"
        cut.write_bytes(BIGIP.read_bytes()[:-7])
        tables = self.replay(cut, status=3)
        self.assertGreater(len(self.named(tables)), 0)

    def test_what_cannot_be_written_loses_no_result(self):
        everything = self.replay(BIGIP, out=self.folder / "whole", arguments=("--set", "output.probe=x"))
        self.out.mkdir()
        (self.out / "evidence").write_text("a file in the folder's place")
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, "--set", "output.probe=x", status=1)
        self.assertRegex(done.stderr, rf"cannot make {self.out}/evidence/forged-resets-\w+\.pcapng: Not a directory")
        self.assertIn("evidence/: none: Not a directory", done.stdout)
        tables = system.read_rows(self.out)
        self.assertEqual(self.named(tables), [])
        self.assertEqual(tables["resets"], everything["resets"])
        self.assertEqual([row["id"] for row in tables["findings"]], [row["id"] for row in everything["findings"]])

    def test_full_disk_keeps_its_room_for_results(self):
        self.out.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1M", "midwatch-test", self.out], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here: it needs root")
        self.addCleanup(subprocess.run, ["umount", self.out], check=True)
        done = self.run_midwatch("-r", BIGIP, "-o", self.out, "--quiet", status=1)
        self.assertRegex(done.stderr, rf"cannot write {self.out}/evidence/forged-resets-\w+\.pcapng: No space left")
        self.assert_whole(self.out)
        self.assertEqual(system.read_rows(self.out)["resets"], self.replay(BIGIP, out=self.folder / "whole")["resets"])


system.main()
