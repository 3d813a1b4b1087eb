// SPDX-License-Identifier: BSD-3-Clause
// Bounded text, escapes, and numbers as people write them.
// Neighbours: lib/base/text.c.
#include "mw_text.h"

#include <errno.h>
#include <string.h>

#include "mw_test.h"

struct number_case {
	const char *chars;
	int rc;
	uint64_t value;
};

static void check_numbers(int (*parse)(const char *, uint64_t *), const struct number_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0;

		if (parse(cases[i].chars, &value) != cases[i].rc || value != cases[i].value)
			fail_msg("\"%s\" read as %llu, or with another result", cases[i].chars, (unsigned long long)value);
	}
}

static void whole_numbers_with_suffix_are_read(void **state)
{
	static const struct number_case cases[] = {
		{"0", 0, 0},
		{"1", 0, 1},
		{"007", 0, 7},
		{"1k", 0, 1000},
		{"1M", 0, 1000000},
		{"2G", 0, 2000000000},
		{"3T", 0, 3000000000000},
		{"1Ki", 0, 1024},
		{"64Mi", 0, 67108864},
		{"10Gi", 0, 10737418240},
		{"1Ti", 0, 1099511627776},
		{"18446744073709551615", 0, UINT64_MAX},
	};

	(void)state;
	check_numbers(mw_text_parse_uint, cases, MW_ARRAY_SIZE(cases));
}

static void anything_but_a_whole_number_is_refused(void **state)
{
	static const struct number_case cases[] = {
		{"", -EINVAL, 0},     {"100_000", -EINVAL, 0}, {"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},   {"1.5", -EINVAL, 0},     {"1e9", -EINVAL, 0},
		{" 1", -EINVAL, 0},   {"1 ", -EINVAL, 0},      {"1K", -EINVAL, 0},
		{"1kB", -EINVAL, 0},  {"0x10", -EINVAL, 0},    {"M", -EINVAL, 0},
		{"1MiB", -EINVAL, 0}, {"1,000", -EINVAL, 0},   {"99999999999999999999x", -EINVAL, 0},
	};

	(void)state;
	check_numbers(mw_text_parse_uint, cases, MW_ARRAY_SIZE(cases));
}

static void numbers_beyond_64_bits_are_out_of_range(void **state)
{
	static const struct number_case cases[] = {
		{"18446744073709551616", -ERANGE, 0}, {"99999999999999999999999", -ERANGE, 0}, {"16777216Ti", -ERANGE, 0},
		{"18446744073709552k", -ERANGE, 0},   {"36893488147419103233", -ERANGE, 0},
	};

	(void)state;
	check_numbers(mw_text_parse_uint, cases, MW_ARRAY_SIZE(cases));
}

static void durations_need_a_unit(void **state)
{
	static const struct number_case cases[] = {
		{"0", 0, 0},
		{"5ns", 0, 5},
		{"7us", 0, 7000},
		{"12ms", 0, 12000000},
		{"900s", 0, 900 * MW_NS_PER_SECOND},
		{"5min", 0, 300 * MW_NS_PER_SECOND},
		{"2h", 0, 7200 * MW_NS_PER_SECOND},
		{"1d", 0, 86400 * MW_NS_PER_SECOND},
		{"60", -EINVAL, 0},
		{"5m", -EINVAL, 0},
		{"1 s", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{"1.5s", -EINVAL, 0},
		{"", -EINVAL, 0},
		{"00", -EINVAL, 0},
		{"300000d", -ERANGE, 0},
		{"99999999999999999999ns", -ERANGE, 0},
	};

	(void)state;
	check_numbers(mw_text_parse_duration_ns, cases, MW_ARRAY_SIZE(cases));
}

static void text_that_does_not_fit_is_cut_and_marked(void **state)
{
	char chars[8];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	assert_string_equal(chars, "");
	mw_text_add(&text, "%d", 1234567);
	assert_string_equal(chars, "1234567");
	assert_false(text.cut);
	mw_text_add(&text, "8");
	assert_string_equal(chars, "1234567");
	assert_true(text.cut);
	text = mw_text_in(chars, 4);
	mw_text_add_chars(&text, "abcdef", 6);
	assert_string_equal(chars, "abc");
	assert_int_equal(text.len_bytes, 3);
	assert_true(text.cut);
}

static void bytes_that_a_terminal_obeys_are_escaped(void **state)
{
	static const uint8_t bytes[] = {'a', 0x1b, '[', '\\', 0x00, 0x7f, 0xff, '~', ' '};
	char chars[64];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	mw_text_add_escaped(&text, bytes, sizeof(bytes));
	assert_string_equal(chars, "a\\x1b[\\x5c\\x00\\x7f\\xff~ ");
}

static void an_escape_is_never_cut_in_half(void **state)
{
	static const uint8_t bytes[] = {'a', 0x1b, 'b'};
	char chars[5];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	mw_text_add_escaped(&text, bytes, sizeof(bytes));
	assert_string_equal(chars, "a");
	assert_true(text.cut);
}

static void escaped_text_that_does_not_fit_ends_at_its_last_whole_character(void **state)
{
	static const uint8_t bytes[] = {'a', 'b', 'c', 0x1b, 'd'};
	static const char *const expected[] = {"", "a", "ab", "abc", "abc", "abc", "abc", "abc\\x1b", "abc\\x1bd"};

	(void)state;
	for (size_t room = 0; room < MW_ARRAY_SIZE(expected); room++) {
		char chars[16];
		struct mw_text text = mw_text_in(chars, room + 1);

		mw_text_add_escaped(&text, bytes, sizeof(bytes));
		assert_string_equal(chars, expected[room]);
		assert_int_equal(text.cut, room < 8);
	}
}

static void a_name_stays_readable_but_for_what_harms(void **state)
{
	char chars[64];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	mw_text_add_name(&text, "a b\\\xe3\x82\xa2\x1b[31m\n\xc2\x9b\xff.pcap");
	assert_string_equal(chars, "a b\\\xe3\x82\xa2\\x1b[31m\\x0a\\xc2\\x9b\\xff.pcap");
	assert_null(mw_text_find_harmful("F5 BIG-IP, \xe3\x82\xa2"));
	assert_non_null(mw_text_find_harmful("\xed\xa0\x80")); // half a pair of UTF-16
	assert_non_null(mw_text_find_harmful("\xc0\x80")); // longer than need be
}

static const struct CMUnitTest tests[] = {
	MW_TEST(whole_numbers_with_suffix_are_read),
	MW_TEST(anything_but_a_whole_number_is_refused),
	MW_TEST(numbers_beyond_64_bits_are_out_of_range),
	MW_TEST(durations_need_a_unit),
	MW_TEST(text_that_does_not_fit_is_cut_and_marked),
	MW_TEST(bytes_that_a_terminal_obeys_are_escaped),
	MW_TEST(an_escape_is_never_cut_in_half),
	MW_TEST(a_name_stays_readable_but_for_what_harms),
	MW_TEST(escaped_text_that_does_not_fit_ends_at_its_last_whole_character),
};

MW_TEST_MAIN("base_text", tests)
