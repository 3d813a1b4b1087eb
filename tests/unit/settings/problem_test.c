// SPDX-License-Identifier: BSD-3-Clause
// Bad configurations: each problem with its line, column, key, and what to do.
// Neighbours: lib/settings/file.c, value.c, load.c.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "example.h"
#include "mw_test.h"

// Loads yaml and expects exactly these lines of problems.
static void expect_problems(const char *yaml, const char *override, unsigned count, const char *const parts[])
{
	struct mw_settings *settings;

	assert_int_equal(load_example(yaml, override, &settings), -EINVAL);
	assert_null(settings);
	for (unsigned i = 0; i < count; i++) {
		if (strstr(problems, parts[i]) == NULL)
			fail_msg("no \"%s\" in:\n%s", parts[i], problems);
	}
	if (problems_count != count)
		fail_msg("%u problems:\n%s", problems_count, problems);
}

#define EXPECT(yaml, ...)                                                                                              \
	do {                                                                                                               \
		const char *const parts[] = {__VA_ARGS__};                                                                     \
		expect_problems(yaml, NULL, MW_ARRAY_SIZE(parts), parts);                                                      \
	} while (0)

#define EXPECT_SET(override, part)                                                                                     \
	do {                                                                                                               \
		const char *const parts[] = {part};                                                                            \
		expect_problems(NULL, override, 1, parts);                                                                     \
	} while (0)

static void unknown_keys_are_told_with_place_and_suggestion(void **state)
{
	(void)state;
	EXPECT("flow:\n  vlan: no\n  flow-max: 5k\n",
		   "f.yaml:3:3 flow.flow-max unknown key (did you mean \"flows-max\"?)\n");
	EXPECT("flwo:\n  vlan: no\n", "f.yaml:1:1 flwo unknown section (did you mean \"flow\"?)\n");
	EXPECT("flow: {zzzzzzz: 1}\n", "f.yaml:1:8 flow.zzzzzzz unknown key\n");
	EXPECT("flow:\n  snaplen: 100\n", "f.yaml:2:3 flow.snaplen unknown key (section \"capture\" has it)\n");
}

static void all_problems_are_told_in_one_run(void **state)
{
	(void)state;
	EXPECT("flow:\n  flows-max: 1e9\n  nonsense: 1\n  timeout: 5 min\ncapture:\n  inside: [10.0.0.0/8, 10.0.0.1/8]\n",
		   "f.yaml:2:14 flow.flows-max \"1e9\" is not a whole number", "f.yaml:3:3 flow.nonsense unknown key\n",
		   "f.yaml:4:12 flow.timeout \"5 min\" is not a duration",
		   "f.yaml:6:24 capture.inside \"10.0.0.1/8\" is not an address or prefix");
	EXPECT("flow:\n  vlan: maybe\n  vlan: no\n  flows-max: [1]\n",
		   "f.yaml:2:9 flow.vlan \"maybe\" is neither yes nor no\n", "f.yaml:3:3 flow.vlan given twice",
		   "f.yaml:4:14 flow.flows-max a single value is expected here");
}

static void problems_of_file_and_override_come_together(void **state)
{
	static const char *const parts[] = {"f.yaml:1:14 flow.vlan \"maybe\" is neither yes nor no\n",
										"--set:0:0 flow.polcy unknown key (did you mean \"policy\"?)\n"};

	(void)state;
	expect_problems("flow: {vlan: maybe}\n", "flow.polcy=oldest", 2, parts);
}

static void absurd_sizes_are_refused(void **state)
{
	(void)state;
	EXPECT("flow: {flows-max: 100_000}\n", "1:19 flow.flows-max \"100_000\" is not a whole number");
	EXPECT("flow: {flows-max: -5}\n", "\"-5\" is not a whole number");
	EXPECT("flow: {flows-max: 99999999999999999999T}\n", "is too large");
	EXPECT("flow: {flows-max: 1T}\n", "\"1T\" is out of range: 1024 to 1G is allowed");
	EXPECT("flow: {flows-max: 0}\n", "\"0\" is out of range: 1024 to 1G is allowed");
	EXPECT("flow: {timeout: 2d}\n", "\"2d\" is out of range: 1s to 1d is allowed");
	EXPECT("flow: {timeout: 0}\n", "\"0\" is out of range");
	EXPECT("flow: {flows-max: }\n", "\"\" is not a whole number");
	EXPECT("flow: {policy: newest}\n", "\"newest\" is not one of: oldest, unanswered");
}

