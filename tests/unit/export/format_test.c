// SPDX-License-Identifier: BSD-3-Clause
// Rows as lines: quoting, formulas, unknown cells.
// Neighbours: lib/export/csv_format.c.
#include <string.h>

#include "example.h"
#include "mw_test.h"

static const char *line_of(const struct example_row *row, const char *probe)
{
	static char line[MW_CSV_LINE_BYTES];
	struct mw_text text = mw_text_in(line, sizeof(line));

	mw_csv_add_row(&text, &example_record, probe, row);
	return line;
}

static void the_header_begins_with_schema_ts_probe(void **state)
{
	char line[256];
	struct mw_text text = mw_text_in(line, sizeof(line));

	(void)state;
	mw_csv_add_header(&text, &example_record);
	assert_string_equal(line, EXAMPLE_HEADER);
}

static void a_full_row_has_every_cell_in_its_form(void **state)
{
	static const uint8_t host[4] = {192, 0, 2, 7};
	struct example_row row = {EXAMPLE_TS_NS + 1234,     -5, -0.25, EXAMPLE_TS_NS, 1, "word",
							  mw_address_from_v4(host), 0,  3};

	(void)state;
	assert_string_equal(line_of(&row, "tap"), "3,2026-01-11T09:30:00.000001Z,tap,-5,-0.2,2026-01-11T09:30:00.000000Z,"
											  "yes,word,192.0.2.7,ok,ttl-split+cluster\n");
}

static void what_is_not_known_is_an_empty_cell(void **state)
{
	struct example_row row = row_of(0, "");

	(void)state;
	assert_string_equal(line_of(&row, "tap"), "3,,tap,,,,,,,,\n");
}

static void cells_are_quoted_and_guarded_as_needed(void **state)
{
	static const struct {
		const char *word, *cell;
	} cases[] = {
		{"plain", "plain"},
		{"with space", "with space"},
		{"a,b", "\"a,b\""},
		{"\"", "\"\"\"\""},
		{"say \"hi\", twice", "\"say \"\"hi\"\", twice\""},
		{"two\nlines", "\"two\nlines\""},
		{"cr\rhere", "\"cr\rhere\""},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"=\"a\",b", "\"'=\"\"a\"\",b\""},
		{"'=1", "'=1"},
		{"a=1", "a=1"},
		{"\\x3d", "\\x3d"},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct example_row row = row_of(0, cases[i].word);
		char expected[256];
		struct mw_text text = mw_text_in(expected, sizeof(expected));

		mw_text_add(&text, "3,,tap,,,,,%s,,,\n", cases[i].cell);
		assert_string_equal(line_of(&row, "tap"), expected);
	}
}

static void enums_and_the_probe_are_guarded_too(void **state)
{
	struct example_row row = row_of(0, "");

	(void)state;
	row.verdict = 1;
	assert_string_equal(line_of(&row, "=tap,1"), "3,,\"'=tap,1\",,,,,,,'-bad,\n");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_header_begins_with_schema_ts_probe), MW_TEST(a_full_row_has_every_cell_in_its_form),
	MW_TEST(what_is_not_known_is_an_empty_cell),     MW_TEST(cells_are_quoted_and_guarded_as_needed),
	MW_TEST(enums_and_the_probe_are_guarded_too),
};

MW_TEST_MAIN("export_format", tests)
