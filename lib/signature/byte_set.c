// SPDX-License-Identifier: BSD-3-Clause
// Reads classes and escapes: the plain ones, and nothing that versions or options give another meaning.
// Neighbours: byte_set.h. Syntax: PCRE as Hyperscan takes it.
#include "byte_set.h"

#include <stdlib.h>
#include <string.h>

/** What a backslash and a letter stand for: pairs of first and last byte. \v is in both \s and \S: versions differ. */
static const struct {
	char letter;
	uint8_t count; // of pairs
	const char *pairs;
} letters[] = {
	{'n', 1, "\n\n"},
	{'r', 1, "\r\r"},
	{'t', 1, "\t\t"},
	{'f', 1, "\f\f"},
	{'a', 1, "\a\a"},
	{'e', 1, "\x1b\x1b"},
	{'d', 1, "09"},
	{'w', 4, "09AZ__az"},
	{'s', 2, "\t\r  "},
	{'D', 2, "\0/:\xff"},
	{'S', 4, "\0\b\v\v\x0e\x1f!\xff"},
	{'W', 5, "\0/:@[^``{\xff"},
};

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool letter_escape(char letter, struct byte_set *set, int *single)
{
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(letters); i++) {
		const uint8_t *pairs = (const uint8_t *)letters[i].pairs;

		if (letters[i].letter != letter)
			continue;
		for (uint32_t pair = 0; pair < letters[i].count; pair++)
			byte_set_add(set, pairs[2 * pair], pairs[2 * pair + 1]);
		*single = pairs[0] == pairs[1] ? pairs[0] : -1;
		return true;
	}
	return false;
}

bool byte_set_escape(const char **at, struct byte_set *set, int *single)
{
	char c = *(*at)++;

	if (c == 'x') { // two digits: \x{...} and shorter ones are not read
		char digits[3] = {0};

		if (strspn(*at, "0123456789abcdefABCDEF") < 2)
			return false;
		memcpy(digits, *at, 2);
		*single = (int)strtol(digits, NULL, 16);
		*at += 2;
	} else if (is_alnum(c)) {
		return letter_escape(c, set, single);
	} else if (c > ' ' && c < 0x7f) {
		*single = c;
	} else {
		return false;
	}
	byte_set_add(set, (uint32_t)*single, (uint32_t)*single);
	return true;
}

/** One member of a class; an end of a range too. */
static bool class_member(const char **at, struct byte_set *set, int *single)
{
	char c = *(*at)++;

	if (c == '\\')
		return byte_set_escape(at, set, single);
	if (c == '\0' || (c == '[' && **at != '\0' && strchr(":.=", **at) != NULL)) // [:alpha:] is not read
		return false;
	*single = (uint8_t)c;
	byte_set_add(set, (uint8_t)c, (uint8_t)c);
	return true;
}

bool byte_set_class(const char **at, struct byte_set *set)
{
	bool negated = **at == '^';
	const char *begin = *at += negated;

	while (**at != ']' || *at == begin) { // a bracket that comes first is a member
		int first, last;

		if (!class_member(at, set, &first))
			return false;
		if ((*at)[0] != '-' || (*at)[1] == ']')
			continue;
		(*at)++;
		if (first < 0 || !class_member(at, set, &last) || last < first)
			return false;
		byte_set_add(set, (uint32_t)first, (uint32_t)last);
	}
	(*at)++;
	for (uint32_t i = 0; negated && i < MW_ARRAY_SIZE(set->words); i++)
		set->words[i] = ~set->words[i];
	return true;
}
