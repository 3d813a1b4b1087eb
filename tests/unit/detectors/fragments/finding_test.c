// SPDX-License-Identifier: BSD-3-Clause
// Lost fragments: when it is loss and neither chance nor the mirror, whose it is, what is said of it.
// Neighbours: lib/detectors/fragments/finding.c, finding_text.c, finding_many.c, advice.c, pairs.c.
#include "finding_rows.h"

static void one_incomplete_datagram_is_no_finding(void **state)
{
	give(*state, lost_row(1, 0));
	give(*state, lost_row(2, 0));
	assert_int_equal(count_findings(*state), 0);
}

static void later_pieces_that_never_come_are_a_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 5; i++)
		give(*state, lost_row(i, 1));
	finding = only(*state);
	assert_string_equal(finding->kind, "fragments-lost");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 80);
	assert_int_equal(finding->count, 5);
	assert_int_equal(finding->first_ns, NOON_NS + MW_NS_PER_SECOND / 2);
	assert_int_equal(finding->last_ns, NOON_NS + 5 * MW_NS_PER_SECOND / 2);
	assert_string_equal(finding->subject, "192.0.2.1 to 192.0.2.9");
	assert_string_equal(finding->summary,
						"Fragments from 192.0.2.1 to 192.0.2.9 (UDP) are lost: 5 of 6 datagrams lack pieces (only the "
						"first piece comes), lost between the sender and this tap.");
	assert_holds(finding->evidence, "- Never complete here: 5 of 6 datagrams in pieces, between 2026-01-11T12:00:00.5");
	assert_holds(finding->evidence, "only the first piece came, and no later one");
	assert_holds(finding->evidence, "3480 bytes behind the IP header");
	assert_holds(finding->evidence, "an IP packet of 1500 bytes");
	assert_holds(finding->evidence, "UDP port 4500 to 4500: bytes 1480-3479 of 3480 never passed.");
	assert_holds(finding->alternatives, "LAG, ECMP");
	assert_holds(finding->advice, "RFC 7383");
	assert_holds(finding->advice, "on 192.0.2.1 let the application send smaller");
	assert_holds(finding->advice, "block fragments");
	assert_sound(finding);
}

static void all_of_many_lost_is_critical(void **state)
{
	for (uint32_t i = 1; i <= 10; i++)
		give(*state, lost_row(i, 0));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_CRITICAL);
}

static void what_is_from_its_receiver_or_a_group_was_never_on_a_way(void **state)
{
	const struct mw_address groups[] = {v4(224, 0, 0, 9), {{0xff, 2, [15] = 1}}};

	for (uint32_t i = 1; i <= 12; i++) {
		struct mw_fragment_row row = headless_row(i, 0);

		row.src = i % 3 == 0 ? row.dst : groups[i % 3 - 1];
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
	for (uint32_t i = 1; i <= 12; i++) // its neighbour in the same network is a sender
		give(*state, headless_row(i, 0));
	assert_int_equal(count_findings(*state), 1);
}

static void a_lost_first_piece_is_told_apart(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 5; i++)
		give(*state, headless_row(i, 0));
	finding = only(*state);
	assert_holds(finding->summary, "all comes but the first piece");
	assert_holds(finding->evidence, "UDP: bytes 0-1479 of 3480 never passed.");
	assert_lacks(finding->evidence, "UDP port");
}

static void a_link_that_passes_only_short_pieces_is_told_apart(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 5; i++) {
		struct mw_fragment_row row = headless_row(i, 0);

		row.fragments_seen = 1;
		row.bytes_seen = 520;
		row.largest_bytes = 540;
		strcpy(row.missing, "0-2959");
		give(*state, row);
	}
	finding = only(*state);
	assert_holds(finding->summary, "only the last, shorter piece comes");
	assert_holds(finding->evidence, "smaller MTU");
}

/** A mirror that loses two packets of a hundred: of datagrams in three pieces about six of a hundred. */
static void random_mirror_loss_is_no_finding(void **state)
{
	uint32_t random = 12345, incomplete = 0;
	int64_t complete = 0;

	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t lost = 0;

		for (uint32_t piece = 0; piece < 3; piece++) {
			random = random * 1664525 + 1013904223;
			lost |= (random >> 16) % 100 < 2 ? 1u << piece : 0;
		}
		complete += lost == 0;
		if (lost == 0 || lost == 7)
			continue;
		incomplete++;
		give(*state, lost == 6   ? lost_row(incomplete, complete)
					 : lost == 1 ? headless_row(incomplete, complete)
								 : holed_row(incomplete, complete));
	}
	assert_true(incomplete > 500);
	assert_int_equal(count_findings(*state), 0);
}

