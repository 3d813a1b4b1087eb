// SPDX-License-Identifier: BSD-3-Clause
// Who must not be taken for a proxy: servers of one make, one operator's many addresses, clocks that are none.
// Neighbours: lib/detectors/proxy/fit.c; proxy_test.c.
#include "mw_test.h"

#include <string.h>

#include "world.h"

static int start(void **state)
{
	*state = world_new(1);
	return 0;
}

static int stop(void **state)
{
	world_free(*state);
	return 0;
}

static void assert_nobody(struct world *world)
{
	world_report(world, 0);
	assert_int_equal(world_rows(world), 0);
}

static void servers_of_one_make_with_random_offsets_are_not_accused(void **state)
{
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < 60; i++) {
			uint64_t at_ms = round * 30000 + i * 450;

			world_shake(*state, .server = world_v4(i), .at_ms = at_ms, .ts_value = world_random(i) + (uint32_t)at_ms,
						.ttl = 52, .window = 65160, .mss = 1460);
		}
	}
	assert_nobody(*state);
	assert_true(world_count(*state, "told") >= 1000);
}

static void servers_that_count_from_their_start_are_not_accused(void **state)
{
	for (uint32_t i = 0; i < 40; i++) // all started within two hours
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500,
					.ts_value = 50000000 + world_random(i) % 7200000 + i * 500);
	assert_nobody(*state);
}

static void many_addresses_of_one_network_are_one_machine(void **state)
{
	for (uint32_t i = 0; i < 20; i++) {
		const uint8_t v4[4] = {23, 40, (uint8_t)i, 7};

		world_shake(*state, .server = mw_address_from_v4(v4), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	}
	assert_nobody(*state);
}

static void one_operator_with_a_whole_slash_8_is_not_accused(void **state)
{
	for (uint32_t i = 0; i < 20; i++) {
		const uint8_t v4[4] = {17, (uint8_t)(i * 9), 1, 7};

		world_shake(*state, .server = mw_address_from_v4(v4), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	}
	assert_nobody(*state);
}

static void three_networks_are_too_few(void **state)
{
	for (uint32_t i = 0; i < 20; i++) {
		const uint8_t v4[4] = {(uint8_t)(23 + i % 3 * 20), 40, (uint8_t)i, 7};

		world_shake(*state, .server = mw_address_from_v4(v4), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	}
	assert_nobody(*state);
}

static void private_networks_are_one_network(void **state)
{
	static const uint8_t heads[5][2] = {{10, 1}, {10, 2}, {172, 16}, {192, 168}, {100, 64}};

	for (uint32_t i = 0; i < 20; i++) {
		const uint8_t v4[4] = {heads[i % 5][0], heads[i % 5][1], (uint8_t)i, 7};

		world_shake(*state, .server = mw_address_from_v4(v4), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	}
	assert_nobody(*state);
}

static void servers_behind_nat64_are_told_apart_by_the_address_inside(void **state)
{
	for (uint32_t i = 0; i < 20; i++) {
		struct mw_address server = {{0, 0x64, 0xff, 0x9b}};
		const uint8_t v4[4] = {23, 40, (uint8_t)i, 7};

		memcpy(&server.bytes[12], v4, sizeof(v4));
		world_shake(*state, .server = server, .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	}
	assert_nobody(*state);
	for (uint32_t i = 0; i < 20; i++) {
		struct mw_address server = {{0, 0x64, 0xff, 0x9b}}, inside = world_v4(i);

		memcpy(&server.bytes[12], &inside.bytes[12], 4);
		world_shake(*state, .server = server, .at_ms = 20000 + i * 500, .ts_value = 5020000 + i * 500);
	}
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), 1);
}

static void an_operators_front_end_among_others_is_not_accused(void **state)
{
	for (uint32_t i = 0; i < 10; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	for (uint32_t i = 20; i < 40; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 200, .ts_value = world_random(i), .ttl = 52,
					.window = 65160);
	assert_nobody(*state);
}

static void a_front_end_that_spoke_first_is_judged_by_what_followed(void **state)
{
	for (uint32_t i = 0; i < 8; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 300, .ts_value = 5000000 + i * 300);
	for (uint32_t i = 20; i < 40; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 200, .ts_value = world_random(i), .ttl = 52);
	world_shake(*state, .server = world_v4(0), .at_ms = 9000, .ts_value = 5009000);
	world_shake(*state, .server = world_v4(50), .at_ms = 2000000, .ts_value = 1, .ttl = 52); // a long interval
	assert_nobody(*state);
}

static void a_front_end_is_measured_against_all_servers_not_those_kept(void **state)
{
	for (uint32_t i = 0; i < 300; i++)
		world_shake(*state, .server = world_v4(200 + i), .at_ms = i * 100, .ts_value = world_random(i), .ttl = 52);
	for (uint32_t i = 0; i < 120; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 250, .ts_value = 5000000 + i * 250,
					.ttl = i % 2 == 0 ? 250 : 249);
	assert_nobody(*state);
}

static void a_make_that_only_some_servers_share_a_clock_of_is_not_accused(void **state)
{
	for (uint32_t i = 0; i < 20; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500,
					.ts_value = i % 5 == 0 ? world_random(i) : 5000000 + i * 500);
	assert_nobody(*state);
}

static void three_servers_are_too_few(void **state)
{
	for (uint32_t i = 0; i < 30; i++)
		world_shake(*state, .server = world_v4(i % 3), .at_ms = i * 2000, .ts_value = 5000000 + i * 2000);
	assert_nobody(*state);
}

static void values_that_do_not_move_are_no_clock(void **state)
{
	for (uint32_t i = 0; i < 40; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = i < 20 ? 1 : 4711,
					.ttl = i < 20 ? 60 : 61);
	for (uint32_t i = 0; i < 20; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 0);
	assert_nobody(*state);
	assert_int_equal(world_count(*state, "handshakes"), 40);
}

static void few_values_that_do_not_move_are_no_slow_clock(void **state)
{
	for (uint32_t i = 0; i < 5; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 400, .ts_value = 1);
	assert_nobody(*state);
}

static void four_on_a_fast_clock_may_be_chance(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 400, .ts_value = 77000 + i * 400000);
	assert_nobody(*state);
	for (uint32_t i = 4; i < 8; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 400, .ts_value = 77000 + i * 400000);
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), 1);
}

static void a_moment_is_too_short_to_see_a_clock(void **state)
{
	for (uint32_t i = 0; i < 20; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 40, .ts_value = 5000000 + i * 40);
	assert_nobody(*state);
}

static void stacks_that_send_the_time_of_day_share_the_worlds_clock(void **state)
{
	const uint64_t epoch_ms = WORLD_EPOCH_NS / MW_NS_PER_MS;

	for (uint32_t i = 0; i < 20; i++) // set to within a few ms of each other; the tap's clock is ten minutes off
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500,
					.ts_value = (uint32_t)(epoch_ms + 600000 + i * 500 + world_random(i) % 9));
	assert_nobody(*state);
}

