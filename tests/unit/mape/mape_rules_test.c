// SPDX-License-Identifier: BSD-3-Clause
// Files of rules: the one that is installed, and bad ones.
// Neighbours: lib/mape/mape_rules.c, lib/mape/mape_yaml.c, config/mape/rules.yaml.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_mape.h"
#include "mw_test.h"

static char problems[4096];

static void keep_problem(void *context, const struct mw_settings_problem *problem)
{
	size_t len = strlen(problems);

	(void)context;
	snprintf(problems + len, sizeof(problems) - len, "%s:%u:%u %s: %s\n", problem->file, problem->line, problem->column,
			 problem->key, problem->message);
}

static int load(const char *yaml, struct mw_mape_rules **rules)
{
	problems[0] = '\0';
	*rules = NULL;
	return mw_mape_rules_load_text("r.yaml", yaml, strlen(yaml), keep_problem, NULL, rules);
}

static void check_refused(const char *yaml, const char *expected)
{
	struct mw_mape_rules *rules;

	assert_int_equal(load(yaml, &rules), -EINVAL);
	assert_null(rules);
	assert_string_equal(problems, expected);
}

#define HEAD "services:\n- name: a\n  source: b\n  psid-bits: 8\n  offset-bits: 4\n"

static struct mw_mape_rules *installed(void)
{
	struct mw_mape_rules *rules = NULL;
	char path[512];

	problems[0] = '\0';
	snprintf(path, sizeof(path), "%s/config/mape/rules.yaml", mw_test_source_root());
	assert_int_equal(mw_mape_rules_load(path, keep_problem, NULL, &rules), 0);
	assert_string_equal(problems, "");
	return rules;
}

static const struct mw_mape_rule *find(const struct mw_mape_rules *rules, const char *prefix, struct mw_mape_line *line)
{
	struct mw_prefix parsed;

	assert_int_equal(mw_prefix_parse(prefix, &parsed), 0);
	const struct mw_mape_rule *rule = mw_mape_rules_find(rules, &parsed.address, NULL);

	if (rule != NULL)
		assert_int_equal(mw_mape_calc(rule, &parsed, line), MW_MAPE_GOOD);
	return rule;
}

static void check_line(const struct mw_mape_rules *rules, const char *prefix, const char *service, const char *ipv4,
					   uint16_t psid, uint32_t ports)
{
	char chars[MW_ADDRESS_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));
	struct mw_mape_line line;
	const struct mw_mape_rule *rule = find(rules, prefix, &line);

	assert_non_null(rule);
	assert_string_equal(rule->service, service);
	assert_true(rule->source[0] != '\0');
	mw_address_add_text(&text, &line.ipv4);
	assert_string_equal(chars, ipv4);
	assert_int_equal(line.set.psid, psid);
	assert_int_equal(mw_mape_ports(line.set.layout), ports);
}

static void known_prefixes_give_known_lines(void **state)
{
	struct mw_mape_rules *rules = installed();
	struct mw_mape_line line;

	(void)state;
	check_line(rules, "240b:10:1::/64", "v6plus", "106.72.0.1", 0, 240);
	check_line(rules, "240b:253:ffff:ff00::/56", "v6plus", "14.13.255.255", 255, 240);
	check_line(rules, "2404:7a80:1:200::/56", "BIGLOBE east", "133.200.0.1", 2, 240);
	check_line(rules, "2404:7a83:4c01:300::/56", "BIGLOBE east", "119.243.60.1", 3, 240);
	check_line(rules, "2404:7a85:1:200::/56", "BIGLOBE west", "133.207.0.1", 2, 240);
	check_line(rules, "2400:4050:abc:de00::/56", "OCN Virtual Connect", "153.240.42.243", 0x1e, 1008);
	assert_null(find(rules, "2001:db8::/56", &line));
	mw_mape_rules_free(rules);
}

// A line of another's address space would be told wrong numbers.
static void rules_of_the_file_share_no_address(void **state)
{
	struct mw_mape_rules *rules = installed();

	(void)state;
	for (uint32_t i = 0; i < mw_mape_rules_count(rules); i++)
		for (uint32_t k = 0; k < mw_mape_rules_count(rules); k++) {
			const struct mw_mape_rule *a = mw_mape_rules_at(rules, i), *b = mw_mape_rules_at(rules, k);

			assert_true(i == k || !mw_prefix_holds(&a->rule4, &b->rule4.address));
			assert_true(i == k || !mw_prefix_holds(&a->rule6, &b->rule6.address));
		}
	mw_mape_rules_free(rules);
}

static void longest_rule_comes_first(void **state)
{
	struct mw_mape_rules *rules;
	struct mw_prefix prefix;
	const struct mw_mape_rule *rule;

	(void)state;
	assert_int_equal(load(HEAD "  rules:\n"
							   "  - {ipv6: \"2001:db8::/32\", ipv4: 192.0.2.0/24}\n"
							   "  - {ipv6: \"2001:db8:1::/48\", ipv4: 198.51.100.0/24}\n",
						  &rules),
					 0);
	assert_int_equal(mw_prefix_parse("2001:db8:1::1", &prefix), 0);
	rule = mw_mape_rules_find(rules, &prefix.address, NULL);
	assert_int_equal(rule->rule6.len_bits, 48);
	assert_int_equal(rule->ea_bits, 16);
	rule = mw_mape_rules_find(rules, &prefix.address, rule);
	assert_int_equal(rule->rule6.len_bits, 32);
	assert_null(mw_mape_rules_find(rules, &prefix.address, rule));
	mw_mape_rules_free(rules);
}

