// SPDX-License-Identifier: BSD-3-Clause
// Rows as lines of CSV.
// Neighbours: mw_csv.h, csv_format.h. Follows RFC 4180, but for LF as the end of a line.
#include <string.h>

#include "csv_format.h"
#include "mw_time.h"

#define CELL_BYTES_MAX (MW_CSV_LINE_BYTES / 2) // room to double every quote

/** Column types whose text needs neither quotes nor a guard: digits, signs, letters. */
static const bool is_harmless[] = {
	[MW_COLUMN_I64] = true,   [MW_COLUMN_DOUBLE] = true, [MW_COLUMN_TIME] = true,
	[MW_COLUMN_BOOL] = true,  [MW_COLUMN_TEXT] = false,  [MW_COLUMN_ADDRESS] = true,
	[MW_COLUMN_NAME] = false, [MW_COLUMN_ENUM] = false,  [MW_COLUMN_FLAGS] = false,
};

/** Characters that make a cell a quoted one. */
static const bool needs_quotes[UINT8_MAX + 1] = {['"'] = true, [','] = true, ['\r'] = true, ['\n'] = true};

static void add_char(struct mw_text *text, char character)
{
	if (text->len_bytes + 1 >= text->size_bytes) {
		text->cut = true;
		return;
	}
	text->chars[text->len_bytes++] = character;
	text->chars[text->len_bytes] = '\0';
}

static bool is_formula(const char *chars)
{
	return chars[0] == '=' || chars[0] == '+' || chars[0] == '-' || chars[0] == '@';
}

static bool has_special(const char *chars)
{
	for (; *chars != '\0'; chars++) {
		if (needs_quotes[(uint8_t)*chars])
			return true;
	}
	return false;
}

// Guards against spreadsheets and quotes: a cell that needs either.
static void add_guarded(struct mw_text *text, const char *chars)
{
	bool quoted = has_special(chars);

	if (quoted)
		add_char(text, '"');
	if (is_formula(chars))
		add_char(text, '\'');
	for (; *chars != '\0'; chars++) {
		if (*chars == '"')
			add_char(text, '"');
		add_char(text, *chars);
	}
	if (quoted)
		add_char(text, '"');
}

// What stands behind start was written as it is, and begins anew.
static void write_again(struct mw_text *text, size_t start)
{
	size_t len_bytes = text->len_bytes - start;
	char chars[CELL_BYTES_MAX];

	if (len_bytes >= sizeof(chars)) {
		text->cut = true;
		return;
	}
	memcpy(chars, text->chars + start, len_bytes + 1);
	text->len_bytes = start;
	text->chars[start] = '\0';
	add_guarded(text, chars);
}

// What stands behind start was written as it is: most cells may stay so.
static void guard_from(struct mw_text *text, size_t start)
{
	if (is_formula(text->chars + start) || has_special(text->chars + start))
		write_again(text, start);
}

void mw_csv_add_header(struct mw_text *text, const struct mw_record *record)
{
	mw_text_add(text, "schema,ts,probe");
	for (uint16_t i = 0; i < record->columns_count; i++)
		mw_text_add(text, ",%s", record->columns[i].name);
	mw_text_add(text, "\n");
}

void csv_add_start(struct mw_text *text, uint16_t schema, uint64_t ts_ns, const char *probe)
{
	size_t start;

	mw_record_add_i64(text, schema);
	add_char(text, ',');
	if (ts_ns != 0)
		mw_time_add_rfc3339(text, ts_ns);
	add_char(text, ',');
	start = text->len_bytes;
	mw_text_add_chars(text, probe, strlen(probe));
	guard_from(text, start);
}

void csv_add_cells(struct mw_text *text, const struct mw_record *record, const void *row)
{
	for (uint16_t i = 0; i < record->columns_count; i++) {
		size_t start;

		add_char(text, ',');
		start = text->len_bytes;
		mw_record_add_cell(text, &record->columns[i], row);
		if (!is_harmless[record->columns[i].type])
			guard_from(text, start);
	}
	add_char(text, '\n');
}

void mw_csv_add_row(struct mw_text *text, const struct mw_record *record, const char *probe, const void *row)
{
	csv_add_start(text, record->schema, mw_record_ts(record, row), probe);
	csv_add_cells(text, record, row);
}
