// SPDX-License-Identifier: BSD-3-Clause
// The tables of fixed size: pairs, those that are listened to, marks of datagrams, seconds in which something went
// unsent.
// Neighbours: lib/detectors/fragments/pairs.h, words.h, marks.h, gaps.h.
#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "marks.h"
#include "pairs.h"
#include "spoken.h"
#include "words.h"
#include "mw_test.h"
#include "detector_world.h"

#define SECOND MW_NS_PER_SECOND
#define PAIRS  64

static struct mw_address address(uint32_t number)
{
	const uint8_t v4[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

	return mw_address_from_v4(v4);
}

static struct fragment_pair *pair_of(struct fragment_pair *pairs, uint32_t number, uint64_t now_ns, bool proven)
{
	struct mw_address src = address(number), dst = address(1);

	return fragment_pairs_get(pairs, PAIRS, detector_world_key(), &src, &dst, 0, now_ns, proven);
}

static void pair_keeps_its_counts(void **state)
{
	static struct fragment_pair pairs[PAIRS];
	struct mw_address src = address(2), dst = address(1);

	(void)state;
	pair_of(pairs, 2, SECOND, true)->counts.complete = 5;
	assert_int_equal(pair_of(pairs, 2, 2 * SECOND, false)->counts.complete, 5);
	assert_int_equal(
		fragment_pairs_get(pairs, PAIRS, detector_world_key(), &dst, &src, 0, SECOND, true)->counts.complete, 0);
	assert_int_equal(
		fragment_pairs_get(pairs, PAIRS, detector_world_key(), &src, &dst, 3, SECOND, true)->counts.complete, 0);
}

static void unproven_pairs_do_not_drive_out_proven_ones(void **state)
{
	static struct fragment_pair pairs[PAIRS];
	uint32_t refused = 0;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		pair_of(pairs, i, SECOND, true)->counts.complete = 1;
	for (uint32_t i = 1000; i < 3000; i++)
		refused += pair_of(pairs, i, 2 * SECOND, false) == NULL;
	assert_in_range(refused, 0, 1999);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(pair_of(pairs, i, 3 * SECOND, true)->counts.complete, 1);
}

static void full_table_refuses_unproven_pairs_for_a_minute(void **state)
{
	static struct fragment_pair pairs[PAIRS];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		pair_of(pairs, i, SECOND, true)->counts.complete = 1;
	assert_null(pair_of(pairs, 2000, 60 * SECOND, false));
	assert_non_null(pair_of(pairs, 2000, 62 * SECOND, false));
}

/** Senders whose datagrams come whole, and whom nobody answers: anybody can be such. */
static void whole_but_unanswered_pairs_leave_room_for_others(void **state)
{
	static struct fragment_pair pairs[PAIRS];

	(void)state;
	for (uint32_t i = 1000; i < 3000; i++)
		pair_of(pairs, i, SECOND, false)->counts.complete = 1;
	for (uint32_t i = 0; i < 4; i++)
		pair_of(pairs, i, SECOND, false)->counts.incomplete = 2;
	for (uint32_t i = 3000; i < 5000; i++)
		pair_of(pairs, i, 2 * SECOND, false)->counts.complete = 1;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(pair_of(pairs, i, 3 * SECOND, false)->counts.incomplete, 2);
}

static void a_pair_that_is_not_there_is_not_made(void **state)
{
	static struct fragment_pair pairs[PAIRS];
	struct mw_address src = address(2), dst = address(1);

	(void)state;
	assert_null(fragment_pairs_find(pairs, PAIRS, detector_world_key(), &src, &dst, 0));
	pair_of(pairs, 2, SECOND, false);
	assert_non_null(fragment_pairs_find(pairs, PAIRS, detector_world_key(), &src, &dst, 0));
	assert_null(fragment_pairs_find(pairs, PAIRS, detector_world_key(), &src, &dst, 3));
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xbf58476d1ce4e5b9));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/** A hash without a key, of a pair without a scope. */
static uint64_t keyless(const struct mw_address *src, const struct mw_address *dst)
{
	uint64_t words[4];

	memcpy(&words[0], src, sizeof(*src));
	memcpy(&words[2], dst, sizeof(*dst));
	return fold(fold(words[0], words[1]), fold(words[3], words[2]) + words[1]);
}

