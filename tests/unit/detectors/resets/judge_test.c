// SPDX-License-Identifier: BSD-3-Clause
// Which outcomes make a forgery, which an endpoint, and where doubt stands.
// Neighbours: lib/detectors/resets/judge.c, and the weights in weights.c.
#include "mw_test.h"

#include <string.h>

#include "facts.h"
#include "judge.h"

#define B(test) RESET_BIT(RESET_##test)
#define PERFECT (B(IN_WINDOW) | B(ANSWERS) | B(SAME_TTL))

static uint8_t verdict(uint64_t outcomes)
{
	return reset_judge(outcomes, (struct reset_doubts){0}, 70).verdict;
}

static void the_masks_say_what_the_table_says(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RESET_TESTS; i++) {
		assert_int_equal((RESET_FORGED_TESTS & RESET_BIT(i)) != 0, reset_tests[i].forged);
		if (reset_tests[i].forged)
			assert_int_equal((RESET_LATER_TESTS & RESET_BIT(i)) == 0, reset_tests[i].shape);
	}
}

static void a_text_that_only_a_middlebox_writes_is_enough(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(PAYLOAD)), MW_RESET_FORGED);
	assert_int_equal(verdict(B(PAYLOAD) | PERFECT), MW_RESET_FORGED);
	assert_int_equal(reset_judge(B(PAYLOAD) | PERFECT, (struct reset_doubts){.one_way = true}, 70).verdict,
					 MW_RESET_FORGED);
	assert_int_equal(reset_judge(B(PAYLOAD) | PERFECT, (struct reset_doubts){0}, 70).origin,
					 MW_MIDDLEBOX_ORIGIN_IN_PATH);
}

static void what_writes_a_text_stands_in_the_path_whatever_number_it_uses(void **state)
{
	(void)state;
	assert_int_equal(reset_judge(B(PAYLOAD) | B(STALE_ABORT) | B(DATA_AFTER), (struct reset_doubts){0}, 70).origin,
					 MW_MIDDLEBOX_ORIGIN_IN_PATH);
	assert_int_equal(reset_judge(B(TTL_SPLIT) | B(STALE_ABORT), (struct reset_doubts){0}, 70).origin,
					 MW_MIDDLEBOX_ORIGIN_OFF_PATH);
}

static void a_perfect_reset_is_the_endpoints(void **state)
{
	(void)state;
	assert_int_equal(verdict(PERFECT), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(IN_WINDOW) | B(SAME_TTL)), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(ANSWERS) | B(SAME_TTL)), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(CLOSED_PORT)), MW_RESET_ENDPOINT);
}

static void a_perfect_reset_without_its_options_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(verdict(PERFECT | B(OPTIONS)), MW_RESET_UNKNOWN);
	assert_int_equal(reset_judge(PERFECT | B(OPTIONS), (struct reset_doubts){0}, 70).confidence, RESET_NOT_KNOWN);
}

static void a_live_sender_convicts_a_perfect_reset_with_one_more_witness(void **state)
{
	struct reset_judgement judgement = reset_judge(PERFECT | B(DATA_AFTER) | B(OPTIONS), (struct reset_doubts){0}, 70);

	(void)state;
	assert_int_equal(judgement.verdict, MW_RESET_FORGED);
	assert_int_equal(judgement.origin, MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	assert_int_equal(verdict(PERFECT | B(DATA_AFTER)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(ANSWERS) | B(DATA_AFTER) | B(IGNORED)), MW_RESET_UNKNOWN); // both are one witness
	assert_int_equal(verdict(PERFECT | B(DATA_AFTER) | B(FASTER)), MW_RESET_FORGED);
	assert_int_equal(verdict(B(ANSWERS) | B(DATA_AFTER) | B(TTL_SPLIT_THIN)), MW_RESET_FORGED);
	assert_int_equal(verdict(B(DATA_AFTER) | B(SAME_TTL)), MW_RESET_FORGED); // a number that nobody named
}

static void a_host_may_answer_one_segment_with_another_stack_and_live(void **state)
{
	const struct reset_doubts plain = {.plain = true};
	const uint64_t other_stack = B(ANSWERS) | B(DATA_AFTER) | B(TTL_INITIAL) | B(IP_ID);

	(void)state;
	assert_int_equal(reset_judge(other_stack, plain, 70).verdict, MW_RESET_UNKNOWN);
	assert_int_equal(verdict(other_stack), MW_RESET_FORGED); // an abort comes from the connection's own
	assert_int_equal(reset_judge(other_stack | B(MAC), plain, 70).verdict, MW_RESET_FORGED);
}

static void nobody_beside_the_path_writes_a_neighbours_frames(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(SAME_MAC) | B(TTL_SPLIT) | B(DATA_AFTER) | B(IGNORED) | B(IN_WINDOW)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(SAME_MAC) | B(TTL_SPLIT) | B(STALE_ABORT) | B(TIMESTAMP_OFF)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(SAME_MAC) | B(STAIRCASE) | B(TTL_SPLIT)), MW_RESET_FORGED); // but who copies the address
	assert_int_equal(verdict(B(SAME_MAC) | B(IN_WINDOW)), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(SAME_MAC) | B(PAYLOAD)), MW_RESET_FORGED); // a box in the path may
}

