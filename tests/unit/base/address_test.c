// SPDX-License-Identifier: BSD-3-Clause
// Addresses, prefixes and who is private.
// Neighbours: lib/base/address.c.
#include "mw_address.h"

#include <errno.h>
#include <stdio.h>

#include "mw_test.h"

static struct mw_address address_of(const char *chars)
{
	struct mw_prefix prefix;

	assert_int_equal(mw_prefix_parse(chars, &prefix), 0);
	assert_int_equal(prefix.len_bits, 128);
	return prefix.address;
}

static void addresses_are_written_as_people_write_them(void **state)
{
	static const char *const cases[] = {
		"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:0:0:2", "2001:db8:1:2:3:4:5:6"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct mw_address address = address_of(cases[i]);
		char chars[MW_ADDRESS_TEXT_BYTES];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		mw_address_add_text(&text, &address);
		assert_string_equal(chars, cases[i]);
	}
}

static void every_ipv4_byte_reads_without_leading_zeros(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const uint8_t bytes[4] = {(uint8_t)byte, 0, (uint8_t)(255 - byte), (uint8_t)byte};
		struct mw_address address = mw_address_from_v4(bytes);
		char chars[MW_ADDRESS_TEXT_BYTES], expected[MW_ADDRESS_TEXT_BYTES];
		struct mw_text text = mw_text_in(chars, sizeof(chars));

		snprintf(expected, sizeof(expected), "%u.0.%u.%u", byte, 255 - byte, byte);
		mw_address_add_text(&text, &address);
		assert_string_equal(chars, expected);
	}
}

static void prefixes_hold_what_is_inside(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool held;
	} cases[] = {
		{"10.0.0.0/8", "10.255.0.1", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.0.0.0/9", "10.128.0.0", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "203.0.113.9", true},
		{"2001:db8::/33", "2001:db8:7fff::1", true},
		{"2001:db8::/33", "2001:db8:8000::1", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1/32", "192.0.2.2", false},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct mw_address address = address_of(cases[i].address);
		struct mw_prefix prefix;

		assert_int_equal(mw_prefix_parse(cases[i].prefix, &prefix), 0);
		if (mw_prefix_holds(&prefix, &address) != cases[i].held)
			fail_msg("%s in %s", cases[i].address, cases[i].prefix);
	}
}

static void what_is_no_prefix_is_refused(void **state)
{
	static const char *const cases[] = {"",
										"10.0.0.0/33",
										"10.0.0.1/8",
										"2001:db8::/129",
										"2001:db8::1/64",
										"10.0.0/8",
										"10.0.0.0/",
										"10.0.0.0/-1",
										"10.0.0.0/8 ",
										" 10.0.0.0/8",
										"host",
										"/8",
										"10.0.0.0/8/8",
										"10.0.0.0/1k",
										"2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000:0000:0000"};
	struct mw_prefix prefix = {.len_bits = 77};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		if (mw_prefix_parse(cases[i], &prefix) != -EINVAL)
			fail_msg("\"%s\" was taken", cases[i]);
	}
	assert_int_equal(prefix.len_bits, 77);
}

static void private_space_is_known(void **state)
{
	static const char *const inside[] = {"10.1.2.3",  "172.31.255.255", "192.168.0.1", "100.127.0.1",
										 "192.0.0.2", "169.254.1.1",    "fe80::1",     "fd00::1"};
	static const char *const outside[] = {"11.0.0.1",  "172.32.0.1",  "192.169.0.1", "100.128.0.1",
										  "192.0.0.8", "2001:db8::1", "fec0::1",     "::1"};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(inside); i++) {
		struct mw_address in = address_of(inside[i]);
		struct mw_address out = address_of(outside[i]);

		if (!mw_address_is_private(&in))
			fail_msg("%s is private", inside[i]);
		if (mw_address_is_private(&out))
			fail_msg("%s is not private", outside[i]);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(addresses_are_written_as_people_write_them),
	MW_TEST(every_ipv4_byte_reads_without_leading_zeros),
	MW_TEST(prefixes_hold_what_is_inside),
	MW_TEST(what_is_no_prefix_is_refused),
	MW_TEST(private_space_is_known),
};

MW_TEST_MAIN("base_address", tests)
