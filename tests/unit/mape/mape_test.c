// SPDX-License-Identifier: BSD-3-Clause
// Port sets and lines: known answers.
// Neighbours: lib/mape/mape.c. Numbers from RFC 7597 (appendix A, B), users of services, and by hand.
#include "mw_mape.h"
#include "mw_test.h"

static void sizes_are_those_of_the_table(void **state)
{
	static const struct {
		struct mw_mape_layout layout;
		uint32_t ranges, range_ports, ports, lowest, ratio;
	} rows[] = {
		{{4, 8}, 15, 16, 240, 4096, 256}, // v6plus, BIGLOBE
		{{6, 6}, 63, 16, 1008, 1024, 64}, // OCN Virtual Connect
		{{4, 6}, 15, 64, 960, 4096, 64},  {{6, 8}, 63, 4, 252, 1024, 256},  {{0, 8}, 1, 256, 256, 0, 256}, // one piece
		{{0, 16}, 1, 1, 1, 0, 65536},     {{15, 1}, 32767, 1, 32767, 2, 2},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(rows); i++) {
		const struct mw_mape_set set = {rows[i].layout, 0};

		assert_int_equal(mw_mape_set_check(&set), MW_MAPE_GOOD);
		assert_int_equal(mw_mape_ranges(set.layout), rows[i].ranges);
		assert_int_equal(mw_mape_range_ports(set.layout), rows[i].range_ports);
		assert_int_equal(mw_mape_ports(set.layout), rows[i].ports);
		assert_int_equal(mw_mape_range_at(&set, 0).first, rows[i].lowest);
		assert_int_equal(mw_mape_ratio(set.layout), rows[i].ratio);
	}
}

static void check_range(const struct mw_mape_set *set, uint32_t index, uint16_t first, uint16_t last)
{
	struct mw_mape_range range = mw_mape_range_at(set, index);

	assert_int_equal(range.first, first);
	assert_int_equal(range.last, last);
}

static void ranges_of_psid_200_are_those_of_the_router(void **state)
{
	const struct mw_mape_set set = {{4, 8}, 200};

	(void)state;
	check_range(&set, 0, 7296, 7311);
	check_range(&set, 1, 11392, 11407);
	check_range(&set, 14, 64640, 64655);
}

static void ranges_of_lines_of_the_lab_are_theirs(void **state)
{
	(void)state;
	check_range(&(struct mw_mape_set){{4, 8}, 177}, 0, 6928, 6943);
	check_range(&(struct mw_mape_set){{4, 8}, 161}, 0, 6672, 6687);
	check_range(&(struct mw_mape_set){{4, 8}, 223}, 0, 7664, 7679);
}

static void example_of_the_rfc_comes_out(void **state)
{
	const struct mw_mape_set set = {{6, 8}, 0x34}; // RFC 7597 appendix A, example 1: 1232-1235, 2256-2259, ...

	(void)state;
	check_range(&set, 0, 1232, 1235);
	check_range(&set, 1, 2256, 2259);
	check_range(&set, 62, 64720, 64723);
}

