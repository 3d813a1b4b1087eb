// SPDX-License-Identifier: BSD-3-Clause
// A path that loses large packets in plain words: ranges, clamps, tunnels, doubts, and the end of it.
// Neighbours: lib/detectors/paths/finding_hole.c, finding_lines.c, advice.c, finding_sum.c, finding_tunnels.c;
// finding_rows.h.
#include "finding_rows.h"

static void a_black_hole_is_told_with_its_numbers(void **state)
{
	const struct mw_finding *finding;

	give(*state, hole_row("192.0.2.1", "198.51.100.7"));
	finding = only(*state);
	assert_string_equal(finding->kind, "path-mtu-black-hole");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 85);
	assert_int_equal(finding->count, 2);
	assert_string_equal(finding->subject, "192.0.2.1 to 198.51.100.7");
	assert_string_equal(finding->summary, "Packets of more than 1380 bytes from 192.0.2.1 to 198.51.100.7 vanish "
										  "without an ICMP report; smaller ones arrive.");
	assert_string_equal(
		finding->evidence,
		"- Connections that show it: 2; confirmed by 1 that went on once the sender took smaller packets.\n"
		"- Retransmissions of one large packet: up to 12. Different large packets that never got through: 4.\n"
		"- Path MTU: 1380 bytes. Largest that got through: 1380 bytes. Smallest that did not: 1381 bytes.\n"
		"- MSS announced: 1460 (SYN), 1460 (SYN-ACK) bytes; a packet has 40 more.\n"
		"- An MTU of 1380 bytes, as it looks: a mobile network, or a VPN: set by hand.\n"
		"- The large packets passed this tap: they are lost between it and the receiver.\n"
		"- The receiver was alive: it sent packets while the large ones were lost.\n"
		"- Who reported it: nobody. No ICMP type 3 code 4 (fragmentation needed) passed this tap.\n"
		"- Seen from 2026-01-11T12:00:00Z to 2026-01-11T12:00:50Z.\n");
	assert_holds(finding->alternatives, "- A firewall");
	assert_lacks(finding->alternatives, "outage");
	assert_lacks(finding->alternatives, "receiver that died");
	assert_lacks(finding->alternatives, "mirror");
	assert_string_equal(
		finding->advice,
		"- MSS clamp 1340 (1380 - 40) on the router of the narrow link.\n"
		"- Let ICMP type 3 code 4 (fragmentation needed) through on all filters on the way to 192.0.2.1.\n"
		"- Or set MTU 1380 on the sender's side (192.0.2.1).\n"
		"- Measure on the sender: ping -M do -s 1352 198.51.100.7 (Windows: ping -f -l 1352) passes, "
		"1353 does not.\n"
		"- Linux senders find it without ICMP: sysctl -w net.ipv4.tcp_mtu_probing=1\n");
	assert_whole(finding);
}

static void many_confirmed_connections_are_critical(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

	row.flows = 3;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_CRITICAL);
	row.flows_confirmed = 0;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_WARNING);
	assert_holds(only(*state)->alternatives, "- An outage or heavy loss that began with the first large packet.");
}

static void ipv6_has_its_own_sizes(void **state)
{
	struct mw_path_row row = hole_row("2001:db8::1", "2001:db8:1::7");
	const struct mw_finding *finding;

	give(*state, row);
	finding = only(*state);
	assert_holds(finding->evidence, "a packet has 60 more");
	assert_holds(finding->evidence, "No ICMPv6 type 2 (packet too big)");
	assert_holds(finding->advice, "MSS clamp 1320 (1380 - 60)");
	assert_holds(finding->advice, "Let ICMPv6 type 2");
	assert_holds(finding->advice,
				 "ping -6 -M do -s 1332 2001:db8:1::7 (Windows: ping -6 -l 1332) passes, 1333 does not");
	assert_whole(finding);
}

static void a_narrow_range_clamps_to_what_surely_fits(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.mtu_low = row.largest_acked = 1400;
	row.mtu_high = 1499;
	row.smallest_lost = 1500;
	give(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "Packets of more than 1499 bytes");
	assert_holds(finding->summary, "; those of up to 1400 bytes arrive.");
	assert_holds(finding->evidence, "- Path MTU: between 1400 and 1499 bytes. Largest");
	assert_lacks(finding->evidence, "The range is wide");
	assert_lacks(finding->evidence, "An MTU of");
	assert_holds(finding->advice,
				 "- MSS clamp 1360 (1400 - 40) on the router of the narrow link. More may fit: measure.\n");
	assert_holds(finding->advice, "-s 1372 198.51.100.7 (Windows: ping -f -l 1372) passes, 1472 does not: halve "
								  "between them; MTU = size + 28.");
}

