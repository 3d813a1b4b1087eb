// SPDX-License-Identifier: BSD-3-Clause
// A disk that takes no more: whole rows stay, the others are counted, and the next file tries again.
// Neighbours: lib/export/csv_file.c. RLIMIT_FSIZE plays the full disk: writes come back short, then fail.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "example.h"
#include "mw_test.h"

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static struct mw_csv_set *open_set(const char *directory)
{
	struct mw_csv_set *set = NULL;

	assert_int_equal(mw_csv_open(&example_settings, directory, MW_CSV_PER_INTERVAL, example_records, 2, &set), 0);
	return set;
}

static void add_rows(struct mw_csv_set *set, unsigned count)
{
	struct example_row row = row_of(EXAMPLE_TS_NS, "a word");

	for (unsigned i = 0; i < count; i++)
		mw_csv_row(set, &example_record, &row);
}

static unsigned lines_in(const char *directory, const char *name)
{
	unsigned lines = 0;

	for (const char *at = read_file(directory, name); *at != '\0'; at++)
		lines += *at == '\n';
	return lines;
}

static void rows_that_fit_stay_and_the_others_are_counted(void **state)
{
	struct mw_csv_set *set = open_set(*state);
	unsigned kept;

	limit_files(1000);
	add_rows(set, 100);
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), -EFBIG);
	limit_files(RLIM_INFINITY);
	check_whole_files(*state);
	kept = lines_in(*state, "resets-20260111T093000Z.csv") - 1;
	assert_in_range(kept, 10, 30);
	assert_int_equal(mw_csv_lost(set), 100 - kept);
	assert_int_equal(log_count, 1);
	assert_non_null(strstr(log_last, *state));
	assert_non_null(strstr(log_last, "File too large"));
	assert_int_equal(mw_csv_close(set), -EFBIG);
}

static void the_next_file_tries_again(void **state)
{
	struct mw_csv_set *set = open_set(*state);
	uint64_t lost;

	limit_files(1000);
	add_rows(set, 5000); // several buffers: the failure is told once
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), -EFBIG);
	assert_int_equal(log_count, 1);
	limit_files(RLIM_INFINITY);
	lost = mw_csv_lost(set);
	assert_in_range(lost, 4900, 4999);
	add_rows(set, 10);
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND), 0);
	assert_int_equal(lines_in(*state, "resets-20260111T093100Z.csv"), 11);
	assert_int_equal(mw_csv_lost(set), lost);
	assert_int_equal(mw_csv_close(set), -EFBIG);
	check_whole_files(*state);
}

static void room_that_comes_back_is_used_within_a_file(void **state)
{
	struct mw_csv_set *set = open_set(*state);
	unsigned kept;

	limit_files(70000);
	add_rows(set, 4000);
	limit_files(RLIM_INFINITY);
	add_rows(set, 4000);
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	check_whole_files(*state);
	kept = lines_in(*state, "resets-20260111T093000Z.csv") - 1;
	assert_int_equal(mw_csv_lost(set) + kept, 8000);
	assert_true(mw_csv_lost(set) > 0);
	mw_csv_close(set);
}

static void without_room_for_a_header_there_is_no_file(void **state)
{
	struct mw_csv_set *set = open_set(*state);

	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	limit_files(10);
	add_rows(set, 7);
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND), -EFBIG);
	limit_files(RLIM_INFINITY);
	assert_int_equal(mw_csv_lost(set), 7);
	assert_string_equal(list_directory(*state), "resets-20260111T093000Z.csv resets-more-20260111T093000Z.csv ");
	mw_csv_close(set);
	check_whole_files(*state);
}

static void a_row_of_an_unknown_record_is_lost_alone(void **state)
{
	struct mw_csv_set *set = open_set(*state);
	struct example_row row = row_of(EXAMPLE_TS_NS, "fine");
	static const struct mw_record stranger = {.name = "stranger"};

	mw_csv_row(set, &stranger, &row);
	mw_csv_row(set, &example_record, &row);
	assert_int_equal(mw_csv_lost(set), 1);
	assert_int_equal(mw_csv_close(set), 0);
	assert_int_equal(lines_in(*state, "resets-20260111T093000Z.csv"), 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	TEST(rows_that_fit_stay_and_the_others_are_counted), TEST(the_next_file_tries_again),
	TEST(room_that_comes_back_is_used_within_a_file),    TEST(without_room_for_a_header_there_is_no_file),
	TEST(a_row_of_an_unknown_record_is_lost_alone),
};

MW_TEST_MAIN("export_full", tests)
