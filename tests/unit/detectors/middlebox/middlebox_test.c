// SPDX-License-Identifier: BSD-3-Clause
// Devices in the middle: which episodes are one device, and that a flood cannot push it out.
// Neighbours: lib/detectors/middlebox/middlebox.c, device.c.
#include "mw_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observations.h"
#include "mw_packet.h"

struct rows {
	uint32_t count;
	struct mw_middlebox_row rows[MIDDLEBOX_MAX];
};

static void take_row(void *context, const struct mw_record *record, const void *row)
{
	struct rows *rows = context;

	assert_ptr_equal(record, &mw_middlebox_record);
	assert_true(rows->count < MIDDLEBOX_MAX);
	rows->rows[rows->count++] = *(const struct mw_middlebox_row *)row;
}

static struct rows *report(const struct middlebox_table *table, uint64_t since_ns)
{
	static struct rows rows;
	struct mw_row_sink sink = {take_row, &rows};

	rows.count = 0;
	middlebox_report(table, since_ns, &sink);
	return &rows;
}

static void a_text_with_its_build_is_one_device_for_all_servers(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row first = observations_add(table, text_observation(8, 250, "0x2664c65"));
	struct mw_middlebox_row row = observations_add(table, text_observation(142, 250, "0x2664c65"));

	(void)state;
	assert_string_equal(row.cluster, first.cluster);
	assert_string_equal(row.label, "F5 BIG-IP [0x2664c65]");
	assert_int_equal(row.kind, MW_MIDDLEBOX_IN_PATH);
	assert_int_equal(row.resets, 4);
	assert_int_equal(row.servers, 2);
	assert_int_equal(row.clients, 1);
	assert_int_equal(row.first_ns, 8000);
	assert_int_equal(row.last_ns, 142010);
	assert_int_equal(row.ttl, 250);
	assert_int_equal(row.hops_estimate, 5);
	assert_string_equal(row.ip_id, "0");
	assert_string_equal(row.window, "0");
	assert_string_equal(row.payload_template, BIGIP_TEXT);
	assert_int_equal(row.confidence, 95);
	free(table);
}

static void two_builds_are_two_devices_though_their_packets_look_alike(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row one = observations_add(table, text_observation(8, 250, "0x2664c65"));
	struct mw_middlebox_row two = observations_add(table, text_observation(142, 250, "0x31ae141"));

	(void)state;
	assert_string_not_equal(one.cluster, two.cluster);
	assert_string_equal(two.label, "F5 BIG-IP [0x31ae141]");
	assert_int_equal(report(table, 0)->count, 2);
	free(table);
}

static void without_text_the_shape_leads_to_the_device_with_the_text(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row text = observations_add(table, text_observation(8, 250, "0x2664c65"));
	struct mw_middlebox_row shape = observations_add(table, shape_observation(142, 250));
	struct middlebox_observation other = shape_observation(142, 249);

	(void)state;
	assert_string_equal(shape.cluster, text.cluster);
	assert_string_equal(shape.label, "F5 BIG-IP [0x2664c65]");
	assert_int_equal(shape.resets, 4);
	assert_null(middlebox_find(table, &other));
	assert_string_not_equal(observations_add(table, other).cluster, text.cluster);
	free(table);
}

static void without_text_the_mac_leads_to_the_device_with_the_text(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = mac_observation(8, 64, 0xc5);
	struct mw_middlebox_row text;

	(void)state;
	observation.text_label = "F5 BIG-IP";
	observation.build = "0x2664c65";
	text = observations_add(table, observation);
	assert_string_equal(observations_add(table, mac_observation(9, 63, 0xc5)).cluster, text.cluster);
	free(table);
}

static void every_part_of_the_shape_keeps_devices_apart(void **state)
{
	struct middlebox_observation same = shape_observation(9, 63);
	struct middlebox_observation others[6];
	struct middlebox_table *table = observations_new_table();

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(others); i++)
		others[i] = same;
	others[0].ttl++;
	others[1].tcp_flags = MW_TCP_RST;
	others[2].tcp_options = MW_TCP_OPTION_TIMESTAMP;
	others[3].window = 8192;
	others[4].ip_id = 4711;
	others[5].named = (struct mw_address){{0x20, 0x01, 0x0d, 0xb8}};
	observations_add(table, shape_observation(8, 63));
	assert_non_null(middlebox_find(table, &same));
	for (size_t i = 0; i < MW_ARRAY_SIZE(others); i++) {
		assert_null(middlebox_find(table, &others[i]));
		observations_add(table, others[i]);
	}
	assert_int_equal(report(table, 0)->count, 1 + MW_ARRAY_SIZE(others));
	free(table);
}