/** Twenty pieces each: a third of the datagrams are hit, one way or another. */
static void many_pieces_are_hit_more_often_by_chance(void **state)
{
	for (uint32_t i = 1; i <= 200; i++) {
		struct mw_fragment_row row = holed_row(i, 2 * i);

		row.bytes_total = 20 * 1480;
		row.fragments_seen = 19;
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
}

static void a_burst_of_mirror_loss_is_no_finding(void **state)
{
	for (uint32_t i = 1; i <= 50; i++) {
		struct mw_fragment_row row = i % 2 ? headless_row(i, 3) : holed_row(i, 3);

		row.ts_ns = row.last_ns = NOON_NS + i * MW_NS_PER_SECOND / 100;
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
}

static void a_mirror_that_loses_a_tenth_is_no_finding(void **state)
{
	for (uint32_t i = 1; i <= 60; i++) { // of three pieces each: three datagrams of ten lack one
		uint32_t whole = i * 7 / 3;

		give(*state, i % 3 == 0 ? lost_row(i, whole) : i % 3 == 1 ? headless_row(i, whole) : holed_row(i, whole));
	}
	assert_int_equal(count_findings(*state), 0);
}

static void heavy_random_loss_is_a_finding_less_sure(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 48; i++)
		give(*state, i % 3 == 0 ? lost_row(i, i) : i % 3 == 1 ? headless_row(i, i) : holed_row(i, i));
	finding = only(*state);
	assert_int_equal(finding->confidence, 65);
	assert_holds(finding->summary, "48 of 96 datagrams lack pieces (not always the same pieces)");
	assert_holds(finding->alternatives, "The mirror, not the network");
	assert_sound(finding);
}

static void the_receivers_word_is_enough(void **state)
{
	struct mw_fragment_row row = holed_row(1, 400);
	const struct mw_finding *finding;

	row.pair_exceeded = 1;
	row.anomaly = HAS(RECEIVER);
	give(*state, row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 80);
	assert_holds(finding->summary, "1 of 401 datagrams");
	assert_holds(finding->summary, "The receiver says so, too.");
	assert_holds(finding->evidence, "192.0.2.9 told the sender by ICMP that");
	assert_lacks(finding->alternatives, "mirror");
	assert_lacks(finding->summary, "always"); // one shows no pattern
	assert_lacks(finding->evidence, "Which pieces");
	assert_sound(finding);
}

static void loss_behind_the_tap_is_told_so(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 3; i++) {
		struct mw_fragment_row row = lost_row(i, i);

		row.verdict = MW_FRAGMENTS_IRREGULAR;
		row.anomaly = HAS(RECEIVER);
		row.missing[0] = '\0';
		row.fragments_seen = 3;
		row.pair_incomplete = 0;
		row.pair_exceeded = i;
		give(*state, row);
	}
	finding = only(*state);
	assert_int_equal(finding->confidence, 85);
	assert_int_equal(finding->count, 3);
	assert_string_equal(finding->summary,
						"Fragments from 192.0.2.1 to 192.0.2.9 (UDP) are lost: 3 passed this tap whole, but the "
						"receiver lacked pieces: lost behind the tap.");
	assert_holds(finding->evidence, "lost between this tap and the receiver");
	assert_lacks(finding->evidence, "Never complete here");
	assert_sound(finding);
}

static void pattern_and_receiver_together_are_surest(void **state)
{
	for (uint32_t i = 1; i <= 5; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.pair_exceeded = i;
		give(*state, row);
	}
	assert_int_equal(only(*state)->confidence, 90);
}

static void evicted_and_regular_rows_are_no_loss(void **state)
{
	for (uint32_t i = 1; i <= 20; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.verdict = i % 2 ? MW_FRAGMENTS_EVICTED : MW_FRAGMENTS_IRREGULAR;
		row.anomaly = i % 2 ? 0 : HAS(OVERLAP_SAME) | HAS(ATOMIC) | HAS(ID_REUSE);
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0);
	for (uint32_t i = 21; i <= 25; i++)
		give(*state, lost_row(i, 0));
	assert_holds(only(*state)->evidence, "Not counted: 10 datagrams that gave way");
}

static void a_flood_of_first_pieces_is_no_certain_loss(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 1200; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.ts_ns = row.last_ns = NOON_NS + i * MW_NS_PER_SECOND / 500;
		give(*state, row);
	}
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->confidence, 50);
	assert_holds(finding->alternatives, "Most likely a flood");
}

