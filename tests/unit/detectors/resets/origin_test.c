// SPDX-License-Identifier: BSD-3-Clause
// Where forged resets come from: what one shows, what the others of its device show, and what nothing shows.
// Neighbours: lib/detectors/resets/origin.c, control.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

/** A connection with a server of another network, until both have sent something. */
static void connect_elsewhere(struct world *world, uint8_t network, uint64_t at_ms)
{
	world_send(world, .network = network, .at_ms = at_ms, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 20, .flags = MW_TCP_SYN | ACK, .seq = 5000,
			   .ack = 1001);
	world_send(world, .network = network, .at_ms = at_ms + 21, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 42, .flags = ACK, .seq = 5001, .ack = 1101,
			   .bytes = 500);
}

/** A single reset with the exact number, in the name of the server. */
static void reset_exactly(struct world *world, uint8_t network, uint64_t at_ms, uint8_t ttl, uint8_t mac)
{
	world_send(world, SERVER, .network = network, .at_ms = at_ms, .flags = RA, .seq = 5501, .ack = 1101, .ttl = ttl,
			   .mac = mac);
}

/** Two, the second with a guess. */
static void reset_guessing(struct world *world, uint8_t network, uint64_t at_ms, uint8_t ttl)
{
	reset_exactly(world, network, at_ms, ttl, 0);
	world_send(world, SERVER, .network = network, .at_ms = at_ms, .flags = RA, .seq = 5501 + 1460, .ack = 1101,
			   .ttl = ttl);
}

static void go_on(struct world *world, uint8_t network, uint64_t at_ms)
{
	world_send(world, SERVER, .network = network, .at_ms = at_ms, .flags = ACK, .seq = 5501, .ack = 1101, .bytes = 500);
}

static uint8_t origin_at(const struct world *world, uint32_t index)
{
	assert_int_equal(world_row(world, index)->verdict, MW_RESET_FORGED);
	return world_row(world, index)->origin;
}

static void an_exact_number_alone_tells_no_place(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 200, 0);
	world_finish(*state);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void a_later_reset_of_the_device_places_an_earlier_one(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 200, 0);
	connect_elsewhere(*state, 2, 100);
	reset_guessing(*state, 2, 160, 200);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	assert_int_equal(origin_at(*state, 1), MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	assert_string_equal(world_row(*state, 0)->cluster, world_row(*state, 1)->cluster);
}

static void a_mac_address_of_its_own_places_resets_with_any_ttl(void **state)
{
	for (uint8_t network = 1; network <= 3; network++) {
		connect_elsewhere(*state, network, 100u * network);
		reset_exactly(*state, network, 100u * network + 60, (uint8_t)(190 + network * 3), 9);
	}
	go_on(*state, 3, 400);
	world_finish(*state);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(origin_at(*state, i), MW_MIDDLEBOX_ORIGIN_OFF_PATH);
}

static void another_device_keeps_its_own_place(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 200, 0);
	connect_elsewhere(*state, 2, 100);
	reset_guessing(*state, 2, 160, 180); // another TTL
	world_finish(*state);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(origin_at(*state, i),
						 world_row(*state, i)->ttl == 180 ? MW_MIDDLEBOX_ORIGIN_OFF_PATH : MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void one_odd_reset_among_many_does_not_place_them(void **state)
{
	for (uint8_t network = 1; network <= 5; network++) {
		connect_elsewhere(*state, network, 100u * network);
		reset_exactly(*state, network, 100u * network + 60, 200, 0);
	}
	go_on(*state, 5, 700); // frames out of order may look so
	world_finish(*state);
	assert_int_equal(world_rows(*state), 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(origin_at(*state, i), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void the_two_halves_of_one_blow_share_their_place(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_guessing(*state, 1, 60, 200);
	world_send(*state, .network = 1, .at_ms = 60, .flags = RA, .seq = 1101, .ack = 5501, .ttl = 180);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_OFF_PATH);
	assert_int_equal(origin_at(*state, 1), MW_MIDDLEBOX_ORIGIN_OFF_PATH);
}

static void resets_a_while_apart_are_no_two_halves(void **state)
{
	connect_elsewhere(*state, 1, 0);
	world_send(*state, .network = 1, .at_ms = 60, .flags = RA, .seq = 1101, .ack = 5501, .ttl = 180);
	reset_guessing(*state, 1, 900, 200);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(origin_at(*state, i),
						 world_row(*state, i)->ttl == 200 ? MW_MIDDLEBOX_ORIGIN_OFF_PATH : MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void the_router_of_this_link_stands_in_the_path(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 64, 0); // the MAC address of the server's packets, no router passed
	world_finish(*state);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_IN_PATH);
}

static void another_mac_with_a_full_ttl_is_no_router_of_the_path(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 64, 9);
	world_finish(*state);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void what_stopped_nothing_is_no_sure_router(void **state)
{
	connect_elsewhere(*state, 1, 0);
	reset_exactly(*state, 1, 60, 64, 0);
	go_on(*state, 1, 100);
	world_finish(*state);
	assert_int_equal(origin_at(*state, 0), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void a_box_in_the_path_may_stop_nothing(void **state)
{
	for (uint8_t network = 1; network <= 3; network++) {
		connect_elsewhere(*state, network, 100u * network);
		reset_exactly(*state, network, 100u * network + 60, 200, 0);
		go_on(*state, network, 100u * network + 80);
	}
	world_finish(*state);
	assert_int_equal(world_rows(*state), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(origin_at(*state, i), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static void a_guess_at_times_does_not_place_a_device(void **state)
{
	for (uint8_t network = 1; network <= 3; network++) {
		connect_elsewhere(*state, network, 100u * network);
		reset_exactly(*state, network, 100u * network + 60, 200, 0);
	}
	connect_elsewhere(*state, 4, 400);
	reset_guessing(*state, 4, 460, 200);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(origin_at(*state, i), MW_MIDDLEBOX_ORIGIN_UNKNOWN);
}

static const struct CMUnitTest tests[] = {
	SILENT(an_exact_number_alone_tells_no_place),
	SILENT(a_later_reset_of_the_device_places_an_earlier_one),
	SILENT(a_mac_address_of_its_own_places_resets_with_any_ttl),
	SILENT(another_device_keeps_its_own_place),
	SILENT(one_odd_reset_among_many_does_not_place_them),
	SILENT(the_two_halves_of_one_blow_share_their_place),
	SILENT(resets_a_while_apart_are_no_two_halves),
	SILENT(the_router_of_this_link_stands_in_the_path),
	SILENT(another_mac_with_a_full_ttl_is_no_router_of_the_path),
	SILENT(what_stopped_nothing_is_no_sure_router),
	SILENT(a_box_in_the_path_may_stop_nothing),
	SILENT(a_guess_at_times_does_not_place_a_device),
};

MW_TEST_MAIN("detect_reset_origin", tests)
