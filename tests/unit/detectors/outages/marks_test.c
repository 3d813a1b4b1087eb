// SPDX-License-Identifier: BSD-3-Clause
// What a router does when it starts, and what looks like it.
// Neighbours: lib/detectors/outages/marks.c.
#include "marks.h"

#include "mw_test.h"
#include "outages.h"

#define S MW_NS_PER_SECOND

/** Takes a sort at a time while an outage is open. @return the marks. */
static uint32_t take(struct outages_marks *marks, uint64_t at_s, uint8_t sort, uint64_t value)
{
	const struct outages_sign sign = {.time_ns = at_s * S, .sort = sort, .until_ns = value};
	uint32_t seen = 0;

	outages_marks_take(marks, &sign, &seen);
	return seen;
}

static void before(struct outages_marks *marks, uint64_t at_s, uint8_t sort, uint64_t value)
{
	const struct outages_sign sign = {.time_ns = at_s * S, .sort = sort, .until_ns = value};

	outages_marks_take(marks, &sign, NULL);
}

static void a_boot_number_that_rose_is_a_mark(void **state)
{
	const uint64_t device = UINT64_C(7) << 32;
	struct outages_marks marks = {0};

	(void)state;
	before(&marks, 1, OUTAGES_BOOTS, device | 41);
	assert_int_equal(take(&marks, 2, OUTAGES_BOOTS, device | 41), 0);
	assert_int_equal(take(&marks, 3, OUTAGES_BOOTS, device | 42), 1u << OUTAGES_MARK_BOOTS);
	assert_int_equal(take(&marks, 4, OUTAGES_BOOTS, device | 40), 0);
}

static void another_devices_number_is_none(void **state)
{
	struct outages_marks marks = {0};

	(void)state;
	for (uint64_t device = 1; device <= 2 * OUTAGES_DEVICES; device++)
		assert_int_equal(take(&marks, device, OUTAGES_BOOTS, device << 32 | (100 + device)), 0);
}

static void a_querier_that_starts_asks_twice_in_a_quarter_of_its_interval(void **state)
{
	struct outages_marks marks = {0};

	(void)state;
	before(&marks, 100, OUTAGES_QUERIES4, 0);
	before(&marks, 225, OUTAGES_QUERIES4, 0);
	assert_int_equal(take(&marks, 300, OUTAGES_QUERIES4, 0), 0);
	assert_int_equal(take(&marks, 331, OUTAGES_QUERIES4, 0), 1u << OUTAGES_MARK_QUERIES4);
	assert_int_equal(take(&marks, 332, OUTAGES_QUERIES6, 0), 0);
	assert_int_equal(take(&marks, 350, OUTAGES_QUERIES6, 0), 1u << OUTAGES_MARK_QUERIES6);
}

static void a_querier_that_always_asks_so_often_says_nothing(void **state)
{
	struct outages_marks marks = {0};

	(void)state;
	for (uint64_t at_s = 100; at_s < 300; at_s += 30)
		before(&marks, at_s, OUTAGES_QUERIES6, 0);
	assert_int_equal(take(&marks, 310, OUTAGES_QUERIES6, 0), 0);
}

static void what_seeks_the_providers_servers_is_a_mark(void **state)
{
	struct outages_marks marks = {0};

	(void)state;
	assert_int_equal(take(&marks, 1, OUTAGES_STARTS, 0), 1u << OUTAGES_MARK_LINK);
	assert_int_equal(take(&marks, 1, OUTAGES_SOLICITS4, 0), 1u << OUTAGES_MARK_SOLICITS4);
	assert_int_equal(take(&marks, 1, OUTAGES_SOLICITS6, 0), 1u << OUTAGES_MARK_SOLICITS6);
	assert_int_equal(take(&marks, 1, OUTAGES_DIALS, 0), 1u << OUTAGES_MARK_DIALS);
	assert_int_equal(take(&marks, 1, OUTAGES_ASKS, 0), 0);
	assert_int_equal(take(&marks, 1, OUTAGES_SAYS, 0), 0);
}

static void each_mark_has_words_and_a_weight(void **state)
{
	(void)state;
	for (unsigned mark = 0; mark < OUTAGES_MARKS; mark++) {
		assert_non_null(outages_marks_words(mark));
		assert_in_range(outages_marks_weigh(1u << mark), 5, 10);
	}
	assert_int_equal(outages_marks_weigh(0), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_boot_number_that_rose_is_a_mark),
	cmocka_unit_test(another_devices_number_is_none),
	cmocka_unit_test(a_querier_that_starts_asks_twice_in_a_quarter_of_its_interval),
	cmocka_unit_test(a_querier_that_always_asks_so_often_says_nothing),
	cmocka_unit_test(what_seeks_the_providers_servers_is_a_mark),
	cmocka_unit_test(each_mark_has_words_and_a_weight),
};

MW_TEST_MAIN("outages_marks", tests)
