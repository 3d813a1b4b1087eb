// SPDX-License-Identifier: BSD-3-Clause
// Tests of the capture filter.
// Neighbours: lib/filter.
#include "mw_filter.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

// Ethernet, IPv4 10.0.0.1 > 10.0.0.2, TCP 4000 > 80, flags RST.
static const uint8_t reset[] = {
	2, 0, 0, 0,  0, 2, 2, 0,    0,    0, 0,  1, 8, 0, 0x45, 0, 0, 40, 0, 1,    0x40, 0, 64, 6, 0, 0, 10,
	0, 0, 1, 10, 0, 0, 2, 0x0f, 0xa0, 0, 80, 0, 0, 0, 1,    0, 0, 0,  0, 0x50, 4,    0, 0,  0, 0, 0, 0,
};

static bool match(const char *expression, int dlt, const uint8_t *data, uint32_t captured_bytes, uint32_t wire_bytes)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_packet packet = {
		.data = data, .captured_bytes = captured_bytes, .wire_bytes = wire_bytes, .dlt = (uint16_t)dlt};
	struct mw_filter *filter = NULL;
	bool passes;

	assert_int_equal(mw_filter_new(expression, &filter), 0);
	assert_int_equal(mw_filter_add(filter, dlt, &problem), 0);
	passes = mw_filter_match(filter, &packet);
	mw_filter_free(filter);
	return passes;
}

static void expression_decides_what_passes(void **state)
{
	(void)state;
	assert_true(match("tcp port 80", DLT_EN10MB, reset, sizeof(reset), sizeof(reset)));
	assert_true(
		match("host 10.0.0.2 and tcp[tcpflags] & tcp-rst != 0", DLT_EN10MB, reset, sizeof(reset), sizeof(reset)));
	assert_true(match("", DLT_EN10MB, reset, sizeof(reset), sizeof(reset)));
	assert_false(match("udp", DLT_EN10MB, reset, sizeof(reset), sizeof(reset)));
	assert_false(match("tcp[13] = 2", DLT_EN10MB, reset, sizeof(reset), sizeof(reset)));
}

static void link_type_decides_where_ip_begins(void **state)
{
	(void)state;
	assert_true(match("tcp port 80", DLT_RAW, reset + 14, sizeof(reset) - 14, sizeof(reset) - 14));
	assert_false(match("tcp port 80", DLT_RAW, reset, sizeof(reset), sizeof(reset)));
}

static void wire_length_is_seen_and_bytes_beyond_the_cut_are_not(void **state)
{
	(void)state;
	assert_true(match("greater 1000", DLT_EN10MB, reset, sizeof(reset), 1500));
	assert_false(match("less 1000", DLT_EN10MB, reset, sizeof(reset), 1500));
	assert_false(match("tcp port 80", DLT_EN10MB, reset, 30, sizeof(reset)));
	assert_false(match("tcp port 80", DLT_EN10MB, reset, 0, sizeof(reset)));
}

static void wrong_expression_is_told_in_libpcaps_words(void **state)
{
	static const char *const wrong[] = {"tcp prot 80", "host 10.0.0.300", "(", "port 99999"};
	struct mw_filter *filter = NULL;

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(wrong); i++) {
		char chars[256];
		struct mw_text problem = mw_text_in(chars, sizeof(chars));

		assert_int_equal(mw_filter_new(wrong[i], &filter), 0);
		assert_int_equal(mw_filter_add(filter, DLT_EN10MB, &problem), -EINVAL);
		assert_true(problem.len_bytes > 5);
		mw_filter_free(filter);
	}
	mw_filter_free(NULL);
}