static void set_holds_the_ports_of_its_ranges_and_no_other(void **state)
{
	static const struct mw_mape_set sets[] = {
		{{4, 8}, 200}, {{6, 6}, 63}, {{0, 8}, 0}, {{0, 8}, 255}, {{15, 1}, 1}, {{6, 0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(sets); i++) {
		uint32_t held = 0;

		for (uint32_t port = 0; port <= UINT16_MAX; port++)
			held += mw_mape_holds(&sets[i], (uint16_t)port);
		assert_int_equal(held, mw_mape_ports(sets[i].layout));
		for (uint32_t r = 0; r < mw_mape_ranges(sets[i].layout); r++) {
			struct mw_mape_range range = mw_mape_range_at(&sets[i], r);

			assert_true(mw_mape_holds(&sets[i], range.first) && mw_mape_holds(&sets[i], range.last));
		}
	}
}

static void ports_below_the_offset_belong_to_nobody(void **state)
{
	const struct mw_mape_set set = {{4, 8}, 0};

	(void)state;
	assert_false(mw_mape_holds(&set, 0));
	assert_false(mw_mape_holds(&set, 15));
	assert_true(mw_mape_holds(&set, 4096));
}

static void address_that_is_not_shared_has_every_port(void **state)
{
	const struct mw_mape_set set = {{6, 0}, 0};

	(void)state;
	assert_int_equal(mw_mape_ports(set.layout), 65536);
	check_range(&set, 0, 0, 65535);
}

static void psid_of_a_port_is_its_middle(void **state)
{
	(void)state;
	assert_int_equal(mw_mape_psid_of((struct mw_mape_layout){4, 8}, 64655), 200);
	assert_int_equal(mw_mape_psid_of((struct mw_mape_layout){6, 6}, 0xffff), 63);
	assert_int_equal(mw_mape_psid_of((struct mw_mape_layout){0, 8}, 0x1234), 0x12);
}

static void bad_sets_are_refused_by_name(void **state)
{
	(void)state;
	assert_int_equal(mw_mape_set_check(&(struct mw_mape_set){{16, 0}, 0}), MW_MAPE_OFFSET_TOO_LONG);
	assert_int_equal(mw_mape_set_check(&(struct mw_mape_set){{255, 255}, 0}), MW_MAPE_OFFSET_TOO_LONG);
	assert_int_equal(mw_mape_set_check(&(struct mw_mape_set){{10, 7}, 0}), MW_MAPE_PSID_TOO_LONG);
	assert_int_equal(mw_mape_set_check(&(struct mw_mape_set){{4, 8}, 256}), MW_MAPE_PSID_TOO_LARGE);
	assert_int_equal(mw_mape_set_check(&(struct mw_mape_set){{4, 0}, 1}), MW_MAPE_PSID_TOO_LARGE);
	for (enum mw_mape_problem problem = MW_MAPE_GOOD + 1; problem < MW_MAPE_PROBLEMS; problem++)
		assert_true(mw_mape_problem_text(problem)[0] != '\0');
}

static struct mw_mape_rule rule_of(const char *rule6, const char *rule4, uint8_t ea_bits, uint8_t offset_bits)
{
	struct mw_mape_rule rule = {.ea_bits = ea_bits, .offset_bits = offset_bits};

	assert_int_equal(mw_prefix_parse(rule6, &rule.rule6), 0);
	assert_int_equal(mw_prefix_parse(rule4, &rule.rule4), 0);
	return rule;
}

static enum mw_mape_problem calc(const struct mw_mape_rule *rule, const char *prefix, struct mw_mape_line *line)
{
	struct mw_prefix parsed;

	assert_int_equal(mw_prefix_parse(prefix, &parsed), 0);
	return mw_mape_calc(rule, &parsed, line);
}

static void check_address(const struct mw_address *address, const char *expected)
{
	char chars[MW_ADDRESS_TEXT_BYTES];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	mw_address_add_text(&text, address);
	assert_string_equal(chars, expected);
}

static void v6plus_prefix_gives_the_known_line(void **state)
{
	struct mw_mape_rule rule = rule_of("240b:10::/31", "106.72.0.0/15", 25, 4);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "240b:10:1::/64", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "106.72.0.1");
	assert_int_equal(line.set.psid, 0);
	assert_int_equal(line.set.layout.psid_bits, 8);
	check_range(&line.set, 0, 4096, 4111);
	assert_int_equal(mw_mape_ports(line.set.layout), 240);
	assert_int_equal(calc(&rule, "240b:11:203:c800::/56", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "106.73.2.3");
	assert_int_equal(line.set.psid, 200);
}

static void ocn_prefix_has_the_psid_in_six_bits(void **state)
{
	struct mw_mape_rule rule = rule_of("2400:4050::/34", "153.240.0.0/16", 22, 6);
	struct mw_mape_line line;

	(void)state;
	// 2400:4050:0abc:de00: 16 bits of address behind 34 bits, then 6 bits of PSID
	assert_int_equal(calc(&rule, "2400:4050:abc:de00::/56", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "153.240.42.243"); // 0x0abcde << 2: 2a f3 78
	assert_int_equal(line.set.psid, 0x1e);
	assert_int_equal(mw_mape_ports(line.set.layout), 1008);
}

static void example_of_the_rfc_gives_its_address(void **state)
{
	// RFC 7597 appendix A, example 1: 192.0.2.18, PSID 0x34, CE 2001:db8:12:3400::c000:212:34
	struct mw_mape_rule rule = rule_of("2001:db8::/40", "192.0.2.0/24", 16, 6);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "2001:db8:12:3400::/56", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "192.0.2.18");
	assert_int_equal(line.set.psid, 0x34);
	check_address(&line.ce_rfc7597, "2001:db8:12:3400:0:c000:212:34");
}

static void forms_of_the_ce_address_differ_by_an_octet(void **state)
{
	struct mw_mape_rule rule = rule_of("240b:10::/31", "106.72.0.0/15", 25, 4);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "240b:11:203:c800::/56", &line), MW_MAPE_GOOD);
	check_address(&line.ce_draft03, "240b:11:203:c800:6a:4902:300:c800");
	check_address(&line.ce_rfc7597, "240b:11:203:c800:0:6a49:203:c8");
}

