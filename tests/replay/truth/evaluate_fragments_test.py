#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of right and wrong tales of datagrams in pieces.
# Neighbours: evaluate_case.py; ../meson.build runs it; lab.txt has what the real captures give.
import unittest

from evaluate_case import EvaluateCase, clock, fragment, udp

LAN, FAR, OTHER = "192.0.2.1", "198.51.100.1", "198.51.100.11"
LAN6, FAR6 = "2001:db8::1", "2001:db8:f::1"
PORTS = 4000, 5000
FIRST, LAST = (0, 1480), (1480, 2008)
END_S = 60.0  # of the capture, long after all pieces


def row(second, src, dst, number, missing="1480-2007", seen=1480, total=2008, verdict="incomplete", anomaly="",
        ports=PORTS[::-1]):
    return {"ts": clock(second), "src": src, "dst": dst, "proto": "udp", "sport": ports[0], "dport": ports[1],
            "ip_id": number, "fragments_seen": 1, "bytes_seen": seen, "bytes_total": total, "missing": missing,
            "verdict": verdict, "anomaly": anomaly}


def finding(kind, subject):
    return {"kind": kind, "severity": "warning", "subject": subject}


class EvaluateFragmentsTest(EvaluateCase):
    """Four datagrams from the far host; of three of them the router takes the last piece. The mirror is on the LAN."""

    def setUp(self):
        super().setUp()
        self.truth = {"pcaps": {"lan": "a.pcap"}, "pairs": [self.pair("drop-nonfirst-to-lan", LAN, FAR, 4, 1)]}
        self.frames = self.pieces(FAR, LAN, {1: FIRST, 2: FIRST, 3: FIRST}) + self.pieces(FAR, LAN, {4: (0, 2008)})
        self.rows = [row(number, FAR, LAN, number) for number in (1, 2, 3)]
        self.found = [finding("fragments-lost", f"{FAR} to {LAN}")]

    @staticmethod
    def pair(kind, lan, far, sent, received):
        none = {"sent_larger_than_mtu": 0, "received_large": 0}
        return {"kind": kind, "lan": lan, "far": far, "lan_port": PORTS[0], "far_port": PORTS[1], "to_far": none,
                "to_lan": {"sent_larger_than_mtu": sent, "received_large": received}}

    @staticmethod
    def pieces(src, dst, parts, ports=PORTS[::-1]):
        """A piece each second, of the datagrams of these identifications; of a whole one both."""
        payload = udp(*ports, 2000)
        return [(float(number), fragment(src, dst, number, payload, *part)) for number, wanted in parts.items()
                for part in (FIRST, LAST) if wanted[0] <= part[0] and part[1] <= wanted[1]]

    def evaluate(self, *arguments):
        self.capture(sorted(self.frames) + [(END_S, bytes(60))])
        self.told("fragments", *self.rows)
        self.told("findings", *self.found)
        return super().evaluate(*arguments)

    def test_right_tale_is_good(self):
        output = self.assert_good()
        self.assertIn("incomplete: 100.0 % (3 of 3) right, 0 wrong", output)
        self.assertIn("4 datagrams in pieces, 1 whole, 3 told incomplete", output)
        self.assertNotIn("the sockets lack", output)

    def test_missing_row_is_absent(self):
        del self.rows[1]
        self.assert_miss(f"a.pcap: incomplete absent: drop-nonfirst-to-lan {FAR} > {LAN}")

    def test_wrong_bytes_are_a_miss(self):
        self.rows[0]["missing"] = "1480-2008"
        self.assert_miss(f"bytes wrong: {FAR} > {LAN} id 1")

    def test_row_of_no_datagram_is_a_miss(self):
        self.rows[0]["ip_id"] = 77
        self.assert_miss("truth no such datagram")

    def test_wrong_ports_are_a_miss(self):
        self.rows[0]["sport"] = 1
        self.assert_miss("ports wrong: drop-nonfirst-to-lan")

    def test_missing_finding_is_absent(self):
        self.found = []
        self.assert_miss("finding absent: fragments-lost: 0 for 1 directions that lose")

    def test_incomplete_datagram_of_a_pair_that_lost_nothing_is_a_fault(self):
        self.rows.append(row(4, FAR, OTHER, 4))
        self.truth["pairs"].append(self.pair("none", OTHER, FAR, 1, 1))
        self.assert_fault(f"incomplete: none {FAR} > {OTHER}")

    def test_finding_about_a_pair_that_lost_nothing_is_a_fault(self):
        self.truth["pairs"].append(self.pair("none", OTHER, FAR, 1, 1))
        self.found.append(finding("fragments-lost", f"{FAR} to {OTHER}"))
        self.assert_fault(f"{FAR} to {OTHER} lost nothing")
        self.found[-1] = finding("fragments-lost", f"{LAN} to {FAR}")
        self.assert_fault(f"{LAN} to {FAR} lost nothing")

    def test_finding_about_several_pairs_is_good_where_some_lose(self):
        self.found = [finding("fragments-lost", f"2 more receivers of {FAR}")]
        self.assert_good()
        self.frames, self.rows = self.pieces(FAR, LAN, {1: (0, 2008)}), []
        self.truth["pairs"] = [self.pair("none", LAN, FAR, 1, 1)]
        self.assert_fault(f"2 more receivers of {FAR} lost nothing")

    def test_what_is_lost_behind_the_mirror_may_be_told(self):
        self.truth["pcaps"] = {"far": "a.pcap"}
        self.frames, self.rows = self.pieces(FAR, LAN, {number: (0, 2008) for number in (1, 2, 3, 4)}), []
        self.assert_good()
        self.found = []
        self.assert_good()

    def test_datagram_that_lost_all_its_pieces_cannot_be_told(self):
        self.frames, self.rows = self.frames[1:], self.rows[1:]
        self.found = []  # two are too few for a finding
        self.assertIn("the sockets lack 3, the capture shows 2 with bytes missing", self.assert_good())

    def test_datagram_cut_by_the_end_of_the_capture_may_be_told_or_not(self):
        self.frames += self.pieces(FAR, LAN, {60: FIRST})
        self.assert_good()
        self.rows.append(row(60, FAR, LAN, 60))
        self.assert_good()

    def test_pairs_of_the_same_hosts_are_taken_together(self):
        self.truth["pairs"].append({**self.pair("drop-nonfirst-to-lan", LAN, FAR, 1, 0), "lan_port": 6000})
        self.frames += self.pieces(FAR, LAN, {9: FIRST}, (PORTS[1], 6000))
        self.rows.append(row(9, FAR, LAN, 9, ports=(PORTS[1], 6000)))
        self.assertIn("incomplete: 100.0 % (4 of 4) right", self.assert_good())

    def test_identification_that_comes_again_is_another_datagram(self):
        again = [(second + 40, data) for second, data in self.pieces(FAR, LAN, {1: FIRST, 4: FIRST})]
        self.frames += again
        self.rows += [row(41, FAR, LAN, 1), row(44, FAR, LAN, 4)]
        self.truth["pairs"] = [self.pair("drop-nonfirst-to-lan", LAN, FAR, 6, 1)]
        self.assertIn("6 datagrams in pieces, 1 whole, 5 told incomplete", self.assert_good())

    def test_without_the_first_piece_ports_are_not_known_and_the_last_gives_the_end(self):
        self.truth["pairs"] = [self.pair("drop-first-to-lan", LAN6, FAR6, 3, 0)]
        self.frames = self.pieces(FAR6, LAN6, {number: LAST for number in (1, 2, 3)})
        self.rows = [row(number, FAR6, LAN6, number, "0-1479", 528, ports=("", "")) for number in (1, 2, 3)]
        self.found = [finding("fragments-lost", f"{FAR6} to {LAN6}")]
        self.assert_good()

    def overlap(self):
        """One datagram, a piece of which comes twice, with other bytes."""
        other = fragment(FAR, LAN, 1, udp(*PORTS[::-1], 2000, b"X"), 8, 808, more=True)
        self.truth["pairs"] = [self.pair("overlap-differing", LAN, FAR, 1, 0)]
        self.frames = self.pieces(FAR, LAN, {1: FIRST}) + [(1.1, other)] + [
            (1.2, data) for _, data in self.pieces(FAR, LAN, {1: LAST})]
        self.rows = [row(1, FAR, LAN, 1, "", 2008, verdict="irregular", anomaly="overlap-different+teardrop")]
        self.found = [finding("fragment-attack", FAR)]

    def test_overlap_is_to_be_named_and_told(self):
        self.overlap()
        self.assert_good()
        self.rows[0]["anomaly"] = "overlap-same"
        self.assert_miss(f"overlap absent: overlap-differing {FAR} > {LAN}")
        self.found = []
        self.assert_miss("finding absent: fragment-attack")

    def test_attack_where_nothing_overlapped_is_a_fault(self):
        self.found.append(finding("fragment-attack", FAR))
        self.assert_fault("a fragment attack where no pieces overlapped")

    def test_other_scenarios_are_quiet(self):
        self.truth, self.rows, self.found = {}, [], []
        self.assert_good()
        self.found = [finding("fragments-lost", f"{FAR} to {LAN}")]
        self.assert_fault("fragments-lost where nothing was lost")
        self.truth["carrier_drops"] = "first"
        self.assert_good()
        self.found = [finding("fragment-attack", FAR)]
        self.assert_fault("fragment-attack where nothing was lost")

    def test_rows_of_other_scenarios_are_read_again(self):
        self.truth, self.found = {}, []
        self.assert_good()
        self.rows[0]["bytes_seen"] = 1
        self.assert_miss("bytes wrong")

    def test_pieces_in_a_tunnel_are_read_again(self):
        self.truth, self.found = {}, []
        inner = self.frames[0][1][14:]
        header = b"\x60\x00\x00\x00" + len(inner).to_bytes(2, "big") + b"\x04\x40" + bytes(32)
        self.frames, self.rows = [(1.0, bytes(12) + b"\x81\x00\x00\x01\x86\xdd" + header + inner)], self.rows[:1]
        self.assert_good()


if __name__ == "__main__":
    unittest.main()
