#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of right and wrong tales of IKE attempts.
# Neighbours: evaluate_case.py; ../meson.build runs it; lab.txt has what the real captures give.
import unittest

from evaluate_case import MIDNIGHT, EvaluateCase, clock, fragment, udp

CLIENT, OUTSIDE, SERVER = "192.0.2.1", "203.0.113.1", "198.51.100.1"
CLIENT6, SERVER6 = "2001:db8::1", "2001:db8:f::1"
INIT_BYTES, REQUEST_BYTES, RESPONSE_BYTES = 454, 304, 3472
RESPONSE = udp(4500, 4500, 4 + RESPONSE_BYTES, b"\0")  # begins with the marker that it is no ESP
CUTS = ((0, 1480), (1480, 2960), (2960, len(RESPONSE)))
END_S = 90.0


class Log:
    """What a daemon writes, a line a thousandth of a second."""

    def __init__(self, second):
        self.second, self.lines = MIDNIGHT + second, []

    def add(self, text, thread=7):
        self.second += 0.001
        self.lines.append(f"{self.second:.3f} {thread:02}[NET] {text}")

    def generating(self, exchange, kind, number, *sizes, payloads=" SA "):
        self.add(f"generating {exchange} {kind} {number} [{payloads}]")
        self.sending(*sizes)

    def sending(self, *sizes):
        for size in sizes:
            self.add(f"sending packet: from 192.0.2.1[500] to 198.51.100.1[500] ({size} bytes)")

    def again(self, number, *sizes):
        self.add(f"retransmit 1 of request with message ID {number}")
        self.sending(*sizes)

    def again_asked(self, number, *sizes):
        self.add(f"received retransmit of request with ID {number}, retransmitting response")
        self.sending(*sizes)


def row(second, verdict="established", requests=1, answer="complete", size=RESPONSE_BYTES, **more):
    return {"ts": clock(second), "initiator": CLIENT, "responder": SERVER, "auth_requests": requests,
            "auth_response": answer, "request_bytes": REQUEST_BYTES, "response_bytes": size, "fragmented": "yes",
            "rfc7383": "no", "verdict": verdict, "confidence": 90, "init_ok": "yes", **more}


