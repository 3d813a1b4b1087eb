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
	struct mw_packet packet = {.data = data, .captured_bytes = captured_bytes, .wire_bytes = wire_bytes};
	struct mw_filter *filter = NULL;
	bool passes;

	assert_int_equal(mw_filter_new(expression, dlt, 65535, &problem, &filter), 0);
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

		assert_int_equal(mw_filter_new(wrong[i], DLT_EN10MB, 65535, &problem, &filter), -EINVAL);
		assert_true(problem.len_bytes > 5);
		assert_null(filter);
	}
	mw_filter_free(NULL);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(expression_decides_what_passes),
	MW_TEST(link_type_decides_where_ip_begins),
	MW_TEST(wire_length_is_seen_and_bytes_beyond_the_cut_are_not),
	MW_TEST(wrong_expression_is_told_in_libpcaps_words),
};
MW_TEST_MAIN("filter", tests)
