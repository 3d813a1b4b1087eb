// SPDX-License-Identifier: BSD-3-Clause
// Files appear whole, under the right name, and never over one another.
// Neighbours: lib/export/csv_set.c, csv_file.c.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"
#include "mw_test.h"

#define HIDDEN ".resets-more.csv.tmp-PID .resets.csv.tmp-PID "

static struct mw_csv_set *open_set(const char *directory, enum mw_csv_rotation rotation, uint64_t file_bytes_max)
{
	struct mw_output_settings settings = example_settings;
	struct mw_csv_set *set = NULL;

	settings.file_bytes_max = file_bytes_max;
	assert_int_equal(mw_csv_open(&settings, directory, rotation, example_records, 2, &set), 0);
	return set;
}

static void add_row(struct mw_csv_set *set, uint64_t ts_ns, const char *word)
{
	struct example_row row = row_of(ts_ns, word);

	mw_csv_row(set, &example_record, &row);
}

static void one_file_mode_publishes_at_close(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_ONE_FILE, 0);

	add_row(set, EXAMPLE_TS_NS, "one");
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	assert_string_equal(list_directory(*state), HIDDEN);
	add_row(set, EXAMPLE_TS_NS, "two");
	assert_int_equal(mw_csv_lost(set), 0);
	assert_int_equal(mw_csv_close(set), 0);
	assert_string_equal(list_directory(*state), "resets-more.csv resets.csv ");
	assert_string_equal(read_file(*state, "resets-more.csv"), EXAMPLE_HEADER);
	assert_string_equal(read_file(*state, "resets.csv"),
						EXAMPLE_HEADER "3,2026-01-11T09:30:00.000000Z,tap,,,,,one,,,\n"
									   "3,2026-01-11T09:30:00.000000Z,tap,,,,,two,,,\n");
}

static void one_file_mode_replaces_an_earlier_run(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_ONE_FILE, 0);

	add_row(set, EXAMPLE_TS_NS, "old");
	assert_int_equal(mw_csv_close(set), 0);
	set = open_set(*state, MW_CSV_ONE_FILE, 0);
	assert_non_null(strstr(read_file(*state, "resets.csv"), "old")); // stays until the new one is whole
	assert_int_equal(mw_csv_close(set), 0);
	assert_string_equal(read_file(*state, "resets.csv"), EXAMPLE_HEADER);
}

#define LINE_BYTES(word) (long)(sizeof("3,2026-01-11T09:30:00.000000Z,tap,,,,,,,,\n") - 1 + sizeof(word) - 1)

static void a_directory_that_was_removed_is_made_again_and_no_row_is_lost(void **state)
{
	char out[256], hidden[512], published[512], command[512];
	struct stat status;
	struct mw_csv_set *set;

	snprintf(out, sizeof(out), "%s/out", (const char *)*state);
	snprintf(hidden, sizeof(hidden), "%s/.resets.csv.tmp-%ld", out, (long)getpid());
	snprintf(published, sizeof(published), "%s/resets-20260111T093000Z.csv", out);
	snprintf(command, sizeof(command), "rm -r '%s'", out);
	set = open_set(out, MW_CSV_PER_INTERVAL, 0);
	for (int i = 0; i < 2000; i++) // more than the buffer has, so that some are in the file
		add_row(set, EXAMPLE_TS_NS, "before");
	assert_int_equal(access(hidden, F_OK), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(out, 0755), 0);
	add_row(set, EXAMPLE_TS_NS, "after");
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	assert_string_equal(list_directory(out), "resets-20260111T093000Z.csv resets-more-20260111T093000Z.csv ");
	check_whole_files(out);
	assert_int_equal(stat(published, &status), 0);
	assert_int_equal(status.st_size, (long)strlen(EXAMPLE_HEADER) + 2000 * LINE_BYTES("before") + LINE_BYTES("after"));
	assert_int_equal(system(command), 0); // and not made again by anybody
	add_row(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND, "later");
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND), 0);
	assert_non_null(strstr(read_file(out, "resets-20260111T093100Z.csv"), "later"));
	assert_int_equal(mw_csv_lost(set), 0);
	assert_int_equal(mw_csv_close(set), 0);
	assert_int_equal(system(command), 0);
}