static void a_window_or_an_ip_id_that_is_not_zero_may_have_any_value(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);
	struct mw_middlebox_row first, second;

	(void)state;
	observation.window = 8192;
	observation.ip_id = 17;
	first = observations_add(table, observation);
	observation.window = 4096;
	observation.ip_id = 4711;
	second = observations_add(table, observation);
	assert_string_equal(second.cluster, first.cluster);
	assert_string_equal(first.window, "8192");
	assert_string_equal(second.window, "varies");
	assert_string_equal(second.ip_id, "varies");
	free(table);
}

static void a_reset_with_its_senders_ttl_and_mac_and_no_text_has_no_device(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);

	(void)state;
	observations_add(table, observation);
	observation.ttl_foreign = false;
	assert_null(middlebox_find(table, &observation));
	assert_null(middlebox_add(table, &observation));
	observation.text_label = observation.build = "";
	assert_null(middlebox_add(table, &observation));
	assert_int_equal(report(table, 0)->rows[0].resets, 2);
	free(table);
}

static void two_macs_are_two_devices_though_their_packets_look_alike(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row one = observations_add(table, mac_observation(8, 64, 0xc5));
	struct mw_middlebox_row two = observations_add(table, mac_observation(9, 64, 0xc6));

	(void)state;
	assert_string_equal(one.label, "device with MAC 02:ac:17:78:3e:c5");
	assert_string_equal(two.label, "device with MAC 02:ac:17:78:3e:c6");
	assert_string_equal(observations_add(table, mac_observation(10, 60, 0xc6)).cluster, two.cluster); // another shape
	assert_string_equal(observations_add(table, shape_observation(11, 64)).cluster,
						one.cluster); // who had the shape first
	free(table);
}

static void a_shape_seen_before_a_mac_is_the_same_device(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row shape = observations_add(table, shape_observation(8, 63));

	(void)state;
	assert_string_equal(observations_add(table, mac_observation(9, 63, 0xc5)).cluster, shape.cluster);
	assert_string_equal(observations_add(table, mac_observation(10, 62, 0xc5)).cluster,
						shape.cluster); // it has the MAC now
	assert_string_not_equal(observations_add(table, mac_observation(10, 63, 0xc6)).cluster, shape.cluster);
	free(table);
}

static void an_unnamed_device_does_not_become_an_f5_by_its_shape(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row shape = observations_add(table, shape_observation(8, 250));
	struct mw_middlebox_row text = observations_add(table, text_observation(9, 250, "0x2664c65"));

	(void)state;
	assert_string_not_equal(text.cluster, shape.cluster);
	assert_string_equal(observations_add(table, shape_observation(10, 250)).label, "sender 5 hops from the tap");
	free(table);
}

static void a_text_cut_before_its_build_fits_the_shape_of_its_writer_alone(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row full = observations_add(table, text_observation(8, 250, "0x2664c65"));
	struct middlebox_observation stranger = text_observation(9, 250, NULL);

	(void)state;
	stranger.text_label = "other box";
	assert_string_equal(observations_add(table, text_observation(9, 250, NULL)).cluster, full.cluster);
	assert_string_equal(observations_add(table, text_observation(9, 240, NULL)).label, "F5 BIG-IP");
	assert_string_not_equal(observations_add(table, stranger).cluster, full.cluster);
	free(table);
}

static void the_id_is_the_same_whatever_was_seen_before(void **state)
{
	struct middlebox_table *one = observations_new_table(), *two = observations_new_table();
	struct mw_middlebox_row alone = observations_add(one, text_observation(8, 250, "0x2664c65"));

	(void)state;
	for (uint8_t i = 0; i < 100; i++)
		observations_add(two, shape_observation(8, i));
	assert_string_equal(observations_add(two, text_observation(9, 12, "0x2664c65")).cluster, alone.cluster);
	assert_int_equal(strlen(alone.cluster), strlen("mb-") + 8);
	assert_string_equal(alone.cluster, "mb-106f535c"); // on every machine
	assert_string_equal(observations_add(one, shape_observation(8, 63)).cluster, "mb-dce0d347");
	free(one);
	free(two);
}

