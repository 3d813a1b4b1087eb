// SPDX-License-Identifier: BSD-3-Clause
// What is read of an expression's beginning: as much as is understood, and everything where it is not.
// Neighbours: lib/signature/prefix.c; look_test.c holds the same against Hyperscan.
#include "mw_test.h"

#include <string.h>

#include "prefix.h"

static bool allows(const struct prefix *prefix, const char *payload)
{
	for (uint32_t i = 0; i < prefix->count; i++) {
		size_t at = 0;

		while (payload[at] != '\0' && byte_set_has(&prefix->paths[i].bytes[at], (uint8_t)payload[at]))
			at++;
		if (payload[at] == '\0')
			return true;
	}
	return false;
}

struct sample {
	const char *expression, *allowed, *refused; // payloads; refused NULL: no payload is
};

static const struct sample samples[] = {
	{"^abc", "abcd", "abd"},
	{"^a\\x62c", "abc", "acc"},
	{"^a.c", "a\nc", "abd"},
	{"^a(b|cd)e", "acde", "ade"},
	{"^a(b|cd)e", "abe", "abde"},
	{"^(ab|cd)", "cd", "ad"},
	{"^ab|^cd", "cdx", "cb"},
	{"(^a|^b)c", "bc", "cc"},
	{"\\Aabc", "abc", "bbc"},
	{"^(?:ab)?cd", "abcd", "abce"},
	{"^(?:ab)?cd", "cd", "abab"},
	{"^(x{4})?.{6}y", "xxxx......y", "xxxx......z"},
	{"^a{3}b", "aaab", "aab"},
	{"^a{3}?b", "aaab", "aab"},
	{"^a{1,3}b", "aab", "aaaab"},
	{"^a{0}b", "b", "ab"},
	{"^a+b", "aaab", "ba"},
	{"^a+b", "az", "za"}, // how often is not followed: all later bytes are open
	{"^[^a-c]d", "dd", "bd"},
	{"^[]a]d", "]d", "bd"},
	{"^[a\\]-]d", "-d", "bd"},
	{"^[\\x61-\\x63\\d]d", "1d", "dd"},
	{"^\\d\\W\\S", "1-x", "1-\n"},
	{"^\\.\\*\\\\", ".*\\", "..\\"},
	{"^a\\b\\z", "a", "b"},
	{"^\xc3\xa4", "\xc3\xa4", "\xc3\xa5"},
	{"abc", "zzz", NULL},
	{"^ab|cd", "zzz", NULL},
	{"a^b", "zzz", NULL},
	{"^*ab", "zzz", NULL},
	{"^a?^b", "bbb", "zbb"},
	{"(?i)^abc", "ABC", NULL},
	{"^abc(?i)def", "abcDEF", "aBcDEF"},
	{"^ab(?i)c|^d", "D", NULL}, // the option holds for later alternatives too
	{"^d|^ab(?i)c", "abC", "AB"},
	{"^ab\\Qc|d\\E", "abc|d", NULL},
	{"^ab\\Q.c\\E", "ab.c", "xb.c"},
	{"^ab[[:digit:]]c", "ab1c", "xb1c"},
	{"^ab(c[[:digit:]])?d", "abd", "xbd"},
	{"^abc{,3}", "abc{,3}", "bbc"},
	{"^abc{2}{3}", "abcccccc", "bbc"},
	{"^ab\\1", "abz", "bb"},
	{"^ab\\x6", "ab\x06", "bb"},
	{"^ab\\E{0,3}c", "ac", "bb"}, // the repetition is of b
	{"^a(b\\E{0,3})c", "ac", NULL},
	{"^ab[c-\\d]", "ab-", "bb"},
	{"(*UTF8)^a", "zzz", NULL},
	{"^x(?=ab)c", "xc", NULL}, // may be nothing, too
	{"^a)b", "zzz", NULL},
	{"^aa(b", "azz", "bb"},
	{"^aa[b", "azz", "bb"},
	{"^aa\\", "azz", "bb"},
	{"", "zzz", NULL},
};

static void what_is_understood_is_told_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++) {
		struct prefix prefix;

		prefix_parse(samples[i].expression, 1, &prefix);
		if (!allows(&prefix, samples[i].allowed))
			fail_msg("%s refuses %s", samples[i].expression, samples[i].allowed);
		if (samples[i].refused != NULL && allows(&prefix, samples[i].refused))
			fail_msg("%s allows %s", samples[i].expression, samples[i].refused);
		for (uint32_t path = 0; path < prefix.count; path++) {
			assert_int_equal(prefix.paths[path].count, PATH_BYTES);
			assert_int_equal(prefix.paths[path].width_min, 1);
		}
	}
}

static void many_alternatives_are_joined_with_those_of_their_length(void **state)
{
	struct prefix prefix;

	(void)state;
	prefix_parse("^(abcd|q|efgh|rs|ijklm|mnop|tu|xrst|v)z", 2, &prefix);
	assert_int_equal(prefix.count, PREFIX_PATHS);
	assert_true(allows(&prefix, "xrstz") && allows(&prefix, "vz") && allows(&prefix, "tuz") &&
				allows(&prefix, "ijklmz"));
	assert_false(allows(&prefix, "vy") || allows(&prefix, "tuy") || allows(&prefix, "w"));
}

static void repetitions_inside_repetitions_end(void **state)
{
	struct prefix prefix;
	char nested[512] = "^a";

	(void)state;
	prefix_parse("^aa((((((\\b{900}){900}){900}){900}){900}){900})b", 1, &prefix);
	assert_true(allows(&prefix, "aab"));
	assert_false(allows(&prefix, "b"));
	prefix_parse("^a(b|(c|(d|(e{0,4}){0,4}){0,4}){0,4}){0,4}f", 1, &prefix);
	assert_true(allows(&prefix, "abcdef"));
	memset(nested + 2, '(', 400);
	prefix_parse(nested, 1, &prefix);
	assert_true(allows(&prefix, "az"));
	prefix_parse("^a{99999999999999999999}", 1, &prefix);
	assert_true(allows(&prefix, "z"));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_is_understood_is_told_and_no_more),
	MW_TEST(many_alternatives_are_joined_with_those_of_their_length),
	MW_TEST(repetitions_inside_repetitions_end),
};

MW_TEST_MAIN("signature_prefix", tests)
