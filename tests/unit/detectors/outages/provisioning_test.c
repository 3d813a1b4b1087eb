// SPDX-License-Identifier: BSD-3-Clause
// Names that gateways ask for: what comes with midwatch, and lines that are not sound.
// Neighbours: lib/detectors/outages/provisioning.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mw_log.h"
#include "mw_test.h"
#include "provisioning.h"

static unsigned warnings;

static void count_warning(enum mw_log_level level, const char *message)
{
	(void)message;
	warnings += level == MW_LOG_WARNING;
}

static void a_line_that_is_not_sound_is_left_out(void **state)
{
	static const char text[] = "# remark\n\nrules a.example One # me\nrelay b.example Two words # me\n"
							   "rules c.example Three\nother d.example Four # me\nrules E.example Five # me\n"
							   "rules f..example Six # me\nrules nodot Seven # me\nrules g.example # me\n"
							   "rules h.example Eight # \n";
	char path[] = "/tmp/outages_names_XXXXXX";
	const int fd = mkstemp(path);
	struct outages_names read;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	mw_log_set_hook(count_warning);
	assert_int_equal(outages_names_load(&read, path), 0);
	mw_log_set_hook(NULL);
	unlink(path);
	assert_int_equal(read.count, 2);
	assert_int_equal(warnings, 7);
	assert_string_equal(read.items[1].service, "Two words");
	assert_true(read.items[1].relay);
	assert_int_equal(outages_names_load(&read, "/nowhere"), -ENOENT);
}

static void what_comes_with_midwatch_is_sound(void **state)
{
	char path[512];
	struct outages_names read;

	(void)state;
	snprintf(path, sizeof(path), "%s/config/mape/provisioning.txt", mw_test_source_root());
	warnings = 0;
	mw_log_set_hook(count_warning);
	assert_int_equal(outages_names_load(&read, path), 0);
	mw_log_set_hook(NULL);
	assert_int_equal(warnings, 0);
	assert_true(read.count > 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_line_that_is_not_sound_is_left_out),
	MW_TEST(what_comes_with_midwatch_is_sound),
};

MW_TEST_MAIN("outages_provisioning", tests)
