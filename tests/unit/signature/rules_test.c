// SPDX-License-Identifier: BSD-3-Clause
// The grammar of rule files: each mistake is one clear problem with its line, and all are found in one run.
// Neighbours: lib/signature/rules.c.
#include "mw_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_service.h"
#include "rules.h"

struct found {
	char text[4096]; // "line: message\n" each
};

static void note(void *context, const char *file, unsigned line, const char *message)
{
	struct found *found = context;
	size_t length = strlen(found->text);

	assert_string_equal(file, "a.sig");
	snprintf(found->text + length, sizeof(found->text) - length, "%u: %s\n", line, message);
}

static void parse(struct rules_set *set, struct found *found, const char *chars)
{
	memset(set, 0, sizeof(*set));
	memset(found, 0, sizeof(*found));
	assert_int_equal(rules_parse(set, "a.sig", chars, strlen(chars), note, found), 0);
}

#define GOOD "rule one\n  on reset\n  means middlebox\n  match ^abc\n"

static void assert_problem(const char *chars, const char *expected)
{
	struct rules_set set;
	struct found found;

	parse(&set, &found, chars);
	assert_string_equal(found.text, expected);
	assert_int_equal(set.problems, expected[0] == '\0' ? 0 : 1);
	rules_free(&set);
}

static void a_stanza_becomes_a_rule(void **state)
{
	struct rules_set set;
	struct found found;

	(void)state;
	parse(&set, &found,
		  "# comment\n\nrule bigip\r\n\ton reset\n means middlebox\n match ^BIG-IP: \\[0x\n match second one\n"
		  " label \"F5 BIG-IP\"\n source seen in the wild\n"
		  "rule tls\non service\nservice tls\nprotocol tcp\nmatch ^\\x16\\x03\n"
		  "rule own\non reset\nmeans benign\nmatch ^a\nrule echo\non reset\nmeans shown\nmatch ^b");
	assert_string_equal(found.text, "");
	assert_int_equal(set.rules_count, 4);
	assert_string_equal(set.rules[0].name, "bigip");
	assert_string_equal(set.rules[0].label, "F5 BIG-IP");
	assert_string_equal(set.rules[0].source, "seen in the wild");
	assert_int_equal(set.rules[0].on, MW_SIGNATURE_ON_RESET);
	assert_int_equal(set.rules[0].means, MW_SIGNATURE_MIDDLEBOX);
	assert_int_equal(set.rules[1].means, MW_SIGNATURE_SERVICE);
	assert_int_equal(set.rules[1].service, MW_SERVICE_TLS);
	assert_int_equal(set.rules[1].protocol, 6);
	assert_int_equal(set.rules[2].means, MW_SIGNATURE_BENIGN);
	assert_int_equal(set.rules[3].means, MW_SIGNATURE_SHOWN);
	assert_int_equal(set.patterns_count, 5);
	assert_string_equal(set.patterns[1].regex, "second one");
	assert_int_equal(set.patterns[1].line, 7);
	assert_int_equal(set.patterns[2].rule, 1);
	rules_free(&set);
}

static void each_mistake_has_its_line(void **state)
{
	(void)state;
	assert_problem(GOOD "  colour blue\n", "5: \"colour\" is no key of a rule\n");
	assert_problem(GOOD GOOD, "5: rule one is already defined\n");
	assert_problem("rule one\non reset\nmeans benign\n", "1: rule one has no match line\n");
	assert_problem("on reset\n", "1: \"on\" stands before the first rule\n");
	assert_problem("rule One\non reset\nmeans benign\nmatch a\n",
				   "1: a rule's name is 1 to 47 of a-z, 0-9 and -: \"One\"\n");
	assert_problem("rule\n", "1: a rule's name is 1 to 47 of a-z, 0-9 and -: \"\"\n");
	assert_problem(GOOD "on service\n", "5: on stands twice in one rule\n");
	assert_problem(GOOD "label\n", "5: label has no value\n");
	assert_problem("rule a\non packet\nmeans benign\nmatch a\n", "2: on \"packet\": must be reset or service\n");
	assert_problem("rule a\non reset\nmatch a\n",
				   "1: rule a is held against resets, so it must say: means middlebox, means benign or means shown\n");
	assert_problem("rule a\non service\nmatch a\n",
				   "1: rule a is held against first payloads, so it must name a service\n");
	assert_problem("rule a\nmatch a\n", "1: rule a does not say what it is held against: on reset, or on service\n");
	assert_problem("rule a\non service\nservice tsl\nmatch a\n", "3: service \"tsl\" is not known\n");
	assert_problem("rule a\non service\nservice tls\nprotocol sctp\nmatch a\n",
				   "4: protocol \"sctp\": must be tcp, udp or any\n");
	assert_problem("rule a\non reset\nmeans nothing\nmatch a\n",
				   "3: means \"nothing\": must be middlebox, benign, shown or service\n");
	assert_problem("rule a\non service\nservice tls\nmeans shown\nmatch a\n",
				   "1: rule a is held against first payloads: it can only mean service\n");
	assert_problem("rule a\non service\nservice tls\nmeans benign\nmatch a\n",
				   "1: rule a is held against first payloads: it can only mean service\n");
}

