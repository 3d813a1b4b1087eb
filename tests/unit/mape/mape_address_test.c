// SPDX-License-Identifier: BSD-3-Clause
// CE addresses, read back.
// Neighbours: lib/mape/mape_address.c.
#include "mw_mape.h"
#include "mw_test.h"

static struct mw_address address_of(const char *chars)
{
	struct mw_prefix prefix;

	assert_int_equal(mw_prefix_parse(chars, &prefix), 0);
	return prefix.address;
}

static void check_read(const char *chars, enum mw_mape_form form, const char *ipv4, uint16_t psid)
{
	struct mw_address address = address_of(chars), expected = address_of(ipv4);
	struct mw_mape_ce ce;

	assert_true(mw_mape_ce_read(&address, &ce));
	assert_int_equal(ce.form, form);
	assert_int_equal(mw_address_compare(&ce.ipv4, &expected), 0);
	assert_int_equal(ce.psid, psid);
}

static void check_none(const char *chars)
{
	struct mw_address address = address_of(chars);
	struct mw_mape_ce ce;

	assert_false(mw_mape_ce_read(&address, &ce));
}

static void form_of_the_rfc_is_read(void **state)
{
	(void)state;
	check_read("2001:db8:12:3400:0:c000:212:34", MW_MAPE_FORM_RFC7597, "192.0.2.18", 0x34);
}

static void form_of_the_draft_is_read(void **state)
{
	(void)state;
	check_read("240b:11:203:c800:6a:4902:300:c800", MW_MAPE_FORM_DRAFT03, "106.73.2.3", 200);
	check_read("2001:db8:dee:e2:e:ef1:f300:b100", MW_MAPE_FORM_DRAFT03, "14.14.241.243", 177);
}

static void what_calc_writes_is_read_back(void **state)
{
	struct mw_mape_rule rule = {.ea_bits = 25, .offset_bits = 4};
	struct mw_prefix prefix;
	struct mw_mape_line line;
	struct mw_mape_ce ce;

	(void)state;
	assert_int_equal(mw_prefix_parse("240b:10::/31", &rule.rule6), 0);
	assert_int_equal(mw_prefix_parse("106.72.0.0/15", &rule.rule4), 0);
	for (uint8_t low = 0; low < 255; low++) {
		assert_int_equal(mw_prefix_parse("240b:11:203::/56", &prefix), 0);
		prefix.address.bytes[6] = low;
		assert_int_equal(mw_mape_calc(&rule, &prefix, &line), MW_MAPE_GOOD);
		assert_true(mw_mape_ce_read(&line.ce_draft03, &ce));
		assert_int_equal(ce.form, MW_MAPE_FORM_DRAFT03);
		assert_int_equal(ce.psid, low);
		assert_int_equal(mw_address_compare(&ce.ipv4, &line.ipv4), 0);
		assert_true(mw_mape_ce_read(&line.ce_rfc7597, &ce));
		assert_int_equal(ce.form, MW_MAPE_FORM_RFC7597);
		assert_int_equal(ce.psid, low);
		assert_int_equal(mw_address_compare(&ce.ipv4, &line.ipv4), 0);
	}
}

static void other_identifiers_are_no_ce_address(void **state)
{
	(void)state;
	check_none("2001:db8::1");
	check_none("2001:db8::"); // all zero
	check_none("2001:db8::211:22ff:fe33:4455"); // EUI-64
	check_none("fe80::1");
	check_none("2001:db8::6a:4902:300:c801"); // last octet is not zero
	check_none("2001:db8::e0:102:300:100"); // 224.1.2.3
	check_none("2001:db8::7f:1:0:100"); // 127.0.1.0
	check_none("192.0.2.1");
}

// The lab writes the first octet and the PSID into an identifier of its own: to be left alone, not to be believed.
static void identifier_of_the_lab_is_no_ce_address(void **state)
{
	(void)state;
	check_none("2001:db8:dee:e2:0:14:b1:0");
}

static void inner_source_is_held_against_the_address(void **state)
{
	struct mw_address address = address_of("240b:11:203:c800:6a:4902:300:c800");
	struct mw_address inside = address_of("106.73.2.3"), other = address_of("106.73.2.4");
	const struct mw_mape_layout layout = {4, 8};
	struct mw_mape_ce ce;

	(void)state;
	assert_true(mw_mape_ce_read(&address, &ce));
	assert_int_equal(mw_mape_ce_judge(&ce, layout, &inside, 7296), MW_MAPE_CE_FITS);
	assert_int_equal(mw_mape_ce_judge(&ce, layout, &inside, 7312), MW_MAPE_CE_OTHER_PORT);
	assert_int_equal(mw_mape_ce_judge(&ce, layout, &inside, 3200), MW_MAPE_CE_OTHER_PORT); // A = 0
	assert_int_equal(mw_mape_ce_judge(&ce, layout, &other, 7296), MW_MAPE_CE_OTHER_ADDRESS);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(form_of_the_rfc_is_read),
	MW_TEST(form_of_the_draft_is_read),
	MW_TEST(what_calc_writes_is_read_back),
	MW_TEST(other_identifiers_are_no_ce_address),
	MW_TEST(identifier_of_the_lab_is_no_ce_address),
	MW_TEST(inner_source_is_held_against_the_address),
};
MW_TEST_MAIN("nat_mape_address", tests)
