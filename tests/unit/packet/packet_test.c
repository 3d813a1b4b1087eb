// SPDX-License-Identifier: BSD-3-Clause
// The tables behind the names: whole, without doubles, fit for counters.
// Neighbours: lib/packet.
#include <string.h>

#include "mw_packet.h"
#include "mw_test.h"

static void assert_counter_name(const char *name)
{
	assert_non_null(name);
	assert_true(strlen(name) > 0);
	assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
}

static void refusals_have_names_that_differ(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MW_REFUSALS_COUNT; i++) {
		assert_counter_name(mw_refusal_names[i]);
		for (unsigned other = 0; other < i; other++)
			assert_string_not_equal(mw_refusal_names[i], mw_refusal_names[other]);
	}
}

static void layers_have_names_that_differ(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MW_LAYERS; i++) {
		assert_counter_name(mw_layer_names[i]);
		for (unsigned other = 0; other < i; other++)
			assert_string_not_equal(mw_layer_names[i], mw_layer_names[other]);
	}
}

static void short_refusals_are_truncated_packets(void **state)
{
	(void)state;
	assert_int_equal(mw_refusal_fates[MW_REFUSAL_NONE], MW_FATE_ANALYSED);
	for (unsigned i = 0; i < MW_REFUSALS_COUNT; i++) {
		size_t length = strlen(mw_refusal_names[i]);
		bool is_short = length > 6 && strcmp(mw_refusal_names[i] + length - 6, "-short") == 0;
		if (is_short && i != MW_REFUSAL_ICMP_QUOTE_SHORT)
			assert_int_equal(mw_refusal_fates[i], MW_FATE_TRUNCATED);
		else
			assert_int_not_equal(mw_refusal_fates[i], MW_FATE_TRUNCATED);
	}
}

static void tunnels_are_marked(void **state)
{
	(void)state;
	assert_true(mw_layer_is_tunnel[MW_LAYER_IPV4_IN_IPV6] && mw_layer_is_tunnel[MW_LAYER_ESP]);
	assert_false(mw_layer_is_tunnel[MW_LAYER_IPV4] || mw_layer_is_tunnel[MW_LAYER_TCP]);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(refusals_have_names_that_differ),
	MW_TEST(layers_have_names_that_differ),
	MW_TEST(short_refusals_are_truncated_packets),
	MW_TEST(tunnels_are_marked),
};
MW_TEST_MAIN("packet", tests)
