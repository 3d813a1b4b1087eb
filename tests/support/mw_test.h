// SPDX-License-Identifier: BSD-3-Clause
// A test program: CMocka inside, googletest's command line outside.
// Neighbours: every file in tests/unit. Flags: --gtest_list_tests, --gtest_filter=GLOBS, --gtest_output=xml:FILE
//
// A program names its tests in a table and ends with MW_TEST_MAIN:
//     static const struct CMUnitTest tests[] = {MW_TEST(reset_outside_window_is_forged)};
//     MW_TEST_MAIN("detect_reset", tests)
#ifndef MW_TEST_H
#define MW_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h> // NOLINT: needs the headers above, in this order

#define MW_TEST(function) cmocka_unit_test(function)

/**
 * Runs the suite's tests that the command line asks for, each as its own CMocka group.
 * @return the program's exit status: 0 passed, 1 a test failed, 2 usage or the XML file could not be written,
 * 77 every test that ran was skipped (what meson and ctest call skipped).
 */
int mw_test_main(int argc, char **argv, const char *suite, const struct CMUnitTest *tests, size_t count);

/** Defines main() for a program with one suite. */
#define MW_TEST_MAIN(suite, tests)                                                                                     \
	int main(int argc, char **argv)                                                                                    \
	{                                                                                                                  \
		return mw_test_main(argc, argv, suite, tests, sizeof(tests) / sizeof((tests)[0]));                             \
	}

/** Ends the running test as skipped; the reason appears on standard output and in the XML. */
#define mw_test_skip(reason)                                                                                           \
	do {                                                                                                               \
		mw_test_set_skip_reason(reason);                                                                               \
		skip();                                                                                                        \
	} while (0)

/** Remembers why the running test skips: for mw_test_skip() alone. `reason` must live as long as the test. */
void mw_test_set_skip_reason(const char *reason);

/** The folder ../shared beside the checkout, or NULL where it is absent. */
const char *mw_test_shared_dir(void);
/** The checkout's root. */
const char *mw_test_source_root(void);

#endif