static void give_pair(struct mw_diagnosis *diagnosis, struct mw_address src, struct mw_address dst)
{
	for (uint32_t i = 1; i <= 4; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.src = src;
		row.dst = dst;
		give(diagnosis, row);
	}
}

static const struct mw_finding *finding_about(struct mw_diagnosis *diagnosis, const char *subject)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(findings[i]->subject, subject) == 0)
			return findings[i];
	}
	fail_msg("nothing about \"%s\"", subject);
	return NULL;
}

static void many_receivers_of_one_sender_share_a_finding(void **state)
{
	const struct mw_finding *finding;

	for (uint8_t i = 1; i <= 100; i++)
		give_pair(*state, v4(192, 0, 2, 1), v4(192, 0, 7, i));
	assert_int_equal(count_findings(*state), 9);
	finding = finding_about(*state, "92 more receivers of 192.0.2.1");
	assert_holds(finding->evidence, "192.0.2.1 to 192.0.7.9, 192.0.2.1 to 192.0.7.10, ");
	assert_holds(finding->evidence, " and others.");
	assert_sound(finding);
}

static void many_senders_to_one_receiver_share_a_finding(void **state)
{
	for (uint8_t i = 1; i <= 100; i++)
		give_pair(*state, v4(192, 0, 7, i), v4(192, 0, 2, 1));
	assert_int_equal(count_findings(*state), 9);
	assert_sound(finding_about(*state, "92 more senders to 192.0.2.1"));
}

static void pairs_without_bound_make_findings_with_a_bound(void **state)
{
	for (uint32_t i = 0; i < 3000; i++)
		give_pair(*state, v4(192, 0, (uint8_t)(i / 200), (uint8_t)(i % 200)),
				  v4(192, 0, (uint8_t)(100 + i / 200), (uint8_t)(i % 200)));
	assert_int_equal(count_findings(*state), 65);
	assert_sound(finding_about(*state, "more than 256 more pairs of hosts"));
	mw_diagnosis_clear(*state);
	assert_int_equal(count_findings(*state), 0);
	give_pair(*state, v4(192, 0, 2, 1), v4(192, 0, 2, 9));
	assert_int_equal(only(*state)->count, 4);
}

/** Pairs that lose little and are less sure come first: what loses much is named all the same. */
static void a_pair_that_tells_more_takes_the_place_of_one_that_tells_less(void **state)
{
	struct mw_fragment_row row;

	for (uint32_t i = 0; i < 1000; i++)
		give_pair(*state, v4(192, 0, (uint8_t)(i / 200), (uint8_t)(i % 200)),
				  v4(192, 0, (uint8_t)(100 + i / 200), (uint8_t)(i % 200)));
	for (uint32_t i = 1; i <= 9; i++) {
		row = lost_row(i, 0);
		row.src = v4(203, 0, 113, 151);
		give(*state, row);
	}
	assert_int_equal(finding_about(*state, "203.0.113.151 to 192.0.2.9")->count, 9);
	assert_int_equal(count_findings(*state), 65);
	assert_sound(finding_about(*state, "more than 256 more pairs of hosts"));
}

static void among_the_pairs_of_one_host_the_surest_are_named(void **state)
{
	struct mw_fragment_row row;

	for (uint8_t i = 1; i <= 100; i++)
		give_pair(*state, v4(192, 0, 7, i), v4(192, 0, 2, 9));
	for (uint32_t i = 1; i <= 9; i++) {
		row = lost_row(i, 0);
		row.src = v4(203, 0, 113, 151);
		give(*state, row);
	}
	assert_int_equal(finding_about(*state, "203.0.113.151 to 192.0.2.9")->count, 9);
	assert_int_equal(count_findings(*state), 9);
	assert_sound(finding_about(*state, "94 more senders to 192.0.2.9")); // itself, while it told less
}

static void a_pair_that_gave_way_in_memory_keeps_its_finding(void **state)
{
	give_pair(*state, v4(192, 0, 2, 1), v4(192, 0, 2, 9));
	for (uint32_t i = 0; i < 20000; i++) {
		struct mw_fragment_row row = lost_row(5, 0);

		row.src = longest_address((uint8_t)i);
		row.src.bytes[14] = (uint8_t)(i >> 8);
		give(*state, row);
	}
	give(*state, lost_row(5, 0));
	assert_int_equal(only(*state)->count, 5);
	assert_holds(only(*state)->evidence, "5 of 5 datagrams");
	assert_lacks(only(*state)->evidence, "looked at");
}

