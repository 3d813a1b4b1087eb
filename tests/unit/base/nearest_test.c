// SPDX-License-Identifier: BSD-3-Clause
// Slips of the keyboard and the names that were meant.
// Neighbours: lib/base/nearest.c.
#include "mw_nearest.h"

#include <string.h>

#include "mw_base.h"
#include "mw_test.h"

static void edits_are_counted(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned edits;
	} cases[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"top", "top", 0},
		{"tpo", "top", 1},
		{"statsu", "status", 1},
		{"sxow status", "show status", 1},
		{"docotr", "doctor", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	};
	char longest[MW_NEAREST_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		assert_int_equal(mw_nearest_edits(cases[i].a, cases[i].b), cases[i].edits);
		assert_int_equal(mw_nearest_edits(cases[i].b, cases[i].a), cases[i].edits);
	}
	memset(longest, 'x', sizeof(longest));
	longest[MW_NEAREST_BYTES] = '\0';
	assert_int_equal(mw_nearest_edits(longest, "x"), MW_NEAREST_BYTES);
	longest[MW_NEAREST_BYTES - 1] = '\0';
	assert_int_equal(mw_nearest_edits(longest, longest), 0);
}

static void the_nearest_is_kept_and_what_is_far_is_none(void **state)
{
	struct mw_nearest best = {0};

	(void)state;
	mw_nearest_consider(&best, "outptu", "input");
	assert_null(best.name);
	mw_nearest_consider(&best, "outptu", "outputs");
	mw_nearest_consider(&best, "outptu", "output");
	mw_nearest_consider(&best, "outptu", "outputx");
	assert_string_equal(best.name, "output");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(edits_are_counted),
	MW_TEST(the_nearest_is_kept_and_what_is_far_is_none),
};

MW_TEST_MAIN("base_nearest", tests)
