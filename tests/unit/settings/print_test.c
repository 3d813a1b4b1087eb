// SPDX-License-Identifier: BSD-3-Clause
// The printed default configuration and reference.
// Neighbours: lib/settings/print.c.
#include <string.h>

#include "example.h"
#include "mw_test.h"

static void count_visit(void *context, const char *key, const char *old_value, const char *new_value,
						bool needs_restart)
{
	(void)key;
	(void)old_value;
	(void)new_value;
	(void)needs_restart;
	++*(unsigned *)context;
}

static void printed_defaults_load_to_the_defaults(void **state)
{
	struct mw_settings *from_print, *from_tables;
	unsigned differences = 0;

	(void)state;
	printed[0] = '\0';
	mw_settings_print_defaults(example_modules, 2, &printed_out);
	assert_int_equal(load_example(NULL, NULL, &from_tables), 0);
	if (load_example(printed, NULL, &from_print) != 0)
		fail_msg("%s\n%s", problems, printed);
	mw_settings_compare(from_tables, from_print, count_visit, &differences);
	assert_int_equal(differences, 0);
	mw_settings_free(from_print);
	mw_settings_free(from_tables);
}

static void every_key_is_printed_with_its_comment(void **state)
{
	(void)state;
	printed[0] = '\0';
	mw_settings_print_defaults(example_modules, 2, &printed_out);
	assert_non_null(strstr(printed, "\n# The flow table.\nflow:\n"));
	assert_non_null(strstr(printed, "  # Flows kept at once. (1024 to 1G; needs a restart)\n  flows-max: 1M\n"));
	assert_non_null(strstr(printed, "  # Who leaves a full table | first. (one of oldest, unanswered)\n"
									"  policy: unanswered\n"));
	assert_non_null(strstr(printed, "  # VLAN in the key.\n  vlan: no\n"));
	assert_non_null(strstr(printed, "  # Name of the tap. (needs a restart)\n  name: \"\"\n"));
	assert_non_null(strstr(printed, "  inside: [\"10.0.0.0/8\", \"2001:db8::/32\"]\n"));
}

static void the_reference_has_a_row_for_each_key(void **state)
{
	(void)state;
	printed[0] = '\0';
	mw_settings_print_reference(example_modules, 2, &printed_out);
	assert_non_null(
		strstr(printed, "\n## `flow`\n\nThe flow table.\n\n| key | value | default | change | meaning |\n"));
	assert_non_null(
		strstr(printed, "| `timeout` | duration, 1s to 1d | `900s` | reload | Silence after which a flow ends. |\n"));
	assert_non_null(strstr(printed, "| `flows-max` | number, 1024 to 1G | `1M` | restart | Flows kept at once. |\n"));
	assert_non_null(
		strstr(printed, "one of oldest, unanswered | `unanswered` | reload | Who leaves a full table \\| first. |"));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(printed_defaults_load_to_the_defaults),
	MW_TEST(every_key_is_printed_with_its_comment),
	MW_TEST(the_reference_has_a_row_for_each_key),
};

MW_TEST_MAIN("settings_print", tests)