static void subnet_of_a_longer_prefix_stays_in_the_rfc_form_only(void **state)
{
	struct mw_mape_rule rule = rule_of("240b:10::/31", "106.72.0.0/15", 25, 4);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "240b:11:203:c8ab::/64", &line), MW_MAPE_GOOD);
	check_address(&line.ce_draft03, "240b:11:203:c800:6a:4902:300:c800");
	check_address(&line.ce_rfc7597, "240b:11:203:c8ab:0:6a49:203:c8");
	assert_int_equal(line.prefix6.len_bits, 56);
	check_address(&line.prefix6.address, "240b:11:203:c800::");
}

static void any_address_of_the_line_will_do(void **state)
{
	struct mw_mape_rule rule = rule_of("240b:10::/31", "106.72.0.0/15", 25, 4);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "240b:11:203:c800:211:22ff:fe33:4455", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "106.73.2.3");
	check_address(&line.ce_rfc7597, "240b:11:203:c800:0:6a49:203:c8");
}

static void rule_without_ea_bits_gives_its_own_address(void **state)
{
	struct mw_mape_rule rule = rule_of("2001:db8:1:2::/64", "192.0.2.7/32", 0, 6);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "2001:db8:1:2::/64", &line), MW_MAPE_GOOD);
	check_address(&line.ipv4, "192.0.2.7");
	assert_int_equal(mw_mape_ports(line.set.layout), 65536);
}

static void bad_rules_are_refused_by_name(void **state)
{
	struct mw_mape_rule rule = rule_of("10.0.0.0/8", "192.0.2.0/24", 8, 4);

	(void)state;
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_RULE6_NOT_IPV6);
	rule = rule_of("2001:db8::/32", "2001:db8::/32", 8, 4);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_RULE4_NOT_IPV4);
	rule = rule_of("2001:db8::/32", "192.0.2.0/24", 7, 4);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_EA_TOO_SHORT);
	rule = rule_of("2001:db8::/48", "192.0.2.0/24", 17, 4);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_EA_TOO_LONG);
	rule = rule_of("2001:db8::/32", "192.0.2.0/24", 21, 4);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_PSID_TOO_LONG);
	rule = rule_of("2001:db8::/32", "192.0.2.0/24", 16, 16);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_OFFSET_TOO_LONG);
	rule = rule_of("2001:db8::/32", "192.0.2.0/24", 255, 4);
	assert_int_equal(mw_mape_rule_check(&rule), MW_MAPE_EA_TOO_LONG);
}

static void bad_prefixes_are_refused_by_name(void **state)
{
	struct mw_mape_rule rule = rule_of("240b:10::/31", "106.72.0.0/15", 25, 4);
	struct mw_mape_line line;

	(void)state;
	assert_int_equal(calc(&rule, "10.1.2.3", &line), MW_MAPE_PREFIX_NOT_IPV6);
	assert_int_equal(calc(&rule, "240b:12::/56", &line), MW_MAPE_PREFIX_ELSEWHERE);
	assert_int_equal(calc(&rule, "::/0", &line), MW_MAPE_PREFIX_ELSEWHERE);
	assert_int_equal(calc(&rule, "240b:10::/48", &line), MW_MAPE_PREFIX_TOO_SHORT);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(sizes_are_those_of_the_table),
	MW_TEST(ranges_of_psid_200_are_those_of_the_router),
	MW_TEST(ranges_of_lines_of_the_lab_are_theirs),
	MW_TEST(example_of_the_rfc_comes_out),
	MW_TEST(set_holds_the_ports_of_its_ranges_and_no_other),
	MW_TEST(ports_below_the_offset_belong_to_nobody),
	MW_TEST(address_that_is_not_shared_has_every_port),
	MW_TEST(psid_of_a_port_is_its_middle),
	MW_TEST(bad_sets_are_refused_by_name),
	MW_TEST(v6plus_prefix_gives_the_known_line),
	MW_TEST(ocn_prefix_has_the_psid_in_six_bits),
	MW_TEST(example_of_the_rfc_gives_its_address),
	MW_TEST(forms_of_the_ce_address_differ_by_an_octet),
	MW_TEST(subnet_of_a_longer_prefix_stays_in_the_rfc_form_only),
	MW_TEST(any_address_of_the_line_will_do),
	MW_TEST(rule_without_ea_bits_gives_its_own_address),
	MW_TEST(bad_rules_are_refused_by_name),
	MW_TEST(bad_prefixes_are_refused_by_name),
};
MW_TEST_MAIN("nat_mape", tests)
