// SPDX-License-Identifier: BSD-3-Clause
// What middleboxes.csv says of a device.
// Neighbours: lib/detectors/middlebox/row.c, template.c.
#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "mw_packet.h"

static struct mw_middlebox_row add_with_template(struct middlebox_table *table, const char *template)
{
	struct middlebox_observation observation = text_observation(8, 250, "0x2664c65");

	observation.text_template = template;
	return observations_add(table, observation);
}

static void servers_and_clients_are_told_apart_by_who_is_named(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);
	struct mw_middlebox_row row = observations_add(table, observation);

	(void)state;
	assert_non_null(strstr(row.proof, "- 2 resets in the name of 1 server in 1 network have the same TTL 63, window 0, "
									  "IP-ID 0.\n- In 1 of 1 episodes the TTL is not one of the named sender's.\n"));
	observation.named_is_server = false;
	observation.named = observations_v4(192, 168, 1, 11);
	observation.receiver = observations_v4(8, 20, 0, 1); // the server of before
	row = observations_add(table, observation);
	assert_int_equal(row.servers, 1);
	assert_int_equal(row.clients, 2);
	assert_non_null(strstr(row.proof, "- 4 resets in the name of both ends of connections of 1 server in 2 unrelated"));
	free(table);
}

static void addresses_are_counted_exactly_up_to_the_bound(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);
	struct mw_middlebox_row row;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		observation.named = observations_v4((uint8_t)(11 + i % 5), 20, (uint8_t)(i >> 8), (uint8_t)i);
		observation.receiver = observations_v4(192, 168, (uint8_t)(i % 7), 1);
		row = observations_add(table, observation);
		assert_int_equal(row.servers, MW_MIN(i + 1, MIDDLEBOX_ADDRESSES));
	}
	assert_int_equal(row.clients, 7);
	assert_int_equal(row.resets, 2000);
	assert_non_null(strstr(row.proof, "- 2000 resets in the name of at least 256 servers in 5 unrelated networks"));
	free(table);
}

static const char *ip_id_of_two(struct middlebox_observation one, struct middlebox_observation two)
{
	static struct mw_middlebox_row row;
	struct middlebox_table *table = observations_new_table();

	one.text_label = two.text_label = "F5 BIG-IP";
	observations_add(table, one);
	row = observations_add(table, two);
	free(table);
	return row.ip_id;
}

static void the_ip_id_column_tells_a_habit_from_a_coincidence(void **state)
{
	struct middlebox_observation zero = shape_observation(8, 63), follows = zero, fixed = zero, follows_on = zero,
								 none = zero;
	struct middlebox_table *table = observations_new_table();

	(void)state;
	follows.ip_id = 500;
	follows.ip_id_follows = true;
	follows_on.ip_id = 7000;
	follows_on.ip_id_follows = true;
	fixed.ip_id = 16448;
	none.ip_id_known = false;
	assert_string_equal(observations_add(table, follows).ip_id,
						"follows the sender"); // one observation shows no constant
	assert_string_equal(ip_id_of_two(follows, follows_on), "follows the sender");
	assert_string_equal(ip_id_of_two(follows, follows), "500");
	assert_string_equal(ip_id_of_two(fixed, fixed), "16448");
	assert_string_equal(ip_id_of_two(fixed, none), "16448");
	assert_string_equal(ip_id_of_two(zero, zero), "0");
	assert_string_equal(ip_id_of_two(zero, follows), "varies");
	assert_string_equal(ip_id_of_two(fixed, follows), "varies");
	assert_string_equal(ip_id_of_two(none, none), "");
	free(table);
}

static void texts_that_differ_keep_their_common_beginning(void **state)
{
	struct middlebox_table *table = observations_new_table();

	(void)state;
	assert_string_equal(add_with_template(table, "BIG-IP: [0x2664c65:2574] No flow").payload_template,
						"BIG-IP: [0x2664c65:2574] No flow");
	assert_string_equal(add_with_template(table, "BIG-IP: [0x2664c65:2574] No flow").payload_template,
						"BIG-IP: [0x2664c65:2574] No flow");
	assert_string_equal(add_with_template(table, "BIG-IP: [0x2664c65:2574] Policy").payload_template,
						"BIG-IP: [0x2664c65:2574] *");
	assert_string_equal(add_with_template(table, "BIG-IP: [0x2664c65:*] *").payload_template, "BIG-IP: [0x2664c65:*");
	assert_string_equal(add_with_template(table, NULL).payload_template, "BIG-IP: [0x2664c65:*");
	assert_string_equal(add_with_template(table, "x").payload_template, "*");
	free(table);
}

