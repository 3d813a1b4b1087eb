// SPDX-License-Identifier: BSD-3-Clause
// Numbers out of files, names of files, and where a program lies.
// Neighbours: lib/base/file.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mw_file.h"
#include "mw_test.h"

static uint64_t number_of(const char *content)
{
	char path[] = "/tmp/midwatch-test-XXXXXX";
	int fd = mkstemp(path);
	uint64_t number;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s", content) >= 0);
	close(fd);
	number = mw_file_number(path);
	unlink(path);
	return number;
}

static void number_at_the_front_is_read(void **state)
{
	(void)state;
	assert_int_equal(number_of("6656\n"), 6656);
	assert_int_equal(number_of("12 of 13"), 12);
}

static void no_file_and_no_number_are_zero(void **state)
{
	(void)state;
	assert_int_equal(number_of(" "), 0);
	assert_int_equal(number_of("many"), 0);
	assert_int_equal(mw_file_number("/nowhere/at/all"), 0);
}

static void names_of_one_file_are_one(void **state)
{
	(void)state;
	assert_true(mw_file_is_one("/proc/self", "/proc/self/task/.."));
	assert_false(mw_file_is_one("/proc/self/stat", "/proc/self/status"));
	assert_false(mw_file_is_one("/nowhere/at/all", "/nowhere/at/all"));
}

// A test lies where it was built, so what is installed on this machine is not what it reads.
static void a_test_reads_the_files_of_its_own_build(void **state)
{
	(void)state;
	assert_true(mw_file_in_place());
}

static void what_is_written_is_read_whole(void **state)
{
	static char there[300000], back[sizeof(there) + 1];
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	memset(there, 7, sizeof(there));
	assert_int_equal(mw_file_write(fileno(file), there, sizeof(there)), sizeof(there));
	rewind(file);
	assert_int_equal(mw_file_read(fileno(file), back, 1), 1);
	assert_int_equal(mw_file_read(fileno(file), back + 1, sizeof(there)), sizeof(there) - 1);
	assert_memory_equal(there, back, sizeof(there));
	fclose(file);
	assert_int_equal(mw_file_read(-1, back, 1), -EBADF);
	assert_int_equal(mw_file_write(-1, back, 1), 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(number_at_the_front_is_read),
	MW_TEST(what_is_written_is_read_whole),
	MW_TEST(names_of_one_file_are_one),
	MW_TEST(no_file_and_no_number_are_zero),
	MW_TEST(a_test_reads_the_files_of_its_own_build),
};
MW_TEST_MAIN("file", tests)