static void builds_made_to_share_a_hash_are_two_devices_with_two_ids(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row one = observations_add(table, text_observation(8, 250, "q9X9J8fbJ3"));
	struct mw_middlebox_row two = observations_add(table, text_observation(9, 250, "3J-zZR2jV0"));
	unsigned first, second;

	(void)state;
	assert_string_equal(two.label, "F5 BIG-IP [3J-zZR2jV0]");
	assert_int_equal(sscanf(one.cluster, "mb-%8x", &first), 1);
	assert_int_equal(sscanf(two.cluster, "mb-%8x", &second), 1);
	assert_int_equal(second, first + 1);
	assert_string_equal(observations_add(table, text_observation(10, 250, "q9X9J8fbJ3")).cluster, one.cluster);
	assert_string_equal(observations_add(table, text_observation(10, 250, "3J-zZR2jV0")).cluster, two.cluster);
	free(table);
}

static void three_unrelated_networks_establish_a_device(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);

	(void)state;
	assert_false(middlebox_established(middlebox_add(table, &observation)));
	observation.named = observations_v4(142, 251, 0, 1);
	assert_false(middlebox_established(middlebox_add(table, &observation)));
	observation.named = observations_v4(142, 251, 77, 9); // the same /16
	assert_false(middlebox_established(middlebox_add(table, &observation)));
	observation.named = observations_v4(142, 250, 0, 1);
	assert_true(middlebox_established(middlebox_add(table, &observation)));
	free(table);
}

static void an_ipv6_network_is_a_32(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 59);

	(void)state;
	observation.ip_id_known = false;
	for (uint8_t i = 0; i < 9; i++) {
		observation.named = (struct mw_address){{0x24, 0x04, 0x68, 0x00, i, 0, 0, 1}};
		assert_false(middlebox_established(middlebox_add(table, &observation)));
	}
	observation.named = (struct mw_address){{0x24, 0x04, 0x68, 0x01}};
	assert_false(middlebox_established(middlebox_add(table, &observation)));
	observation.named = (struct mw_address){{0x26, 0x06, 0x47, 0x00}};
	assert_true(middlebox_established(middlebox_add(table, &observation)));
	assert_string_equal(report(table, 0)->rows[0].ip_id, "");
	free(table);
}

static void own_load_balancers_are_not_established(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) { // of one /16
		observation.named = observations_v4(203, 113, (uint8_t)(i >> 8), (uint8_t)i);
		assert_false(middlebox_established(middlebox_add(table, &observation)));
	}
	observation.ttl = 62;
	for (uint8_t i = 0; i < 100; i++) { // of three private networks
		observation.named = i % 3 == 0   ? observations_v4(10, i, 0, 1)
							: i % 3 == 1 ? observations_v4(192, 168, i, 1)
										 : observations_v4(172, 16, i, 1);
		assert_false(middlebox_established(middlebox_add(table, &observation)));
	}
	free(table);
}

static void servers_behind_nat64_are_in_their_ipv4_networks(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 59);

	(void)state;
	observation.ip_id_known = false;
	for (uint8_t i = 1; i <= 3; i++) {
		observation.named = (struct mw_address){{0, 0x64, 0xff, 0x9b, [12] = 8, i, 8, 8}};
		assert_int_equal(middlebox_established(middlebox_add(table, &observation)), i == 3);
	}
	free(table);
}

static void a_report_has_the_devices_seen_since_in_the_order_of_first_observation(void **state)
{
	struct middlebox_table *table = observations_new_table();
	const struct rows *rows;

	(void)state;
	observations_add(table, shape_observation(30, 30));
	observations_add(table, shape_observation(10, 10)); // held back, then added late
	observations_add(table, shape_observation(20, 20));
	rows = report(table, 0);
	assert_int_equal(rows->count, 3);
	for (uint32_t i = 0; i < rows->count; i++)
		assert_int_equal(rows->rows[i].ttl, 10 * (i + 1));
	rows = report(table, 20010);
	assert_int_equal(rows->count, 2);
	assert_int_equal(rows->rows[0].ttl, 20);
	assert_int_equal(report(table, 30011)->count, 0);
	free(table);
}