static void what_is_no_fresh_answer_to_a_syn_is_not_looked_at(void **state)
{
	for (uint32_t i = 0; i < 20; i++) {
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 5000000 + i * 500, .no_syn = true);
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 5000000 + i * 500, .duplicate = true);
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 5000000 + i * 500,
					.no_timestamp = true);
	}
	assert_int_equal(world_count(*state, "handshakes"), 0);
	assert_nobody(*state);
}

static void nothing_is_looked_at_when_it_is_switched_off(void **state)
{
	world_settings(*state)->enabled = false;
	for (uint32_t i = 0; i < 20; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 500, .ts_value = 5000000 + i * 500);
	assert_int_equal(world_count(*state, "handshakes"), 0);
	assert_nobody(*state);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(servers_of_one_make_with_random_offsets_are_not_accused),
	CASE(servers_that_count_from_their_start_are_not_accused),
	CASE(many_addresses_of_one_network_are_one_machine),
	CASE(one_operator_with_a_whole_slash_8_is_not_accused),
	CASE(three_networks_are_too_few),
	CASE(private_networks_are_one_network),
	CASE(servers_behind_nat64_are_told_apart_by_the_address_inside),
	CASE(an_operators_front_end_among_others_is_not_accused),
	CASE(a_front_end_that_spoke_first_is_judged_by_what_followed),
	CASE(a_front_end_is_measured_against_all_servers_not_those_kept),
	CASE(a_make_that_only_some_servers_share_a_clock_of_is_not_accused),
	CASE(three_servers_are_too_few),
	CASE(values_that_do_not_move_are_no_clock),
	CASE(few_values_that_do_not_move_are_no_slow_clock),
	CASE(four_on_a_fast_clock_may_be_chance),
	CASE(a_moment_is_too_short_to_see_a_clock),
	CASE(stacks_that_send_the_time_of_day_share_the_worlds_clock),
	CASE(what_is_no_fresh_answer_to_a_syn_is_not_looked_at),
	CASE(nothing_is_looked_at_when_it_is_switched_off),
};

MW_TEST_MAIN("detect_proxy_honest", tests)
