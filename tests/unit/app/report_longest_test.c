// SPDX-License-Identifier: BSD-3-Clause
// Which rows of a time that was not seen the report shows.
// Neighbours: app/midwatch/report/longest.c.
#include "report/longest.h"

#include "mw_test.h"

struct row {
	double seconds; // 0: another kind of row
};

static const struct mw_record record = {.name = "rows", .row_bytes = sizeof(struct row)};

static bool is_one(const void *row)
{
	return ((const struct row *)row)->seconds > 0;
}

static double seconds_of(const void *row)
{
	return ((const struct row *)row)->seconds;
}

static void the_longest_come_first_and_the_others_are_summed(void **state)
{
	struct row rows[RECENT_ROWS];
	const struct recent_rows recent = {&record, (uint8_t *)rows, 300};
	struct longest longest;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		rows[i].seconds = i % 3 == 0 ? 0 : 0.5;
	rows[4].seconds = 90;
	rows[100].seconds = 30;
	rows[200].seconds = 60;
	longest_pick(&recent, is_one, seconds_of, 4, &longest);
	assert_int_equal(longest.count, 4);
	assert_ptr_equal(longest.rows[0], &rows[4]);
	assert_ptr_equal(longest.rows[1], &rows[200]);
	assert_ptr_equal(longest.rows[2], &rows[100]);
	assert_ptr_equal(longest.rows[3], &rows[1]);
	assert_int_equal(longest.others, 196);
	assert_true(longest.others_s > 97.9 && longest.others_s < 98.1);
}

static void without_room_all_are_summed(void **state)
{
	struct row rows[RECENT_ROWS] = {{1}, {0}, {2}};
	const struct recent_rows recent = {&record, (uint8_t *)rows, 3};
	struct longest longest;

	(void)state;
	longest_pick(&recent, is_one, seconds_of, 0, &longest);
	assert_int_equal(longest.count, 0);
	assert_int_equal(longest.others, 2);
	assert_true(longest.others_s > 2.9 && longest.others_s < 3.1);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_longest_come_first_and_the_others_are_summed),
	MW_TEST(without_room_all_are_summed),
};

MW_TEST_MAIN("report_longest", tests)