static void texts_have_limits(void **state)
{
	char yaml[1024];

	(void)state;
	snprintf(yaml, sizeof(yaml), "capture: {name: %0300d}\n", 0);
	EXPECT(yaml, "is too long: at most 255 bytes");
	snprintf(yaml, sizeof(yaml), "capture: {ports: [%064d]}\n", 0);
	EXPECT(yaml, "is too long: at most 63 bytes");
	EXPECT("capture: {name: \"a\\nb\"}\n", "\"a\\x0ab\" has a control character in it");
	EXPECT("capture: {name: \"a\\u009b\"}\n", "\"a\\xc2\\x9b\" has a control character in it");
	EXPECT("capture: {name: \"\\u2028\"}\n", "has a control character in it");
	EXPECT_SET("capture.name=\xe9", "or is not UTF-8");
	EXPECT_SET("capture.name=\xc0\xaf", "or is not UTF-8");
	EXPECT_SET("capture.name=\xed\xa0\x80", "or is not UTF-8");
	EXPECT_SET("capture.name=\xf0\x9f\x92", "or is not UTF-8");
	EXPECT("capture: {name: \"a\\0b\"}\n", "capture.name the value has a NUL character in it");
}

static void a_list_too_long_is_told_once(void **state)
{
	char yaml[1024] = "capture:\n  ports: [x";

	(void)state;
	for (int i = 0; i < 99; i++)
		strcat(yaml, ", x");
	strcat(yaml, "]\n");
	EXPECT(yaml, "f.yaml:2:203 capture.ports \"x\" is one item too many");
}

static void the_wrong_kind_of_value_is_told(void **state)
{
	(void)state;
	EXPECT("flow:\n  flows-max: [1, 2]\n",
		   "f.yaml:2:14 flow.flows-max a single value is expected here, this is a list\n");
	EXPECT("flow:\n  flows-max: {a: 1}\n", "this is a section\n");
	EXPECT("capture:\n  inside: 10.0.0.0/8\n",
		   "f.yaml:2:11 capture.inside a list such as [a, b] is expected here, this is a single value\n");
	EXPECT("capture:\n  ports: [[a]]\n", "f.yaml:2:11 capture.ports a list of single values is expected here");
	EXPECT("flow: 5\n", "f.yaml:1:7 flow a section with indented keys is expected here, this is a single value\n");
	EXPECT("- flow\n", "sections such as \"flow:\" are expected here, this is a list\n");
	EXPECT("hello\n", "this is a single value\n");
	EXPECT("[a]: 5\nb: 1\n", "a key is expected here, this is a list", "b unknown section");
}

static void a_key_given_twice_is_refused(void **state)
{
	(void)state;
	EXPECT("flow:\n  vlan: yes\n  vlan: no\n", "f.yaml:3:3 flow.vlan given twice: first in line 2\n");
	EXPECT("flow: {vlan: yes}\nflow: {vlan: no}\n", "f.yaml:2:1 flow given twice: first in line 1\n");
}

static void aliases_are_refused_before_they_grow(void **state)
{
	(void)state;
	EXPECT("capture:\n  ports: &a [x, x]\n  inside: *a\n",
		   "f.yaml:3:11 capture.inside a list such as [a, b] is expected here, this is an alias (aliases are "
		   "not allowed)\n");
	EXPECT("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nflow: *c\n", "a unknown section", "b unknown section",
		   "c unknown section", "this is an alias (aliases are not allowed)");
}

static void broken_yaml_is_told_with_its_place(void **state)
{
	(void)state;
	EXPECT("capture:\n  ports: [yes\n", "f.yaml:3:1  not valid YAML: ");
	EXPECT("flow:\n\tvlan: yes\n", "f.yaml:2:1  not valid YAML: ");
	EXPECT("flow: {vlan: yes}\n--- \nflow: {}\n", "f.yaml:2:1  a second document begins here: one is allowed\n");
	EXPECT("\xff\xff\xff\n", "not valid YAML: ");
}

static void deep_nesting_ends_in_a_problem(void **state)
{
	static char yaml[200000];

	(void)state;
	memset(yaml, '[', sizeof(yaml) - 1);
	EXPECT(yaml, "sections such as", "f.yaml:1:17  nested too deeply\n");
}