static void bad_values_are_named_with_their_place(void **state)
{
	(void)state;
	check_refused(
		"services:\n- name: a\n  source: b\n  psid-bits: 17\n  offset-bits: four\n  br: 10.0.0.1\n  rules: []\n",
		"r.yaml:4:14 services[0].psid-bits: '17' is not a number of bits from 0 to 16\n"
		"r.yaml:5:16 services[0].offset-bits: 'four' is not a number of bits from 0 to 16\n"
		"r.yaml:6:7 services[0].br: '10.0.0.1' is not an IPv6 address\n");
	check_refused(HEAD "  rules:\n  - {ipv6: \"2001:db8::1/32\", ipv4: 2001:db8::/32}\n",
				  "r.yaml:7:12 services[0].rules[0].ipv6: '2001:db8::1/32' is not an IPv6 prefix such as 2001:db8::/32 "
				  "(are host bits set?)\n"
				  "r.yaml:7:36 services[0].rules[0].ipv4: '2001:db8::/32' is not an IPv4 prefix such as 192.0.2.0/24 "
				  "(are host bits set?)\n");
	check_refused(HEAD "  rules:\n  - {ipv6: \"2001:db8::/60\", ipv4: 192.0.2.0/24}\n",
				  "r.yaml:7:5 services[0].rules[0]: the rule's IPv6 prefix and the EA bits together are longer than 64 "
				  "bits\n");
}

static void bad_shapes_are_named_with_their_place(void **state)
{
	(void)state;
	check_refused("", "r.yaml:1:1 : the file is empty\n");
	check_refused("- a\n", "r.yaml:1:1 : a section is expected here, this is a list\n");
	check_refused("services: a\n", "r.yaml:1:11 services: a list is expected here, this is a single value\n");
	check_refused("services: []\nmore: 1\n", "r.yaml:2:1 : unknown key 'more'\n");
	check_refused("services:\n- name: a\n  name: b\n  source: s\n  psid-bits: 8\n  offset-bits: 4\n",
				  "r.yaml:3:3 services[0]: 'name' is given twice\n"
				  "r.yaml:2:3 services[0]: 'rules' is missing\n");
	check_refused("services:\n- name: a\n  source: \"b\\e[2J\"\n  psid-bits: 8\n  offset-bits: 4\n  rules: []\n",
				  "r.yaml:3:11 services[0].source: only printable ASCII characters are allowed here\n");
	check_refused("services:\n- [a: {}\n", "r.yaml:3:1 : not valid YAML: did not find expected ',' or ']'\n");
	check_refused("services:\n- ? [a]\n  : b\n", "r.yaml:2:5 services[0]: a single value is expected here, this is a "
												 "list\n"
												 "r.yaml:2:3 services[0]: 'name' is missing\n"
												 "r.yaml:2:3 services[0]: 'source' is missing\n"
												 "r.yaml:2:3 services[0]: 'psid-bits' is missing\n"
												 "r.yaml:2:3 services[0]: 'offset-bits' is missing\n"
												 "r.yaml:2:3 services[0]: 'rules' is missing\n");
}

static void alias_to_its_own_list_ends(void **state)
{
	struct mw_mape_rules *rules;

	(void)state;
	assert_int_equal(load("services: &s\n- *s\n", &rules), -EINVAL);
	assert_int_equal(load("services: &s [&m {rules: *s, name: *m}]\n", &rules), -EINVAL);
}

static void too_long_names_and_too_many_rules_are_refused(void **state)
{
	struct mw_mape_rules *rules;
	char *yaml = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&yaml, &size);

	(void)state;
	assert_non_null(stream);
	fputs(HEAD "  rules:\n", stream);
	for (int i = 0; i < 4097; i++)
		fprintf(stream, "  - {ipv6: \"2001:db8:%x::/48\", ipv4: 192.0.2.0/24}\n", i);
	fclose(stream);
	assert_int_equal(load(yaml, &rules), -EINVAL);
	assert_string_equal(problems, "r.yaml:4103:5 services[0].rules[4096]: more than 4096 rules\n");
	free(yaml);
	assert_int_equal(load("services:\n- name: "
						  "0123456789012345678901234567890123456789012345678\n",
						  &rules),
					 -EINVAL);
	assert_non_null(strstr(problems, "services[0].name: longer than 47 characters"));
}

static void file_that_cannot_be_read_is_named(void **state)
{
	struct mw_mape_rules *rules = NULL;

	(void)state;
	problems[0] = '\0';
	assert_int_equal(mw_mape_rules_load("/none/rules.yaml", keep_problem, NULL, &rules), -ENOENT);
	assert_string_equal(problems, "/none/rules.yaml:0:0 : No such file or directory\n");
	assert_int_equal(mw_mape_rules_load(mw_test_source_root(), NULL, NULL, &rules), -EISDIR);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(known_prefixes_give_known_lines),
	MW_TEST(rules_of_the_file_share_no_address),
	MW_TEST(longest_rule_comes_first),
	MW_TEST(bad_values_are_named_with_their_place),
	MW_TEST(bad_shapes_are_named_with_their_place),
	MW_TEST(alias_to_its_own_list_ends),
	MW_TEST(too_long_names_and_too_many_rules_are_refused),
	MW_TEST(file_that_cannot_be_read_is_named),
};
MW_TEST_MAIN("nat_mape_rules", tests)
