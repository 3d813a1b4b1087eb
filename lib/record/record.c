// SPDX-License-Identifier: BSD-3-Clause
// Cells of a described struct as text. Files have millions of them: printf writes very large fractions alone.
// Neighbours: mw_record.h; export/ quotes, control/ aligns what this writes.
#include "mw_record.h"

#include <math.h>
#include <string.h>

#include "mw_time.h"

#define DIGITS_MAX         20 // of 64 bits
#define FIXED_DECIMALS_MAX 9 // so that no product below passes 83 bits

/**
 * Column types: each with its own idea of "not known", of which add appends nothing, and its form. A member is read by
 * a copy, wherever it lies.
 */
struct kind {
	bool (*unknown)(const struct mw_column *column, const char *member);
	void (*add)(struct mw_text *text, const struct mw_column *column, const char *member);
};

#define LOAD(type, member)                                                                                             \
	__extension__({                                                                                                    \
		type loaded;                                                                                                   \
		memcpy(&loaded, (member), sizeof(loaded));                                                                     \
		loaded;                                                                                                        \
	})

static void add_string(struct mw_text *text, const char *chars)
{
	mw_text_add_chars(text, chars, strlen(chars));
}

static uint32_t digits_of(uint64_t value)
{
	uint32_t count = 1;

	for (uint64_t power = 10; count < DIGITS_MAX && value >= power; power *= 10)
		count++;
	return count;
}

// The last digits, in pairs: half the divisions. @return where they begin.
static char *put_digits(char *end, uint64_t value, uint32_t count)
{
	for (; count > 1; count -= 2, value /= 100) {
		end -= 2;
		end[0] = (char)('0' + value % 100 / 10);
		end[1] = (char)('0' + value % 10);
	}
	if (count > 0)
		*--end = (char)('0' + value % 10);
	return end;
}

// value / 10^decimals, exactly. In place where there is room for all of it.
static inline void add_number(struct mw_text *text, bool negative, uint64_t value, uint32_t decimals)
{
	const uint32_t digits = MW_MAX(digits_of(value), decimals + 1), fraction = decimals > 0 ? decimals + 1 : 0;
	const size_t len_bytes = negative + digits - decimals + fraction;
	const bool fits = len_bytes < text->size_bytes - text->len_bytes;
	char chars[DIGITS_MAX + FIXED_DECIMALS_MAX + 3], *start = fits ? text->chars + text->len_bytes : chars;
	uint64_t scale = 1;

	for (uint32_t i = 0; i < decimals; i++)
		scale *= 10;
	put_digits(start + len_bytes, value % scale, decimals);
	if (fraction > 0)
		start[len_bytes - fraction] = '.';
	put_digits(start + len_bytes - fraction, value / scale, digits - decimals);
	if (negative)
		*start = '-';
	start[len_bytes] = '\0';
	if (fits)
		text->len_bytes += len_bytes;
	else
		mw_text_add_chars(text, chars, len_bytes);
}

void mw_record_add_i64(struct mw_text *text, int64_t value)
{
	add_number(text, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value, 0);
}

static bool i64_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return LOAD(int64_t, member) == MW_UNKNOWN_I64;
}

static void i64_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	if (!i64_unknown(column, member))
		mw_record_add_i64(text, LOAD(int64_t, member));
}

static bool double_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return !isfinite(LOAD(double, member));
}

// |value| * 10^decimals, rounded as printf does: the exact product, a tie to even. @return false: it takes over 64
// bits.
static bool scale(double value, uint32_t decimals, uint64_t *scaled)
{
	uint64_t bits = LOAD(uint64_t, &value);
	uint32_t exponent = bits >> 52 & 0x7ff;
	unsigned __int128 product = (bits & ((UINT64_C(1) << 52) - 1)) | (uint64_t)(exponent > 0) << 52, half, rest;
	uint32_t shift = 1075 - MW_MAX(exponent, 1u); // value is the mantissa over 2^shift

	if (exponent > 1074)
		return false;
	for (uint32_t i = 0; i < decimals; i++)
		product *= 10;
	*scaled = 0;
	if (shift >= 128) // below a half
		return true;
	half = (unsigned __int128)1 << (shift - 1);
	rest = product & (half + (half - 1));
	product >>= shift;
	product += rest > half || (rest == half && (product & 1) != 0);
	*scaled = (uint64_t)product;
	return product >> 64 == 0;
}

