// SPDX-License-Identifier: BSD-3-Clause
// Instants and durations as text.
// Neighbours: lib/base/time.c.
#include "mw_time.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "mw_test.h"

struct instant {
	uint64_t seconds, ns;
	const char *rfc3339, *compact;
};

static void known_instants_read_as_rfc3339(void **state)
{
	static const struct instant cases[] = {
		{0, 1, "1970-01-01T00:00:00.000000Z", "19700101T000000Z"},
		{951782400, 0, "2000-02-29T00:00:00.000000Z", "20000229T000000Z"},
		{951868799, 999999999, "2000-02-29T23:59:59.999999Z", "20000229T235959Z"},
		{951868800, 0, "2000-03-01T00:00:00.000000Z", "20000301T000000Z"},
		{1709164800, 1000, "2024-02-29T00:00:00.000001Z", "20240229T000000Z"},
		{1735689599, 0, "2024-12-31T23:59:59.000000Z", "20241231T235959Z"},
		{1768123800, 123456789, "2026-01-11T09:30:00.123456Z", "20260111T093000Z"},
		{4107542400, 0, "2100-03-01T00:00:00.000000Z", "21000301T000000Z"},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		char chars[MW_TIME_TEXT_BYTES];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_time_add_rfc3339(&text, cases[i].seconds * MW_NS_PER_SECOND + cases[i].ns);
		assert_string_equal(chars, cases[i].rfc3339);
		assert_false(text.cut);
		text = mw_text_in(chars, sizeof(chars));
		mw_time_add_compact(&text, cases[i].seconds * MW_NS_PER_SECOND + cases[i].ns);
		assert_string_equal(chars, cases[i].compact);
	}
}

static void every_day_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (uint64_t day = 0; day < 80000; day++) { // to the year 2189
		time_t seconds = (time_t)(day * 86400 + 3661);
		char chars[MW_TIME_TEXT_BYTES], expected[32];
		struct mw_text text = mw_text_in(chars, sizeof(chars));
		struct tm parts;

		gmtime_r(&seconds, &parts);
		strftime(expected, sizeof(expected), "%Y%m%dT%H%M%SZ", &parts);
		mw_time_add_compact(&text, (uint64_t)seconds * MW_NS_PER_SECOND);
		assert_string_equal(chars, expected);
	}
}

static void zero_is_never_and_the_last_instant_fits(void **state)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	mw_time_add_rfc3339(&text, 0);
	assert_string_equal(chars, "never");
	text = mw_text_in(chars, sizeof(chars));
	mw_time_add_rfc3339(&text, UINT64_MAX);
	assert_string_equal(chars, "2554-07-21T23:34:33.709551Z");
	assert_false(text.cut);
}

static void durations_choose_their_unit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *expected;
	} cases[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{12000, "12 us"},
		{3400000, "3.4 ms"},
		{999999999, "999.9 ms"},
		{5 * MW_NS_PER_SECOND, "5.0 s"},
		{60 * MW_NS_PER_SECOND - 1, "59.9 s"},
		{245 * MW_NS_PER_SECOND, "4 min 5 s"},
		{10920 * MW_NS_PER_SECOND, "3 h 2 min"},
		{187200 * MW_NS_PER_SECOND, "2 d 4 h"},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		char chars[32];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_time_add_duration(&text, cases[i].ns);
		assert_string_equal(chars, cases[i].expected);
	}
}

static void what_is_written_is_read(void **state)
{
	static const uint64_t times_ns[] = {MW_NS_PER_US, 951782400 * MW_NS_PER_SECOND, UINT64_C(1768132800123456000),
										UINT64_C(9223372036000000000)};
	static const char *const bad[] = {"",
									  "never",
									  "2026-01-11T09:30:00.123456",
									  "2026-01-11T09:30:00.123456Z ",
									  "2026-02-29T09:30:00.123456Z",
									  "2026-01-11T24:30:00.123456Z",
									  " 026-01-11T09:30:00.123456Z",
									  "2026-01-11 09:30:00.123456Z",
									  "1969-12-31T23:59:59.999999Z",
									  "9999-01-11T09:30:00.123456Z",
									  "2026-00-11T09:30:00.123456Z",
									  "2026-01-00T09:30:00.123456Z"};
	char chars[MW_TIME_TEXT_BYTES];
	uint64_t time_ns;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(times_ns); i++) {
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_time_add_rfc3339(&text, times_ns[i]);
		assert_int_equal(mw_time_parse_rfc3339(chars, &time_ns), 0);
		assert_int_equal(time_ns, times_ns[i] / MW_NS_PER_US * MW_NS_PER_US);
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(bad); i++)
		assert_int_equal(mw_time_parse_rfc3339(bad[i], &time_ns), -EINVAL);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_is_written_is_read),
	MW_TEST(known_instants_read_as_rfc3339),
	MW_TEST(every_day_agrees_with_the_c_library),
	MW_TEST(zero_is_never_and_the_last_instant_fits),
	MW_TEST(durations_choose_their_unit),
};

MW_TEST_MAIN("base_time", tests)
