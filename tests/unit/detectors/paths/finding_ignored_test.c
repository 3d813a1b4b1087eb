// SPDX-License-Identifier: BSD-3-Clause
// A router's word on the size of packets that their sender does not heed, or is not told, in plain words.
// Neighbours: lib/detectors/paths/finding_ignored.c, advice.c; finding_rows.h.
#include "finding_rows.h"

static struct mw_path_row misaddressed_row(const char *src, const char *dst)
{
	struct mw_path_row row = ignored_row(src, dst);

	row.verdict = MW_PATH_MISADDRESSED;
	row.told = v4(203, 0, 113, 200);
	return row;
}

static void an_ignored_report_is_told_with_its_numbers(void **state)
{
	const struct mw_finding *finding;

	give(*state, ignored_row("192.0.2.1", "198.51.100.7"));
	finding = only(*state);
	assert_string_equal(finding->kind, "icmp-too-big-ignored");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->count, 5);
	assert_string_equal(finding->summary,
						"Router 203.0.113.9 says that packets from 192.0.2.1 to 198.51.100.7 must not "
						"exceed 1380 bytes; 192.0.2.1 goes on sending up to 1500.");
	assert_holds(finding->evidence, "- Reports: 5 of ICMP type 3 code 4 (fragmentation needed).\n");
	assert_holds(finding->evidence, "- Who reported, in order: 203.0.113.1 (1440 bytes), 203.0.113.9 (1380 bytes): the "
									"least counts, 1380 bytes.\n");
	assert_holds(finding->evidence, "- Packets that were still too large after the report: 14, of up to 1500 bytes.\n");
	assert_lacks(finding->evidence, "Addressed to");
	assert_holds(finding->alternatives, "- ICMP is dropped between this tap and the sender");
	assert_holds(finding->alternatives, "- A NAT between them");
	assert_holds(finding->alternatives, "- A forged report: anybody");
	assert_lacks(finding->alternatives, "RFC 8899");
	assert_holds(finding->advice, "- MSS clamp 1340 (1380 - 40) on the router before the narrow link.\n");
	assert_holds(finding->advice, "ip route get 198.51.100.7 shows mtu 1380");
	assert_holds(finding->advice, "ping -M do -s 1352 198.51.100.7 (Windows: ping -f -l 1352) passes, 1353 does not.");
	assert_whole(finding);
}

static void a_misaddressed_report_names_who_got_it(void **state)
{
	const struct mw_finding *finding;

	give(*state, misaddressed_row("192.0.2.1", "198.51.100.7"));
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_string_equal(
		finding->summary,
		"Router 203.0.113.9 says that packets from 192.0.2.1 to 198.51.100.7 must not exceed 1380 bytes, "
		"but tells 203.0.113.200, not the sender; 192.0.2.1 goes on sending up to 1500.");
	assert_holds(finding->evidence,
				 "- Addressed to 203.0.113.200, though the packet that they quote was sent by 192.0.2.1.\n");
	assert_holds(finding->advice, "opnsense/core#4094, opnsense/src#282");
	assert_holds(finding->advice, "- MSS clamp 1340 (1380 - 40) there for now (pf: scrub max-mss).\n");
	assert_lacks(finding->advice, "ip route get");
	assert_whole(finding);
}

static void what_came_after_is_claimed_only_when_seen(void **state)
{
	struct mw_path_row row = misaddressed_row("192.0.2.1", "198.51.100.7");

	row.sent_after_report = 0;
	memset(&row.told, 0, sizeof(row.told));
	give(*state, row);
	assert_holds(only(*state)->summary, "1380 bytes, but tells another address, not the sender.");
	assert_lacks(only(*state)->evidence, "too large after");
	assert_whole(only(*state));
}

static void udp_that_probes_is_a_notice(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");

	row.protocol = 17;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->alternatives, "RFC 8899, QUIC");
	assert_holds(only(*state)->advice, "at most 1352 bytes into a UDP packet (1380 - 28)");
	row = misaddressed_row("192.0.2.1", "198.51.100.7");
	row.protocol = 17;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_WARNING);
	row.protocol = 0; // several
	give(*state, row);
	assert_holds(only(*state)->alternatives, "RFC 8899, QUIC");
}

static void a_report_without_a_size_is_told_so(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");
	const struct mw_finding *finding;

	row.mtu_high = MW_UNKNOWN_I64;
	row.reporter[0].mtu_bytes = 0;
	row.reporters_count = 1;
	give(*state, row);
	finding = only(*state);
	assert_string_equal(finding->summary, "Router 203.0.113.1 says that packets from 192.0.2.1 to 198.51.100.7 are too "
										  "large, without a size; 192.0.2.1 goes on sending as before.");
	assert_holds(finding->evidence, "- Who reported, in order: 203.0.113.1 (no size given).\n");
	assert_whole(finding);
	row.reporters_count = 0;
	give(*state, row);
	assert_holds(only(*state)->summary, "A router says that packets");
	assert_lacks(only(*state)->evidence, "Who reported");
}

static void a_size_that_no_host_heeds_is_a_notice(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");

	row.reporter[1].mtu_bytes = 68;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->alternatives, "hosts do not go below about 576 bytes.");
	assert_lacks(only(*state)->advice, "clamp");
	assert_whole(only(*state));
	row = ignored_row("2001:db8::1", "2001:db8::7");
	row.reporter[1].mtu_bytes = 1000;
	give(*state, row);
	assert_holds(finding_of(*state, "2001:db8::1 to 2001:db8::7")->alternatives, "below 1280 bytes (RFC 8201).");
	assert_int_equal(finding_of(*state, "2001:db8::1 to 2001:db8::7")->severity, MW_SEVERITY_NOTICE);
}