static void a_full_table_gives_up_the_device_with_the_fewest_resets_seen_longest_ago(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = shape_observation(8, 63), gone;

	(void)state;
	for (uint32_t i = 0; i < MIDDLEBOX_MAX; i++) {
		observation.ttl = (uint8_t)i;
		observation.last_ns = i == 77 ? 10000 : 20000 + i;
		observation.resets = i == 5 ? 1 : 2;
		observations_add(table, observation);
	}
	observation.resets = 2;
	observation.last_ns = 30000;
	observation.tcp_options = MW_TCP_OPTION_TIMESTAMP; // new shapes
	gone = shape_observation(8, 5);
	assert_non_null(middlebox_find(table, &gone));
	observations_add(table, observation);
	assert_null(middlebox_find(table, &gone));
	gone.ttl = 77;
	assert_non_null(middlebox_find(table, &gone));
	observation.tcp_flags = MW_TCP_RST;
	observations_add(table, observation);
	assert_null(middlebox_find(table, &gone));
	assert_int_equal(report(table, 0)->count, MIDDLEBOX_MAX);
	free(table);
}

/** Each of a flood is another make; between two of its resets hundreds of them come and go. */
static void a_device_that_comes_again_slowly_in_a_flood_is_established(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation slow = shape_observation(8, 63);
	char build[16];

	(void)state;
	for (uint32_t round = 0; round < 4; round++) {
		slow = shape_observation((uint8_t)(30 + round), 63);
		slow.last_ns = round * 1000;
		observations_add(table, slow);
		for (uint32_t i = 0; i < 2 * MIDDLEBOX_MAX; i++) {
			struct middlebox_observation other;

			snprintf(build, sizeof(build), "0x%x", round * 100000 + i);
			other = text_observation(8, 250, build);
			other.ttl_foreign = false;
			other.last_ns = round * 1000 + i + 1;
			observations_add(table, other);
		}
	}
	assert_non_null(middlebox_find(table, &slow));
	assert_true(middlebox_established(middlebox_find(table, &slow)));
	free(table);
}

static void a_table_of_established_devices_takes_no_other(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation other = text_observation(8, 250, "0x2664c65"), known = shape_observation(9, 9);

	(void)state;
	for (uint32_t ttl = 0; ttl < MIDDLEBOX_MAX; ttl++) {
		for (uint8_t network = 11; network < 14; network++)
			observations_add(table, shape_observation(network, (uint8_t)ttl));
	}
	assert_null(middlebox_add(table, &other));
	assert_int_equal(observations_add(table, known).resets, 8);
	free(table);
}