static void overrides_are_checked_like_the_file(void **state)
{
	(void)state;
	EXPECT_SET("flow.flows-max=1e9", "--set:0:0 flow.flows-max \"1e9\" is not a whole number");
	EXPECT_SET("flow.flows-max", "--set:0:0 flow.flows-max write SECTION.KEY=VALUE\n");
	EXPECT_SET("vlan=yes", "--set:0:0 vlan write SECTION.KEY=VALUE\n");
	EXPECT_SET("fow.vlan=yes", "fow.vlan unknown section (did you mean \"flow\"?)\n");
	EXPECT_SET("capture.inside=10.0.0.0/8,x", "\"x\" is not an address or prefix");
	EXPECT_SET("=", "write SECTION.KEY=VALUE");
}

static void a_setting_above_its_bound_is_told_where_the_last_was_given(void **state)
{
	(void)state;
	EXPECT("capture:\n  wait: 1h\n", "f.yaml:2:9 capture.wait 1h is more than flow.timeout, which is 900s\n");
	EXPECT("capture:\n  wait: 3s\nflow:\n  timeout: 2s\n",
		   "f.yaml:4:12 flow.timeout 2s is less than capture.wait, which is 3s\n");
	EXPECT("flow:\n  timeout: 2s\ncapture:\n  wait: 3s\n",
		   "f.yaml:4:9 capture.wait 3s is more than flow.timeout, which is 2s\n");
	EXPECT_SET("capture.wait=1h", "--set:0:0 capture.wait 1h is more than flow.timeout, which is 900s\n");
	EXPECT("flow:\n  timeout: none\n", "f.yaml:2:12 flow.timeout \"none\" is not a duration");
}

static void what_is_set_later_is_held_against_what_runs(void **state)
{
	struct mw_settings *running, *changed = NULL;

	(void)state;
	assert_int_equal(load_example("capture: {wait: 3s}\n", NULL, &running), 0);
	assert_int_equal(change_example(running, "flow.timeout=2s", &changed), -EINVAL);
	assert_string_equal(problems, "--set:0:0 flow.timeout 2s is less than capture.wait, which is 3s\n");
	assert_int_equal(change_example(running, "flow.timeout=3s", &changed), 0);
	mw_settings_free(changed);
	mw_settings_free(running);
}

static void keep_message(void *context, const struct mw_settings_problem *problem)
{
	snprintf(context, 128, "%s: %s", problem->file, problem->message);
}

static int load_path(const char *path, char message[128])
{
	struct mw_settings *settings = NULL;

	message[0] = '\0';
	return mw_settings_load(example_modules, 2, path, NULL, 0, keep_message, message, &settings);
}

static void files_that_cannot_be_read_are_told(void **state)
{
	char message[128];

	(void)state;
	assert_int_equal(load_path("/nonexistent/x.yaml", message), -ENOENT);
	assert_string_equal(message, "/nonexistent/x.yaml: cannot be read: No such file or directory");
	assert_int_equal(load_path("/tmp", message), -EISDIR);
	assert_string_equal(message, "/tmp: cannot be read: Is a directory");
	assert_int_equal(load_path("/dev/zero", message), -EFBIG);
	assert_string_equal(message, "/dev/zero: the file is larger than 1 MiB: not a configuration");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(unknown_keys_are_told_with_place_and_suggestion),
	MW_TEST(all_problems_are_told_in_one_run),
	MW_TEST(problems_of_file_and_override_come_together),
	MW_TEST(absurd_sizes_are_refused),
	MW_TEST(texts_have_limits),
	MW_TEST(a_list_too_long_is_told_once),
	MW_TEST(the_wrong_kind_of_value_is_told),
	MW_TEST(a_key_given_twice_is_refused),
	MW_TEST(aliases_are_refused_before_they_grow),
	MW_TEST(broken_yaml_is_told_with_its_place),
	MW_TEST(deep_nesting_ends_in_a_problem),
	MW_TEST(overrides_are_checked_like_the_file),
	MW_TEST(a_setting_above_its_bound_is_told_where_the_last_was_given),
	MW_TEST(what_is_set_later_is_held_against_what_runs),
	MW_TEST(files_that_cannot_be_read_are_told),
};

MW_TEST_MAIN("settings_problem", tests)
