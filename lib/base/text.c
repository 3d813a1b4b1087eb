// SPDX-License-Identifier: BSD-3-Clause
// Bounded text and the numbers people write in a configuration.
// Neighbours: mw_text.h.
#include "mw_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1},
	{"k", UINT64_C(1000)},
	{"M", UINT64_C(1000000)},
	{"G", UINT64_C(1000000000)},
	{"T", UINT64_C(1000000000000)},
	{"Ki", UINT64_C(1) << 10},
	{"Mi", UINT64_C(1) << 20},
	{"Gi", UINT64_C(1) << 30},
	{"Ti", UINT64_C(1) << 40},
};

static const struct unit duration_units[] = {
	{"ns", 1},
	{"us", MW_NS_PER_US},
	{"ms", MW_NS_PER_MS},
	{"s", MW_NS_PER_SECOND},
	{"min", 60 * MW_NS_PER_SECOND},
	{"h", 3600 * MW_NS_PER_SECOND},
	{"d", 86400 * MW_NS_PER_SECOND},
};

struct mw_text mw_text_in(char *chars, size_t size_bytes)
{
	chars[0] = '\0';
	return (struct mw_text){.chars = chars, .size_bytes = size_bytes};
}

void mw_text_add(struct mw_text *text, const char *format, ...)
{
	size_t room = text->size_bytes - text->len_bytes;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text->chars + text->len_bytes, room, format, args);
	va_end(args);
	if (len < 0) {
		text->chars[text->len_bytes] = '\0';
		text->cut = true;
	} else if ((size_t)len >= room) {
		text->len_bytes = text->size_bytes - 1;
		text->cut = true;
	} else {
		text->len_bytes += (size_t)len;
	}
}

void mw_text_add_chars(struct mw_text *text, const char *chars, size_t count)
{
	size_t room = text->size_bytes - text->len_bytes - 1;

	if (count > room) {
		count = room;
		text->cut = true;
	}
	if (count > 0)
		memcpy(text->chars + text->len_bytes, chars, count);
	text->len_bytes += count;
	text->chars[text->len_bytes] = '\0';
}

static size_t plain_bytes(const uint8_t *bytes, size_t count)
{
	size_t plain = 0;

	while (plain < count && bytes[plain] >= 0x20 && bytes[plain] <= 0x7e && bytes[plain] != '\\')
		plain++;
	return plain;
}

void mw_text_add_escaped(struct mw_text *text, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	while (count > 0) {
		size_t room = text->size_bytes - text->len_bytes - 1;
		size_t taken = plain_bytes(bytes, MW_MIN(count, room));
		const char escape[4] = {'\\', 'x', digits[*bytes >> 4], digits[*bytes & 15]};

		if (taken == 0 && room < sizeof(escape)) { // never half an escape
			text->cut = true;
			return;
		}
		mw_text_add_chars(text, taken > 0 ? (const char *)bytes : escape, taken > 0 ? taken : sizeof(escape));
		taken = MW_MAX(taken, (size_t)1);
		bytes += taken;
		count -= taken;
	}
}

// Reads the digits; *rest is what follows them.
static int parse_digits(const char *chars, uint64_t *value, const char **rest)
{
	uint64_t sum = 0;
	bool overflow = false;

	if (*chars < '0' || *chars > '9')
		return -EINVAL;
	for (; *chars >= '0' && *chars <= '9'; chars++) {
		overflow |= __builtin_mul_overflow(sum, UINT64_C(10), &sum);
		overflow |= __builtin_add_overflow(sum, (uint64_t)(*chars - '0'), &sum);
	}
	*value = sum;
	*rest = chars;
	return overflow ? -ERANGE : 0;
}

static int parse_with_unit(const char *chars, const struct unit *units, size_t units_count, uint64_t *value)
{
	const char *rest = NULL;
	uint64_t number;
	int rc = parse_digits(chars, &number, &rest);

	if (rc == -EINVAL)
		return rc;
	for (size_t i = 0; i < units_count; i++) {
		if (strcmp(rest, units[i].name) != 0)
			continue;
		if (rc != 0 || __builtin_mul_overflow(number, units[i].factor, &number))
			return -ERANGE;
		*value = number;
		return 0;
	}
	return -EINVAL;
}

int mw_text_parse_uint(const char *chars, uint64_t *value)
{
	return parse_with_unit(chars, size_units, MW_ARRAY_SIZE(size_units), value);
}

int mw_text_parse_duration_ns(const char *chars, uint64_t *value_ns)
{
	if (strcmp(chars, "0") == 0) {
		*value_ns = 0;
		return 0;
	}
	return parse_with_unit(chars, duration_units, MW_ARRAY_SIZE(duration_units), value_ns);
}

// One character of UTF-8 (RFC 3629); 0 when it is none. Advances *at by its bytes.
static uint32_t next_char(const unsigned char **at)
{
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
	unsigned char lead = *(*at)++;
	unsigned more = lead < 0x80 ? 0 : lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 ? 2 : 1;
	uint32_t code = more == 0 ? lead : lead & (0x3fu >> more);

	if ((lead >= 0x80 && lead < 0xc0) || lead >= 0xf8)
		return 0;
	for (unsigned i = 0; i < more; i++) {
		if ((**at & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (*(*at)++ & 0x3fu);
	}
	return code < smallest[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : code;
}

// What neither a terminal nor another YAML file should ever get from us: C0, DEL, C1, line separators, byte order
// marks.
static bool is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 || code == 0xfeff ||
		   (code & 0xfffe) == 0xfffe;
}

const char *mw_text_find_harmful(const char *chars)
{
	for (const unsigned char *at = (const unsigned char *)chars; *at != '\0';) {
		const unsigned char *begin = at;

		if (is_harmful(next_char(&at)))
			return (const char *)begin;
	}
	return NULL;
}

void mw_text_add_name(struct mw_text *text, const char *chars)
{
	const char *harmful;

	while ((harmful = mw_text_find_harmful(chars)) != NULL) {
		mw_text_add_chars(text, chars, (size_t)(harmful - chars));
		mw_text_add(text, "\\x%02x", (unsigned char)*harmful);
		chars = harmful + 1;
	}
	mw_text_add_chars(text, chars, strlen(chars));
}