static void live_files_carry_their_interval(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_PER_INTERVAL, 0);

	add_row(set, EXAMPLE_TS_NS + 1, "one");
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	assert_string_equal(list_directory(*state), "resets-20260111T093000Z.csv resets-more-20260111T093000Z.csv ");
	add_row(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND, "two");
	assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS + 60 * MW_NS_PER_SECOND), 0);
	assert_int_equal(mw_csv_close(set), 0);
	assert_string_equal(list_directory(*state), "resets-20260111T093000Z.csv resets-20260111T093100Z.csv "
												"resets-more-20260111T093000Z.csv resets-more-20260111T093100Z.csv ");
	assert_null(strstr(read_file(*state, "resets-20260111T093100Z.csv"), "one"));
	check_whole_files(*state);
}

static void two_publishes_of_one_second_do_not_overwrite(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_PER_INTERVAL, 0);

	for (int i = 0; i < 3; i++) {
		add_row(set, EXAMPLE_TS_NS, i == 0 ? "first" : "later");
		assert_int_equal(mw_csv_publish(set, EXAMPLE_TS_NS), 0);
	}
	assert_int_equal(mw_csv_close(set), 0);
	assert_non_null(strstr(list_directory(*state), "resets-20260111T093000Z-2.csv resets-20260111T093000Z-3.csv "
												   "resets-20260111T093000Z.csv "));
	assert_non_null(strstr(read_file(*state, "resets-20260111T093000Z.csv"), "first"));
}

static void a_live_file_is_closed_at_its_size(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_PER_INTERVAL, 1000);

	for (int i = 0; i < 50; i++)
		add_row(set, EXAMPLE_TS_NS + 61 * MW_NS_PER_SECOND, "some word");
	assert_int_equal(mw_csv_close(set), 0);
	assert_non_null(strstr(list_directory(*state), "resets-20260111T093100Z-2.csv "));
	assert_true(strlen(read_file(*state, "resets-20260111T093100Z.csv")) < 1100);
	check_whole_files(*state);
}

static void rows_left_at_close_are_published_in_their_interval(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_PER_INTERVAL, 0);

	add_row(set, EXAMPLE_TS_NS + 119 * MW_NS_PER_SECOND, "left");
	assert_int_equal(mw_csv_close(set), 0);
	assert_string_equal(list_directory(*state), "resets-20260111T093100Z.csv ");
}

static void only_whole_files_are_visible_at_any_time(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_PER_INTERVAL, 20000);

	for (int i = 0; i < 6000; i++) {
		add_row(set, EXAMPLE_TS_NS + (uint64_t)i, "a word of some length");
		if (i % 500 == 0)
			check_whole_files(*state);
	}
	assert_int_equal(mw_csv_close(set), 0);
	check_whole_files(*state);
}

static void a_killed_process_leaves_only_whole_files(void **state)
{
	pid_t child = fork();
	struct mw_csv_set *set;
	int status;

	if (child == 0) {
		set = open_set(*state, MW_CSV_PER_INTERVAL, 0);
		add_row(set, EXAMPLE_TS_NS, "published");
		mw_csv_publish(set, EXAMPLE_TS_NS);
		for (int i = 0; i < 5000; i++)
			add_row(set, EXAMPLE_TS_NS, "not published");
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_non_null(strstr(list_directory(*state), ".resets.csv.tmp-"));
	check_whole_files(*state);
	assert_int_equal(mw_csv_close(open_set(*state, MW_CSV_PER_INTERVAL, 0)), 0);
	assert_string_equal(list_directory(*state), "resets-20260111T093000Z.csv resets-more-20260111T093000Z.csv ");
}

static void leftovers_of_the_living_and_of_others_stay(void **state)
{
	static const char *const names[] = {".resets.csv.tmp-1", ".resets.csv.tmp-x", ".other.csv.tmp-1",
										"resets.csv.tmp-1"};
	int directory_fd = open(*state, O_RDONLY | O_DIRECTORY);
	int locked = -1;

	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		int fd = openat(directory_fd, names[i], O_WRONLY | O_CREAT, 0644);

		if (i == 0)
			locked = fd;
		else
			close(fd);
	}
	assert_int_equal(flock(locked, LOCK_EX), 0);
	assert_int_equal(mw_csv_close(open_set(*state, MW_CSV_PER_INTERVAL, 0)), 0);
	assert_string_equal(list_directory(*state),
						".other.csv.tmp-1 .resets.csv.tmp-1 .resets.csv.tmp-x resets.csv.tmp-1 ");
	close(locked);
	assert_int_equal(mw_csv_close(open_set(*state, MW_CSV_PER_INTERVAL, 0)), 0);
	assert_string_equal(list_directory(*state), ".other.csv.tmp-1 .resets.csv.tmp-x resets.csv.tmp-1 ");
	close(directory_fd);
}