/** Twice as many as a set holds, in one set of that hash. */
static void pairs_aimed_at_a_set_without_a_key_are_all_kept(void **state)
{
	enum { ROOM = 4096 };
	static struct fragment_pair pairs[ROOM];
	struct mw_address aimed[2 * FRAGMENT_PAIR_WAYS], dst = address(1);
	uint32_t count = 0;

	(void)state;
	for (uint32_t i = 0; count < MW_ARRAY_SIZE(aimed); i++) {
		struct mw_address src = address(i);

		if (keyless(&src, &dst) % (ROOM / FRAGMENT_PAIR_WAYS) == 5)
			aimed[count++] = src;
	}
	for (uint32_t again = 0; again < 2; again++) {
		for (uint32_t i = 0; i < count; i++)
			fragment_pairs_get(pairs, ROOM, detector_world_key(), &aimed[i], &dst, 0, SECOND + i, false)
				->counts.incomplete++;
	}
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(fragment_pairs_get(pairs, ROOM, detector_world_key(), &aimed[i], &dst, 0, 2 * SECOND, false)
							 ->counts.incomplete,
						 2);
}

static struct fragment_mark mark_of(uint32_t number, uint64_t at_ns)
{
	struct fragment_mark mark = {.first_ns = at_ns, .last_ns = at_ns, .id = number};

	mark.flow.src = address(number);
	mark.flow.dst = address(1);
	return mark;
}

static struct fragment_mark *find(const struct fragment_marks *marks, uint32_t number)
{
	struct mw_address src = address(number), dst = address(1);

	return fragment_marks_find(marks, &src, &dst, number);
}

static void oldest_mark_goes_when_there_is_no_room(void **state)
{
	struct fragment_marks marks = {0};

	(void)state;
	assert_int_equal(fragment_marks_start(&marks, 16, detector_world_key()), 0);
	for (uint32_t i = 1; i <= 40; i++) {
		struct fragment_mark mark = mark_of(i, i * SECOND);

		fragment_marks_put(&marks, &mark);
	}
	assert_null(find(&marks, 24));
	for (uint32_t i = 25; i <= 40; i++)
		assert_int_equal(find(&marks, i)->id, i);
	assert_int_equal(marks.forgotten_ns, 24 * SECOND);
	assert_int_equal(fragment_marks_oldest(&marks)->id, 25);
	fragment_marks_stop(&marks);
}

static void finished_mark_is_not_found_and_not_forgotten(void **state)
{
	struct fragment_marks marks = {0};

	(void)state;
	assert_int_equal(fragment_marks_start(&marks, 4, detector_world_key()), 0);
	for (uint32_t i = 1; i <= 8; i++) {
		struct fragment_mark mark = mark_of(i, i * SECOND);

		fragment_marks_put(&marks, &mark);
		fragment_marks_finish(&marks, find(&marks, i));
		assert_null(find(&marks, i));
	}
	assert_int_equal(marks.forgotten_ns, 0);
	while (fragment_marks_oldest(&marks) != NULL)
		fragment_marks_drop_oldest(&marks);
	assert_int_equal(marks.count, 0);
	fragment_marks_stop(&marks);
}

static void newer_mark_of_a_datagram_takes_the_place_of_the_older(void **state)
{
	struct fragment_marks marks = {0};
	struct fragment_mark older = mark_of(1, SECOND), newer = mark_of(1, 5 * SECOND);

	(void)state;
	assert_int_equal(fragment_marks_start(&marks, 4, detector_world_key()), 0);
	fragment_marks_put(&marks, &older);
	fragment_marks_put(&marks, &newer);
	assert_int_equal(find(&marks, 1)->first_ns, 5 * SECOND);
	assert_int_equal(marks.forgotten_ns, SECOND);
	fragment_marks_finish(&marks, find(&marks, 1));
	assert_null(find(&marks, 1));
	fragment_marks_stop(&marks);
}

