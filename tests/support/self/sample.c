// SPDX-License-Identifier: BSD-3-Clause
// A test program with one case of each outcome: what harness_test.py runs. It is not a test by itself.
// Neighbours: harness_test.py, ../mw_test.h.
#include "mw_test.h"

#include <signal.h>

static void one_and_one_is_two(void **state)
{
	(void)state;
	assert_int_equal(1 + 1, 2);
}

static void failure_keeps_its_message(void **state)
{
	(void)state;
	assert_string_equal("<left> & \"right\"", "other");
}

static void skip_keeps_its_reason(void **state)
{
	(void)state;
	mw_test_skip("needs <root>");
}

static void crash_is_a_failure(void **state)
{
	(void)state;
	raise(SIGFPE);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_and_one_is_two),
	MW_TEST(failure_keeps_its_message),
	MW_TEST(skip_keeps_its_reason),
	MW_TEST(crash_is_a_failure),
};

MW_TEST_MAIN("sample", tests)
