// SPDX-License-Identifier: BSD-3-Clause
// Which directory is taken to keep things in, and which is not.
// Neighbours: app/midwatch/store_place.c.
#include "store_place.h"

#include "mw_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VARIABLES 3
static const char *const variables[VARIABLES] = {"STATE_DIRECTORY", "XDG_CACHE_HOME", "HOME"};
static const char *const places[VARIABLES] = {"store", "midwatch", ".cache/midwatch"};
static char base[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/mw-place-test-XXXXXX");
	for (int i = 0; i < VARIABLES; i++)
		unsetenv(variables[i]);
	return mkdtemp(base) == NULL;
}

static int clean_up(void **state)
{
	char path[128];

	(void)state;
	for (int i = 0; i < VARIABLES; i++) {
		snprintf(path, sizeof(path), "%s/%s", base, places[i]);
		rmdir(path);
	}
	snprintf(path, sizeof(path), "%s/.cache", base);
	rmdir(path);
	return rmdir(base);
}

static void same_directory(int fd, const char *place)
{
	struct stat opened, named;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", base, place);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &opened), 0);
	assert_int_equal(stat(path, &named), 0);
	assert_int_equal(opened.st_ino, named.st_ino);
	assert_int_equal(named.st_mode & 0777, 0700);
	close(fd);
}

static void each_place_is_made_and_the_first_is_taken(void **state)
{
	(void)state;
	for (int i = VARIABLES - 1; i >= 0; i--) {
		setenv(variables[i], base, 1);
		same_directory(store_place_open(), places[i]);
		same_directory(store_place_open(), places[i]); // that is there
	}
}

static void without_a_place_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(store_place_open(), -1);
	for (int i = 0; i < VARIABLES; i++)
		setenv(variables[i], "/nonexistent/mw", 1);
	assert_int_equal(store_place_open(), -1);
	for (int i = 0; i < VARIABLES; i++)
		setenv(variables[i], "relative", 1);
	assert_int_equal(store_place_open(), -1);
}

static void a_place_that_others_may_write_is_not_taken(void **state)
{
	char path[128];

	(void)state;
	setenv("XDG_CACHE_HOME", base, 1);
	same_directory(store_place_open(), "midwatch");
	snprintf(path, sizeof(path), "%s/midwatch", base);
	chmod(path, 0720);
	assert_int_equal(store_place_open(), -1);
	chmod(path, 0702);
	assert_int_equal(store_place_open(), -1);
	rmdir(path);
	assert_int_equal(symlink("/tmp", path), 0);
	assert_int_equal(store_place_open(), -1);
	unlink(path);
}

static void a_place_of_somebody_else_is_left_alone(void **state)
{
	char path[128];
	struct stat status;

	(void)state;
	if (geteuid() != 0)
		mw_test_skip("only root can give a directory away");
	setenv("HOME", base, 1);
	assert_int_equal(chown(base, 12345, 12345), 0);
	assert_int_equal(store_place_open(), -1);
	snprintf(path, sizeof(path), "%s/.cache", base);
	assert_int_equal(stat(path, &status), -1); // nothing of root's was made there
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(each_place_is_made_and_the_first_is_taken, set_up, clean_up),
	cmocka_unit_test_setup_teardown(without_a_place_there_is_none, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_place_that_others_may_write_is_not_taken, set_up, clean_up),
	cmocka_unit_test_setup_teardown(a_place_of_somebody_else_is_left_alone, set_up, clean_up),
};

MW_TEST_MAIN("store_place", tests)
