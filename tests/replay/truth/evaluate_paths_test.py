#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of right and wrong verdicts on paths.
# Neighbours: evaluate_case.py; ../meson.build runs it; lab.txt has what the real captures give.
import unittest

from evaluate_case import EvaluateCase

CLIENT, SERVER = "192.0.2.1", "198.51.100.1"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8:f::1"
HOLE, IGNORED = "path-mtu-black-hole", "icmp-too-big-ignored"
PATH_MTU = 1380


def flow(case, direction="upload", ends=(CLIENT, SERVER), **more):
    return {"case": case, "family": 6 if ":" in ends[0] else 4, "proto": "udp" if case.startswith("udp") else "tcp",
            "dir": direction, "client": ends[0], "server": ends[1], **more}


def row(verdict, src=CLIENT, dst=SERVER, low="", high=""):
    return {"src": src, "dst": dst, "mtu_low": low, "mtu_high": high, "icmp_reports": 0, "reporters": "",
            "verdict": verdict, "fragmented": 0}


def finding(kind):
    return {"kind": kind, "severity": "warning", "subject": f"{CLIENT} to {SERVER}"}


class EvaluatePathsTest(EvaluateCase):
    def setUp(self):
        super().setUp()
        self.truth = {"pcaps": {"lan": "a.pcap"}, "path_mtu": PATH_MTU}

    def lay(self, flows, rows, *kinds):
        self.truth["flows"] = flows
        self.told("paths", *rows)
        self.told("findings", *map(finding, kinds))

    def test_verdicts_of_the_cases_are_good_on_the_senders_side(self):
        for case, verdict, kinds in (
                ("icmp-ok", "too-big-honoured", ()), ("blackhole", "black-hole", (HOLE,)), ("mss-clamp", "clamped", ()),
                ("udp-df-probe", "too-big-ignored", (IGNORED,)), ("udp-df-honour", "too-big-honoured", ()),
                ("udp-no-df", "ok", ()), ("udp-df-blackhole", "ok", ())):
            with self.subTest(case):
                self.lay([flow(case)], [row(verdict, low=1300, high=1400)], *kinds)
                self.assert_good()

    def test_missing_verdict_is_absent(self):
        self.lay([flow("icmp-ok")], [])
        self.assert_miss(f"verdict absent: icmp-ok {CLIENT} > {SERVER}, before the narrow hop: absent")
        self.lay([flow("icmp-ok")], [row("ok")])
        self.assert_miss("verdict absent")

    def test_accused_path_is_a_fault(self):
        for case in ("icmp-ok", "mss-clamp", "udp-df-honour", "udp-no-df"):
            with self.subTest(case):
                self.lay([flow(case)], [row("black-hole")])
                self.assert_fault(f"{case} {CLIENT} > {SERVER}, before the narrow hop accused")

    def test_black_hole_called_a_sender_that_ignores_is_a_fault(self):
        self.lay([flow("blackhole")], [row("too-big-ignored")], HOLE)
        self.assert_fault("before the narrow hop accused")

    def test_range_that_lacks_the_true_mtu_is_a_miss(self):
        self.lay([flow("icmp-ok")], [row("too-big-honoured", low=1381, high=1500)])
        self.assert_miss("range wrong: icmp-ok")
        self.lay([flow("icmp-ok")], [row("too-big-honoured", low=1380)])
        self.assert_good()

    def test_behind_the_narrow_hop_silence_is_right(self):
        self.lay([flow("icmp-ok", "download"), flow("blackhole", "download", (CLIENT6, SERVER6))], [])
        self.assert_good()
        self.lay([flow("blackhole", "download")], [row("black-hole", SERVER, CLIENT)], HOLE)
        self.assert_good()
        self.lay([flow("icmp-ok", "download")], [row("too-big-ignored", SERVER, CLIENT)], IGNORED)
        self.assert_fault("behind the narrow hop accused")

    def test_far_mirror_is_on_the_servers_side(self):
        self.truth["pcaps"] = {"far": "a.pcap"}
        self.lay([flow("blackhole", "download")], [])
        self.assert_miss("before the narrow hop: absent")

    def test_clamp_may_stand_in_either_direction(self):
        self.lay([flow("mss-clamp")], [row("ok"), row("clamped", SERVER, CLIENT)])
        self.assert_good()

    def test_kernel_that_was_never_told_cannot_honour(self):
        self.lay([flow("icmp-ok", sender_tcp_info={"pmtu": 1500})], [row("ok")])
        self.assert_good()
        self.lay([flow("icmp-ok", sender_tcp_info={"pmtu": PATH_MTU})], [row("ok")])
        self.assert_miss("verdict absent")

    def test_hole_that_nothing_fell_into_cannot_be_told(self):
        self.lay([flow("blackhole", all_acknowledged=True, sender_tcp_info={"total_retrans": 0})], [row("ok")])
        self.assert_good()
        self.lay([flow("udp-df-probe", sent_large=0)], [])
        self.assert_good()

    def test_ipv6_sender_fragments_once_it_is_told(self):
        ends = CLIENT6, SERVER6
        self.lay([flow("udp-no-df", ends=ends)], [row("too-big-honoured", *ends)])
        self.assert_good()
        self.lay([flow("udp-no-df")], [row("too-big-honoured")])
        self.assert_miss("verdict wrong")

    def test_flows_of_the_same_hosts_share_a_verdict(self):
        self.lay([flow("icmp-ok"), flow("blackhole")], [row("black-hole")], HOLE)
        self.assert_good()
        self.lay([flow("icmp-ok"), flow("blackhole")], [row("too-big-ignored")])
        self.assert_fault("icmp-ok+blackhole")

    def test_findings_follow_the_truth(self):
        self.lay([flow("blackhole")], [row("black-hole")])
        self.assert_miss(f"finding absent: {HOLE}")
        self.lay([flow("icmp-ok")], [row("too-big-honoured")], IGNORED)
        self.assert_fault(f"{IGNORED} where it was not")

    def test_unknown_case_is_to_be_silent(self):
        self.lay([flow("teleport")], [])
        self.assertIn("unknown case, silence expected: teleport (1)", self.assert_good())

    def test_other_scenarios_are_quiet(self):
        del self.truth["path_mtu"]
        self.lay([], [row("clamped")])
        self.assert_good()
        self.lay([], [row("black-hole")])
        self.assert_fault("black-hole 192.0.2.1 > 198.51.100.1, and no path was narrow")
        self.lay([], [], HOLE)
        self.assert_fault(f"{HOLE} {CLIENT} to {SERVER}, and no path was narrow")


if __name__ == "__main__":
    unittest.main()
