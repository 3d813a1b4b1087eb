// SPDX-License-Identifier: BSD-3-Clause
// The prefilter with awkward and with random expressions: it lets through all that Hyperscan matches.
// Neighbours: lib/signature/prefilter.c, beginning.c; prefilter_test.c has the shipped rules.
#include "mw_test.h"

#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"
#include "prefilter.h"

/** One expression alone, both ways. */
struct trial {
	hs_database_t *database;
	hs_scratch_t *scratch;
	struct prefilter prefilter;
};

#define HS_FLAGS (HS_FLAG_SINGLEMATCH | HS_FLAG_DOTALL) // as signature.c has them

/** Bytes of the shortest match, or 0 for an expression that no rule may have. */
static uint32_t width_min(const char *text)
{
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	uint32_t result = 0;

	if (hs_expression_info(text, HS_FLAGS, &info, &error) == HS_SUCCESS)
		result = info->min_width;
	free(info);
	hs_free_compile_error(error);
	return result;
}

static bool open_trial(struct trial *trial, const char *text)
{
	struct prefilter_expression expression = {text, width_min(text)};
	hs_compile_error_t *error = NULL;

	if (expression.width_min == 0 ||
		hs_compile(text, HS_FLAGS, HS_MODE_BLOCK, NULL, &trial->database, &error) != HS_SUCCESS) {
		hs_free_compile_error(error);
		return false;
	}
	assert_int_equal(hs_alloc_scratch(trial->database, &trial->scratch), HS_SUCCESS);
	assert_int_equal(prefilter_build(&trial->prefilter, &expression, 1), 0);
	return true;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	(void)id, (void)from, (void)to, (void)flags;
	*(bool *)context = true;
	return 0;
}

/** @return whether the expression matches, and fails where the prefilter says that it cannot. */
static bool try(const struct trial *trial, const char *text, const struct payload *payload)
{
	bool matches = false;

	hs_scan(trial->database, (const char *)payload->bytes, payload->count, 0, trial->scratch, on_match, &matches);
	if (matches && !prefilter_passes(&trial->prefilter, payload->bytes, payload->count))
		fail_msg("%s matches and does not pass: \"%.*s\"", text, (int)payload->count, (const char *)payload->bytes);
	return matches;
}

static void close_trial(struct trial *trial)
{
	hs_free_scratch(trial->scratch);
	hs_free_database(trial->database);
}

/** Expressions that a careless reader gets wrong, and a payload that each matches. */
static const struct {
	const char *text, *payload;
} nasty[] = {
	{"^ab|^cd", "cd"},
	{"^ab|cd", "xxcd"},
	{"ab", "xxab"},
	{"(^|x)ab", "ab"},
	{"(^|x)ab", "yxab"},
	{"(^a|^b|^c|^|)e", "xe"},
	{"^(a|bc|def)?gh", "defgh"},
	{"^(a|bc|def)?gh", "gh"},
	{"^(a(b(c|d)?)*)+e", "abdabae"},
	{"^(?:a{0,3}b){2}c", "baaabc"},
	{"^a{0,3}b{2,}c", "aabbbbbc"},
	{"^a{3}{2}b", "aaaaaab"},
	{"^[]x-z]a", "]a"},
	{"^[^]x-z]a", "wa"},
	{"^[a\\]b-]c", "]c"},
	{"^[-a]c", "-c"},
	{"^[[a]c", "[c"},
	{"^[a^]c", "^c"},
	{"^[[:digit:]x]c", "7c"},
	{"^[\\w-]c", "-c"},
	{"^[\\s\\d]c", "\tc"},
	{"^\\s\\S\\d\\D\\w\\W", "\vx7x_-"},
	{"^\\Qa.b|c\\E|^d", "a.b|c"},
	{"^a\\Q)|(\\E", "a)|("},
	{"(?i)^abc", "aBC"},
	{"^a(?i)bc|^de", "DE"},
	{"^a(?i:bc)d", "aBCd"},
	{"^(a(?i)b)c|d", "xD"},
	{"(?x)^ a b # comment | ", "ab"},
	{"(?m)^ab", "x\nab"},
	{"(?-s)^a.b", "axb"},
	{"^a(?#comment|)b", "ab"},
	{"^a\\x{62}c", "abc"},
	{"^a\\x62\\143", "abc"},
	{"^a\\t\\r\\n\\f\\a\\e\\0", "a\t\r\n\f\a\x1b"},
	{"^a\\cAb", "a\x01\x62"},
	{"^ab\\E{0,2}c", "ac"},
	{"^ab\\Q\\E?c", "ac"},
	{"^ab(?#x)?c", "ac"},
	{"^a(b\\E{0,2})c", "ac"},
	{"^a\\/\\-\\_\\ b", "a/-_ b"},
	{"^a{,3}", "a{,3}"},
	{"^a{b}", "a{b}"},
	{"^a{1", "a{1"},
	{"^a}]", "a}]"},
	{"^ab??c", "ac"},
	{"^ab*?c", "abbbc"},
	{"^a\\b c", "a c"},
	{"^ab\\Bc", "abc"},
	{"\\Aab\\z", "ab"},
	{"^ab$", "ab\n"},
	{"^ab\\Z", "ab\n"},
	{"^ab(\\z|c)", "ab"},
	{"^.{31}ab", "...............................ab"},
	{"^.{40}ab", "........................................ab"},
	{"^(ab){20}c", "ababababababababababababababababababababc"},
	{"^(?:|a|ab)(?:c|)d", "abd"},
	{"^((((((((((a|b))))))))))c", "bc"},
	{"^\xc3\xa4+b", "\xc3\xa4\xa4\x62"},
	{"^[\xc3-\xc5]b", "\xc4\x62"},
	{"^(?<name>a)b", "ab"},
	{"^\\N\\R\\hb", "a\n b"},
	{"^a\\v b", "a\v b"},
	{"^[\\x00-\\xff]b", "\x01\x62"},
	{"^[^\\x00-\\x60]b", "ab"},
	{"^(foo|bar|baz|quux|a|bb|ccc)(1|22)?z", "ccc22z"},
	{"^a\\c(b|c", "xc"},
	{"^a[(]b|c", "xc"},
	{"^a\\(b|c", "xc"},
	{"^(ab|c.){0}de", "de"},
	{"^(?:ab|cde){2}f", "cdeabf"},
	{"^(ab|c(d|e))f", "cef"},
	{"^a(b|^c|)d", "ad"},
	{"^(a[)]|b)c", "bc"},
};

