// SPDX-License-Identifier: BSD-3-Clause
// Old files make room; only ours, only published ones, the oldest first.
// Neighbours: lib/export/retention.c.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "example.h"
#include "mw_test.h"

static void make_file(const char *directory, const char *name, size_t bytes)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	for (size_t i = 0; i < bytes; i++)
		assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static struct mw_csv_set *open_set(const char *directory, uint64_t retain_bytes, enum mw_csv_rotation rotation)
{
	static const struct mw_record *const records[] = {&example_record};
	struct mw_output_settings settings = example_settings;
	struct mw_csv_set *set = NULL;

	settings.retain_bytes_max = retain_bytes;
	assert_int_equal(mw_csv_open(&settings, directory, rotation, records, 1, &set), 0);
	return set;
}

static void publish(struct mw_csv_set *set, uint64_t minute)
{
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS + minute * 60 * MW_NS_PER_SECOND), 0);
}

static void the_oldest_files_go_first(void **state)
{
	struct mw_csv_set *set;

	make_file(*state, "resets-20250101T000000Z.csv", 5000);
	make_file(*state, "resets-20250101T000000Z-2.csv", 5000);
	make_file(*state, "resets-20250101T000000Z-10.csv", 5000);
	make_file(*state, "resets-20250102T000000Z.csv", 5000);
	set = open_set(*state, 30000, MW_CSV_PER_INTERVAL); // each takes 8192 on disk or at least 5000
	publish(set, 0);
	assert_null(strstr(list_directory(*state), "resets-20250101T000000Z.csv"));
	assert_non_null(strstr(list_directory(*state), "resets-20250102T000000Z.csv"));
	assert_non_null(strstr(list_directory(*state), "resets-20260111T093000Z.csv"));
	assert_int_equal(mw_csv_close(set), 0);
}

static void what_is_not_ours_stays(void **state)
{
	static const char *const names[] = {
		"resets.csv",
		"other-20250101T000000Z.csv",
		"resets-20250101T000000Z.csv.gz",
		"resets-20250101T000000Zx.csv",
		"resets-2025-01-01.csv",
		"xresets-20250101T000000Z.csv",
		"resets-20250101T000000Z-.csv",
		"notes.txt",
	};
	struct mw_csv_set *set;

	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++)
		make_file(*state, names[i], 5000);
	set = open_set(*state, 1, MW_CSV_PER_INTERVAL);
	publish(set, 0);
	publish(set, 1);
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		if (strstr(list_directory(*state), names[i]) == NULL)
			fail_msg("%s is gone", names[i]);
	}
	assert_int_equal(mw_csv_close(set), 0);
}

static void the_newest_file_survives_any_limit(void **state)
{
	struct mw_csv_set *set = open_set(*state, 1, MW_CSV_PER_INTERVAL);

	for (uint64_t minute = 0; minute < 5; minute++)
		publish(set, minute);
	assert_string_equal(list_directory(*state), "resets-20260111T093400Z.csv ");
	publish(set, 4);
	assert_string_equal(list_directory(*state), "resets-20260111T093400Z-2.csv ");
	assert_int_equal(mw_csv_close(set), 0);
}

static void no_limit_keeps_all(void **state)
{
	struct mw_csv_set *set = open_set(*state, 0, MW_CSV_PER_INTERVAL);

	for (uint64_t minute = 0; minute < 5; minute++)
		publish(set, minute);
	assert_int_equal(mw_csv_close(set), 0);
	assert_int_equal(strlen(list_directory(*state)), 5 * strlen("resets-20260111T093400Z.csv "));
}

static void one_file_mode_deletes_nothing(void **state)
{
	struct mw_csv_set *set;

	make_file(*state, "resets-20250101T000000Z.csv", 5000);
	set = open_set(*state, 1, MW_CSV_ONE_FILE);
	assert_int_equal(mw_csv_close(set), 0);
	assert_string_equal(list_directory(*state), "resets-20250101T000000Z.csv resets.csv ");
}

static void more_files_than_one_scan_remembers_are_deleted(void **state)
{
	struct mw_csv_set *set;
	char name[64];

	for (unsigned i = 0; i < 2500; i++) {
		snprintf(name, sizeof(name), "resets-20250101T%02u%02u%02uZ.csv", i / 3600, i / 60 % 60, i % 60);
		make_file(*state, name, 10);
	}
	set = open_set(*state, 1, MW_CSV_PER_INTERVAL);
	publish(set, 0);
	assert_string_equal(list_directory(*state), "resets-20260111T093000Z.csv ");
	assert_int_equal(mw_csv_close(set), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	TEST(the_oldest_files_go_first),          TEST(what_is_not_ours_stays),
	TEST(the_newest_file_survives_any_limit), TEST(no_limit_keeps_all),
	TEST(one_file_mode_deletes_nothing),      TEST(more_files_than_one_scan_remembers_are_deleted),
};

MW_TEST_MAIN("export_retention", tests)
