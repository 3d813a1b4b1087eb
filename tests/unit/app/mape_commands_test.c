// SPDX-License-Identifier: BSD-3-Clause
// `map-e calc` and `map-e infer` as the socket gives them.
// Neighbours: app/common/commands_mape.c.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "commands_mape.h"
#include "mw_test.h"

static json_t *answer; // the message, or NULL after a refusal
static char refusal[512]; // "CODE text"

static void keep_message(struct mw_reply *reply, json_t *message)
{
	(void)reply;
	assert_null(answer);
	answer = message;
}

static void keep_refusal(struct mw_reply *reply, const char *code, const char *format, ...)
{
	va_list list;
	int len = snprintf(refusal, sizeof(refusal), "%s ", code);

	(void)reply;
	va_start(list, format);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized)
	vsnprintf(refusal + len, sizeof(refusal) - (size_t)len, format, list);
	va_end(list);
}

// Takes the reference of arguments.
static void run(bool (*command)(void *backend, const json_t *arguments, struct mw_reply *reply), json_t *arguments)
{
	struct mw_reply reply = {.message = keep_message, .fail = keep_refusal};

	assert_non_null(arguments);
	json_decref(answer);
	answer = NULL;
	refusal[0] = '\0';
	assert_false(command(NULL, arguments, &reply));
	json_decref(arguments);
	assert_true((answer != NULL) != (refusal[0] != '\0'));
}

static void check_text(const char *key, const char *expected)
{
	const char *found = json_string_value(json_object_get(answer, key));

	assert_non_null(found);
	assert_string_equal(found, expected);
}

static void check_number(const char *key, json_int_t expected)
{
	assert_true(json_is_integer(json_object_get(answer, key)));
	assert_int_equal(json_integer_value(json_object_get(answer, key)), expected);
}

static void known_prefix_is_told_with_service_and_source(void **state)
{
	(void)state;
	run(commands_mape_calc, json_pack("{s:s}", "prefix", "240b:11:203:c800::/56"));
	check_text("service", "v6plus");
	assert_true(json_string_length(json_object_get(answer, "source")) > 0);
	check_text("ipv4", "106.73.2.3");
	check_number("psid", 200);
	check_number("ports", 240);
	check_number("lines_per_address", 256);
	check_text("ce_draft03", "240b:11:203:c800:6a:4902:300:c800");
	check_text("ce_rfc7597", "240b:11:203:c800:0:6a49:203:c8");
	check_text("br", "2404:9200:225:100::64");
	assert_int_equal(json_array_size(json_object_get(answer, "ranges")), 15);
	assert_string_equal(json_string_value(json_array_get(json_object_get(answer, "ranges"), 14)), "64640-64655");
}

static void address_with_a_length_is_its_prefix(void **state)
{
	(void)state;
	run(commands_mape_calc, json_pack("{s:s}", "prefix", "240b:11:203:c800:6a:4902:300:c800/64"));
	check_number("psid", 200);
	check_text("ce_rfc7597", "240b:11:203:c800:0:6a49:203:c8");
}

static void service_is_looked_for_by_name(void **state)
{
	(void)state;
	run(commands_mape_calc, json_pack("{s:s, s:s}", "prefix", "240b:10:1::/64", "service", "V6PLUS"));
	check_number("psid", 0);
	run(commands_mape_calc, json_pack("{s:s, s:s}", "prefix", "240b:10:1::/64", "service", "BIGLOBE east"));
	assert_non_null(strstr(refusal, "E_NOT_FOUND no rule of "));
}

static void rule_given_by_hand_is_used(void **state)
{
	(void)state;
	run(commands_mape_calc, json_pack("{s:s, s:s, s:s, s:s, s:s}", "prefix", "2001:db8:12:3400::/56", "rule6",
									  "2001:db8::/40", "rule4", "192.0.2.0/24", "ea", "16", "br", "2001:db8:ffff::1"));
	check_text("ipv4", "192.0.2.18"); // RFC 7597 appendix A, example 1; the default offset is 6
	check_number("psid", 0x34);
	check_text("br", "2001:db8:ffff::1");
	assert_null(json_object_get(answer, "source"));
	run(commands_mape_calc, json_pack("{s:s, s:s, s:s, s:s, s:s}", "prefix", "2001:db8:12:3400::/56", "rule6",
									  "2001:db8::/40", "rule4", "192.0.2.0/24", "ea", "16", "offset", "0"));
	assert_true(json_is_null(json_object_get(answer, "br")));
}

