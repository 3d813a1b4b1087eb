// SPDX-License-Identifier: BSD-3-Clause
// Rows as lines of CSV.
// Neighbours: mw_csv.h. Follows RFC 4180, but for LF as the end of a line.
#include <string.h>

#include "mw_csv.h"
#include "mw_time.h"

static bool is_number(enum mw_column_type type)
{
	return type == MW_COLUMN_I64 || type == MW_COLUMN_DOUBLE;
}

// Adds one cell's text, guarded against spreadsheets and quoted where it must be.
static void add_cell(struct mw_text *text, const char *chars, bool number)
{
	bool formula = !number && chars[0] != '\0' && strchr("=+-@", chars[0]) != NULL;
	bool quoted = strpbrk(chars, "\",\r\n") != NULL;

	mw_text_add(text, "%s%s", quoted ? "\"" : "", formula ? "'" : "");
	for (const char *at = chars; *at != '\0';) {
		size_t plain = strcspn(at, "\"");

		mw_text_add_chars(text, at, plain);
		at += plain;
		if (*at == '"') {
			mw_text_add_chars(text, "\"\"", 2);
			at++;
		}
	}
	if (quoted)
		mw_text_add_chars(text, "\"", 1);
}

void mw_csv_add_header(struct mw_text *text, const struct mw_record *record)
{
	mw_text_add(text, "schema,ts,probe");
	for (uint16_t i = 0; i < record->columns_count; i++)
		mw_text_add(text, ",%s", record->columns[i].name);
	mw_text_add(text, "\n");
}

void mw_csv_add_row(struct mw_text *text, const struct mw_record *record, const char *probe, const void *row)
{
	uint64_t ts_ns = mw_record_ts(record, row);
	char chars[MW_CSV_LINE_BYTES / 2]; // room to double every quote

	mw_text_add(text, "%u,", record->schema);
	if (ts_ns != 0)
		mw_time_add_rfc3339(text, ts_ns);
	mw_text_add(text, ",");
	add_cell(text, probe, false);
	for (uint16_t i = 0; i < record->columns_count; i++) {
		struct mw_text cell = mw_text_in(chars, sizeof(chars));

		mw_record_add_cell(&cell, &record->columns[i], row);
		text->cut |= cell.cut;
		mw_text_add(text, ",");
		add_cell(text, chars, is_number(record->columns[i].type));
	}
	mw_text_add(text, "\n");
}
