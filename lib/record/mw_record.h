// SPDX-License-Identifier: BSD-3-Clause
// A table of columns that describes a plain struct, and from which CSV, JSON, schemas, text tables and docs follow.
// Neighbours: every module that has something to show declares records; export/ and control/ print them. Any thread.
#ifndef MW_RECORD_H
#define MW_RECORD_H

#include "mw_address.h"
#include "mw_base.h"
#include "mw_text.h"

/** "Not known" for each kind of number: an empty CSV cell, JSON null. */
#define MW_UNKNOWN_I64    INT64_MIN
#define MW_UNKNOWN_DOUBLE ((double)__builtin_nan(""))

/** What a column holds in the struct, and how it is written. */
enum mw_column_type {
	MW_COLUMN_I64, // int64_t; MW_UNKNOWN_I64 is "not known"
	MW_COLUMN_DOUBLE, // double, written with `decimals` decimals; NaN is "not known"
	MW_COLUMN_TIME, // uint64_t ns since the epoch; 0 is "not known"
	MW_COLUMN_BOOL, // uint8_t 0 or 1, written no and yes; 2 is "not known"
	MW_COLUMN_TEXT, // char[size_bytes], terminated; "" is "not known"; trusted or already escaped
	MW_COLUMN_ADDRESS, // struct mw_address; all zero is "not known"
	MW_COLUMN_ENUM, // uint8_t, index into names; 255 is "not known"
	MW_COLUMN_NAME, // const char *, static, as a name of a table; NULL is "not known"
	MW_COLUMN_FLAGS, // uint32_t, bit i is names[i]; joined by + in the order of names; 0 is ""
};

struct mw_column {
	const char *name;
	enum mw_column_type type;
	uint16_t offset;
	uint16_t size_bytes; // of the member
	uint8_t decimals; // MW_COLUMN_DOUBLE
	const char *const *names; // MW_COLUMN_ENUM, MW_COLUMN_FLAGS
	uint8_t names_count;
	const char *help; // one line with the unit, for docs and the JSON schema
};

/** One kind of row: a CSV file, a `show` table. `ts` is named apart because every row has it. */
struct mw_record {
	const char *name; // file name without .csv
	const char *help; // "one row per ..."
	uint16_t schema; // version of the columns
	uint16_t ts_offset;
	uint16_t row_bytes;
	const struct mw_column *columns;
	uint16_t columns_count;
	/** True: the row is for sums, findings and evidence alone; it is neither written nor shown. May be NULL. */
	bool (*unwritten)(const void *row);
};

#define MW_MEMBER(type, member)                                                                                        \
	.offset = (uint16_t)offsetof(type, member), .size_bytes = (uint16_t)sizeof(((type *)0)->member)

/** Where rows go. The row is read during the call only. */
struct mw_row_sink {
	void (*row)(void *context, const struct mw_record *record, const void *row);
	void *context;
};

/** The row's time in ns. */
uint64_t mw_record_ts(const struct mw_record *record, const void *row);

/** Appends one cell as plain text, unquoted; "" when not known. */
void mw_record_add_cell(struct mw_text *text, const struct mw_column *column, const void *row);

/** Appends a whole number, as it stands in a cell. */
void mw_record_add_i64(struct mw_text *text, int64_t value);

/** True when the cell is "not known". */
bool mw_record_cell_unknown(const struct mw_column *column, const void *row);

#endif