static void what_is_not_known_is_not_printed(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 5; i++) {
		struct mw_fragment_row row = lost_row(i, MW_UNKNOWN_I64);

		row.sport = row.dport = row.ip_id = row.fragments_seen = row.bytes_seen = row.bytes_total = MW_UNKNOWN_I64;
		row.largest_bytes = row.pair_incomplete = row.pair_exceeded = MW_UNKNOWN_I64;
		row.missing[0] = row.proto[0] = '\0';
		row.first_seen = false;
		row.protocol = 132;
		give(*state, row);
	}
	assert_int_equal(count_findings(*state), 0); // nothing says how many came whole
	for (uint32_t i = 1; i <= 2; i++) {
		struct mw_fragment_row row = lost_row(i, MW_UNKNOWN_I64);

		row.sport = row.dport = row.ip_id = row.fragments_seen = row.bytes_seen = row.bytes_total = MW_UNKNOWN_I64;
		row.largest_bytes = row.pair_incomplete = row.pair_exceeded = MW_UNKNOWN_I64;
		row.missing[0] = row.proto[0] = '\0';
		row.protocol = 132;
		row.anomaly = HAS(RECEIVER);
		give(*state, row);
	}
	finding = only(*state);
	assert_holds(finding->summary, "(protocol 132) are lost: 7 datagrams lack pieces");
	assert_holds(finding->evidence, "protocol 132: some bytes never passed.");
	assert_lacks(finding->evidence, "largest piece");
	assert_sound(finding);
}

static void the_longest_texts_fit(void **state)
{
	const struct mw_finding *finding;

	for (uint32_t i = 1; i <= 20; i++) {
		struct mw_fragment_row row = lost_row(i, INT64_MAX / 4);

		row.src = longest_address(1);
		row.dst = longest_address(2);
		row.pair_incomplete = INT64_MAX / 4;
		row.pair_exceeded = INT64_MAX;
		row.sport = row.dport = 65535;
		row.bytes_total = 65000 + i;
		row.anomaly = HAS(RECEIVER);
		row.verdict = i % 2 ? MW_FRAGMENTS_IRREGULAR : MW_FRAGMENTS_INCOMPLETE;
		memset(row.missing, '1', sizeof(row.missing) - 1);
		strcpy(row.proto, "icmpv6x");
		give(*state, row);
	}
	finding = only(*state);
	assert_holds(finding->subject, "fefe:fefe:fefe:fefe:fefe:fefe:fefe:fe02");
	assert_holds(finding->evidence, "111...");
	assert_sound(finding);
}

static void dns_answers_get_advice_on_dns(void **state)
{
	for (uint32_t i = 1; i <= 5; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.sport = 53;
		give(*state, row);
	}
	assert_holds(only(*state)->advice, "EDNS buffer of 1232 bytes");
	assert_lacks(only(*state)->advice, "IKE");
}

static const struct CMUnitTest tests[] = {
	CASE(one_incomplete_datagram_is_no_finding),
	CASE(later_pieces_that_never_come_are_a_finding),
	CASE(all_of_many_lost_is_critical),
	CASE(what_is_from_its_receiver_or_a_group_was_never_on_a_way),
	CASE(a_lost_first_piece_is_told_apart),
	CASE(a_link_that_passes_only_short_pieces_is_told_apart),
	CASE(random_mirror_loss_is_no_finding),
	CASE(many_pieces_are_hit_more_often_by_chance),
	CASE(a_burst_of_mirror_loss_is_no_finding),
	CASE(a_mirror_that_loses_a_tenth_is_no_finding),
	CASE(heavy_random_loss_is_a_finding_less_sure),
	CASE(the_receivers_word_is_enough),
	CASE(loss_behind_the_tap_is_told_so),
	CASE(pattern_and_receiver_together_are_surest),
	CASE(evicted_and_regular_rows_are_no_loss),
	CASE(a_flood_of_first_pieces_is_no_certain_loss),
	CASE(many_receivers_of_one_sender_share_a_finding),
	CASE(many_senders_to_one_receiver_share_a_finding),
	CASE(pairs_without_bound_make_findings_with_a_bound),
	CASE(a_pair_that_tells_more_takes_the_place_of_one_that_tells_less),
	CASE(among_the_pairs_of_one_host_the_surest_are_named),
	CASE(a_pair_that_gave_way_in_memory_keeps_its_finding),
	CASE(what_is_not_known_is_not_printed),
	CASE(the_longest_texts_fit),
	CASE(dns_answers_get_advice_on_dns),
};

MW_TEST_MAIN("diagnose_fragments", tests)
