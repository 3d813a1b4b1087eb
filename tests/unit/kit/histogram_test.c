// SPDX-License-Identifier: BSD-3-Clause
// Percentiles within a step, over the whole range.
// Neighbours: lib/kit/mw_kit_histogram.h.
#include <math.h>

#include "mw_kit_histogram.h"
#include "mw_test.h"

static void every_duration_comes_back_within_three_percent(void **state)
{
	(void)state;
	for (double us = 16; us < 1.3e8; us *= 1.37) {
		struct mw_kit_histogram histogram = {0};
		double ms;

		mw_kit_histogram_add(&histogram, (uint32_t)us);
		ms = mw_kit_histogram_ms(&histogram, 500);
		assert_true(fabs(ms * 1000 - (double)(uint32_t)us) <= 0.032 * us + 0.5);
	}
}

static void short_ones_and_endless_ones_have_a_place(void **state)
{
	struct mw_kit_histogram histogram = {0};

	(void)state;
	mw_kit_histogram_add(&histogram, 0);
	assert_true(mw_kit_histogram_ms(&histogram, 1000) < 0.002);
	mw_kit_histogram_add(&histogram, UINT32_MAX);
	assert_true(mw_kit_histogram_ms(&histogram, 1000) > 100000);
}

static void percentiles_are_those_of_all_that_was_added(void **state)
{
	struct mw_kit_histogram histogram = {0}, other = {0};
	const struct mw_kit_histogram none = {0};

	(void)state;
	assert_true(isnan(mw_kit_histogram_ms(&histogram, 500)));
	for (uint32_t i = 1; i <= 1000; i++)
		mw_kit_histogram_add(i % 2 == 0 ? &histogram : &other, i * 1000);
	mw_kit_histogram_join(&histogram, &other);
	assert_int_equal(histogram.count, 1000);
	assert_true(fabs(mw_kit_histogram_ms(&histogram, 500) - 500) < 500 * 0.035);
	assert_true(fabs(mw_kit_histogram_ms(&histogram, 950) - 950) < 950 * 0.035);
	mw_kit_histogram_clear(&histogram);
	assert_memory_equal(&histogram, &none, sizeof(none));
	mw_kit_histogram_clear(&histogram);
	mw_kit_histogram_join(&other, &histogram);
	assert_int_equal(other.count, 500);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(every_duration_comes_back_within_three_percent),
	MW_TEST(short_ones_and_endless_ones_have_a_place),
	MW_TEST(percentiles_are_those_of_all_that_was_added),
};
MW_TEST_MAIN("kit_histogram", tests)