static void another_number_of_hops_is_enough_another_initial_ttl_is_not(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(TTL_SPLIT) | B(IN_WINDOW) | B(ANSWERS)), MW_RESET_FORGED);
	assert_int_equal(verdict(B(TTL_SPLIT_THIN) | B(IN_WINDOW)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(TTL_INITIAL) | B(IN_WINDOW) | B(IP_ID) | B(OPTIONS)), MW_RESET_UNKNOWN);
}

static void a_staircase_comes_from_beside_the_path(void **state)
{
	struct reset_judgement judgement = reset_judge(B(STAIRCASE) | B(SAME_TTL), (struct reset_doubts){0}, 70);

	(void)state;
	assert_int_equal(judgement.verdict, MW_RESET_FORGED);
	assert_int_equal(judgement.origin, MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	assert_int_equal(judgement.evidence, 1u << MW_RESET_EVIDENCE_SEQ_STAIRCASE | 1u << MW_RESET_EVIDENCE_SAME_TTL);
}

static void weak_oddities_together_accuse_nobody(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(IP_ID) | B(WINDOW) | B(OPTIONS) | B(ACK_CHANGE) | B(STALE_ANSWER)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(BEYOND_WINDOW) | B(SAME_TTL)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(STALE_ABORT) | B(SAME_TTL)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(MAC) | B(SAME_TTL) | B(IN_WINDOW)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(AHEAD) | B(ACK_CHANGE) | B(SAME_TTL)), MW_RESET_UNKNOWN);
}

static void a_closing_connection_excuses_odd_resets(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(TTL_SPLIT) | B(ACK_CHANGE) | B(AFTER_CLOSE)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(TTL_SPLIT) | B(AFTER_FIN)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(PAYLOAD) | B(AFTER_FIN)), MW_RESET_FORGED);
}

static void a_stacks_own_text_is_shown_and_never_accused(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(BENIGN_TEXT) | B(TTL_SPLIT)), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(BENIGN_TEXT)), MW_RESET_ENDPOINT);
	assert_int_equal(verdict(B(BENIGN_TEXT) | B(STAIRCASE)), MW_RESET_FORGED);
}

static void one_direction_lowers_confidence(void **state)
{
	uint8_t both = reset_judge(B(TTL_SPLIT), (struct reset_doubts){0}, 70).confidence;

	(void)state;
	assert_int_equal(reset_judge(B(TTL_SPLIT), (struct reset_doubts){.one_way = true}, 70).confidence, both - 5);
}

static void nothing_seen_is_unknown(void **state)
{
	struct reset_judgement judgement = reset_judge(0, (struct reset_doubts){0}, 70);

	(void)state;
	assert_int_equal(judgement.verdict, MW_RESET_UNKNOWN);
	assert_int_equal(judgement.origin, MW_MIDDLEBOX_ORIGIN_UNKNOWN);
	assert_int_equal(judgement.evidence, 0);
}

