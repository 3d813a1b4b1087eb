// SPDX-License-Identifier: BSD-3-Clause
// Messages to the operator: level, hook, harmless bytes.
// Neighbours: lib/base/log.c.
#include "mw_log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mw_test.h"

static char last[4096];
static int calls;
static enum mw_log_level last_level;

static void keep(enum mw_log_level level, const char *message)
{
	calls++;
	last_level = level;
	snprintf(last, sizeof(last), "%s", message);
}

static int set_up(void **state)
{
	(void)state;
	calls = 0;
	last[0] = '\0';
	mw_log_set_hook(keep);
	mw_log_set_level(MW_LOG_NOTICE);
	return 0;
}

static void messages_reach_the_hook_with_their_level(void **state)
{
	(void)state;
	mw_log_warning("port %d is %s", 3, "down");
	assert_int_equal(calls, 1);
	assert_int_equal(last_level, MW_LOG_WARNING);
	assert_string_equal(last, "port 3 is down");
}

static void messages_above_the_level_are_dropped(void **state)
{
	(void)state;
	mw_log(MW_LOG_DEBUG, "quiet");
	assert_int_equal(calls, 0);
	mw_log_set_level(MW_LOG_ERROR);
	mw_log_warning("quiet");
	assert_int_equal(calls, 0);
	mw_log_error("loud");
	assert_int_equal(calls, 1);
}

static void control_bytes_are_escaped_and_utf8_stays(void **state)
{
	(void)state;
	mw_log_error("a\x1b[2J\nb\x7f \xc3\xa9");
	assert_string_equal(last, "a\\x1b[2J\\x0ab\\x7f \xc3\xa9");
}

static void a_novel_is_cut_and_says_so(void **state)
{
	static char novel[10000];

	(void)state;
	memset(novel, 'x', sizeof(novel) - 1);
	mw_log_error("%s", novel);
	assert_true(strlen(last) < 4000);
	assert_string_equal(last + strlen(last) - 3, "...");
}

static void the_default_is_one_line_on_standard_error(void **state)
{
	char line[128] = "";
	int pipe_fds[2];
	int saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	mw_log_set_hook(NULL);
	mw_log_error("no such port");
	dup2(saved, STDERR_FILENO);
	assert_true(read(pipe_fds[0], line, sizeof(line) - 1) > 0);
	assert_string_equal(line, "midwatch: error: no such port\n");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(saved);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup(messages_reach_the_hook_with_their_level, set_up),
	cmocka_unit_test_setup(messages_above_the_level_are_dropped, set_up),
	cmocka_unit_test_setup(control_bytes_are_escaped_and_utf8_stays, set_up),
	cmocka_unit_test_setup(a_novel_is_cut_and_says_so, set_up),
	cmocka_unit_test_setup(the_default_is_one_line_on_standard_error, set_up),
};

MW_TEST_MAIN("base_log", tests)
