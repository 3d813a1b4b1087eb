// SPDX-License-Identifier: BSD-3-Clause
// What is kept comes back whole or not at all, and what cannot be read is never destroyed.
// Neighbours: lib/export/kept.c.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"
#include "mw_kept.h"
#include "mw_test.h"

#define HEADER "midwatch notes 1\n"

static bool dies_before_rename;

// In the C library's place.
int renameat(int old_fd, const char *old, int new_fd, const char *new)
{
	if (dies_before_rename)
		kill(getpid(), SIGKILL);
	return (int)syscall(SYS_renameat2, old_fd, old, new_fd, new, 0);
}

static char taken[256];

static bool take(void *context, const char *line)
{
	assert_ptr_equal(context, taken);
	strcat(strcat(taken, line), "|");
	return strcmp(line, "bad") != 0;
}

static int read_notes(const char *directory)
{
	taken[0] = '\0';
	return mw_kept_read(directory, "notes", take, taken);
}

static void put(const char *directory, const char *chars)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/kept-notes.txt", directory);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(chars, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void what_is_written_comes_back(void **state)
{
	assert_int_equal(read_notes(*state), 0); // there is none
	assert_string_equal(taken, "");
	assert_int_equal(mw_kept_write(*state, "notes", "one\ntwo\n", 8), 0);
	assert_int_equal(read_notes(*state), 0);
	assert_string_equal(taken, "one|two|");
	assert_int_equal(mw_kept_write(*state, "notes", "three\n", 6), 0);
	assert_int_equal(read_notes(*state), 0);
	assert_string_equal(taken, "three|");
	assert_string_equal(list_directory(*state), "kept-notes.txt ");
	assert_int_equal(log_count, 0);
}

static void a_broken_file_is_named_and_put_aside(void **state)
{
	static const struct {
		const char *chars;
		unsigned line;
	} cases[] = {{"", 1},
				 {"midwatch notes 2\none\n", 1},
				 {"midwatch other 1\none\n", 1},
				 {HEADER "one\nbad\ntwo\n", 3},
				 {HEADER "# a remark\none", 3}};
	char words[64], aside[64];

	for (unsigned i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		put(*state, cases[i].chars);
		log_count = 0;
		assert_int_equal(read_notes(*state), -EINVAL);
		assert_int_equal(log_count, 2);
		snprintf(words, sizeof(words), "kept-notes.txt is now kept-notes.txt.broken-%u", i + 1);
		assert_non_null(strstr(log_last, words));
		snprintf(aside, sizeof(aside), "kept-notes.txt.broken-%u", i + 1);
		assert_string_equal(read_file(*state, aside), cases[i].chars);
		assert_string_equal(read_file(*state, "kept-notes.txt"), "");
	}
}

static void a_file_without_end_is_not_read(void **state)
{
	char *chars = calloc(1, MW_KEPT_BYTES_MAX + 2);

	assert_non_null(chars);
	memset(chars, '#', MW_KEPT_BYTES_MAX + 1);
	memcpy(chars, HEADER, strlen(HEADER));
	put(*state, chars);
	free(chars);
	assert_int_equal(read_notes(*state), -EINVAL);
	assert_string_equal(taken, "");
	assert_string_equal(list_directory(*state), "kept-notes.txt.broken-1 ");
}

static void a_byte_that_no_text_has_is_in_a_broken_line(void **state)
{
	static const char chars[] = HEADER "one\n\0two\n";
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/kept-notes.txt", (char *)*state);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(chars, 1, sizeof(chars) - 1, file), sizeof(chars) - 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(read_notes(*state), -EINVAL);
	assert_string_equal(list_directory(*state), "kept-notes.txt.broken-1 ");
}

// Whoever opens one waits for the other end: for ever.
static void a_pipe_in_its_place_is_not_waited_for(void **state)
{
	char path[256];

	alarm(10);
	snprintf(path, sizeof(path), "%s/kept-notes.txt", (char *)*state);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_notes(*state), -EEXIST);
	assert_non_null(strstr(log_last, "is no regular file"));
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/.kept-notes.txt.tmp", (char *)*state);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(mw_kept_write(*state, "notes", "one\n", 4), 0);
	assert_string_equal(list_directory(*state), "kept-notes.txt ");
	alarm(0);
}

static void what_cannot_be_read_stays(void **state)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/kept-notes.txt", (char *)*state);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(read_notes(*state), -ELOOP);
	assert_string_equal(list_directory(*state), "kept-notes.txt ");
	assert_int_equal(log_count, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mw_kept_read("/nowhere", "notes", take, taken), -ENOENT);
	assert_int_equal(mw_kept_write("/nowhere", "notes", "one\n", 4), -ENOENT);
}

static void killed_between_writing_and_renaming_the_old_one_stands(void **state)
{
	pid_t child;
	int status;

	assert_int_equal(mw_kept_write(*state, "notes", "old\n", 4), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dies_before_rename = true;
		mw_kept_write(*state, "notes", "new and longer\n", 15);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_string_equal(list_directory(*state), ".kept-notes.txt.tmp kept-notes.txt ");
	assert_int_equal(read_notes(*state), 0);
	assert_string_equal(taken, "old|");
	assert_int_equal(mw_kept_write(*state, "notes", "new\n", 4), 0);
	assert_string_equal(list_directory(*state), "kept-notes.txt ");
	assert_int_equal(read_notes(*state), 0);
	assert_string_equal(taken, "new|");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, example_set_up, example_tear_down)

static const struct CMUnitTest tests[] = {
	CASE(what_is_written_comes_back),
	CASE(a_broken_file_is_named_and_put_aside),
	CASE(a_file_without_end_is_not_read),
	CASE(a_byte_that_no_text_has_is_in_a_broken_line),
	CASE(a_pipe_in_its_place_is_not_waited_for),
	CASE(what_cannot_be_read_stays),
	CASE(killed_between_writing_and_renaming_the_old_one_stands),
};

MW_TEST_MAIN("export_kept", tests)