static void a_wide_range_says_so_and_starts_safe(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.mtu_low = row.largest_acked = 140;
	row.mtu_high = 1499;
	give(*state, row);
	finding = only(*state);
	assert_holds(finding->evidence, "The range is wide");
	assert_holds(finding->advice, "The range is wide, so start on the router of the narrow link with MSS clamp 1240 "
								  "(1280 - 40), and measure.");
	row.mtu_high = 999;
	give(*state, row);
	assert_holds(only(*state)->advice, "MSS clamp 536 (576 - 40)");
	row.mtu_high = 500;
	row.mtu_low = 100;
	give(*state, row);
	assert_lacks(only(*state)->advice, "clamp");
	assert_whole(only(*state));
}

static void ipv6_links_carry_1280_bytes(void **state)
{
	struct mw_path_row row = hole_row("2001:db8::1", "2001:db8:1::7");

	row.mtu_low = 100;
	row.mtu_high = 1200;
	give(*state, row);
	assert_holds(only(*state)->advice, "MSS clamp 1220 (1280 - 60)");
	assert_holds(only(*state)->advice, "Every IPv6 link must carry 1280 bytes");
	row.mtu_low = row.mtu_high = 1280;
	give(*state, row);
	assert_lacks(only(*state)->advice, "Every IPv6 link");
}

static void what_is_not_known_is_not_told(void **state)
{
	struct mw_path_row row = bare_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.verdict = MW_PATH_BLACK_HOLE;
	give(*state, row);
	finding = only(*state);
	assert_string_equal(finding->summary,
						"Large packets from 192.0.2.1 to 198.51.100.7 vanish without an ICMP report.");
	assert_lacks(finding->evidence, "MSS");
	assert_lacks(finding->evidence, "MTU");
	assert_lacks(finding->evidence, "Retransmissions");
	assert_lacks(finding->evidence, "Connections");
	assert_holds(finding->evidence, "- Nothing of the receiver was seen");
	assert_holds(finding->advice,
				 "-s 1472 198.51.100.7 (Windows: ping -f -l 1472), less until it passes; MTU = size + 28.");
	assert_int_equal(finding->count, 1);
	assert_whole(finding);
	row.mtu_high = 1440; // without a lower bound
	row.smallest_lost = 1441;
	row.mss_synack = 1414;
	give(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "Packets of more than 1440 bytes from 192.0.2.1 to 198.51.100.7 vanish");
	assert_holds(finding->evidence, "- Path MTU: at most 1440 bytes; what gets through was not seen. Smallest");
	assert_holds(finding->evidence, "not known (SYN), 1414 (SYN-ACK)");
	assert_whole(finding);
	row.mtu_high = MW_UNKNOWN_I64;
	give(*state, row);
	assert_holds(only(*state)->evidence, "- Smallest that did not: 1441 bytes.\n");
}

static void impossible_numbers_stay_within_bounds(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

	row.mtu_low = row.mtu_high = row.retransmits = row.flows = row.segments_lost = row.mss_syn = row.mss_synack =
		row.largest_acked = row.smallest_lost = row.fragmented = row.confidence = INT64_MAX;
	row.reporters_count = UINT32_MAX;
	row.verdict = MW_PATH_BLACK_HOLE;
	give(*state, row);
	assert_whole(only(*state));
	assert_int_equal(only(*state)->confidence, 100);
	row.mtu_low = row.mtu_high = row.retransmits = row.flows = -5;
	give(*state, row);
	assert_whole(only(*state));
	assert_lacks(only(*state)->evidence, "-5");
	row.verdict = 200;
	give(*state, row);
	assert_holds(only(*state)->evidence, "- Not any more.\n");
}

static void the_place_of_the_loss_is_told(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

	row.upstream = true;
	give(*state, row);
	assert_holds(only(*state)->evidence, "never passed this tap: they are lost between the sender and it.");
}

static void doubts_are_told(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.receiver_alive = false;
	row.mirror_gaps = true;
	row.flows_confirmed = 0;
	row.confidence = 45;
	give(*state, row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "As it seems, packets of more than 1380 bytes");
	assert_holds(finding->evidence, "- The mirror missed packets");
	assert_holds(finding->alternatives, "- A receiver that died");
	assert_holds(finding->alternatives, "- The mirror: what it missed");
	assert_holds(finding->alternatives, "- An outage");
	assert_whole(finding);
}

