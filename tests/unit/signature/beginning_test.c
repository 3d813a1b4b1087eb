// SPDX-License-Identifier: BSD-3-Clause
// What is read of an expression's beginning: as much as is plain, and anything behind it.
// Neighbours: lib/signature/beginning.c; prefilter_random_test.c holds the same against Hyperscan.
#include "mw_test.h"

#include <string.h>

#include "beginning.h"

static bool allows(const struct beginning *beginning, const char *payload)
{
	for (size_t at = 0; payload[at] != '\0' && at < beginning->count; at++) {
		if (!byte_set_has(&beginning->bytes[at], (uint8_t)payload[at]))
			return false;
	}
	return true;
}

struct sample {
	const char *expression, *allowed, *refused; // payloads; refused NULL: no payload is
};

static const struct sample samples[] = {
	{"^abc", "abcd", "abd"},
	{"^a\\x62c", "abc", "acc"},
	{"^a.c", "a\nc", "abd"},
	{"^a(b|cd)e", "acde", "ade"},
	{"^a(b|cd)e", "abe", "ade"},
	{"^(ab|cd)", "cd", "bb"},
	{"^ab|^cd", "cdx", NULL},
	{"(^a|^b)c", "bc", NULL},
	{"\\Aabc", "abc", NULL},
	{"^(?:ab|cd)e", "cde", "cee"},
	{"^(?:ab)?cd", "cd", NULL},
	{"^a(b|c)?d", "ad", "bd"},
	{"^a(b+|c)d", "abbd", "bb"}, // of a group all or nothing
	{"^a(b|c)(d|e)f", "abz", "ad"}, // and of one group only
	{"^a\\|b", "a|b", "ab"},
	{"^a[|]b", "a|b", "ab"},
	{"^a\\c(b|c", "c", NULL},
	{"^a{3}b", "aaab", "aab"},
	{"^ca{3}?b", "caaab", "aaa"},
	{"^ca{1,3}b", "caab", "aab"},
	{"^a{0}b", "b", "ab"},
	{"^ca+b", "caaab", "aab"},
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
	{"^a?^b", "bbb", NULL},
	{"(?i)^abc", "ABC", NULL},
	{"^abc(?i)def", "abcDEF", NULL},
	{"^ab(?i)c|^d", "D", NULL}, // the option holds for later alternatives too
	{"^d|^ab(?i)c", "abC", NULL},
	{"^ab\\Qc|d\\E", "abc|d", NULL},
	{"^ab\\Q.c\\E", "ab.c", NULL},
	{"^ab[[:digit:]]c", "ab1c", NULL},
	{"^ab(c[[:digit:]])?d", "abd", NULL},
	{"^abc{,3}", "abc{,3}", "bbc"},
	{"^abc{2}{3}", "abcccccc", "bbc"},
	{"^ab\\1", "abz", "bb"},
	{"^ab\\x6", "ab\x06", "bb"},
	{"^ab\\E{0,3}c", "ac", NULL}, // the repetition is of b
	{"^a(b\\E{0,3})c", "ac", NULL},
	{"^ab[c-\\d]", "ab-", NULL},
	{"(*UTF8)^a", "zzz", NULL},
	{"^x(?=ab)c", "xc", NULL}, // may be nothing, too
	{"^a)b", "azz", "bb"},
	{"^aa(b", "aaz", "ab"},
	{"^aa[b", "azz", NULL},
	{"^aa\\", "azz", NULL},
	{"", "zzz", NULL},
};

static void what_is_plain_is_told_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(samples); i++) {
		struct beginning beginning;

		beginning_read(&beginning, samples[i].expression);
		if (!allows(&beginning, samples[i].allowed))
			fail_msg("%s refuses %s", samples[i].expression, samples[i].allowed);
		if (samples[i].refused != NULL ? allows(&beginning, samples[i].refused) : beginning.count != 0)
			fail_msg("%s allows %s", samples[i].expression, samples[i].refused == NULL ? "" : samples[i].refused);
	}
}

static void no_more_is_told_than_there_is_room_for(void **state)
{
	struct beginning beginning;

	(void)state;
	beginning_read(&beginning, "^a{999}b");
	assert_int_equal(beginning.count, BEGINNING_BYTES);
	beginning_read(&beginning, "^.{30}(abc|defg)h");
	assert_int_equal(beginning.count, BEGINNING_BYTES);
	beginning_read(&beginning, "^a{99999999999999999999}");
	assert_int_equal(beginning.count, 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_is_plain_is_told_and_no_more),
	MW_TEST(no_more_is_told_than_there_is_room_for),
};

MW_TEST_MAIN("signature_beginning", tests)