static void what_would_harm_a_terminal_is_refused_with_its_column(void **state)
{
	static const char what[] = "a control character, or not UTF-8; in an expression write such a byte as \\xNN\n";
	char expected[256];

	(void)state;
	snprintf(expected, sizeof(expected), "5: column 10: %s", what);
	assert_problem(GOOD "  label \"\x1b[31mF5\"\n", expected);
	assert_problem(GOOD "  match ^\xff\xfe\n", expected);
	snprintf(expected, sizeof(expected), "5: column 9: %s", what);
	assert_problem(GOOD "\tsource \x7fseen\n", expected);
	assert_problem(GOOD "  label \xc2\x9b"
						"31m\n",
				   expected); // C1, in UTF-8
	snprintf(expected, sizeof(expected), "1: column 9: %s", what);
	assert_problem("rule one\x1b[2J\n  on reset\n", expected);
	assert_problem(GOOD "  label \"F5\tBIG-IP\"\n", "5: label has a tab in it\n");
	assert_problem(GOOD "\tlabel\t\"\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x82\xa2\"\r\n", "");
}

static void all_mistakes_are_found_in_one_run(void **state)
{
	struct rules_set set;
	struct found found;

	(void)state;
	parse(&set, &found, "rule a\non nothing\nmeans nothing\nrule a\nshape round\n");
	assert_int_equal(set.problems, 5);
	rules_free(&set);
}

static void limits_are_problems_not_crashes(void **state)
{
	struct rules_set set;
	struct found found;
	char *chars = malloc(RULES_FILE_BYTES + 2);

	(void)state;
	assert_non_null(chars);
	memset(chars, 'x', RULES_FILE_BYTES + 1);
	chars[RULES_FILE_BYTES + 1] = '\0';
	parse(&set, &found, chars);
	assert_string_equal(found.text, "0: the file is larger than 256 KiB\n");
	rules_free(&set);
	chars[RULES_LINE_BYTES] = '\0';
	parse(&set, &found, chars);
	assert_string_equal(found.text, "1: the line is longer than 1023 bytes\n");
	rules_free(&set);
	sprintf(chars, "rule a\non reset\nmeans benign\nmatch %0600d\nmatch ok\nlabel %070d\n", 0, 0); // NOLINT
	parse(&set, &found, chars);
	assert_string_equal(found.text, "4: expression is longer than 511 bytes\n6: label is longer than 63 bytes\n");
	rules_free(&set);
	free(chars);
}

static void too_many_rules_are_refused_one_by_one(void **state)
{
	struct rules_set set = {0};
	struct found found = {{0}};
	char *chars = malloc(RULES_FILE_BYTES);
	size_t length = 0;

	(void)state;
	assert_non_null(chars);
	for (int i = 0; i <= RULES_MAX; i++)
		length += (size_t)sprintf(chars + length, "rule r%d\non reset\nmeans benign\nmatch a%d\n", i, i); // NOLINT
	assert_int_equal(rules_parse(&set, "a.sig", chars, length, note, &found), 0);
	assert_int_equal(set.rules_count, RULES_MAX);
	assert_string_equal(found.text, "4097: more than 1024 rules in all files\n");
	rules_free(&set);
	free(chars);
}

static void a_nul_byte_is_named(void **state)
{
	struct rules_set set = {0};
	struct found found = {{0}};

	(void)state;
	assert_int_equal(rules_parse(&set, "a.sig", "#a\nru\0le", 8, note, &found), 0);
	assert_string_equal(found.text, "2: the line holds a NUL byte: not a text file\n");
	rules_free(&set);
}

static void every_beginning_of_a_file_is_survived(void **state)
{
	static const char chars[] = GOOD " label \"L\"\n source \"\n rule two\n on service\n service dns\n match .\n";

	(void)state;
	for (size_t count = 0; count < sizeof(chars); count++) {
		struct rules_set set = {0};
		struct found found = {{0}};

		assert_int_equal(rules_parse(&set, "a.sig", chars, count, note, &found), 0);
		rules_free(&set);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_stanza_becomes_a_rule),
	MW_TEST(each_mistake_has_its_line),
	MW_TEST(what_would_harm_a_terminal_is_refused_with_its_column),
	cmocka_unit_test(what_would_harm_a_terminal_is_refused_with_its_column),
	MW_TEST(all_mistakes_are_found_in_one_run),
	MW_TEST(limits_are_problems_not_crashes),
	MW_TEST(too_many_rules_are_refused_one_by_one),
	MW_TEST(a_nul_byte_is_named),
	MW_TEST(every_beginning_of_a_file_is_survived),
};

MW_TEST_MAIN("signature_rules", tests)