static void a_report_that_does_not_explain_it_is_named(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.icmp_reports = 3;
	row.reporter[0] = (struct mw_path_reporter){v4(203, 0, 113, 1), 1440};
	row.reporter[1] = (struct mw_path_reporter){v4(203, 0, 113, 2), 0};
	row.reporters_count = 2;
	give(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "vanish without a fitting ICMP report");
	assert_lacks(finding->evidence, "nobody");
	assert_holds(finding->evidence,
				 "- Who reported, in order: 203.0.113.1 (1440 bytes), 203.0.113.2 (no size given): the "
				 "least counts, 1440 bytes.");
	assert_holds(finding->advice, "MSS clamp 1340"); // what is measured counts
}

static void udp_is_judged_by_answers(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.protocol = 17;
	row.retransmits = row.mss_syn = row.mss_synack = MW_UNKNOWN_I64;
	give(*state, row);
	finding = only(*state);
	assert_string_equal(finding->summary,
						"UDP packets of more than 1380 bytes from 192.0.2.1 to 198.51.100.7 are never "
						"answered, without an ICMP report; smaller ones are.");
	assert_holds(finding->evidence, "- UDP flows that show it: 2");
	assert_holds(finding->alternatives, "RFC 8899");
	assert_holds(finding->advice, "at most 1352 bytes into a UDP packet (1380 - 28)");
	assert_lacks(finding->advice, "MSS clamp 1");
	assert_lacks(finding->advice, "tcp_mtu_probing");
	assert_whole(finding);
}

static void datagrams_in_pieces_are_told(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

	row.fragmented = 1;
	give(*state, row);
	assert_holds(only(*state)->evidence, "- 1 datagram in pieces passed whole");
}

static void prefixes_are_no_address_to_ping(void **state)
{
	const struct mw_finding *finding;

	give(*state, hole_row("192.0.2.0/24", "198.51.100.0/24"));
	finding = only(*state);
	assert_string_equal(finding->subject, "192.0.2.0/24 to 198.51.100.0/24");
	assert_holds(finding->advice, "-s 1352 ADDRESS (");
	assert_lacks(finding->advice, "1352 198");
}

static void repeated_rows_count_once(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	for (uint32_t i = 0; i < 5; i++)
		give(*state, row);
	row.flows = 3;
	row.retransmits = 15;
	row.last_ns += MW_NS_PER_SECOND;
	give(*state, row);
	finding = only(*state);
	assert_int_equal(finding->count, 3);
	assert_holds(finding->evidence, "Retransmissions of one large packet: up to 15.");
	assert_int_equal(finding->first_ns, NOON_NS);
	assert_int_equal(finding->last_ns, NOON_NS + 51 * MW_NS_PER_SECOND);
}

static void the_end_of_it_is_told_and_a_return(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7"), fine = row;
	const struct mw_finding *finding;

	fine.verdict = MW_PATH_OK;
	give(*state, fine);
	assert_int_equal(count_findings(*state), 0);
	give(*state, row);
	give(*state, fine);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_holds(finding->summary, "vanished without an ICMP report; smaller ones arrived. Not any more.");
	assert_holds(finding->evidence, "- Not any more: at the last look large packets get through.\n");
	assert_whole(finding);
	give(*state, row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_lacks(finding->summary, "Not any more");
	assert_lacks(finding->evidence, "Not any more");
}

static void a_report_turns_a_black_hole_into_another_finding(void **state)
{
	const struct mw_finding *const *findings;

	give(*state, hole_row("192.0.2.1", "198.51.100.7"));
	give(*state, ignored_row("192.0.2.1", "198.51.100.7"));
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 2);
	assert_string_equal(findings[0]->kind, "icmp-too-big-ignored");
	assert_int_equal(findings[0]->severity, MW_SEVERITY_WARNING);
	assert_holds(findings[1]->evidence, "Not any more: at the last look a router reports it, see the finding "
										"icmp-too-big-ignored.");
}

