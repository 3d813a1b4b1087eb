// SPDX-License-Identifier: BSD-3-Clause
// Cells of a described struct as text.
// Neighbours: mw_record.h; export/ quotes, control/ aligns what this writes.
#include "mw_record.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "mw_time.h"

// A row is read by copies: its member may be of any type and a reader must not care.
union cell {
	int64_t i64;
	double real;
	uint64_t time_ns;
	uint8_t small;
	uint32_t flags;
	struct mw_address address;
};

static const char *member_of(const struct mw_column *column, const void *row)
{
	return (const char *)row + column->offset;
}

static union cell cell_of(const struct mw_column *column, const void *row)
{
	union cell cell;

	memset(&cell, 0, sizeof(cell));
	memcpy(&cell, member_of(column, row), MW_MIN(sizeof(cell), (size_t)column->size_bytes));
	return cell;
}

uint64_t mw_record_ts(const struct mw_record *record, const void *row)
{
	uint64_t ts_ns;

	memcpy(&ts_ns, (const char *)row + record->ts_offset, sizeof(ts_ns));
	return ts_ns;
}

static bool flags_empty(const struct mw_column *column, uint32_t flags)
{
	uint32_t named = column->names_count >= 32 ? UINT32_MAX : (UINT32_C(1) << column->names_count) - 1;

	return (flags & named) == 0;
}

bool mw_record_cell_unknown(const struct mw_column *column, const void *row)
{
	static const struct mw_address none;
	union cell cell = cell_of(column, row);

	switch (column->type) {
	case MW_COLUMN_I64:
		return cell.i64 == MW_UNKNOWN_I64;
	case MW_COLUMN_DOUBLE:
		return !isfinite(cell.real);
	case MW_COLUMN_TIME:
		return cell.time_ns == 0;
	case MW_COLUMN_BOOL:
		return cell.small > 1;
	case MW_COLUMN_TEXT:
		return *member_of(column, row) == '\0';
	case MW_COLUMN_ADDRESS:
		return mw_address_compare(&cell.address, &none) == 0;
	case MW_COLUMN_ENUM:
		return cell.small >= column->names_count;
	case MW_COLUMN_FLAGS:
		return flags_empty(column, cell.flags);
	}
	return true;
}

static void add_flags(struct mw_text *text, const struct mw_column *column, uint32_t flags)
{
	const char *joint = "";

	for (unsigned i = 0; i < column->names_count && i < 32; i++) {
		if ((flags >> i & 1) == 0)
			continue;
		mw_text_add(text, "%s%s", joint, column->names[i]);
		joint = "+";
	}
}

void mw_record_add_cell(struct mw_text *text, const struct mw_column *column, const void *row)
{
	const char *member = member_of(column, row);
	union cell cell = cell_of(column, row);

	if (mw_record_cell_unknown(column, row))
		return;
	switch (column->type) {
	case MW_COLUMN_I64:
		mw_text_add(text, "%" PRId64, cell.i64);
		break;
	case MW_COLUMN_DOUBLE:
		mw_text_add(text, "%.*f", column->decimals, cell.real);
		break;
	case MW_COLUMN_TIME:
		mw_time_add_rfc3339(text, cell.time_ns);
		break;
	case MW_COLUMN_BOOL:
		mw_text_add(text, "%s", cell.small ? "yes" : "no");
		break;
	case MW_COLUMN_TEXT:
		mw_text_add_chars(text, member, strnlen(member, column->size_bytes));
		break;
	case MW_COLUMN_ADDRESS:
		mw_address_add_text(text, &cell.address);
		break;
	case MW_COLUMN_ENUM:
		mw_text_add(text, "%s", column->names[cell.small]);
		break;
	case MW_COLUMN_FLAGS:
		add_flags(text, column, cell.flags);
		break;
	}
}