static void ipv6_has_its_own_sizes(void **state)
{
	give(*state, ignored_row("2001:db8::1", "2001:db8:1::7"));
	assert_holds(only(*state)->evidence, "ICMPv6 type 2 (packet too big)");
	assert_holds(only(*state)->advice, "MSS clamp 1320 (1380 - 60)");
}

static void what_got_through_all_the_same_is_told(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");

	row.largest_acked = 1500;
	row.smallest_lost = MW_UNKNOWN_I64;
	row.mtu_low = 1500;
	give(*state, row);
	assert_holds(only(*state)->alternatives, "- Packets of 1500 bytes did get through at some time");
	assert_holds(only(*state)->summary, "must not exceed 1380 bytes; 192.0.2.1 goes on sending up to 1500.");
	assert_holds(only(*state)->advice, "MSS clamp 1340");
}

static void a_hint_is_told_as_one(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");

	row.confidence = 40;
	row.mirror_gaps = true;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->summary, "As it seems: Router 203.0.113.9 says");
	assert_holds(only(*state)->evidence, "The mirror missed packets");
}

static void a_sender_that_heeds_ends_it(void **state)
{
	struct mw_path_row row = ignored_row("192.0.2.1", "198.51.100.7");

	give(*state, row);
	row.verdict = MW_PATH_HONOURED;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_holds(only(*state)->summary, "said that packets");
	assert_holds(only(*state)->summary, "went on sending up to 1500. Not any more.");
	assert_holds(only(*state)->evidence, "- Not any more: at the last look the sender heeds the reports.\n");
}

static void both_verdicts_are_one_finding(void **state)
{
	give(*state, ignored_row("192.0.2.1", "198.51.100.7"));
	give(*state, misaddressed_row("192.0.2.1", "198.51.100.7"));
	assert_holds(only(*state)->summary, "but tells 203.0.113.200");
	assert_lacks(only(*state)->summary, "Not any more");
}

static void many_senders_are_one_finding_with_all_reporters(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t round = 0; round < 2; round++) {
		for (uint8_t i = 1; i <= 10; i++) {
			char src[32];
			struct mw_path_row row;

			snprintf(src, sizeof(src), "192.0.2.%u", i);
			row = misaddressed_row(src, "198.51.100.7");
			row.told.bytes[15] = i;
			row.reporter[1].address.bytes[15] = (uint8_t)(9 + i / 9);
			give(*state, row);
		}
	}
	finding = only(*state);
	assert_string_equal(finding->subject, "10 senders to 198.51.100.7");
	assert_int_equal(finding->count, 50);
	assert_holds(finding->summary,
				 "Router 203.0.113.9 says that packets from 10 senders to 198.51.100.7 must not exceed "
				 "1380 bytes, but tells 203.0.113.1 and others, not the sender; the senders go on");
	assert_holds(finding->evidence,
				 "203.0.113.1 (1440 bytes), 203.0.113.9 (1380 bytes), 203.0.113.10 (1380 bytes): the");
	assert_holds(finding->evidence, "(10 of 10 paths)");
	assert_whole(finding);
}

static void the_longest_texts_are_whole(void **state)
{
	const uint8_t verdicts[] = {MW_PATH_IGNORED, MW_PATH_MISADDRESSED};

	for (size_t v = 0; v < MW_ARRAY_SIZE(verdicts); v++) {
		struct mw_path_row row =
			ignored_row("fd00:1111:2222:3333:4444:5555:6666:7777", "fd00:1111:2222:3333:4444:5555:66:7");
		const struct mw_finding *finding;

		row.verdict = verdicts[v];
		row.reporters_count = MW_PATH_REPORTERS;
		for (uint32_t i = 0; i < MW_PATH_REPORTERS; i++) {
			memset(&row.reporter[i].address, (int)(0xf1 + i), sizeof(row.reporter[i].address));
			row.reporter[i].mtu_bytes = 65535 - i;
		}
		memset(&row.told, 0xfd, sizeof(row.told));
		row.icmp_reports = row.sent_after_report = row.retransmits = row.flows = row.largest_acked = INT64_MAX;
		row.protocol = 0;
		row.mirror_gaps = true;
		row.smallest_lost = 65535;
		row.confidence = 40;
		give(*state, row);
		finding = only(*state);
		assert_whole(finding);
		assert_holds(finding->summary, "to fd00:1111:2222:3333:4444:5555:66:7 must not exceed 65532 bytes");
		assert_holds(finding->advice, "Measure");
		assert_holds(finding->evidence, "- Seen from");
	}
}

static const struct CMUnitTest tests[] = {
	CASE(an_ignored_report_is_told_with_its_numbers),
	CASE(a_misaddressed_report_names_who_got_it),
	CASE(what_came_after_is_claimed_only_when_seen),
	CASE(udp_that_probes_is_a_notice),
	CASE(a_report_without_a_size_is_told_so),
	CASE(a_size_that_no_host_heeds_is_a_notice),
	CASE(ipv6_has_its_own_sizes),
	CASE(what_got_through_all_the_same_is_told),
	CASE(a_hint_is_told_as_one),
	CASE(a_sender_that_heeds_ends_it),
	CASE(both_verdicts_are_one_finding),
	CASE(many_senders_are_one_finding_with_all_reporters),
	CASE(the_longest_texts_are_whole),
};

MW_TEST_MAIN("diagnose_paths_ignored", tests)