class EvaluateIkeTest(EvaluateCase):
    """An attempt at second 10 that fails: of each response only the first piece passes the mirror."""

    def setUp(self):
        super().setUp()
        self.client, self.server = Log(10), Log(10)
        self.truth = {"pcaps": {"lan": "a.pcap"}, "nat": False, "client_ip": CLIENT, "outside_ip": OUTSIDE,
                      "server_ip": SERVER, "rfc7383_fragmentation": "no", "carrier_drops": "non-first",
                      "attempts": [{"start": MIDNIGHT + 10.0, "end": MIDNIGHT + 12.0, "success": False}],
                      "client_side": {"packets_sent_bytes": [], "retransmits": 0},
                      "server_side": {"packets_sent_bytes": []}}
        self.init()
        self.client.generating("IKE_AUTH", "request", 1, REQUEST_BYTES)
        self.client.again(1, REQUEST_BYTES)
        self.server.generating("IKE_AUTH", "response", 1, RESPONSE_BYTES)
        self.server.again_asked(1, RESPONSE_BYTES)
        self.passing(CUTS[:1])
        self.rows = [row(10.002, "response-fragments-lost", 2, "partial")]
        self.found = ["warning"]

    def init(self, payloads=" SA "):
        self.client.generating("IKE_SA_INIT", "request", 0, INIT_BYTES, payloads=payloads)
        self.server.generating("IKE_SA_INIT", "response", 0, INIT_BYTES + 53, payloads=payloads)

    def passing(self, cuts, src=SERVER, dst=CLIENT, payload=RESPONSE):
        """The pieces of both responses that the capture has."""
        self.frames = [(second, fragment(src, dst, number, payload, *cut))
                       for number, second in ((1, 10.5), (2, 11.5)) for cut in cuts]

    def nothing_passes(self):
        self.passing(())
        self.rows = [row(10.002, "no-answer-to-auth", 2, "none", "", fragmented="no")]

    def succeed(self):
        self.truth["attempts"][0]["success"] = True
        self.passing(CUTS)
        self.rows, self.found = [row(10.002, requests=2)], []

    def evaluate(self, *arguments):
        if "charon_log" not in self.truth:
            self.truth["charon_log"] = {"client": self.client.lines, "server": self.server.lines}
        self.capture(self.frames + [(END_S, bytes(60))])
        self.told("ike", *self.rows)
        self.told("findings", *({"kind": "ike-auth-lost", "severity": severity, "subject": f"{CLIENT} to {SERVER}"}
                                for severity in self.found))
        return super().evaluate(*arguments)

    def test_right_tale_is_good(self):
        self.assertIn("attempts: 100.0 % (1 of 1) right", self.assert_good())

    def test_other_verdict_is_a_miss(self):
        self.rows[0]["verdict"] = "no-answer-to-auth"
        self.assert_miss("attempt wrong: attempt 1: {'verdict': 'no-answer-to-auth'}, "
                         "truth {'verdict': 'response-fragments-lost'}")

    def test_missing_row_is_absent(self):
        self.rows = []
        self.assert_miss("attempt absent: attempt 1")

    def test_row_of_no_attempt_is_a_miss(self):
        self.rows.append(row(10.5))
        self.assert_miss("attempt wrong: one too many")
        self.rows[1].update(initiator=SERVER)
        self.assert_miss("attempt wrong: one too many")

    def test_wrong_sizes_and_transmissions_are_misses(self):
        self.rows[0].update(request_bytes=INIT_BYTES, auth_requests=1, response_bytes=RESPONSE_BYTES + 4)
        self.assert_miss("request wrong: attempt 1: {'request_bytes': '454', 'auth_requests': '1'}, "
                         "truth {'request_bytes': '304', 'auth_requests': '2'}")
        self.assert_miss("response wrong: attempt 1")

    def test_accused_success_is_a_fault(self):
        self.succeed()
        self.assert_good()
        self.rows[0]["verdict"] = "response-lost-after-tap"
        self.assert_fault("attempt 1 accused")

    def test_finding_follows_the_truth(self):
        self.found = []
        self.assert_miss("finding absent: ike-auth-lost: 0")
        self.succeed()
        self.found = ["info"]
        self.assert_good()
        self.found = ["warning"]
        self.assert_fault("an attempt that succeeded is told as lost")

    def test_before_the_carrier_the_response_is_whole(self):
        self.passing(CUTS, dst=OUTSIDE)
        self.rows = [row(10.002, "response-lost-after-tap", 2, initiator=OUTSIDE)]
        self.assert_good()

    def test_nothing_passes_a_translator_that_waits_for_all_pieces(self):
        self.nothing_passes()
        self.assert_good()

    def test_length_stands_in_the_first_piece_only(self):
        self.truth["carrier_drops"] = "first"
        self.passing(CUTS[1:])
        for size, good in (("", True), (RESPONSE_BYTES, True), (RESPONSE_BYTES + 4, False)):
            self.rows[0]["response_bytes"] = size
            self.assertEqual("response wrong" in self.evaluate()[1], not good)

    def test_attempt_over_ipv6(self):
        self.truth.update(client_ip=CLIENT6, outside_ip=None, server_ip=SERVER6)
        self.passing(CUTS[:1], SERVER6, CLIENT6)
        self.rows[0].update(initiator=CLIENT6, responder=SERVER6)
        self.assert_good()

    def test_init_that_is_asked_twice_is_no_auth(self):
        self.client, self.server = Log(10), Log(10)
        self.init()
        self.init(" N(COOKIE) SA ")
        self.client.again(0, INIT_BYTES)
        self.client.generating("IKE_AUTH", "request", 1, REQUEST_BYTES)
        self.server.generating("IKE_AUTH", "response", 1, RESPONSE_BYTES)
        self.rows[0]["auth_requests"] = 1
        self.assert_good()

    def test_attempts_are_told_apart_by_time(self):
        start = MIDNIGHT + 30.0
        self.truth["attempts"].append({"start": start, "end": start + 1, "success": True})
        client, server = self.client, self.server
        self.client, self.server = Log(30), Log(30)
        self.init()
        self.client.generating("IKE_AUTH", "request", 1, REQUEST_BYTES + 8)
        self.server.generating("IKE_AUTH", "response", 1, 1000)
        self.client.lines, self.server.lines = client.lines + self.client.lines, server.lines + self.server.lines
        self.rows.append(row(30.002, size=1000, request_bytes=REQUEST_BYTES + 8, fragmented="no"))
        self.assertIn("attempts: 100.0 % (2 of 2) right", self.assert_good())

    def test_messages_in_pieces_of_their_own_are_added_up(self):
        self.client, self.server = Log(10), Log(10)
        self.succeed()
        self.init(" SA N(FRAG_SUP) ")
        self.client.generating("IKE_AUTH", "request", 1, REQUEST_BYTES)
        self.server.generating("IKE_AUTH", "response", 1)
        for number in (1, 2, 3):
            self.server.generating("IKE_AUTH", "response", 1, payloads=f" EF({number}/3) ")
        self.server.sending(1236, 1236, 1156)
        self.frames = []
        self.rows = [row(10.002, size=3628, rfc7383="used", fragmented="no")]
        self.assert_good()
        self.rows[0]["rfc7383"] = "offered"
        self.assert_miss("fragments wrong: attempt 1")

    def test_of_several_exchanges_the_largest_response_counts_once_established(self):
        self.succeed()
        self.client.generating("IKE_AUTH", "request", 2, 80)
        self.server.generating("IKE_AUTH", "response", 2, 96)
        self.client.generating("INFORMATIONAL", "request", 3, 80)
        self.assert_good()

    def test_unanswered_init_needs_no_sizes(self):
        self.client, self.server = Log(10), Log(10)
        self.client.generating("IKE_SA_INIT", "request", 0, INIT_BYTES)
        self.nothing_passes()
        self.rows[0].update(verdict="no-answer-to-init", auth_requests=0, request_bytes="")
        self.assert_good()

    def test_request_that_never_arrived_may_be_called_lost(self):
        self.server = Log(10)
        self.server.generating("IKE_SA_INIT", "response", 0, INIT_BYTES)
        self.nothing_passes()
        self.assert_good()
        self.rows[0]["verdict"] = "request-lost"
        self.assert_good()
        self.rows[0]["verdict"] = "response-lost-after-tap"
        self.assert_miss("attempt wrong")

    def test_denial_is_no_loss(self):
        self.client, self.server = Log(10), Log(10)
        self.init()
        self.client.generating("IKE_AUTH", "request", 1, REQUEST_BYTES)
        self.server.generating("IKE_AUTH", "response", 1, 80)
        self.client.add("parsed IKE_AUTH response 1 [ N(AUTH_FAILED) ]")
        self.frames, self.found = [], []
        self.rows = [row(10.002, "unknown", size=80, fragmented="no")]
        self.assert_good()
        self.rows[0]["verdict"] = "response-lost-after-tap"
        self.assert_miss("attempt wrong")

    def test_esp_in_pieces_is_no_response(self):
        self.succeed()
        self.server.lines = [line.replace(str(RESPONSE_BYTES), "1000") for line in self.server.lines]
        self.passing(CUTS, payload=udp(4500, 4500, 4 + RESPONSE_BYTES, b"E"))
        self.rows[0].update(response_bytes=1000, fragmented="no")
        self.assert_good()

    def test_without_logs_sizes_of_one_attempt_are_enough(self):
        self.truth["charon_log"] = None
        self.truth["client_side"]["packets_sent_bytes"] = [INIT_BYTES, REQUEST_BYTES, REQUEST_BYTES]
        self.truth["server_side"]["packets_sent_bytes"] = [INIT_BYTES, RESPONSE_BYTES, RESPONSE_BYTES]
        for name in ("client_ip", "outside_ip", "server_ip"):
            del self.truth[name]
        self.assert_good()
        self.rows[0]["response_bytes"] = 1
        self.assert_miss("response wrong: attempt 1")
        self.truth["client_side"]["packets_sent_bytes"].insert(0, INIT_BYTES)  # who can say which is which
        self.assert_good()

    def test_other_scenarios_are_quiet(self):
        del self.truth["attempts"]
        self.found = []
        self.assert_good()
        self.found = ["warning"]
        self.assert_fault("a VPN that was not there")


if __name__ == "__main__":
    unittest.main()
