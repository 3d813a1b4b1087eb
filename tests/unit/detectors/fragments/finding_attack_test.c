// SPDX-License-Identifier: BSD-3-Clause
// Fragments made to harm: what accuses a sender, what does not, and that many senders stay few findings.
// Neighbours: lib/detectors/fragments/finding_attack.c.
#include "finding_rows.h"

static struct mw_fragment_row odd_row(uint32_t number, uint32_t anomaly)
{
	struct mw_fragment_row row = lost_row(number, 5);

	row.verdict = MW_FRAGMENTS_IRREGULAR;
	row.anomaly = anomaly;
	row.missing[0] = '\0';
	row.pair_incomplete = 0;
	row.known = true;
	return row;
}

/** Datagrams of one sender among a flood of others. */
static void give_sender(struct mw_diagnosis *diagnosis, uint32_t sender, uint32_t datagrams, bool known)
{
	struct mw_fragment_row row = odd_row(1, HAS(OVERLAP_DIFFERENT));

	row.src = v4(10, (uint8_t)(sender >> 16), (uint8_t)(sender >> 8), (uint8_t)sender);
	row.known = known;
	for (uint32_t i = 0; i < datagrams; i++)
		give(diagnosis, row);
}

static const struct mw_finding *about(struct mw_diagnosis *diagnosis, const char *subject)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(findings[i]->subject, subject) == 0)
			return findings[i];
	}
	return NULL;
}

static void overlaps_with_different_bytes_accuse(void **state)
{
	const struct mw_finding *finding;
	struct mw_fragment_row other = odd_row(2, HAS(OVERLAP_DIFFERENT) | HAS(TEARDROP));

	other.dst = v4(192, 0, 2, 10);
	give(*state, odd_row(1, HAS(OVERLAP_DIFFERENT)));
	give(*state, other);
	finding = only(*state);
	assert_string_equal(finding->kind, "fragment-attack");
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_int_equal(finding->confidence, 80);
	assert_int_equal(finding->count, 2);
	assert_string_equal(finding->subject, "192.0.2.1");
	assert_string_equal(finding->summary,
						"192.0.2.1 sends IP fragments as no honest stack makes them to 2 hosts: pieces that overlap "
						"with different bytes, pieces within others (teardrop).");
	assert_holds(finding->evidence, "- overlap-different: 2 datagrams. What it does: ");
	assert_holds(finding->evidence, "RFC 5722");
	assert_holds(finding->evidence, "- teardrop: 1 datagram. ");
	assert_holds(finding->evidence, "The newest: 2026-01-11T12:00:01.000000Z to 192.0.2.10, protocol udp, "
									"identification 2.");
	assert_holds(finding->alternatives, "address can be false");
	assert_holds(finding->advice, "MAC address");
	assert_sound(finding);
}

static void what_honest_stacks_do_does_not_accuse(void **state)
{
	for (uint32_t i = 1; i <= 50; i++)
		give(*state, odd_row(i, HAS(ATOMIC) | HAS(DONT_FRAGMENT) | HAS(ZERO) | HAS(OVERLAP_SAME) | HAS(SCATTERED) |
									HAS(OVERLAP_UNSEEN) | HAS(HEADER) | HAS(NOT_MULTIPLE)));
	assert_int_equal(count_findings(*state), 0);
}

static void an_identification_that_came_again_accuses_nobody(void **state)
{
	give(*state, odd_row(1, HAS(OVERLAP_DIFFERENT) | HAS(LAST_TWICE) | HAS(ID_REUSE)));
	assert_int_equal(count_findings(*state), 0);
}

/** A mirror before and behind a router that cuts pieces again. */
static void pieces_cut_again_accuse_nobody(void **state)
{
	struct mw_fragment_row small = odd_row(2, HAS(TEARDROP) | HAS(OVERLAP_SAME));

	give(*state, odd_row(1, HAS(TEARDROP) | HAS(OVERLAP_SAME)));
	assert_int_equal(count_findings(*state), 0);
	small.largest_bytes = 56; // no router cuts this
	give(*state, small);
	assert_holds(only(*state)->summary, "teardrop");
}

static struct mw_fragment_row tiny_row(uint32_t number, uint8_t protocol)
{
	struct mw_fragment_row row = odd_row(number, HAS(TINY));

	row.protocol = protocol;
	return row;
}

static void a_tiny_piece_of_others_than_tcp_hides_nothing(void **state)
{
	for (uint32_t i = 1; i <= 20; i++) // eight bytes hold both ports of UDP, and all that matters of ICMP
		give(*state, tiny_row(i, i % 2 == 0 ? 17 : 1));
	assert_int_equal(count_findings(*state), 0);
}

static void a_tiny_piece_hides_only_as_the_first(void **state)
{
	struct mw_fragment_row later = tiny_row(1, 6);

	later.first_seen = false;
	give(*state, later);
	assert_int_equal(count_findings(*state), 0);
	give(*state, tiny_row(2, 6));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(only(*state)->confidence, 60);
	for (uint32_t i = 3; i <= 20; i++)
		give(*state, tiny_row(i, 6));
	assert_int_equal(only(*state)->severity, MW_SEVERITY_WARNING);
	assert_int_equal(only(*state)->confidence, 70);
}