static void a_template_never_splits_an_escape(void **state)
{
	struct middlebox_table *table = observations_new_table();

	(void)state;
	add_with_template(table, "a\\x1b[31m");
	assert_string_equal(add_with_template(table, "a\\x1c[31m").payload_template, "a*");
	free(table);
	table = observations_new_table();
	add_with_template(table, "a\\x1b[31m");
	assert_string_equal(add_with_template(table, "a\\x1b]").payload_template, "a\\x1b*");
	free(table);
}

static void a_long_template_is_cut_to_its_room(void **state)
{
	struct middlebox_table *table = observations_new_table();
	char text[400];
	struct mw_middlebox_row row;

	(void)state;
	for (size_t length = 156; length < 164; length++) {
		memset(text, 'a', sizeof(text));
		text[length] = '\0';
		row = add_with_template(table, text);
		assert_true(strlen(row.payload_template) < sizeof(row.payload_template));
		text[length] = 'a';
		text[sizeof(text) - 1] = '\0';
		row = add_with_template(table, text);
		assert_true(strlen(row.payload_template) < sizeof(row.payload_template));
		assert_int_equal(row.payload_template[strlen(row.payload_template) - 1], '*');
		free(table);
		table = observations_new_table();
	}
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "\\x1b"[i % 4];
	row = add_with_template(table, text);
	assert_int_equal(strlen(row.payload_template), 156 + 1);
	assert_string_equal(row.payload_template + 152, "\\x1b*");
	free(table);
}

static void the_label_names_a_habit_when_all_episodes_have_it(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);

	(void)state;
	observation.habit = "Sandvine";
	assert_string_equal(observations_add(table, observation).label, "sender 1 hop from the tap (as Sandvine)");
	assert_string_equal(observations_add(table, observation).label, "sender 1 hop from the tap (as Sandvine)");
	observation.habit = NULL;
	assert_string_equal(observations_add(table, observation).label, "sender 1 hop from the tap");
	observation.habit = "Sandvine";
	assert_string_equal(observations_add(table, observation).label, "sender 1 hop from the tap");
	free(table);
}

static void the_hops_are_counted_from_the_next_usual_first_ttl(void **state)
{
	static const struct {
		uint8_t ttl, hops;
	} cases[] = {{255, 0}, {250, 5}, {129, 126}, {128, 0}, {119, 9}, {64, 0}, {48, 16}, {32, 0}, {1, 31}, {0, 32}};
	struct middlebox_table *table = observations_new_table();

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++)
		assert_int_equal(observations_add(table, shape_observation(8, cases[i].ttl)).hops_estimate, cases[i].hops);
	free(table);
}

static void a_ttl_that_varies_is_not_shown_and_lowers_the_confidence(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row row;

	(void)state;
	observations_add(table, text_observation(8, 250, "0x2664c65"));
	row = observations_add(table, text_observation(8, 59, "0x2664c65")); // IPv6: another first TTL, the same distance
	assert_int_equal(row.ttl, MW_UNKNOWN_I64);
	assert_int_equal(row.hops_estimate, 5);
	assert_int_equal(row.confidence, 95);
	row = observations_add(table, text_observation(8, 252, "0x2664c65"));
	assert_int_equal(row.hops_estimate, MW_UNKNOWN_I64);
	assert_int_equal(row.confidence, 75);
	assert_non_null(strstr(row.proof, "- Its distance varies, 3 to 5 hops: there may be several of its kind.\n"));
	free(table);
}