static void each_match_of_an_awkward_expression_passes(void **state)
{
	uint32_t understood = 0, matched = 0;

	(void)state;
	mutate_seed = 3;
	for (size_t i = 0; i < MW_ARRAY_SIZE(nasty); i++) {
		struct trial trial = {0};
		struct payload original = {.count = (uint32_t)strlen(nasty[i].payload)};

		if (!open_trial(&trial, nasty[i].text))
			continue; // an expression that Hyperscan refuses; which ones depends on its version
		understood++;
		memcpy(original.bytes, nasty[i].payload, original.count);
		matched += try(&trial, nasty[i].text, &original);
		for (uint32_t left = 3000; left > 0; left--) {
			struct payload payload = original;

			for (uint32_t changes = any_below(5); changes > 0; changes--)
				mutate(&payload);
			try(&trial, nasty[i].text, &payload);
		}
		close_trial(&trial);
	}
	assert_in_range(understood, MW_ARRAY_SIZE(nasty) * 3 / 4, MW_ARRAY_SIZE(nasty));
	assert_in_range(matched, understood - 3, understood);
}

static void each_match_of_any_chain_of_signs_passes(void **state)
{
	static const char *const signs[] = {
		"a",   "b",    "A",    "^",    "^",     "$",    "|",     "|",      "(",   ")",   "(?:",         "(?i)",  "(?x)",
		" ",   "[ab]", "[^a]", "[]a]", "[a-",   "]",    "-",     "*",      "+",   "?",   "{2}",         "{0,3}", "{,2}",
		"{1,", "}",    "\\Q",  "\\E",  "\\x61", "\\x6", "\\d",   "\\w",    "\\s", "\\b", "\\z",         "\\A",   "\\n",
		".",   "(?=a", "\\",   "\\1",  "(?#",   "#",    "(?i:a", "\\x{61", "[",   ",",   "[[:alpha:]]", "\\D",   "\\S",
	};
	static const char alphabet[] = "aabbAB12 -]}{,x\n#_"; // and its NUL
	uint32_t compiled = 0, matched = 0;

	(void)state;
	mutate_seed = 4;
	for (uint32_t i = 0; i < 2500; i++) {
		struct trial trial = {0};
		char text[128] = "";

		if (any_below(2) == 0)
			strcpy(text, "^");
		for (uint32_t left = 2 + any_below(6); left > 0; left--)
			strcat(text, signs[any_below(MW_ARRAY_SIZE(signs))]);
		if (!open_trial(&trial, text))
			continue;
		compiled++;
		for (uint32_t left = 150; left > 0; left--) {
			struct payload payload = {.count = 1 + any_below(8)};

			for (uint32_t at = 0; at < payload.count; at++)
				payload.bytes[at] = (uint8_t)alphabet[any_below(sizeof(alphabet))];
			matched += try(&trial, text, &payload);
		}
		close_trial(&trial);
	}
	assert_in_range(compiled, 100, 2500);
	assert_in_range(matched, 1000, UINT32_MAX);
}

/** A random expression, and a payload that it matches. */
struct made {
	char text[4096];
	uint8_t sample[1024];
	uint32_t length, count;
	uint32_t width_min;
};

static void add_text(struct made *made, const char *format, ...) MW_PRINTF(2, 3);
static void add_text(struct made *made, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	made->length += (uint32_t)vsnprintf(made->text + made->length, sizeof(made->text) - made->length, format, args);
	va_end(args);
	assert_true(made->length < sizeof(made->text));
}

