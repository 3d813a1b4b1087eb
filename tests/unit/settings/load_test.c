// SPDX-License-Identifier: BSD-3-Clause
// Good configurations: defaults, files, overrides.
// Neighbours: lib/settings/load.c; problem_test.c has the bad ones.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "example.h"
#include "mw_test.h"

static const struct flow_values *flow_of(const struct mw_settings *settings)
{
	return mw_settings_values(settings, "flow");
}

static const struct capture_values *capture_of(const struct mw_settings *settings)
{
	return mw_settings_values(settings, "capture");
}

static void check_defaults(const char *yaml)
{
	struct mw_settings *settings;

	assert_int_equal(load_example(yaml, NULL, &settings), 0);
	assert_int_equal(flow_of(settings)->flows_max, 1000000);
	assert_int_equal(flow_of(settings)->timeout_ns, 900 * MW_NS_PER_SECOND);
	assert_false(flow_of(settings)->vlan);
	assert_int_equal(flow_of(settings)->policy, 1);
	assert_string_equal(capture_of(settings)->name, "");
	assert_int_equal(capture_of(settings)->inside.count, 2);
	assert_int_equal(capture_of(settings)->inside.items[0].len_bits, 104);
	assert_int_equal(capture_of(settings)->inside.items[1].len_bits, 32);
	assert_int_equal(capture_of(settings)->ports.count, 0);
	assert_int_equal(capture_of(settings)->snaplen, 65536);
	assert_null(mw_settings_values(settings, "nat"));
	mw_settings_free(settings);
}

static void without_a_file_defaults_hold(void **state)
{
	(void)state;
	check_defaults(NULL);
}

static void an_empty_file_means_defaults(void **state)
{
	(void)state;
	check_defaults("");
	check_defaults("# only a comment\n");
	check_defaults("---\n");
	check_defaults("---\n~\n...\n");
	check_defaults("{}\n");
}

static void an_empty_section_means_defaults(void **state)
{
	(void)state;
	check_defaults("flow:\ncapture:\n");
	check_defaults("flow: {}\n");
	check_defaults("flow:\n  # flows-max: 5\ncapture: ~\n");
}

static void every_type_is_read_from_a_file(void **state)
{
	struct mw_settings *settings;
	const char *yaml = "flow:\n  flows-max: 64Ki\n  timeout: 5min\n  vlan: on\n  policy: oldest\n"
					   "capture:\n  name: \"tap: 1\"\n  inside: [192.0.2.0/24]\n  ports:\n    - eth0\n    - eth1\n";

	(void)state;
	assert_int_equal(load_example(yaml, NULL, &settings), 0);
	assert_int_equal(flow_of(settings)->flows_max, 65536);
	assert_int_equal(flow_of(settings)->timeout_ns, 300 * MW_NS_PER_SECOND);
	assert_true(flow_of(settings)->vlan);
	assert_int_equal(flow_of(settings)->policy, 0);
	assert_string_equal(capture_of(settings)->name, "tap: 1");
	assert_int_equal(capture_of(settings)->inside.count, 1);
	assert_int_equal(capture_of(settings)->ports.count, 2);
	assert_string_equal(capture_of(settings)->ports.items[1], "eth1");
	assert_int_equal(capture_of(settings)->snaplen, 65536);
	mw_settings_free(settings);
}

static void an_empty_list_replaces_the_default(void **state)
{
	struct mw_settings *settings;

	(void)state;
	assert_int_equal(load_example("capture:\n  inside: []\n", NULL, &settings), 0);
	assert_int_equal(capture_of(settings)->inside.count, 0);
	mw_settings_free(settings);
	assert_int_equal(load_example("capture:\n  inside:\n", NULL, &settings), 0);
	assert_int_equal(capture_of(settings)->inside.count, 0);
	mw_settings_free(settings);
}

static void overrides_win_over_the_file(void **state)
{
	struct mw_settings *settings;

	(void)state;
	assert_int_equal(load_example("flow:\n  flows-max: 2k\n", "flow.flows-max=3k", &settings), 0);
	assert_int_equal(flow_of(settings)->flows_max, 3000);
	mw_settings_free(settings);
	assert_int_equal(load_example(NULL, "capture.name=a=b", &settings), 0);
	assert_string_equal(capture_of(settings)->name, "a=b");
	mw_settings_free(settings);
}

static void lists_are_taken_as_they_are_shown(void **state)
{
	static const char *const shown[] = {"capture.inside=[\"10.0.0.0/8\", \"2001:db8::/32\"]",
										" [ 10.0.0.0/8 ,2001:db8::/32 ] "};
	struct mw_settings *settings;
	char override[64];

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(shown); i++) {
		snprintf(override, sizeof(override), "%s%s", i == 0 ? "" : "capture.inside=", shown[i]);
		assert_int_equal(load_example("capture:\n  inside: []\n", override, &settings), 0);
		assert_int_equal(capture_of(settings)->inside.count, 2);
		mw_settings_free(settings);
	}
	assert_int_equal(load_example(NULL, "capture.inside=[]", &settings), 0);
	assert_int_equal(capture_of(settings)->inside.count, 0);
	mw_settings_free(settings);
	assert_int_equal(load_example(NULL, "capture.ports=[\"eth0\"]", &settings), 0);
	assert_string_equal(capture_of(settings)->ports.items[0], "eth0");
	mw_settings_free(settings);
	assert_int_not_equal(load_example(NULL, "capture.inside=[10.0.0.0/8", &settings), 0);
}

static void override_lists_are_separated_by_commas(void **state)
{
	struct mw_settings *settings;

	(void)state;
	assert_int_equal(load_example(NULL, "capture.ports=a, b ,c", &settings), 0);
	assert_int_equal(capture_of(settings)->ports.count, 3);
	assert_string_equal(capture_of(settings)->ports.items[1], "b");
	mw_settings_free(settings);
	assert_int_equal(load_example(NULL, "capture.inside=", &settings), 0);
	assert_int_equal(capture_of(settings)->inside.count, 0);
	mw_settings_free(settings);
}

static void a_file_on_disk_is_read(void **state)
{
	char path[] = "/tmp/mw_settings_XXXXXX";
	int fd = mkstemp(path);
	struct mw_settings *settings = NULL;

	(void)state;
	assert_int_equal(write(fd, "flow: {vlan: yes}\n", 18), 18);
	assert_int_equal(mw_settings_load(example_modules, 2, path, NULL, 0, NULL, NULL, &settings), 0);
	assert_true(flow_of(settings)->vlan);
	mw_settings_free(settings);
	mw_settings_free(NULL);
	close(fd);
	unlink(path);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(without_a_file_defaults_hold),
	MW_TEST(an_empty_file_means_defaults),
	MW_TEST(an_empty_section_means_defaults),
	MW_TEST(every_type_is_read_from_a_file),
	MW_TEST(an_empty_list_replaces_the_default),
	MW_TEST(overrides_win_over_the_file),
	MW_TEST(lists_are_taken_as_they_are_shown),
	MW_TEST(override_lists_are_separated_by_commas),
	MW_TEST(a_file_on_disk_is_read),
};

MW_TEST_MAIN("settings_load", tests)