static void the_confidence_grows_with_unrelated_networks(void **state)
{
	struct middlebox_table *table = observations_new_table();

	(void)state;
	assert_int_equal(observations_add(table, shape_observation(11, 63)).confidence, 30 + 10 + 1);
	assert_int_equal(observations_add(table, shape_observation(11, 63)).confidence, 30 + 10 + 2);
	assert_int_equal(observations_add(table, shape_observation(12, 63)).confidence, 30 + 20 + 3);
	for (uint8_t network = 13; network < 19; network++)
		observations_add(table, shape_observation(network, 63));
	assert_int_equal(observations_add(table, shape_observation(13, 63)).confidence, 95);
	assert_int_equal(observations_add(table, mac_observation(11, 40, 0xc5)).confidence, 60 + 10 + 1);
	free(table);
}

static void the_place_is_what_a_quarter_of_its_episodes_show(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);

	(void)state;
	observation.origin = MW_MIDDLEBOX_ORIGIN_OFF_PATH;
	observation.guesses = true;
	assert_int_equal(observations_add(table, observation).kind, MW_MIDDLEBOX_OFF_PATH);
	observation.guesses = false;
	observation.origin = MW_MIDDLEBOX_ORIGIN_IN_PATH;
	assert_int_equal(observations_add(table, observation).kind, MW_MIDDLEBOX_UNKNOWN); // as many of each
	assert_int_equal(observations_add(table, observation).kind, MW_MIDDLEBOX_IN_PATH);
	observation.origin = MW_MIDDLEBOX_ORIGIN_UNKNOWN;
	for (uint32_t i = 3; i < 8; i++) // two of at most eight
		assert_int_equal(observations_add(table, observation).kind, MW_MIDDLEBOX_IN_PATH);
	assert_int_equal(observations_add(table, observation).kind, MW_MIDDLEBOX_UNKNOWN);
	free(table);
}

static void the_proof_names_a_mac_that_is_always_the_same(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = mac_observation(8, 64, 0xc5);
	struct mw_middlebox_row row;

	(void)state;
	observation.text_label = "F5 BIG-IP";
	observation.text_template = BIGIP_TEXT;
	row = observations_add(table, observation);
	assert_non_null(strstr(row.proof, "- Its text: " BIGIP_TEXT "\n"));
	assert_non_null(strstr(row.proof, "- In 1 of 1 episodes the source MAC address 02:ac:17:78:3e:c5 is not the named "
									  "sender's.\n"));
	observation.mac[5]++;
	row = observations_add(table, observation);
	assert_non_null(strstr(row.proof, "- In 2 of 2 episodes the source MAC address is not the named sender's.\n"));
	free(table);
}

static void the_columns_are_those_of_the_documents(void **state)
{
	static const char *const names[] = {"cluster",      "kind", "label", "resets", "servers", "clients",
										"first",        "last", "ttl",   "ip_id",  "window",  "payload_template",
										"hops_estimate"};

	(void)state;
	assert_string_equal(mw_middlebox_record.name, "middleboxes");
	assert_int_equal(mw_middlebox_record.columns_count, MW_ARRAY_SIZE(names));
	for (size_t i = 0; i < MW_ARRAY_SIZE(names); i++)
		assert_string_equal(mw_middlebox_record.columns[i].name, names[i]);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(servers_and_clients_are_told_apart_by_who_is_named),
	MW_TEST(addresses_are_counted_exactly_up_to_the_bound),
	MW_TEST(the_ip_id_column_tells_a_habit_from_a_coincidence),
	MW_TEST(texts_that_differ_keep_their_common_beginning),
	MW_TEST(a_template_never_splits_an_escape),
	MW_TEST(a_long_template_is_cut_to_its_room),
	MW_TEST(the_label_names_a_habit_when_all_episodes_have_it),
	MW_TEST(the_hops_are_counted_from_the_next_usual_first_ttl),
	MW_TEST(a_ttl_that_varies_is_not_shown_and_lowers_the_confidence),
	MW_TEST(the_confidence_grows_with_unrelated_networks),
	MW_TEST(the_place_is_what_a_quarter_of_its_episodes_show),
	MW_TEST(the_proof_names_a_mac_that_is_always_the_same),
	MW_TEST(the_columns_are_those_of_the_documents),
};

MW_TEST_MAIN("detect_middlebox_row", tests)
