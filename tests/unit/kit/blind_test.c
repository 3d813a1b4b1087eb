// SPDX-License-Identifier: BSD-3-Clause
// Times of blindness: joined where they touch, the earliest forgotten, sums exact.
// Neighbours: lib/kit/mw_kit_blind.h.
#include "mw_kit_blind.h"

#include "mw_test.h"

static void what_touches_is_one(void **state)
{
	struct mw_kit_blind blind = {0};

	(void)state;
	mw_kit_blind_add(&blind, 100, 200);
	mw_kit_blind_add(&blind, 300, 400);
	assert_int_equal(blind.count, 2);
	mw_kit_blind_add(&blind, 150, 300);
	assert_int_equal(blind.count, 1);
	assert_int_equal(mw_kit_blind_within(&blind, 0, 1000), 300);
	mw_kit_blind_add(&blind, 500, 500); // no time at all
	assert_int_equal(blind.count, 1);
}

static void what_lies_between_is_counted_to_its_edges(void **state)
{
	struct mw_kit_blind blind = {0};

	(void)state;
	mw_kit_blind_add(&blind, 300, 400);
	mw_kit_blind_add(&blind, 100, 200);
	assert_int_equal(mw_kit_blind_within(&blind, 150, 350), 100);
	assert_int_equal(mw_kit_blind_within(&blind, 210, 290), 0);
	assert_true(mw_kit_blind_touches(&blind, 200, 250));
	assert_false(mw_kit_blind_touches(&blind, 201, 299));
}

static void the_earliest_gives_way(void **state)
{
	struct mw_kit_blind blind = {0};

	(void)state;
	for (uint64_t i = 0; i < MW_KIT_BLIND_MAX + 1; i++)
		mw_kit_blind_add(&blind, 100 * i + 10, 100 * i + 20);
	assert_int_equal(blind.count, MW_KIT_BLIND_MAX);
	assert_false(mw_kit_blind_touches(&blind, 0, 50));
	assert_true(mw_kit_blind_touches(&blind, 100 * MW_KIT_BLIND_MAX, 100 * MW_KIT_BLIND_MAX + 15));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_touches_is_one),
	MW_TEST(what_lies_between_is_counted_to_its_edges),
	MW_TEST(the_earliest_gives_way),
};

MW_TEST_MAIN("detector_kit_blind", tests)