static void gap_touches_its_seconds_and_those_around(void **state)
{
	struct fragment_gaps *gaps = calloc(1, sizeof(*gaps));

	(void)state;
	assert_non_null(gaps);
	fragment_gaps_add(gaps, FRAGMENT_UNSENT_OUTER, 100 * SECOND, 103 * SECOND);
	assert_true(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 102 * SECOND, 102 * SECOND));
	assert_true(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 104 * SECOND, 110 * SECOND));
	assert_true(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 90 * SECOND, 99 * SECOND));
	assert_false(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 90 * SECOND, 98 * SECOND));
	assert_false(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 105 * SECOND, 110 * SECOND));
	assert_false(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_HEADLESS, 102 * SECOND, 102 * SECOND));
	free(gaps);
}

static void span_without_bounds_ends(void **state)
{
	struct fragment_gaps *gaps = calloc(1, sizeof(*gaps));

	(void)state;
	assert_non_null(gaps);
	fragment_gaps_add(gaps, FRAGMENT_UNSENT_OUTER, 0, UINT64_MAX);
	assert_true(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 0, UINT64_MAX));
	assert_false(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 10 * SECOND, 11 * SECOND));
	fragment_gaps_add(gaps, FRAGMENT_UNSENT_OUTER, 50 * SECOND, 10 * SECOND);
	assert_true(fragment_gaps_touch(gaps, FRAGMENT_UNSENT_OUTER, 10 * SECOND, 10 * SECOND));
	free(gaps);
}

// A later piece of a TCP segment is enough to listen to a pair. What gives way is near no more, what stays is.
static void a_pair_is_near_while_it_is_listened_to(void **state)
{
	struct fragment_words *words = detector_world_memory(sizeof(*words));
	struct mw_detector_ctx ctx = {.hash_key = detector_world_key(), .clock_ns = 1000 * SECOND};
	struct mw_packet packet = {.family = 4, .protocol = 6, .fragment_offset_bytes = 1480, .dst = address(1)};
	uint32_t near = 0, listened = 0;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		packet.src = address(1000 + i);
		assert_false(i == 0 && fragment_words_is_near(words, fragment_pair_hash(&ctx, &packet.dst, &packet.src, 0)));
		fragment_words_see(words, &ctx, &packet, NULL);
		assert_true(fragment_words_is_near(words, fragment_pair_hash(&ctx, &packet.dst, &packet.src, 0)));
	}
	for (uint32_t i = 0; i < FRAGMENT_NEAR; i++) {
		near += words->near_counts[i];
		assert_int_equal(words->near[i / 64] >> i % 64 & 1, words->near_counts[i] != 0);
	}
	for (uint32_t i = 0; i < FRAGMENT_LISTENED_SETS * FRAGMENT_LISTENED_WAYS; i++)
		listened += words->tags[i / FRAGMENT_LISTENED_WAYS][i % FRAGMENT_LISTENED_WAYS] != 0;
	assert_int_equal(near, listened);
	assert_in_range(listened, 1, FRAGMENT_LISTENED_SETS * FRAGMENT_LISTENED_WAYS);
	free(words);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(pair_keeps_its_counts),
	MW_TEST(unproven_pairs_do_not_drive_out_proven_ones),
	MW_TEST(full_table_refuses_unproven_pairs_for_a_minute),
	MW_TEST(whole_but_unanswered_pairs_leave_room_for_others),
	MW_TEST(a_pair_that_is_not_there_is_not_made),
	MW_TEST(pairs_aimed_at_a_set_without_a_key_are_all_kept),
	MW_TEST(oldest_mark_goes_when_there_is_no_room),
	MW_TEST(finished_mark_is_not_found_and_not_forgotten),
	MW_TEST(newer_mark_of_a_datagram_takes_the_place_of_the_older),
	MW_TEST(gap_touches_its_seconds_and_those_around),
	MW_TEST(span_without_bounds_ends),
	MW_TEST(a_pair_is_near_while_it_is_listened_to),
};

MW_TEST_MAIN("detect_fragment_memory", tests)