static void double_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	double value = LOAD(double, member);
	uint64_t scaled;

	if (double_unknown(column, member))
		return;
	if (column->decimals > FIXED_DECIMALS_MAX || !scale(value, column->decimals, &scaled))
		mw_text_add(text, "%.*f", column->decimals, value);
	else
		add_number(text, signbit(value) != 0, scaled, column->decimals);
}

static bool time_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return LOAD(uint64_t, member) == 0;
}

static void time_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	if (!time_unknown(column, member))
		mw_time_add_rfc3339(text, LOAD(uint64_t, member));
}

static bool bool_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return LOAD(uint8_t, member) > 1;
}

static void bool_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	if (!bool_unknown(column, member))
		add_string(text, LOAD(uint8_t, member) != 0 ? "yes" : "no");
}

static bool text_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return *member == '\0';
}

static void text_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	mw_text_add_chars(text, member, strnlen(member, column->size_bytes));
}

static bool name_unknown(const struct mw_column *column, const char *member)
{
	(void)column;
	return LOAD(const char *, member) == NULL;
}

static void name_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	if (!name_unknown(column, member))
		add_string(text, LOAD(const char *, member));
}

static bool address_unknown(const struct mw_column *column, const char *member)
{
	static const struct mw_address none;
	struct mw_address address = LOAD(struct mw_address, member);

	(void)column;
	return mw_address_compare(&address, &none) == 0;
}

static void address_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	struct mw_address address = LOAD(struct mw_address, member);

	if (!address_unknown(column, member))
		mw_address_add_text(text, &address);
}

static bool enum_unknown(const struct mw_column *column, const char *member)
{
	return LOAD(uint8_t, member) >= column->names_count;
}

static void enum_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	if (!enum_unknown(column, member))
		add_string(text, column->names[LOAD(uint8_t, member)]);
}

// The bits that have a name.
static uint32_t named_flags(const struct mw_column *column, const char *member)
{
	uint32_t named = column->names_count >= 32 ? UINT32_MAX : (UINT32_C(1) << column->names_count) - 1;

	return LOAD(uint32_t, member) & named;
}

static bool flags_unknown(const struct mw_column *column, const char *member)
{
	return named_flags(column, member) == 0;
}

static void flags_add(struct mw_text *text, const struct mw_column *column, const char *member)
{
	const char *joint = "";

	for (uint32_t left = named_flags(column, member); left != 0; left &= left - 1) {
		add_string(text, joint);
		add_string(text, column->names[__builtin_ctz(left)]);
		joint = "+";
	}
}

static const struct kind kinds[] = {
	[MW_COLUMN_I64] = {i64_unknown, i64_add},       [MW_COLUMN_DOUBLE] = {double_unknown, double_add},
	[MW_COLUMN_TIME] = {time_unknown, time_add},    [MW_COLUMN_BOOL] = {bool_unknown, bool_add},
	[MW_COLUMN_TEXT] = {text_unknown, text_add},    [MW_COLUMN_ADDRESS] = {address_unknown, address_add},
	[MW_COLUMN_NAME] = {name_unknown, name_add},    [MW_COLUMN_ENUM] = {enum_unknown, enum_add},
	[MW_COLUMN_FLAGS] = {flags_unknown, flags_add},
};

uint64_t mw_record_ts(const struct mw_record *record, const void *row)
{
	return LOAD(uint64_t, (const char *)row + record->ts_offset);
}

bool mw_record_cell_unknown(const struct mw_column *column, const void *row)
{
	return kinds[column->type].unknown(column, (const char *)row + column->offset);
}

void mw_record_add_cell(struct mw_text *text, const struct mw_column *column, const void *row)
{
	kinds[column->type].add(text, column, (const char *)row + column->offset);
}