static void no_confidence_is_certainty(void **state)
{
	(void)state;
	assert_int_equal(
		reset_judge(B(PAYLOAD) | B(DATA_AFTER) | B(STAIRCASE) | B(TTL_SPLIT), (struct reset_doubts){0}, 70).confidence,
		99);
}

static void what_the_mirror_did_not_show_lowers_the_confidence(void **state)
{
	const struct reset_doubts both = {.one_way = true, .lossy = true};

	(void)state;
	assert_int_equal(reset_judge(B(DATA_AFTER), (struct reset_doubts){0}, 70).confidence, 90);
	assert_int_equal(reset_judge(B(DATA_AFTER), (struct reset_doubts){.lossy = true}, 70).confidence, 85);
	assert_int_equal(reset_judge(B(DATA_AFTER), both, 70).confidence, 80);
	assert_int_equal(reset_judge(B(CLOSED_PORT), both, 70).confidence, 45);
	assert_int_equal(reset_judge(B(CLOSED_PORT), both, 70).verdict, MW_RESET_ENDPOINT);
}

static void haste_or_another_mac_convicts_with_one_more_witness(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(FASTER) | PERFECT), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(FASTER) | B(TTL_SPLIT_THIN) | B(IN_WINDOW)), MW_RESET_FORGED);
	assert_int_equal(verdict(B(MAC_NEAR) | PERFECT), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(MAC_NEAR) | B(IN_WINDOW) | B(SAME_TTL) | B(OPTIONS)), MW_RESET_FORGED);
}

static void a_convicted_device_does_not_convict_alone(void **state)
{
	(void)state;
	assert_int_equal(verdict(B(CLUSTER)), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(CLUSTER) | B(MAC) | PERFECT), MW_RESET_UNKNOWN);
	assert_int_equal(verdict(B(CLUSTER) | B(TTL_SPLIT_THIN) | B(IN_WINDOW)), MW_RESET_FORGED);
}

static void the_threshold_is_the_operators(void **state)
{
	(void)state;
	assert_int_equal(reset_judge(B(TTL_SPLIT), (struct reset_doubts){0}, 80).verdict, MW_RESET_FORGED);
	assert_int_equal(reset_judge(B(TTL_SPLIT), (struct reset_doubts){0}, 81).verdict, MW_RESET_UNKNOWN);
}

static void every_test_has_a_reason_and_a_source(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < RESET_TESTS; i++) {
		assert_non_null(reset_tests[i].reason);
		assert_non_null(reset_tests[i].source);
		assert_in_range(reset_tests[i].weight, 1, 99);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_masks_say_what_the_table_says),
	MW_TEST(a_text_that_only_a_middlebox_writes_is_enough),
	MW_TEST(what_writes_a_text_stands_in_the_path_whatever_number_it_uses),
	MW_TEST(a_perfect_reset_is_the_endpoints),
	MW_TEST(a_perfect_reset_without_its_options_is_unknown),
	MW_TEST(a_live_sender_convicts_a_perfect_reset_with_one_more_witness),
	MW_TEST(a_host_may_answer_one_segment_with_another_stack_and_live),
	MW_TEST(nobody_beside_the_path_writes_a_neighbours_frames),
	MW_TEST(another_number_of_hops_is_enough_another_initial_ttl_is_not),
	MW_TEST(a_staircase_comes_from_beside_the_path),
	MW_TEST(weak_oddities_together_accuse_nobody),
	MW_TEST(a_closing_connection_excuses_odd_resets),
	MW_TEST(a_stacks_own_text_is_shown_and_never_accused),
	MW_TEST(one_direction_lowers_confidence),
	MW_TEST(nothing_seen_is_unknown),
	MW_TEST(no_confidence_is_certainty),
	MW_TEST(what_the_mirror_did_not_show_lowers_the_confidence),
	MW_TEST(haste_or_another_mac_convicts_with_one_more_witness),
	MW_TEST(a_convicted_device_does_not_convict_alone),
	MW_TEST(the_threshold_is_the_operators),
	MW_TEST(every_test_has_a_reason_and_a_source),
};

MW_TEST_MAIN("detect_reset_judge", tests)
