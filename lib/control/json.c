// SPDX-License-Identifier: BSD-3-Clause
// A record's row as a JSON object, cell by cell from the column table.
// Neighbours: mw_record.h; answer.c sends the rows, app/ builds the final report from them.
#include "mw_server.h"
#include "mw_time.h"

#include <math.h>
#include <string.h>

#define CELL_TEXT_BYTES 4096 // the longest text column is far below
#define ESCAPED_BYTES   16384 // of a path, each byte four characters

// As a CSV cell shows it: 12.3 and not 12.300000000000001.
static double rounded(double value, uint8_t decimals)
{
	double scale = pow(10.0, decimals);
	double whole = round(value * scale);

	return isfinite(whole) ? whole / scale : value;
}

static json_t *cell_text(const struct mw_column *column, const void *row)
{
	char chars[CELL_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_record_add_cell(&text, column, row);
	// Texts are escaped ASCII by contract; should one not be UTF-8 the row still goes out.
	json_t *cell = json_stringn(chars, text.len_bytes);

	return cell != NULL ? cell : json_string("?");
}

static json_t *cell_i64(const struct mw_column *column, const void *row)
{
	int64_t value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return json_integer(value);
}

static json_t *cell_double(const struct mw_column *column, const void *row)
{
	double value;

	memcpy(&value, (const char *)row + column->offset, sizeof(value));
	return isfinite(value) ? json_real(rounded(value, column->decimals)) : json_null();
}

static json_t *cell_bool(const struct mw_column *column, const void *row)
{
	return json_boolean(*((const uint8_t *)row + column->offset));
}

static json_t *(*const cells[])(const struct mw_column *column, const void *row) = {
	[MW_COLUMN_I64] = cell_i64,   [MW_COLUMN_DOUBLE] = cell_double, [MW_COLUMN_TIME] = cell_text,
	[MW_COLUMN_BOOL] = cell_bool, [MW_COLUMN_TEXT] = cell_text,     [MW_COLUMN_ADDRESS] = cell_text,
	[MW_COLUMN_NAME] = cell_text, [MW_COLUMN_ENUM] = cell_text,     [MW_COLUMN_FLAGS] = cell_text,
};

static json_t *cell_of(const struct mw_column *column, const void *row)
{
	return mw_record_cell_unknown(column, row) ? json_null() : cells[column->type](column, row);
}

static json_t *ts_of(const struct mw_record *record, const void *row)
{
	char chars[MW_TIME_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	uint64_t ts_ns = mw_record_ts(record, row);

	if (ts_ns == 0)
		return json_null();
	mw_time_add_rfc3339(&text, ts_ns);
	return json_string(chars);
}

json_t *mw_json_text(const char *chars)
{
	char escaped[ESCAPED_BYTES];
	struct mw_text text = mw_text_in(escaped, sizeof(escaped));
	json_t *value = json_string(chars);

	if (value != NULL)
		return value;
	mw_text_add_escaped(&text, (const uint8_t *)chars, strlen(chars));
	return json_string(escaped);
}

json_t *mw_json_from_row(const struct mw_record *record, const void *row)
{
	json_t *object = json_object();
	bool whole = object != NULL && json_object_set_new(object, "ts", ts_of(record, row)) == 0;

	for (uint16_t i = 0; whole && i < record->columns_count; i++)
		whole = json_object_set_new(object, record->columns[i].name, cell_of(&record->columns[i], row)) == 0;
	if (whole)
		return object;
	json_decref(object);
	return NULL;
}
