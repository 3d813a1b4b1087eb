// SPDX-License-Identifier: BSD-3-Clause
// The socket's path: taken from the dead, left to the living and to files that are no sockets.
// Neighbours: lib/control/listen.c.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"
#include "mw_log.h"
#include "mw_test.h"

static char logged[512];

static void remember(enum mw_log_level level, const char *message)
{
	(void)level;
	snprintf(logged, sizeof(logged), "%s", message);
}

static int open_at(struct harness *harness, const char *path, const char *group)
{
	struct mw_server_config config = harness_config(harness);
	struct mw_server *second = NULL;

	config.path = path;
	config.group = group;
	logged[0] = '\0';
	mw_log_set_hook(remember);
	int result = mw_server_open(&config, &second);

	mw_log_set_hook(NULL);
	if (result == 0) {
		struct stat status;

		assert_int_equal(stat(path, &status), 0);
		assert_true(S_ISSOCK(status.st_mode));
		assert_int_equal(status.st_mode & 0777, 0660);
		mw_server_close(second);
		assert_int_equal(access(path, F_OK), -1);
	} else {
		assert_non_null(strstr(logged, group != NULL ? group : path));
	}
	return result;
}

static void living_process_keeps_its_socket(void **state)
{
	struct harness *harness = *state;

	assert_int_equal(open_at(harness, harness->path, NULL), -EADDRINUSE);
	close(harness_client(harness)); // it still answers there
}

static void socket_of_a_dead_process_is_replaced(void **state)
{
	struct harness *harness = *state;
	char path[128];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(path, sizeof(path), "%s/dead", harness->dir);
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(open_at(harness, path, NULL), 0);
}

static void regular_file_is_never_deleted(void **state)
{
	struct harness *harness = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/file", harness->dir);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(open_at(harness, path, NULL), -EEXIST);
	assert_int_equal(unlink(path), 0);
}

static void link_to_somewhere_is_not_followed(void **state)
{
	struct harness *harness = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/link", harness->dir);
	assert_int_equal(symlink("/nowhere/at/all", path), 0);
	assert_int_equal(open_at(harness, path, NULL), -EEXIST);
	assert_int_equal(unlink(path), 0);
}

static void last_directory_is_made_but_no_more(void **state)
{
	struct harness *harness = *state;
	char path[192], dir[128];

	snprintf(dir, sizeof(dir), "%s/new", harness->dir);
	snprintf(path, sizeof(path), "%s/s", dir);
	assert_int_equal(open_at(harness, path, NULL), 0);
	assert_int_equal(rmdir(dir), 0);
	snprintf(path, sizeof(path), "%s/a/b/s", harness->dir);
	snprintf(dir, sizeof(dir), "%s/a/b", harness->dir);
	struct mw_server_config config = harness_config(harness);
	struct mw_server *none = NULL;

	config.path = path;
	mw_log_set_hook(remember);
	assert_int_equal(mw_server_open(&config, &none), -ENOENT);
	mw_log_set_hook(NULL);
	assert_non_null(strstr(logged, dir));
}

static void path_that_is_too_long_or_empty_is_refused(void **state)
{
	char path[200];

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(open_at(*state, path, NULL), -ENAMETOOLONG);
	assert_int_equal(open_at(*state, "", NULL), -EINVAL);
}

static void mode_does_not_depend_on_the_umask(void **state)
{
	struct harness *harness = *state;
	char path[128];
	static const mode_t masks[] = {0, 0777, 022};

	snprintf(path, sizeof(path), "%s/masked", harness->dir);
	for (size_t i = 0; i < MW_ARRAY_SIZE(masks); i++) {
		mode_t old = umask(masks[i]);

		assert_int_equal(open_at(harness, path, NULL), 0);
		umask(old);
	}
}

static void unknown_group_is_refused_and_leaves_no_file(void **state)
{
	struct harness *harness = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/grouped", harness->dir);
	assert_int_equal(open_at(harness, path, "no-such-group-here"), -ESRCH);
	assert_int_equal(access(path, F_OK), -1);
}

static void socket_of_a_successor_is_not_removed_at_the_end(void **state)
{
	struct harness *harness = *state;

	assert_int_equal(unlink(harness->path), 0);
	struct mw_server_config config = harness_config(harness);
	struct mw_server *second = NULL;

	assert_int_equal(mw_server_open(&config, &second), 0);
	mw_server_close(harness->server);
	assert_int_equal(access(harness->path, F_OK), 0);
	harness->server = second;
}

#define LISTEN_TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)
static const struct CMUnitTest tests[] = {
	LISTEN_TEST(living_process_keeps_its_socket),
	LISTEN_TEST(socket_of_a_dead_process_is_replaced),
	LISTEN_TEST(regular_file_is_never_deleted),
	LISTEN_TEST(link_to_somewhere_is_not_followed),
	LISTEN_TEST(last_directory_is_made_but_no_more),
	LISTEN_TEST(path_that_is_too_long_or_empty_is_refused),
	LISTEN_TEST(mode_does_not_depend_on_the_umask),
	LISTEN_TEST(unknown_group_is_refused_and_leaves_no_file),
	LISTEN_TEST(socket_of_a_successor_is_not_removed_at_the_end),
};
MW_TEST_MAIN("control_listen", tests)