static void healthy_paths_are_no_finding(void **state)
{
	const uint8_t verdicts[] = {MW_PATH_OK, MW_PATH_HONOURED, MW_PATH_CLAMPED, 255};

	for (size_t i = 0; i < MW_ARRAY_SIZE(verdicts); i++) {
		struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

		row.verdict = verdicts[i];
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
}

static void an_exact_mtu_names_the_tunnel(void **state)
{
	static const struct {
		int64_t mtu_bytes;
		const char *words;
	} cases[] = {
		{1492, "PPPoE (8 bytes)"},     {1480, "6in4"},       {1476, "GRE (24"},        {1464, "GTP-U"},
		{1460, "MAP-E, DS-Lite"},      {1456, "GTP-U"},      {1454, "FLET'S"},         {1450, "VXLAN"},
		{1440, "WireGuard over IPv4"}, {1427, "ESP in UDP"}, {1420, "WireGuard (80"},  {1416, "ESP in UDP"},
		{1412, "ESP in UDP"},          {1340, "F5"},         {1300, "mobile network"},
	};

	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");
		char start[64];

		row.mtu_low = row.mtu_high = cases[i].mtu_bytes;
		give(*state, row);
		snprintf(start, sizeof(start), "- An MTU of %d bytes, as it looks: ", (int)cases[i].mtu_bytes);
		assert_holds(only(*state)->evidence, start);
		assert_holds(strstr(only(*state)->evidence, start), cases[i].words);
	}
}

static void other_numbers_name_no_tunnel(void **state)
{
	const int64_t numbers[] = {1500, 1491, 1461, 1428, 1411, 1381, 9000};

	for (size_t i = 0; i < MW_ARRAY_SIZE(numbers); i++) {
		struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

		row.mtu_low = row.mtu_high = numbers[i];
		row.mss_synack = 1414; // what a host announces says less than what the path shows
		give(*state, row);
		assert_lacks(only(*state)->evidence, "as it looks");
	}
}

static void an_mss_names_a_tunnel_when_the_mtu_is_not_exact(void **state)
{
	struct mw_path_row row = hole_row("192.0.2.1", "198.51.100.7");

	row.mtu_low = 1400;
	row.mtu_high = 1499;
	row.mss_synack = 1414;
	give(*state, row);
	assert_holds(only(*state)->evidence,
				 "- An MSS of 1414 makes packets of 1454 bytes, as it looks: PPPoE on FLET'S lines");
	snprintf(row.src, sizeof(row.src), "2001:db8::1");
	row.mss_synack = 1440; // 1500 with IPv6
	row.mss_syn = 1440;
	give(*state, row);
	assert_lacks(finding_of(*state, "2001:db8::1 to 198.51.100.7")->evidence, "An MSS of");
}

static void the_longest_texts_are_whole(void **state)
{
	struct mw_path_row row = hole_row("", "");
	const struct mw_finding *finding;

	memset(row.src, 'f', sizeof(row.src) - 1);
	memset(row.dst, 'e', sizeof(row.dst) - 1);
	row.src[4] = ':';
	row.mtu_low = 1000;
	row.mtu_high = 65000;
	row.retransmits = row.flows = row.flows_confirmed = row.segments_lost = row.fragmented = INT64_MAX;
	row.mirror_gaps = true;
	row.receiver_alive = false;
	row.reporters_count = MW_PATH_REPORTERS;
	for (uint32_t i = 0; i < MW_PATH_REPORTERS; i++) {
		memset(&row.reporter[i].address, (int)(0xf1 + i), sizeof(row.reporter[i].address));
		row.reporter[i].mtu_bytes = UINT32_MAX - i;
	}
	give(*state, row);
	finding = only(*state);
	assert_whole(finding);
	assert_holds(finding->evidence, "- Seen from");
	assert_holds(finding->advice, "tcp_mtu_probing");
}

static const struct CMUnitTest tests[] = {
	CASE(a_black_hole_is_told_with_its_numbers),
	CASE(many_confirmed_connections_are_critical),
	CASE(ipv6_has_its_own_sizes),
	CASE(a_narrow_range_clamps_to_what_surely_fits),
	CASE(a_wide_range_says_so_and_starts_safe),
	CASE(ipv6_links_carry_1280_bytes),
	CASE(what_is_not_known_is_not_told),
	CASE(impossible_numbers_stay_within_bounds),
	CASE(the_place_of_the_loss_is_told),
	CASE(doubts_are_told),
	CASE(a_report_that_does_not_explain_it_is_named),
	CASE(udp_is_judged_by_answers),
	CASE(datagrams_in_pieces_are_told),
	CASE(prefixes_are_no_address_to_ping),
	CASE(repeated_rows_count_once),
	CASE(the_end_of_it_is_told_and_a_return),
	CASE(a_report_turns_a_black_hole_into_another_finding),
	CASE(healthy_paths_are_no_finding),
	CASE(an_exact_mtu_names_the_tunnel),
	CASE(other_numbers_name_no_tunnel),
	CASE(an_mss_names_a_tunnel_when_the_mtu_is_not_exact),
	CASE(the_longest_texts_are_whole),
};

MW_TEST_MAIN("diagnose_paths", tests)