static void each_link_type_has_its_own_program(void **state)
{
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	struct mw_packet packet = {
		.data = reset, .captured_bytes = sizeof(reset), .wire_bytes = sizeof(reset), .dlt = DLT_EN10MB};
	struct mw_filter *filter = NULL;

	(void)state;
	assert_int_equal(mw_filter_new("ether src 00:00:00:00:00:01 or tcp port 80", &filter), 0);
	assert_false(mw_filter_match(filter, &packet)); // not known yet
	assert_int_equal(mw_filter_add(filter, DLT_EN10MB, &problem), 0);
	assert_true(mw_filter_match(filter, &packet));
	assert_false(mw_filter_knows(filter, DLT_RAW));
	assert_int_equal(mw_filter_add(filter, DLT_RAW, &problem), -EINVAL); // it has no addresses of Ethernet
	assert_true(mw_filter_knows(filter, DLT_RAW));
	packet.dlt = DLT_RAW;
	packet.data += 14;
	assert_false(mw_filter_match(filter, &packet));
	for (int i = 2; i < MW_FILTER_LINKS_MAX; i++)
		mw_filter_add(filter, 1000 + i, &problem);
	assert_int_equal(mw_filter_add(filter, DLT_LINUX_SLL, &problem), -ENOSPC);
	packet.dlt = DLT_EN10MB;
	packet.data = reset;
	assert_true(mw_filter_match(filter, &packet));
	mw_filter_free(filter);
}

// What is let through is compiled too: libpcap has to know it.
static void words_are_told_from_names(void **state)
{
	static const char *const plain[] = {
		"",
		"tcp port 443 and host 192.0.2.1",
		"(tcp[tcpflags] & (tcp-syn|tcp-rst) != 0) or not portrange 1-1024",
		"ether host 02:00:00:00:00:01 or ip6 host fe80::1 or net 2001:db8::/32",
		"vlan 5 and icmp6[icmp6type] = icmp6-packettoobig",
		"ip[2:2] > 1400 && icmp[0] == 0x0b || len <= 64",
		"src net 10.0.0.0 mask 255.0.0.0",
	};
	static const char *const names[] = {
		"host www.example.org",  "port http",         "example",
		"tcp port 80 or domain", "host 1a.de",        "ip proto \\tcp",
		"host 10.0.0.1 or 0xg",  "aa-bb-cc-dd-ee-ff", "tcp port 80\xff or host \xe4.de",
	};
	char chars[256];

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(plain); i++) {
		struct mw_text problem = mw_text_in(chars, sizeof(chars));

		assert_int_equal(mw_filter_check_words(plain[i], &problem), 0);
		match(plain[i], DLT_EN10MB, reset, sizeof(reset), sizeof(reset));
	}
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++) {
		struct mw_text problem = mw_text_in(chars, sizeof(chars));

		assert_int_equal(mw_filter_check_words(names[i], &problem), -EINVAL);
		assert_true(problem.len_bytes > 10);
	}
}

// Whatever is let through: libpcap compiles it or says why not.
static void hostile_text_is_refused_or_compiled(void **state)
{
	static const char *const pieces[] = {"(",           ")",     "not ", "tcp ",    "[",   "]",
										 "0xffffffff ", "/",     "and ", "::",      "-",   "ip6 protochain 6 ",
										 "1.2.3.4 ",    "vlan ", "& ",   "port 1 ", "<< ", "len "};
	uint32_t random = 1;

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		char text[1024], chars[256];
		struct mw_text expression = mw_text_in(text, sizeof(text)), problem = mw_text_in(chars, sizeof(chars));
		struct mw_filter *filter = NULL;

		for (uint32_t i = 0; i < round % 40; i++) {
			random = random * 1664525u + 1013904223u;
			mw_text_add(&expression, "%s", pieces[(random >> 16) % MW_ARRAY_SIZE(pieces)]);
		}
		if (mw_filter_check_words(text, &problem) != 0)
			continue;
		assert_int_equal(mw_filter_new(text, &filter), 0);
		(void)mw_filter_add(filter, DLT_EN10MB, &problem);
		mw_filter_free(filter);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(expression_decides_what_passes),
	MW_TEST(each_link_type_has_its_own_program),
	MW_TEST(link_type_decides_where_ip_begins),
	MW_TEST(wire_length_is_seen_and_bytes_beyond_the_cut_are_not),
	MW_TEST(wrong_expression_is_told_in_libpcaps_words),
	MW_TEST(words_are_told_from_names),
	MW_TEST(hostile_text_is_refused_or_compiled),
};
MW_TEST_MAIN("filter", tests)