static void a_flood_of_new_devices_leaves_an_established_one_as_it_is(void **state)
{
	size_t bytes = middlebox_table_bytes();
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation flood = shape_observation(66, 63), known = text_observation(11, 250, "0x2664c65");
	const struct rows *rows;
	char build[16];

	(void)state;
	for (uint8_t network = 11; network < 14; network++)
		observations_add(table, text_observation(network, 250, "0x2664c65"));
	for (uint32_t i = 0; i < 100000; i++) {
		snprintf(build, sizeof(build), "0x%x", i);
		flood.text_label = i % 2 == 0 ? "F5 BIG-IP" : NULL;
		flood.build = i % 2 == 0 ? build : NULL;
		flood.ttl = (uint8_t)(i % 249);
		flood.tcp_options = (uint8_t)(i / 249);
		flood.first_ns = flood.last_ns = 100000 + i;
		flood.named = observations_v4((uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 1);
		assert_non_null(middlebox_add(table, &flood));
	}
	assert_int_equal(middlebox_table_bytes(), bytes);
	assert_true(middlebox_established(middlebox_find(table, &known)));
	rows = report(table, 0);
	assert_int_equal(rows->count, MIDDLEBOX_MAX);
	assert_string_equal(rows->rows[0].label, "F5 BIG-IP [0x2664c65]");
	assert_int_equal(rows->rows[0].resets, 6);
	assert_int_equal(rows->rows[0].servers, 3);
	for (uint32_t i = 0; i < rows->count; i++) {
		for (uint32_t other = 0; other < i; other++)
			assert_string_not_equal(rows->rows[i].cluster, rows->rows[other].cluster);
	}
	free(table);
}

static void a_key_seen_again_takes_no_room(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row row;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		row = observations_add(table, text_observation(8, 250, "0x2664c65"));
	observations_add(table, text_observation(8, 240, "0x2664c65"));
	assert_string_equal(observations_add(table, shape_observation(9, 240)).cluster, row.cluster);
	free(table);
}

static void an_episode_added_late_moves_the_first_observation(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row row;

	(void)state;
	observations_add(table, shape_observation(20, 63));
	row = observations_add(table, shape_observation(10, 63));
	assert_int_equal(row.first_ns, 10000);
	assert_int_equal(row.last_ns, 20010);
	free(table);
}

static void a_device_seen_with_countless_shapes_keeps_a_few(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct mw_middlebox_row row;
	struct middlebox_observation late = shape_observation(8, 200);

	(void)state;
	for (uint32_t ttl = 0; ttl < 250; ttl++)
		row = observations_add(table, text_observation(8, (uint8_t)ttl, "0x2664c65"));
	assert_int_equal(row.resets, 500);
	assert_string_equal(observations_add(table, shape_observation(8, 3)).cluster, row.cluster);
	assert_null(middlebox_find(table, &late));
	free(table);
}

static void texts_longer_than_their_room_are_cut_and_still_the_same_device(void **state)
{
	struct middlebox_table *table = observations_new_table();
	struct middlebox_observation observation = text_observation(8, 63, NULL);
	struct mw_middlebox_row first, second;
	char label[300], build[300];

	(void)state;
	memset(label, 'l', sizeof(label) - 1);
	memset(build, 'b', sizeof(build) - 1);
	label[sizeof(label) - 1] = build[sizeof(build) - 1] = '\0';
	observation.text_label = label;
	observation.build = build;
	first = observations_add(table, observation);
	second = observations_add(table, observation);
	assert_string_equal(first.cluster, second.cluster);
	build[200] = 'c';
	assert_string_not_equal(observations_add(table, observation).cluster, second.cluster);
	free(table);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_text_with_its_build_is_one_device_for_all_servers),
	MW_TEST(two_builds_are_two_devices_though_their_packets_look_alike),
	MW_TEST(without_text_the_shape_leads_to_the_device_with_the_text),
	MW_TEST(without_text_the_mac_leads_to_the_device_with_the_text),
	MW_TEST(every_part_of_the_shape_keeps_devices_apart),
	MW_TEST(a_window_or_an_ip_id_that_is_not_zero_may_have_any_value),
	MW_TEST(a_reset_with_its_senders_ttl_and_mac_and_no_text_has_no_device),
	MW_TEST(two_macs_are_two_devices_though_their_packets_look_alike),
	MW_TEST(a_shape_seen_before_a_mac_is_the_same_device),
	MW_TEST(an_unnamed_device_does_not_become_an_f5_by_its_shape),
	MW_TEST(a_text_cut_before_its_build_fits_the_shape_of_its_writer_alone),
	MW_TEST(the_id_is_the_same_whatever_was_seen_before),
	MW_TEST(builds_made_to_share_a_hash_are_two_devices_with_two_ids),
	MW_TEST(three_unrelated_networks_establish_a_device),
	MW_TEST(an_ipv6_network_is_a_32),
	MW_TEST(own_load_balancers_are_not_established),
	MW_TEST(servers_behind_nat64_are_in_their_ipv4_networks),
	MW_TEST(a_report_has_the_devices_seen_since_in_the_order_of_first_observation),
	MW_TEST(a_full_table_gives_up_the_device_with_the_fewest_resets_seen_longest_ago),
	MW_TEST(a_device_that_comes_again_slowly_in_a_flood_is_established),
	MW_TEST(a_table_of_established_devices_takes_no_other),
	MW_TEST(a_flood_of_new_devices_leaves_an_established_one_as_it_is),
	MW_TEST(a_key_seen_again_takes_no_room),
	MW_TEST(an_episode_added_late_moves_the_first_observation),
	MW_TEST(a_device_seen_with_countless_shapes_keeps_a_few),
	MW_TEST(texts_longer_than_their_room_are_cut_and_still_the_same_device),
};

MW_TEST_MAIN("detect_middlebox", tests)