static void parents_of_the_directory_are_made(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/a/b//c/", (char *)*state);
	assert_int_equal(mw_csv_close(open_set(path, MW_CSV_ONE_FILE, 0)), 0);
	assert_string_equal(list_directory(path), "resets-more.csv resets.csv ");
	snprintf(path, sizeof(path), "rm -r %s/a", (char *)*state);
	assert_int_equal(system(path), 0);
}

static int open_fails(const char *path)
{
	struct mw_csv_set *set = NULL;
	int rc = mw_csv_open(&example_settings, path, MW_CSV_ONE_FILE, example_records, 2, &set);

	assert_null(set);
	return rc;
}

static void a_directory_that_cannot_be_used_is_told(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/file", (char *)*state);
	close(open(path, O_WRONLY | O_CREAT, 0644));
	assert_int_equal(open_fails(path), -ENOTDIR);
	assert_non_null(strstr(log_last, path));
	strcat(path, "/below");
	assert_int_equal(open_fails(path), -ENOTDIR);
	assert_int_equal(open_fails("/proc/nothing/here"), -ENOENT);
	assert_int_equal(open_fails(""), -ENOENT);
	assert_int_equal(log_count, 4);
}

static void a_directory_without_permission_is_told(void **state)
{
	int status;
	pid_t child;

	if (geteuid() != 0)
		mw_test_skip("needs root to become somebody else");
	chmod(*state, 0755);
	child = fork();
	if (child == 0) {
		bool right = setuid(65534) == 0 && open_fails(*state) == -EACCES && strstr(log_last, *state) != NULL;

		_exit(right ? 0 : 1);
	}
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
}

static void two_sets_of_one_process_do_not_share_files(void **state)
{
	struct mw_csv_set *set = open_set(*state, MW_CSV_ONE_FILE, 0);

	assert_int_equal(open_fails(*state), -EBUSY);
	assert_non_null(strstr(log_last, "another process writes there"));
	add_row(set, EXAMPLE_TS_NS, "kept");
	assert_int_equal(mw_csv_close(set), 0);
	assert_non_null(strstr(read_file(*state, "resets.csv"), "kept"));
	assert_int_equal(mw_csv_close(NULL), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	TEST(a_directory_that_was_removed_is_made_again_and_no_row_is_lost),
	TEST(one_file_mode_publishes_at_close),
	TEST(one_file_mode_replaces_an_earlier_run),
	TEST(live_files_carry_their_interval),
	TEST(two_publishes_of_one_second_do_not_overwrite),
	TEST(a_live_file_is_closed_at_its_size),
	TEST(rows_left_at_close_are_published_in_their_interval),
	TEST(only_whole_files_are_visible_at_any_time),
	TEST(a_killed_process_leaves_only_whole_files),
	TEST(leftovers_of_the_living_and_of_others_stay),
	TEST(parents_of_the_directory_are_made),
	TEST(a_directory_that_cannot_be_used_is_told),
	TEST(a_directory_without_permission_is_told),
	TEST(two_sets_of_one_process_do_not_share_files),
};

MW_TEST_MAIN("export_publish", tests)
