#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of truth.tsv about pieces, path MTU reports and IKE.
# Neighbours: evaluate_case.py; evaluate_test.py does it for resets; captures.txt has what the real captures give.
import unittest

from evaluate_case import EvaluateCase, clock

ROUTER, HOST, PEER = "192.0.2.254", "192.0.2.1", "198.51.100.1"


def path(**more):
    return {"src": HOST, "dst": PEER, "icmp_reports": 0, "reporters": "", "verdict": "ok", "fragmented": 0, **more}


def datagram(verdict="incomplete", anomaly=""):
    return {"src": HOST, "dst": PEER, "verdict": verdict, "anomaly": anomaly}


def attempt(**more):
    return {"ts": clock(1), "initiator": HOST, "responder": PEER, "init_ok": "yes", "auth_requests": 1,
            "auth_response": "complete", "rfc7383": "no", **more}


class EvaluateFactsTest(EvaluateCase):
    def setUp(self):
        super().setUp()
        self.told("resets")
        self.told("summary", {"resets": 0, "fragments": 0})

    def facts(self, **values):
        lines = ["file\tset\tmetric\tvalue\ttshark_filter"]
        for metric, value in {"packets": 10, **values}.items():
            lines += [f"a.pcap\tdev\t{metric}\t{one}\t" for one in (value if isinstance(value, list) else [value])]
        (self.folder / "truth.tsv").write_text("\n".join(lines) + "\n")

    def assert_agrees(self):
        status, output, errors = self.evaluate()
        self.assertEqual((status, errors), (0, ""), output)
        self.assertRegex(output, r"truth.tsv: (\d+) of \1 facts agree")

    def assert_differs(self, words):
        self.assertIn(f"a.pcap: {words}\n", self.evaluate()[1])

    def test_pieces_and_datagrams_of_both_families_are_added_up(self):
        self.facts(ip4_fragments=5, ip6_fragments=4, ip4_datagrams_reassembled=2, ip6_datagrams_reassembled=1,
                   outer_ip4_dgrams_incomplete=1, outer_ip6_dgrams_overlap=1)
        self.told("summary", {"resets": 0, "fragments": 4}, {"resets": 0, "fragments": 5})
        self.told("paths", path(fragmented=1), path(fragmented=2, dst=ROUTER))
        self.told("fragments", datagram(), datagram("irregular", "tiny+overlap-same"), datagram("evicted"))
        self.assert_agrees()
        self.told("summary", {"resets": 0, "fragments": 8})
        self.assert_differs("fragments: truth 9, here 8")
        self.told("paths")
        self.assert_differs("datagrams whole: truth 3, here 0")
        self.told("fragments", datagram(), datagram())
        self.assert_differs("datagrams incomplete: truth 1, here 2")
        self.assert_differs("datagrams overlapping: truth 1, here 0")

    def test_report_is_in_the_header_before_the_quoted_one(self):
        self.facts(icmp_mtu=[f"3x 1400 10.0.0.9,{ROUTER},{HOST} 10.0.0.8,{HOST},{PEER} 60,56,1500",
                             f"1x 1300 {ROUTER},{HOST} {HOST},{PEER} 56,1500"])
        self.told("paths", path(icmp_reports=4, reporters=f"{ROUTER}=1400+{ROUTER}=1300"))
        self.assert_agrees()
        self.told("paths", path(icmp_reports=3, reporters=f"{ROUTER}=1400"))
        self.assert_differs(f"MTU reports of {HOST} > {PEER}: truth 4, here 3")
        self.assert_differs(f"MTU reporters of {HOST} > {PEER}: truth {ROUTER}=1300+{ROUTER}=1400, here {ROUTER}=1400")

    def test_report_without_truth_differs(self):
        self.facts()
        self.told("paths", path(icmp_reports=1, reporters=f"{ROUTER}=1400"))
        self.assert_differs(f"MTU reports of {HOST} > {PEER}: truth 0, here 1")

    def test_discovery_that_works_is_honoured(self):
        self.facts(MANUAL_pmtu=f"router {ROUTER} tells {HOST} MTU 1400 twice (frames 1,2) for 1500-byte packets to "
                   f"{PEER}; both are sent again: discovery WORKS")
        self.told("paths", path(verdict="too-big-honoured"))
        self.assert_agrees()
        self.told("paths", path(verdict="too-big-ignored"))
        self.assert_differs(f"verdict on {HOST} > {PEER}: truth too-big-honoured, here too-big-ignored")

    def test_ike_messages_are_counted_by_sender(self):
        self.facts(ike_flow=[f"1x {HOST}  500 {PEER}  500 34", f"1x {PEER}  500 {HOST}  500 34",
                             f"3x {HOST}  4500 {PEER}  4500 35", f"5x {PEER}  4500 {HOST}  4500 37"])
        self.told("ike", attempt(auth_requests=3, auth_response="none"))
        self.assert_agrees()
        self.told("ike", attempt(init_ok="no", auth_requests=2))
        self.assert_differs(f"IKE_SA_INIT of {PEER}: truth 1, here 0")
        self.assert_differs(f"IKE_AUTH of {HOST}: truth 3, here 2")
        self.assert_differs(f"IKE_AUTH of {PEER}: truth 0, here 1")

    def test_pieces_of_ike_are_one_message_and_copies_of_the_mirror_none(self):
        self.facts(packets=8, outer_dup_ip_packets=4,
                   ike_flow=[f"2x {HOST} 4500 {PEER} 4500 35", f"6x {PEER} 4500 {HOST} 4500 35"],
                   ike_skf=[f"2x {PEER} 35 0x00000001 {number} 3" for number in (1, 2, 3)])
        self.told("ike", attempt(init_ok="", rfc7383="used"))
        self.assert_agrees()
        self.told("ike", attempt(init_ok="", rfc7383="offered"))
        self.assert_differs("attempts with RFC 7383: truth some, here none")

    def test_version_one_is_no_attempt(self):
        self.facts(ikev1=4, ike_flow=f"4x {HOST} 500 {PEER} 500 2")
        self.assert_agrees()
        self.told("ike", attempt())
        self.assert_differs(f"IKE_AUTH of {HOST}: truth 0, here 1")

    def test_finding_without_ground_differs(self):
        found = [{"kind": kind, "severity": "warning", "subject": HOST}
                 for kind in ("fragments-lost", "fragment-attack", "path-mtu-black-hole", "forged-resets")]
        self.facts()
        self.told("findings", *found)
        for row in found[:3]:
            self.assert_differs(f"finding {row['kind']} {HOST}: truth none, here told")
        self.facts(outer_ip4_dgrams_incomplete=1, outer_ip6_dgrams_overlap=1)
        self.told("fragments", datagram(), datagram("irregular", "overlap-different"))
        self.told("findings", *found[:2], {"kind": "ike-auth-lost", "severity": "info", "subject": HOST})
        self.assert_agrees()


if __name__ == "__main__":
    unittest.main()