static void add_byte(struct made *made)
{
	uint8_t byte = (uint8_t)any_below(256);

	switch (any_below(5)) {
	case 0:
		byte = (uint8_t)('a' + any_below(26));
		add_text(made, "%c", byte);
		break;
	case 1:
		add_text(made, "\\x%02x", byte);
		break;
	case 2:
		byte |= 0x04;
		add_text(made, "[\\x%02x-\\x%02x]", byte & 0xf0, byte | 0x0f);
		break;
	case 3:
		add_text(made, "[^\\x%02x]", byte ^ 1u);
		break;
	case 4:
		add_text(made, ".");
		break;
	}
	made->sample[made->count++] = byte;
}

static void add_pieces(struct made *made, uint32_t depth);

static void add_group(struct made *made, uint32_t depth)
{
	uint32_t branches = 1 + any_below(depth == 0 ? 8 : 3), chosen = any_below(branches);

	add_text(made, "(");
	for (uint32_t i = 0; i < branches; i++) {
		uint32_t count = made->count;

		add_text(made, i > 0 ? "|" : "");
		add_pieces(made, depth + 1);
		made->count = i == chosen ? made->count : count;
	}
	add_text(made, ")");
}

static void add_pieces(struct made *made, uint32_t depth)
{
	for (uint32_t left = depth == 0 ? 2 + any_below(4) : 1 + any_below(2); left > 0; left--) {
		uint32_t begin = made->count, bytes, least = any_below(3), repeats = least + any_below(3);

		if (depth < 2 && any_below(3) == 0)
			add_group(made, depth);
		else
			add_byte(made);
		bytes = made->count - begin;
		if (any_below(3) > 0) {
			repeats = 1;
		} else if (any_below(3) == 0) {
			add_text(made, least == 0 ? "*" : "+");
			repeats = MW_MAX(repeats, MW_MIN(least, 1));
		} else {
			add_text(made, "{%u,%u}", least, repeats + any_below(3));
		}
		for (made->count = begin; repeats > 0; repeats--, made->count += bytes)
			memmove(made->sample + made->count, made->sample + begin, bytes);
		assert_true(made->count < sizeof(made->sample) / 4);
	}
}

#define MADE 100 // more than a mask has bits

static void expressions_that_share_bits_let_their_matches_through(void **state)
{
	static struct made made[MADE];
	static struct prefilter prefilter;

	(void)state;
	mutate_seed = 5;
	for (uint32_t set = 0; set < 3; set++) {
		struct prefilter_expression expressions[MADE];

		for (uint32_t i = 0; i<MADE; i += made[i].width_min> 0) {
			memset(&made[i], 0, sizeof(made[i]));
			add_text(&made[i], "^");
			add_pieces(&made[i], 0);
			made[i].width_min = width_min(made[i].text);
			expressions[i] = (struct prefilter_expression){made[i].text, made[i].width_min};
		}
		assert_int_equal(prefilter_build(&prefilter, expressions, MADE), 0);
		for (uint32_t i = 0; i < MADE; i++) {
			if (!prefilter_passes(&prefilter, made[i].sample, made[i].count))
				fail_msg("%s: its match does not pass", made[i].text);
		}
		for (uint32_t i = 0; i < MADE; i++) { // is the sample one? Long expressions take Hyperscan seconds
			struct payload payload = {.count = made[i].count};
			struct trial trial = {0};

			if (made[i].length > 60)
				continue;
			assert_true(open_trial(&trial, made[i].text));
			memcpy(payload.bytes, made[i].sample, payload.count);
			assert_true(try(&trial, made[i].text, &payload));
			close_trial(&trial);
		}
	}
}

static void a_shorter_expression_keeps_its_length_where_it_shares_a_bit(void **state)
{
	char texts[MADE][16];
	struct prefilter_expression expressions[MADE];
	static struct prefilter prefilter;
	static const uint8_t payload[MADE + 2] = "ab";

	(void)state;
	for (uint32_t i = 0; i < MADE; i++) {
		snprintf(texts[i], sizeof(texts[i]), "^a%c.{%u}", i % 8 == 7 ? 'b' : 'c', MADE - i);
		expressions[i] = (struct prefilter_expression){texts[i], MADE - i + 2};
	}
	assert_int_equal(prefilter_build(&prefilter, expressions, MADE), 0);
	for (uint32_t i = 7; i < MADE; i += 8)
		assert_true(prefilter_passes(&prefilter, payload, MADE - i + 2));
	assert_false(prefilter_passes(&prefilter, payload, 2));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(each_match_of_an_awkward_expression_passes),
	MW_TEST(each_match_of_any_chain_of_signs_passes),
	MW_TEST(expressions_that_share_bits_let_their_matches_through),
	MW_TEST(a_shorter_expression_keeps_its_length_where_it_shares_a_bit),
};

MW_TEST_MAIN("signature_prefilter_random", tests)
