// SPDX-License-Identifier: BSD-3-Clause
// Who lived when, and the high percentile of round trips.
// Neighbours: lib/kit/mw_kit_lives.h.
#include "mw_kit_lives.h"

#include "mw_test.h"

#define S MW_NS_PER_SECOND

static const struct mw_hash_key key = {.bytes = {1, 2}};

static struct mw_address address_of(uint32_t number)
{
	const uint8_t v4[4] = {192, 0, (uint8_t)(number >> 8), (uint8_t)number};

	return mw_address_from_v4(v4);
}

static void what_was_heard_in_time_lived(void **state)
{
	struct mw_kit_lives lives = {0};
	const struct mw_address one = address_of(1), two = address_of(2);
	const struct mw_kit_life *life;

	(void)state;
	assert_int_equal(mw_kit_lives_start(&lives, 8), 0);
	mw_kit_lives_heard(&lives, &key, &one, 7, 100 * S);
	life = mw_kit_lives_find(&lives, &key, &one, 7);
	assert_true(mw_kit_life_lived(life, 150 * S, 60 * S));
	assert_false(mw_kit_life_lived(life, 161 * S, 60 * S));
	assert_true(mw_kit_life_lived(life, 90 * S, 0)); // it answered afterwards
	assert_null(mw_kit_lives_find(&lives, &key, &one, 8));
	assert_false(mw_kit_life_lived(mw_kit_lives_find(&lives, &key, &two, 7), 100 * S, 60 * S));
	mw_kit_lives_stop(&lives);
}

static void who_was_silent_for_longest_gives_way(void **state)
{
	struct mw_kit_lives lives = {0};
	struct mw_address address;

	(void)state;
	assert_int_equal(mw_kit_lives_start(&lives, 8), 0);
	for (uint32_t i = 1; i <= 9; i++) {
		address = address_of(1);
		mw_kit_lives_heard(&lives, &key, &address, 0, i * S); // always heard
		address = address_of(i);
		mw_kit_lives_heard(&lives, &key, &address, 0, i * S);
	}
	address = address_of(1);
	assert_non_null(mw_kit_lives_find(&lives, &key, &address, 0));
	address = address_of(2);
	assert_null(mw_kit_lives_find(&lives, &key, &address, 0));
	mw_kit_lives_stop(&lives);
}

static void round_trips_are_followed_near_their_top(void **state)
{
	uint32_t p95_us = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		mw_kit_rtt_add(&p95_us, 10000 + i * 7919 % 10000);
	assert_in_range(p95_us, 17500, 20000);
	mw_kit_rtt_add(&p95_us, 3000000); // one outlier does not carry it away
	assert_in_range(p95_us, 300000, 400000);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_was_heard_in_time_lived),
	MW_TEST(who_was_silent_for_longest_gives_way),
	MW_TEST(round_trips_are_followed_near_their_top),
};

MW_TEST_MAIN("detector_kit_lives", tests)
