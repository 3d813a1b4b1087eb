#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What scripts/evaluate makes of right and wrong numbers of a translator, with a program in midwatch's place.
# Neighbours: evaluate_test.py does it for resets; ../meson.build runs it; lab.txt has what the real captures give.
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

EVALUATE = pathlib.Path(__file__).resolve().parents[3] / "scripts/evaluate"
HOSTS, OUTSIDE = ("192.168.0.5", "192.168.0.6"), "192.0.2.1"
START = 1000000
# Answers "-r CAPTURE -o FOLDER --quiet [--set A=B]..." with the tables that lie beside the capture, those of "plain"
# if nothing is set, and keeps what was set.
PROGRAM = """#!/usr/bin/env python3
import pathlib, shutil, sys
capture, folder, settings = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[4]), sys.argv[7::2]
(folder / "resets.csv").write_text("ts\\n")
for table in (capture.parent / ("told" if settings else "plain")).glob("*.csv"):
    shutil.copy(table, folder)
if settings:
    capture.with_suffix(".settings").write_text(" ".join(settings))
"""
LINE_COLUMNS = "ts,line,outside,psid,psid_bits,psid_offset,ports_limit,ports_used,sessions,state"
HOST_COLUMNS = "ts,line,host,sessions,ports_tcp,ports_udp,ports_icmp,top_dst,top_dport"
FINDING_COLUMNS = "kind,subject,summary"


def time_text(second):
    """The interval's start, of the interval that ends at a second of the run."""
    minutes, rest = divmod(START + second - 1 - 11 * 86400 - 13 * 3600, 60)
    return f"1970-01-12T13:{minutes:02}:{rest:02}.000000Z"


def sample(second, first=10, other=2, created=0):
    """The first host holds UDP entries, the other TCP."""
    return {"t": START + second + 0.003, "sessions": first + other, "created_total": created,
            "per_host": {HOSTS[0]: {"tcp": 0, "udp": first, "icmp": 0}, HOSTS[1]: {"tcp": other, "udp": 0, "icmp": 0}},
            "outside_ports": {"tcp": other, "udp": first, "icmp": 0, "all": first + other},
            "outside_ports_to_resolver": other, "outside_ports_to_offender_dst": first}


def line_row(second, sessions=12, used=12, state="ok", port_set="7,8,4,240"):
    return f"{time_text(second)},{OUTSIDE},{OUTSIDE},{port_set},{used},{sessions},{state}"


def host_rows(second, first=10, other=2):
    rows = [f"{HOSTS[0]},{first},0,{first},0,192.168.1.9,7000", f"{HOSTS[1]},{other},{other},0,0,203.0.113.1,443"]
    return [f"{time_text(second)},{OUTSIDE},{row}" for row in rows]


def wan_row(second):
    return f"{time_text(second)},{OUTSIDE},{OUTSIDE},12,2,10,0,192.168.1.9,7000"


class EvaluateNatTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.program = self.folder / "program"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)
        self.truth = {"scenario": "a", "pcaps": {"lan": "a.lan.pcap", "wan": "a.wan.pcap"}, "start": float(START),
                      "hosts": HOSTS, "nat": {"udp_to": 300, "dns_to": 30, "icmp_to": 10, "tcp_close": 10,
                                              "tcp_saving": False, "shared": True},
                      "map": {"outside_ip": OUTSIDE, "psid": 7, "psid_len": 8, "offset": 4, "ports": 240},
                      "offender": None, "exhausted_first_t": None, "failures": [],
                      "samples": [sample(second) for second in range(1, 11)]}
        self.told("nat_lines", LINE_COLUMNS, [line_row(second) for second in range(1, 11)])
        self.told("nat_hosts", HOST_COLUMNS, [row for second in range(1, 11) for row in host_rows(second)])

    def told(self, name, columns, rows, run="told"):
        (self.folder / run).mkdir(exist_ok=True)
        (self.folder / run / f"{name}.csv").write_text("\n".join([columns, *rows]) + "\n")

    def refuse(self, second):
        offender = {"host": HOSTS[0], "dst": "192.168.1.9:7000"}
        self.truth.update(exhausted_first_t=float(START + second), offender=offender)

    def evaluate(self, *arguments, place="lan"):
        (self.folder / f"a.{place}.pcap").write_bytes(b"")
        (self.folder / "a.truth.json").write_text(json.dumps(self.truth))
        done = subprocess.run([sys.executable, EVALUATE, "-m", self.program, *arguments, self.folder],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def assert_good(self, **place):
        status, output, errors = self.evaluate(**place)
        self.assertEqual((status, errors), (0, ""), output)
        self.assertIn("wrong or undecided: none", output)

    def assert_miss(self, words, **place):
        status, output, errors = self.evaluate(**place)
        self.assertEqual((status, words in output), (0, True), output + errors)

    def assert_fault(self, words, **place):
        status, output, errors = self.evaluate(**place)
        self.assertEqual((status, words in errors), (1, True), output + errors)

    def settings(self, place="lan"):
        return (self.folder / f"a.{place}.settings").read_text().split()

    def test_right_numbers_are_good(self):
        self.assert_good()
        self.assertIn("host ports: 100.0 % (60 of 60) near, no error", self.evaluate()[1])

    def test_midwatch_is_told_the_true_timers(self):
        self.assert_good()
        self.assertEqual(self.settings(), [
            "nat.profile=rfc4787", "nat.shared-pool=yes", "nat.udp-timer=300s", "nat.dns-timer=30s",
            "nat.icmp-timer=10s", "nat.tcp-closing-timer=10s", "nat.tcp-mapping=independent",
            "nat.udp-mapping=independent", "nat.ports-limit=240", "output.interval=1s"])

    def test_kernel_has_one_udp_timer_and_dependent_mapping(self):
        self.truth["nat"] = {"udp_timeout": 60}
        self.evaluate()
        self.assertIn("nat.profile=linux", self.settings())
        self.assertIn("nat.dns-timer=60s", self.settings())
        self.assertIn("nat.udp-mapping=dependent", self.settings())

    def test_kernel_needs_the_most_towards_one_peer_and_shows_its_fullest_pool(self):
        self.truth["nat"] = {"udp_timeout": 60}
        self.truth["samples"] = [{**sample(1, 30, 20), "outside_ports_to_offender_dst": 12}]
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, 50, 20)])
        self.told("nat_hosts", HOST_COLUMNS, host_rows(1, 30, 20))
        self.assert_good()
        self.assert_miss("line ports wrong: line, 1 of 1 seconds from 1 s to 1 s, "
                         "largest error -10 at 1 s (20, truth 30)", place="wan")

    def test_who_floods_the_resolver_holds_what_fails(self):
        self.refuse(3)
        self.truth["offender"]["dns_hog"] = {"host": HOSTS[1]}

        def tell(host):
            self.told("findings", FINDING_COLUMNS,
                      [f"nat-exhaustion,line a,Out of ports. Most of them are held by {host}."])

        tell(HOSTS[1])
        self.assertNotIn("holder wrong", self.evaluate()[1])
        tell(HOSTS[0])
        self.assert_fault("a host that holds none of the ports named: held by 192.168.0.6, named 192.168.0.5")

    def test_limit_is_not_told_outside(self):
        self.evaluate(place="wan")
        self.assertNotIn("nat.ports-limit=240", self.settings("wan"))

    def test_three_sessions_off_are_near_and_four_are_not(self):
        rows = [line_row(second, sessions=15) for second in range(1, 11)]
        self.told("nat_lines", LINE_COLUMNS, rows)
        self.assert_good()
        self.told("nat_lines", LINE_COLUMNS, [*rows[:3], line_row(4, sessions=16), line_row(5, sessions=17), *rows[5:]])
        self.assert_miss("a.lan.pcap: sessions wrong: line, 2 of 10 seconds from 4 s to 5 s, "
                         "largest error +5 at 5 s (17, truth 12)")

    def test_two_percent_of_many_are_near(self):
        self.truth["samples"] = [sample(1, 198, 2, 200)]
        self.told("nat_hosts", HOST_COLUMNS, host_rows(1, 198))
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, 204, 204)])
        self.assert_good()
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, 205, 204)])
        self.assert_miss("sessions wrong: line, 1 of 1 seconds")

    def test_ports_of_a_host_are_compared_by_protocol(self):
        self.told("nat_hosts", HOST_COLUMNS, [row for second in range(1, 11) for row in host_rows(second, other=7)])
        self.assert_miss(f"host ports wrong: {HOSTS[1]} tcp, 10 of 10 seconds")

    def test_host_without_a_row_holds_nothing(self):
        self.truth["samples"] = [sample(1, 10, 0)]
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, 10, 10)])
        self.told("nat_hosts", HOST_COLUMNS, host_rows(1)[:1])
        self.assert_good()
        self.truth["samples"] = [sample(1, 6, 4)]
        self.assert_miss(f"host sessions wrong: {HOSTS[1]}, 1 of 1 seconds from 1 s to 1 s, "
                         "largest error -4 at 1 s (0, truth 4)")

    def test_missing_line_is_absent(self):
        self.told("nat_lines", LINE_COLUMNS, [])
        self.assert_miss("sessions absent: line, 10 of 10 seconds from 1 s to 10 s")

    def test_sample_within_a_second_is_not_compared(self):
        self.truth["samples"].insert(0, {**sample(0, 100), "t": START + 0.5})
        self.assert_good()

    def test_maximum_of_an_interval_may_pass_its_ends_by_what_was_created(self):
        self.truth["samples"] = [sample(1), sample(2, created=5)]
        self.told("nat_lines", LINE_COLUMNS, [line_row(1), line_row(2, used=17)])
        self.assert_good()
        self.told("nat_lines", LINE_COLUMNS, [line_row(1), line_row(2, used=21)])
        self.assert_miss("line ports wrong: line, 1 of 2 seconds from 2 s to 2 s, "
                         "largest error +4 at 2 s (21, truth 17)")

    def test_exhaustion_is_to_be_found_in_ten_seconds(self):
        self.refuse(1)
        self.assert_miss("exhaustion absent: first refusal at 1 s, never exhausted")
        rows = [line_row(second) for second in range(1, 20)]
        for found, good in ((12, True), (13, False)):
            exhausted = line_row(found, state="exhausted")
            self.told("nat_lines", LINE_COLUMNS, [*rows[:found - 1], exhausted, *rows[found:]])
            output = self.evaluate()[1]
            self.assertEqual("exhaustion wrong: first refusal at 1 s, exhausted at 12 s" in output, not good, output)

    def test_exhaustion_before_a_refusal_is_a_fault(self):
        self.refuse(8)
        self.told("nat_lines", LINE_COLUMNS, [line_row(second, state="exhausted") for second in range(1, 11)])
        self.assert_fault("exhausted before a packet was refused")

    def test_exhaustion_without_a_refusal_is_a_fault(self):
        self.told("nat_lines", LINE_COLUMNS, [line_row(second, state="exhausted") for second in range(1, 11)])
        self.assert_fault("exhaustion where nothing was refused: told: exhausted in nat_lines.csv")

    def test_finding_without_a_refusal_is_a_fault_without_settings_too(self):
        self.told("findings", FINDING_COLUMNS, [f"nat-churner,{HOSTS[0]},-"], run="plain")
        self.assert_fault("exhaustion where nothing was refused: not told: finding nat-churner")

    def test_offender_is_first_in_the_ranking_or_named(self):
        self.refuse(5)
        self.told("nat_lines", LINE_COLUMNS, [line_row(second, state="exhausted" if second > 4 else "ok")
                                              for second in range(1, 11)])
        self.assert_good()
        self.told("nat_hosts", HOST_COLUMNS, [row for second in range(1, 11) for row in host_rows(second)[::-1]])
        self.assert_miss(f"offender wrong: {HOSTS[0]}, first in the ranking {HOSTS[1]}")
        self.told("findings", FINDING_COLUMNS, [f"nat-churner,{HOSTS[0]},-"])
        self.assert_good()

    def test_innocent_host_called_churner_is_a_fault(self):
        self.refuse(5)
        self.told("findings", FINDING_COLUMNS, [f"nat-churner,host {HOSTS[1]},-"])
        self.assert_fault(f"a host that wastes no ports called churner: told: nat-churner {HOSTS[1]}")

    def test_port_set_is_inferred_outside_without_settings(self):
        self.told("nat_hosts", HOST_COLUMNS, [wan_row(second) for second in range(1, 11)])
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, port_set=",,,"), line_row(10)], run="plain")
        self.assert_good(place="wan")
        self.told("nat_lines", LINE_COLUMNS, [line_row(10, port_set="8,8,4,")], run="plain")
        self.assert_miss("port set wrong: psid: truth 7, here 8", place="wan")
        self.assert_miss("port set absent: ports_limit: truth 240, here none", place="wan")

    def test_offender_is_told_by_its_destination_outside(self):
        self.refuse(5)
        self.told("nat_hosts", HOST_COLUMNS, [wan_row(second) for second in range(1, 11)])
        self.assertIn("offender 100.0 % (1 of 1)", self.evaluate(place="wan")[1])
        self.truth["offender"]["dst"] = "192.168.1.9:7001"
        self.assert_miss("offender wrong: towards 192.168.1.9:7001, here 192.168.1.9:7000", place="wan")

    def test_exhaustion_in_another_scenario_is_a_fault(self):
        del self.truth["samples"]
        self.told("nat_lines", LINE_COLUMNS, [line_row(1, state="exhausted")], run="plain")
        self.assert_fault("exhaustion where nothing was refused: not told: exhausted in nat_lines.csv")

    def test_result_is_held_against_an_expectation(self):
        expected = self.folder / "expected.txt"
        self.assertEqual(self.evaluate("--expect", expected, "--update")[0], 0)
        self.assertEqual(self.evaluate("--expect", expected)[0], 0)
        self.assertIn("  sessions: right 10, wrong 0, absent 0\n", expected.read_text())
        self.told("nat_lines", LINE_COLUMNS, [line_row(second, sessions=18) for second in range(1, 11)])
        status, _, errors = self.evaluate("--expect", expected)
        self.assertEqual(status, 1)
        self.assertIn("+  sessions: right 0, wrong 10, absent 0", errors)


if __name__ == "__main__":
    unittest.main()