static void what_is_wrong_with_a_rule_is_named(void **state)
{
	(void)state;
	run(commands_mape_calc, json_pack("{s:s, s:s}", "prefix", "2001:db8::/56", "ea", "16"));
	assert_string_equal(refusal, "E_USAGE a rule given by hand needs rule6=");
	run(commands_mape_calc,
		json_pack("{s:s, s:s, s:s}", "prefix", "2001:db8::/56", "rule6", "2001:db8::/40", "rule4", "192.0.2.0/24"));
	assert_string_equal(refusal, "E_USAGE a rule given by hand needs ea=");
	run(commands_mape_calc, json_pack("{s:s, s:s, s:s, s:s}", "prefix", "2001:db8::/56", "rule6", "2001:db8::1/40",
									  "rule4", "192.0.2.0/24", "ea", "16"));
	assert_string_equal(refusal, "E_USAGE rule6 is not an IP prefix");
	run(commands_mape_calc, json_pack("{s:s, s:s, s:s, s:s, s:s}", "prefix", "2001:db8::/56", "rule6", "2001:db8::/40",
									  "rule4", "192.0.2.0/24", "ea", "16", "offset", "65"));
	assert_string_equal(refusal, "E_USAGE offset must be a number of bits from 0 to 64");
	run(commands_mape_calc, json_pack("{s:s, s:s, s:s, s:s, s:s}", "prefix", "2001:db8::/56", "rule6", "2001:db8::/40",
									  "rule4", "192.0.2.0/24", "ea", "16", "offset", "9"));
	assert_string_equal(refusal, "E_USAGE PSID offset and PSID together are longer than the 16 bits of a port");
	run(commands_mape_calc, json_pack("{s:s}", "prefix", "240b:10::/40"));
	assert_string_equal(refusal, "E_USAGE the line's prefix ends before the EA bits do");
	run(commands_mape_calc, json_pack("{s:s}", "prefix", "240b:10::/129"));
	assert_string_equal(refusal, "E_USAGE prefix is not an IP prefix or address");
}

static void ports_tell_their_set(void **state)
{
	(void)state;
	run(commands_mape_infer, json_pack("{s:s}", "ports", "7296-7311,11392-11407,15490,64640"));
	check_text("verdict", "port set");
	check_number("psid", 200);
	check_number("psid_offset", 4);
	check_number("ranges_seen", 4);
	check_text("chance_of_unrelated_ports", "1 in 1864135"); // 256^3 / 9
	assert_int_equal(json_array_size(json_object_get(answer, "or_else")), 2);
}

static void other_verdicts_are_told(void **state)
{
	(void)state;
	run(commands_mape_infer, json_pack("{s:s}", "ports", "6928-6943"));
	check_text("verdict", "one block");
	check_text("block", "6928-6943");
	run(commands_mape_infer, json_pack("{s:s}", "ports", "7296,11392"));
	check_text("verdict", "too few ports");
	check_text("chance_of_unrelated_ports", "1 in 819"); // 2^12 / 5
	run(commands_mape_infer, json_pack("{s:s}", "ports", "1,5000,33000,60000,2,17"));
	check_text("verdict", "no pattern");
	run(commands_mape_infer, json_pack("{s:s}", "ports", "none"));
	assert_string_equal(refusal, "E_USAGE 'none' is neither a port nor a range such as 7296-7311");
}

static void ce_address_settles_the_layout(void **state)
{
	json_t *ce;

	(void)state;
	run(commands_mape_infer, json_pack("{s:s, s:s}", "ports", "7296-7311", "ce", "240b:11:203:c800:6a:4902:300:c800"));
	check_text("verdict", "one block");
	ce = json_object_get(answer, "ce");
	assert_true(json_is_true(json_object_get(ce, "ports_fit")));
	assert_int_equal(json_integer_value(json_object_get(ce, "psid_bits")), 8);
	assert_int_equal(json_integer_value(json_object_get(ce, "ranges_seen")), 1);
	run(commands_mape_infer, json_pack("{s:s, s:s}", "ports", "7312", "ce", "240b:11:203:c800:6a:4902:300:c800"));
	assert_true(json_is_false(json_object_get(json_object_get(answer, "ce"), "ports_fit")));
	run(commands_mape_infer, json_pack("{s:s, s:s}", "ports", "7312", "ce", "2001:db8::1"));
	assert_string_equal(refusal, "E_USAGE ce has the form of no MAP-E CE address (RFC 7597 or draft-03)");
}

static int drop_answer(void **state)
{
	(void)state;
	json_decref(answer);
	answer = NULL;
	return 0;
}

#define COMMAND_TEST(name) cmocka_unit_test_teardown(name, drop_answer)
static const struct CMUnitTest tests[] = {
	COMMAND_TEST(known_prefix_is_told_with_service_and_source),
	COMMAND_TEST(address_with_a_length_is_its_prefix),
	COMMAND_TEST(service_is_looked_for_by_name),
	COMMAND_TEST(rule_given_by_hand_is_used),
	COMMAND_TEST(what_is_wrong_with_a_rule_is_named),
	COMMAND_TEST(ports_tell_their_set),
	COMMAND_TEST(other_verdicts_are_told),
	COMMAND_TEST(ce_address_settles_the_layout),
};
MW_TEST_MAIN("app_mape_commands", tests)
