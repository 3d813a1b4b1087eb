// SPDX-License-Identifier: BSD-3-Clause
// Comparing, walking and merging loaded settings.
// Neighbours: lib/settings/snapshot.c.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "example.h"
#include "mw_test.h"

static char seen[2048];

static void keep_visit(void *context, const char *key, const char *old_value, const char *new_value, bool needs_restart)
{
	size_t len = strlen(seen);

	(void)context;
	snprintf(seen + len, sizeof(seen) - len, "%s %s -> %s%s\n", key, old_value, new_value,
			 needs_restart ? " restart" : "");
}

static struct mw_settings *load_good(const char *yaml)
{
	struct mw_settings *settings;

	assert_int_equal(load_example(yaml, NULL, &settings), 0);
	return settings;
}

static void check_value(const struct mw_settings *settings, const char *key, const char *expected)
{
	char chars[512];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	assert_int_equal(mw_settings_add_value(&text, settings, key), 0);
	assert_string_equal(chars, expected);
}

static void values_read_as_in_the_file(void **state)
{
	struct mw_settings *settings = load_good("flow: {flows-max: 3000000, timeout: 120s, vlan: yes}\n"
											 "capture: {name: 'say \"hi\"', ports: [eth0, 'vdev:a,b'], snaplen: 96}\n");
	char chars[8];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	check_value(settings, "flow.flows-max", "3M");
	check_value(settings, "flow.timeout", "2min");
	check_value(settings, "flow.vlan", "yes");
	check_value(settings, "flow.policy", "unanswered");
	check_value(settings, "capture.name", "\"say \\\"hi\\\"\"");
	check_value(settings, "capture.ports", "[eth0, \"vdev:a,b\"]");
	check_value(settings, "capture.inside", "[\"10.0.0.0/8\", \"2001:db8::/32\"]");
	check_value(settings, "capture.snaplen", "96");
	mw_settings_free(settings);
	settings = load_good("capture: {name: 'caf\xc3\xa9 \xf0\x9f\x92\xa9'}\n");
	check_value(settings, "capture.name", "\"caf\xc3\xa9 \xf0\x9f\x92\xa9\"");
	assert_int_equal(mw_settings_add_value(&text, settings, "flow"), -ENOENT);
	assert_int_equal(mw_settings_add_value(&text, settings, "flow.x"), -ENOENT);
	assert_int_equal(mw_settings_add_value(&text, settings, "x.vlan"), -ENOENT);
	mw_settings_free(settings);
}

static void compare_visits_what_differs(void **state)
{
	struct mw_settings *before = load_good("flow: {flows-max: 2k}\n");
	struct mw_settings *after = load_good("flow: {flows-max: 4k, timeout: 60s}\ncapture: {inside: []}\n");

	(void)state;
	seen[0] = '\0';
	mw_settings_compare(before, before, keep_visit, NULL);
	assert_string_equal(seen, "");
	mw_settings_compare(before, after, keep_visit, NULL);
	assert_string_equal(seen, "flow.flows-max 2000 -> 4000 restart\n"
							  "flow.timeout 900s -> 1min\n"
							  "capture.inside [\"10.0.0.0/8\", \"2001:db8::/32\"] -> []\n");
	mw_settings_free(before);
	mw_settings_free(after);
}

static void walk_visits_every_key_with_its_default(void **state)
{
	struct mw_settings *settings = load_good("flow: {vlan: yes}\ncapture: {name: x}\n");

	(void)state;
	seen[0] = '\0';
	mw_settings_walk(settings, keep_visit, NULL);
	assert_string_equal(seen, "flow.flows-max 1M -> 1M restart\nflow.timeout 900s -> 900s\nflow.vlan yes -> no\n"
							  "flow.policy unanswered -> unanswered\ncapture.name x -> \"\" restart\n"
							  "capture.inside [\"10.0.0.0/8\", \"2001:db8::/32\"] -> "
							  "[\"10.0.0.0/8\", \"2001:db8::/32\"]\n"
							  "capture.ports [] -> []\ncapture.snaplen 64Ki -> 64Ki\ncapture.wait 1s -> 1s\n");
	mw_settings_free(settings);
}

static void merge_keeps_what_needs_a_restart(void **state)
{
	struct mw_settings *running = load_good("flow: {flows-max: 2k}\ncapture: {name: old}\n");
	struct mw_settings *wanted = load_good("flow: {flows-max: 4k, vlan: yes}\ncapture: {name: new, ports: [a]}\n");
	struct mw_settings *merged = NULL;
	const struct capture_values *capture;
	const struct flow_values *flow;

	(void)state;
	assert_int_equal(mw_settings_merge_running(running, wanted, &merged), 0);
	mw_settings_free(running);
	mw_settings_free(wanted);
	flow = mw_settings_values(merged, "flow");
	capture = mw_settings_values(merged, "capture");
	assert_int_equal(flow->flows_max, 2000);
	assert_true(flow->vlan);
	assert_string_equal(capture->name, "old");
	assert_int_equal(capture->ports.count, 1);
	check_value(merged, "flow.timeout", "900s");
	mw_settings_free(merged);
}

static void ignore_problem(void *context, const struct mw_settings_problem *problem)
{
	*(unsigned *)context += problem->message != NULL;
}

static void one_change_needs_no_file(void **state)
{
	struct mw_settings *running = load_good("flow: {timeout: 60s}\n"), *changed = NULL;
	unsigned told = 0;

	(void)state;
	assert_int_equal(mw_settings_change(running, example_modules, "flow.vlan=yes", ignore_problem, &told, &changed), 0);
	check_value(changed, "flow.vlan", "yes");
	check_value(changed, "flow.timeout", "1min");
	check_value(running, "flow.vlan", "no");
	mw_settings_free(changed);
	changed = NULL;
	assert_int_equal(mw_settings_change(running, example_modules, "flow.vlam=yes", ignore_problem, &told, &changed),
					 -EINVAL);
	assert_int_equal(told, 1);
	assert_null(changed);
	mw_settings_free(running);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_change_needs_no_file),         MW_TEST(values_read_as_in_the_file),
	MW_TEST(compare_visits_what_differs),      MW_TEST(walk_visits_every_key_with_its_default),
	MW_TEST(merge_keeps_what_needs_a_restart),
};

MW_TEST_MAIN("settings_snapshot", tests)
