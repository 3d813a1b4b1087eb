// SPDX-License-Identifier: BSD-3-Clause
// What every folder uses, asked with arguments that count how often they are read.
// Neighbours: lib/base/mw_base.h.
#include "mw_base.h"

#include "mw_test.h"

static uint64_t clock_ns;

static uint64_t next_ns(void)
{
	return clock_ns++;
}

static void bounds_read_each_argument_once(void **state)
{
	(void)state;
	clock_ns = 7;
	assert_int_equal(MW_MAX(next_ns(), UINT64_C(5)), 7);
	assert_int_equal(MW_MIN(UINT64_C(100), next_ns()), 8);
	assert_int_equal(MW_MIN(MW_MAX(next_ns(), UINT64_C(3)), MW_MAX(next_ns(), UINT64_C(4))), 9);
	assert_int_equal(clock_ns, 11);
}

static void bounds_are_of_their_arguments_type(void **state)
{
	const uint16_t small = 9, large = 65535;
	const uint16_t lesser = MW_MIN(small, large);
	const int64_t below = -5;

	(void)state;
	assert_int_equal(lesser, 9);
	_Static_assert(sizeof(MW_MAX(small, large)) == sizeof(uint16_t), "two of one type");
	assert_true(MW_MIN(below, INT64_C(3)) == -5);
	assert_true(MW_MAX(small, UINT64_C(1) << 40) == UINT64_C(1) << 40);
	assert_true(MW_MIN(0.5, 1) == 0.5);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(bounds_read_each_argument_once),
	MW_TEST(bounds_are_of_their_arguments_type),
};
MW_TEST_MAIN("words", tests)
