// SPDX-License-Identifier: BSD-3-Clause
// Reads bytes, classes and one group of alternatives, which is how rules begin, and ends at anything else.
// Neighbours: beginning.h, byte_set.c.
#include "beginning.h"

#include <string.h>

/**
 * True for one sequence that begins where the payload does: no bar outside groups, and no sign that gives others
 * another meaning (options, quotes, control characters).
 */
static bool is_sequence(const char *at)
{
	struct byte_set ignored = {{0}};
	uint32_t depth = 0;

	if (*at++ != '^' || strstr(at, "\\Q") != NULL || strstr(at, "\\E") != NULL || strstr(at, "\\c") != NULL)
		return false;
	while (*at != '\0') {
		char c = *at++;

		if ((c == '\\' && *at++ == '\0') || (c == '[' && !byte_set_class(&at, &ignored)) || (c == '|' && depth == 0) ||
			(c == '(' && (at[0] == '*' || (at[0] == '?' && at[1] != ':'))))
			return false;
		depth += c == '(';
		depth -= c == ')';
	}
	return true;
}

static bool begins_repeats(char c)
{
	return c == '*' || c == '+' || c == '?' || c == '{';
}

/** A byte or a set of bytes. */
static bool read_byte(const char **at, struct byte_set *set)
{
	char c = *(*at)++;
	int single;

	if (c == '\0' || strchr("^$|()", c) != NULL || begins_repeats(c))
		return false;
	if (c == '\\')
		return byte_set_escape(at, set, &single);
	if (c == '[')
		return byte_set_class(at, set);
	byte_set_add(set, c == '.' ? 0 : (uint8_t)c, c == '.' ? UINT8_MAX : (uint8_t)c);
	return true;
}

/** {9}, or nothing, which is once. Any other repetition is not plain. */
static bool read_times(const char **at, uint32_t *times)
{
	size_t digits;

	*times = 1;
	if (**at == '{') {
		digits = strspn(++*at, "0123456789");
		if (digits == 0 || digits > 3 || (*at)[digits] != '}')
			return false;
		for (*times = 0; **at != '}'; ++*at)
			*times = *times * 10 + (uint32_t)(**at - '0');
		++*at;
	}
	return !begins_repeats(**at);
}

/** Reads bytes as long as it is plain. @return where that ends. */
static const char *read_bytes(const char *at, struct beginning *beginning)
{
	for (;;) {
		struct byte_set set = {{0}};
		const char *end = at;
		uint32_t times;

		if (!read_byte(&end, &set) || !read_times(&end, &times))
			return at;
		for (; times > 0 && beginning->count < BEGINNING_BYTES; times--)
			beginning->bytes[beginning->count++] = set;
		at = end;
	}
}

/** The group whose alternatives stand at `at`, as far as the shortest of them goes; nothing when one is not plain. */
static void read_group(const char *at, struct beginning *beginning)
{
	const struct beginning before = *beginning;
	struct beginning all = before;
	bool first = true;

	do {
		struct beginning branch = before;

		at = read_bytes(at, &branch);
		all.count = first ? branch.count : MW_MIN(all.count, branch.count);
		for (uint32_t i = before.count; i < all.count; i++)
			byte_set_unite(&all.bytes[i], &branch.bytes[i]);
		first = false;
	} while (*at++ == '|');
	if (at[-1] == ')' && !begins_repeats(*at))
		*beginning = all;
}

void beginning_read(struct beginning *beginning, const char *expression)
{
	const char *at;

	memset(beginning, 0, sizeof(*beginning));
	if (!is_sequence(expression))
		return;
	at = read_bytes(expression + 1, beginning);
	if (*at == '(')
		read_group(at + (at[1] == '?' ? 3 : 1), beginning);
}