static void a_busy_pair_is_hardly_accused(void **state)
{
	struct mw_fragment_row row = odd_row(1, HAS(OVERLAP_DIFFERENT));

	row.pair_complete = 1000000;
	give(*state, row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(only(*state)->confidence, 40);
	assert_holds(only(*state)->alternatives, "RFC 4963");
}

/** Attack pieces are no loss, complete or not. */
static void attack_pieces_are_not_lost_pieces(void **state)
{
	for (uint32_t i = 1; i <= 10; i++) {
		struct mw_fragment_row row = lost_row(i, 0);

		row.anomaly = HAS(BEYOND_LIMIT);
		row.pair_exceeded = i;
		give(*state, row);
	}
	assert_string_equal(only(*state)->kind, "fragment-attack");
	assert_int_equal(only(*state)->confidence, 95 - 10); // nobody answers
}

static void a_sender_that_nobody_answers_is_less_sure(void **state)
{
	give_sender(*state, 1, 1, false);
	assert_int_equal(only(*state)->confidence, 70);
	give_sender(*state, 1, 1, true);
	assert_int_equal(only(*state)->confidence, 80);
}

static void a_flood_of_false_senders_hides_no_other(void **state)
{
	give_sender(*state, 1, 5, true); // before the flood
	for (uint32_t i = 1000; i < 21000; i++) {
		give_sender(*state, i, 1, false);
		if (i % 500 == 0) // slow within it
			give_sender(*state, 2, 1, true);
	}
	give_sender(*state, 3, 2, true); // after it
	for (uint32_t i = 30000; i < 31000; i++)
		give_sender(*state, i, 1, false);
	assert_int_equal(count_findings(*state), 33);
	assert_int_equal(about(*state, "10.0.0.1")->count, 5);
	assert_true(about(*state, "10.0.0.2")->count >= 39); // the first may have given way
	assert_int_equal(about(*state, "10.0.0.3")->count, 2);
	assert_non_null(about(*state, "more than 256 more senders"));
	assert_int_equal(count_left_out(*state), 0); // all are told there
}

static void false_senders_that_repeat_hide_nobody_who_is_answered(void **state)
{
	for (uint32_t i = 1000; i < 6000; i++)
		give_sender(*state, i, 20, false);
	give_sender(*state, 1, 7, true);
	for (uint32_t i = 6000; i < 11000; i++)
		give_sender(*state, i, 20, false);
	assert_int_equal(about(*state, "10.0.0.1")->count, 7);
}

static void false_senders_without_bound_share_a_finding(void **state)
{
	const struct mw_finding *const *findings;
	uint32_t count;

	for (uint32_t i = 0; i < 1000; i++) {
		struct mw_fragment_row row = odd_row(1, HAS(OVERLAP_DIFFERENT));

		row.src = v4(192, 0, (uint8_t)(i >> 8), (uint8_t)i);
		give(*state, row);
	}
	count = mw_diagnosis_findings(*state, &findings);
	assert_int_equal(count, 33);
	for (uint32_t i = 0; i < count; i++) {
		assert_sound(findings[i]);
		if (findings[i]->count > 1)
			assert_holds(findings[i]->summary, "more than 256 more senders send IP fragments");
	}
}

static void the_longest_texts_fit(void **state)
{
	const struct mw_finding *finding;
	struct mw_fragment_row row = odd_row(1, HAS(OVERLAP_DIFFERENT) | HAS(TEARDROP) | HAS(BEYOND_LIMIT) | HAS(TINY) |
												HAS(LAST_TWICE) | HAS(BEYOND_LAST));

	row.protocol = 6;
	row.src = longest_address(1);
	row.dst = longest_address(2);
	row.pair_complete = INT64_MAX;
	row.ip_id = UINT32_MAX;
	strcpy(row.proto, "icmpv6x");
	give(*state, row);
	finding = only(*state);
	assert_holds(finding->summary, "of several kinds, in 1 datagrams.");
	assert_sound(finding);
}

static void what_is_not_known_is_not_printed(void **state)
{
	struct mw_fragment_row row = odd_row(1, HAS(OVERLAP_DIFFERENT));

	row.sport = row.dport = row.ip_id = row.fragments_seen = row.bytes_seen = row.bytes_total = MW_UNKNOWN_I64;
	row.largest_bytes = row.pair_complete = row.pair_incomplete = row.pair_exceeded = MW_UNKNOWN_I64;
	row.proto[0] = '\0';
	give(*state, row);
	assert_sound(only(*state));
	assert_lacks(only(*state)->evidence, "identification");
}

static const struct CMUnitTest tests[] = {
	CASE(overlaps_with_different_bytes_accuse),
	CASE(what_honest_stacks_do_does_not_accuse),
	CASE(an_identification_that_came_again_accuses_nobody),
	CASE(pieces_cut_again_accuse_nobody),
	CASE(a_tiny_piece_hides_only_as_the_first),
	CASE(a_tiny_piece_of_others_than_tcp_hides_nothing),
	CASE(a_busy_pair_is_hardly_accused),
	CASE(attack_pieces_are_not_lost_pieces),
	CASE(a_sender_that_nobody_answers_is_less_sure),
	CASE(a_flood_of_false_senders_hides_no_other),
	CASE(false_senders_that_repeat_hide_nobody_who_is_answered),
	CASE(false_senders_without_bound_share_a_finding),
	CASE(the_longest_texts_fit),
	CASE(what_is_not_known_is_not_printed),
};

MW_TEST_MAIN("diagnose_fragments_attack", tests)
