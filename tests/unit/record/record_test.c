// SPDX-License-Identifier: BSD-3-Clause
// Every kind of cell, known and not known.
// Neighbours: lib/record/record.c.
#include "mw_record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mw_test.h"

struct row {
	uint64_t ts_ns;
	int64_t count;
	double ratio;
	uint64_t last_ns;
	uint8_t seen;
	char word[8];
	struct mw_address host;
	uint8_t verdict;
	uint32_t evidence;
};

static const char *const verdicts[] = {"ok", "bad"};
static const char *const evidence[] = {"ttl-split", "ip-id-break", "cluster"};

static const struct mw_column columns[] = {
	{.name = "count", .type = MW_COLUMN_I64, MW_MEMBER(struct row, count)},
	{.name = "ratio", .type = MW_COLUMN_DOUBLE, MW_MEMBER(struct row, ratio), .decimals = 2},
	{.name = "last", .type = MW_COLUMN_TIME, MW_MEMBER(struct row, last_ns)},
	{.name = "seen", .type = MW_COLUMN_BOOL, MW_MEMBER(struct row, seen)},
	{.name = "word", .type = MW_COLUMN_TEXT, MW_MEMBER(struct row, word)},
	{.name = "host", .type = MW_COLUMN_ADDRESS, MW_MEMBER(struct row, host)},
	{.name = "verdict", .type = MW_COLUMN_ENUM, MW_MEMBER(struct row, verdict), .names = verdicts, .names_count = 2},
	{.name = "evidence", .type = MW_COLUMN_FLAGS, MW_MEMBER(struct row, evidence), .names = evidence, .names_count = 3},
};

static const struct mw_record record = {
	.name = "rows",
	.ts_offset = offsetof(struct row, ts_ns),
	.row_bytes = sizeof(struct row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

static void check_row(const struct row *row, const char *const expected[])
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(columns); i++) {
		char chars[128];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_record_add_cell(&text, &columns[i], row);
		assert_string_equal(chars, expected[i]);
		assert_int_equal(mw_record_cell_unknown(&columns[i], row), expected[i][0] == '\0');
	}
}

static void known_cells_are_written_in_their_form(void **state)
{
	static const uint8_t host[4] = {192, 0, 2, 7};
	static const char *const expected[] = {
		"-5", "12.35", "2026-01-11T09:30:00.000001Z", "yes", "a,\"b", "192.0.2.7", "bad", "ttl-split+cluster"};
	struct row row = {1, -5, 12.345678, 1768123800000001000, 1, "a,\"b", mw_address_from_v4(host), 1, 5};

	(void)state;
	check_row(&row, expected);
	assert_int_equal(mw_record_ts(&record, &row), 1);
}

static void unknown_cells_are_empty(void **state)
{
	static const char *const expected[] = {"", "", "", "", "", "", "", ""};
	struct row row = {.count = MW_UNKNOWN_I64, .ratio = MW_UNKNOWN_DOUBLE, .seen = 2, .verdict = 255};

	(void)state;
	check_row(&row, expected);
}

static void zero_is_zero_and_no_is_no(void **state)
{
	static const char *const expected[] = {"0", "0.00", "", "no", "", "", "ok", ""};
	struct row row = {0};

	(void)state;
	check_row(&row, expected);
}

static void values_out_of_their_table_are_unknown(void **state)
{
	static const char *const expected[] = {"1", "", "", "", "", "", "", ""};
	struct row row = {.count = 1, .ratio = INFINITY, .seen = 7, .verdict = 2, .evidence = 8};

	(void)state;
	check_row(&row, expected);
}

static void text_without_end_stops_at_its_member(void **state)
{
	struct row row = {0};
	char chars[32];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	memset(row.word, 'w', sizeof(row.word));
	mw_record_add_cell(&text, &columns[4], &row);
	assert_string_equal(chars, "wwwwwwww");
}

static void whole_numbers_are_written_to_their_last_digit(void **state)
{
	static const struct {
		int64_t value;
		const char *chars;
	} cases[] = {
		{0, "0"},
		{7, "7"},
		{-1, "-1"},
		{10, "10"},
		{-1000, "-1000"},
		{4294967296, "4294967296"},
		{INT64_MAX, "9223372036854775807"},
		{INT64_MIN + 1, "-9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		char chars[32];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_record_add_i64(&text, cases[i].value);
		assert_string_equal(chars, cases[i].chars);
		assert_int_equal(text.len_bytes, strlen(chars));
	}
}

// Around each power of ten, as printf writes it, and cut where printf cuts it.
static void numbers_of_every_length_fit_or_are_cut(void **state)
{
	uint64_t power = 1;

	(void)state;
	for (uint32_t digits = 1; digits <= 19; digits++, power *= 10) {
		for (int64_t step = -1; step <= 1; step++) {
			int64_t value = ((int64_t)power + step) * (digits % 2 == 0 ? -1 : 1);

			for (size_t size = 1; size < 24; size++) {
				char chars[24], expected[24];
				struct mw_text text = mw_text_in(chars, size);
				size_t len = (size_t)snprintf(expected, size, "%lld", (long long)value);

				mw_record_add_i64(&text, value);
				assert_string_equal(chars, expected);
				assert_int_equal(text.len_bytes, strlen(chars));
				assert_int_equal(text.cut, len >= size);
			}
		}
	}
}

// Against printf, which has the exact value: ties, carries, halves below the last digit, sizes from tiny to huge.
static void fractions_are_rounded_as_printf_does(void **state)
{
	static const double some[] = {0,
								  -0.0,
								  0.5,
								  1.5,
								  2.5,
								  0.125,
								  0.375,
								  0.005,
								  0.015,
								  99.995,
								  0.9999999,
								  1e-300,
								  5e-324,
								  4503599627370497.5,
								  18446744073709551615.0,
								  1.7e19,
								  1e20,
								  1e300,
								  123456789.987654321};
	uint64_t random = 1;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		double value =
			i < 2 * MW_ARRAY_SIZE(some) ? some[i / 2] : (double)(random >> (i % 60)) / (double)(1u << i % 31);
		struct mw_column column = columns[1];
		char chars[512], expected[512];
		struct mw_text text = mw_text_in(chars, sizeof(chars));
		struct row row = {.ratio = i % 2 == 0 ? value : -value};

		column.decimals = (uint8_t)(i % 11);
		mw_record_add_cell(&text, &column, &row);
		snprintf(expected, sizeof(expected), "%.*f", column.decimals, row.ratio);
		assert_string_equal(chars, expected);
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	}
}

static void a_full_text_cuts_a_cell_and_says_so(void **state)
{
	struct row row = {.count = -123456, .evidence = 7};
	char chars[5];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	(void)state;
	mw_record_add_cell(&text, &columns[0], &row);
	assert_true(text.cut);
	assert_string_equal(chars, "-123");
	text = mw_text_in(chars, sizeof(chars));
	mw_record_add_cell(&text, &columns[7], &row);
	assert_true(text.cut);
	assert_string_equal(chars, "ttl-");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(known_cells_are_written_in_their_form),
	MW_TEST(unknown_cells_are_empty),
	MW_TEST(zero_is_zero_and_no_is_no),
	MW_TEST(values_out_of_their_table_are_unknown),
	MW_TEST(text_without_end_stops_at_its_member),
	MW_TEST(whole_numbers_are_written_to_their_last_digit),
	MW_TEST(numbers_of_every_length_fit_or_are_cut),
	MW_TEST(fractions_are_rounded_as_printf_does),
	MW_TEST(a_full_text_cuts_a_cell_and_says_so),
};

MW_TEST_MAIN("record", tests)
