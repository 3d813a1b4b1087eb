// SPDX-License-Identifier: BSD-3-Clause
// What a reset tells of the machine that sent it: haste, link-layer address, shape, habit; and how connections end.
// Neighbours: lib/detectors/resets/control.c, weights.c; world.h tells the stories.
#include "mw_test.h"

#include <string.h>

#include "world.h"

/**
 * A client's next request at 1000 ms, 20 ms from the server: whatever comes with ack 1201 before 1010 has not seen it.
 */
static void ask_again(struct world *world)
{
	world_send(world, .at_ms = 1000, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100, .timestamp = true,
			   .ts_value = 1100);
}

static void reset_that_acknowledges_what_cannot_have_arrived_is_noted(void **state)
{
	const struct mw_reset_row *row;

	ask_again(*state);
	world_send(*state, SERVER, .at_ms = 1003, .flags = RA, .seq = 6001, .ack = 1201, .ttl = 63);
	row = world_only_row(*state);
	world_assert_evidence(row, E(FASTER_THAN_RTT));
	assert_int_equal((int)row->rtt_ms, 20);
	assert_int_equal((int)(row->rtt_fraction * 100), 14);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
}

static void haste_alone_accuses_nobody(void **state)
{
	ask_again(*state);
	world_send(*state, SERVER, .at_ms = 1003, .flags = RA, .seq = 6001, .ack = 1201, .timestamp = true,
			   .ts_value = 9980);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

/** A request, and what answers for the server in no time, though its SYN-ACK took 20 ms. */
static void server_that_acknowledges_soon_may_reset_soon(void **state)
{
	world_send(*state, .at_ms = 900, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 900, .flags = ACK, .seq = 6001, .ack = 1201);
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1201, .ack = 6001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 1001, .flags = RA, .seq = 6001, .ack = 1301);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

static void server_that_acknowledges_after_a_round_trip_does_not_reset_sooner(void **state)
{
	world_send(*state, .at_ms = 900, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 912, .flags = ACK, .seq = 6001, .ack = 1201);
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1201, .ack = 6001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 1001, .flags = RA, .seq = 6001, .ack = 1301);
	world_assert_evidence(world_only_row(*state), E(FASTER_THAN_RTT));
}

static void reset_after_a_round_trip_is_in_time(void **state)
{
	ask_again(*state);
	world_send(*state, SERVER, .at_ms = 1021, .flags = RA, .seq = 6001, .ack = 1201);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

static void reset_that_acknowledges_older_data_may_be_quick(void **state)
{
	ask_again(*state);
	world_send(*state, SERVER, .at_ms = 1003, .flags = RA, .seq = 6001, .ack = 1101);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

static void reset_soon_after_an_acknowledgement_of_old_data_may_be_quick(void **state)
{
	ask_again(*state);
	world_send(*state, .at_ms = 1040, .flags = ACK, .seq = 1201, .ack = 6001);
	world_send(*state, SERVER, .at_ms = 1041, .flags = RA, .seq = 6001, .ack = 1201);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

static void repeated_syn_says_nothing_of_the_round_trip(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, .at_ms = 1000, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 1020, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, .at_ms = 1021, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 1042, .flags = RA, .seq = 5001, .ack = 1101);
	assert_false(world_only_row(*state)->evidence & E(FASTER_THAN_RTT));
}

static void neighbours_reset_from_another_mac_is_forged_only_with_more(void **state)
{
	world_send(*state, .at_ms = 60, .flags = RA, .seq = 1101, .ack = 6001, .mac = 9, .timestamp = true,
			   .ts_value = 160);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN); // a host with two links does so
}

static void neighbours_reset_from_another_mac_without_its_options_is_forged(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 60, .flags = RA, .seq = 1101, .ack = 6001, .mac = 9, .ip_id = 40000);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_true(row->mac_known);
	assert_int_equal(row->mac[5], 9);
}

static void copy_of_a_neighbours_reset_behind_a_router_is_no_other_device(void **state)
{
	world_send(*state, .at_ms = 60, .flags = R, .seq = 1101, .mac = 9, .ttl = 63);
	assert_true(world_only_row(*state)->verdict != MW_RESET_FORGED);
}

/** A whole short connection with a server of another network, reset with a TTL that is not the server's. */
static void forged_elsewhere(struct world *world, uint8_t network, uint64_t at_ms)
{
	world_send(world, .network = network, .at_ms = at_ms, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 20, .flags = MW_TCP_SYN | ACK, .seq = 5000,
			   .ack = 1001);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 30, .flags = ACK, .seq = 5001, .ack = 1001,
			   .bytes = 500);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 40, .flags = RA, .seq = 5501, .ack = 1001,
			   .ttl = 200);
}

/** Too little of this connection was seen to tell by its own TTL. */
static void thin_elsewhere(struct world *world, uint8_t network, uint64_t at_ms)
{
	world_send(world, .network = network, .at_ms = at_ms, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 20, .flags = MW_TCP_SYN | ACK, .seq = 5000,
			   .ack = 1001);
	world_send(world, SERVER, .network = network, .at_ms = at_ms + 40, .flags = RA, .seq = 5001, .ack = 1001,
			   .ttl = 200);
}

static void what_looks_like_a_convicted_device_is_forged_too(void **state)
{
	const struct mw_reset_row *thin;

	thin_elsewhere(*state, 9, 0); // before the device is known: it waits
	for (uint8_t network = 1; network <= 3; network++)
		forged_elsewhere(*state, network, 100u * network);
	world_finish(*state);
	assert_int_equal(world_rows(*state), 4);
	thin = world_row(*state, 0);
	assert_int_equal(thin->verdict, MW_RESET_FORGED);
	world_assert_evidence(thin, E(CLUSTER) | E(TTL_SPLIT));
	assert_string_equal(thin->cluster, world_row(*state, 3)->cluster);
	assert_true(thin->cluster[0] != '\0');
}

static void two_networks_are_not_enough_to_convict_a_third(void **state)
{
	thin_elsewhere(*state, 9, 0);
	for (uint8_t network = 1; network <= 2; network++)
		forged_elsewhere(*state, network, 100u * network);
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 2);
	assert_int_equal(world_verdicts(*state, MW_RESET_UNKNOWN), 1);
}

static void more_undecided_ones_than_may_wait_are_still_told(void **state)
{
	for (uint32_t i = 0; i < 3000; i++) {
		uint16_t port = (uint16_t)(10000 + i);

		world_send(*state, .at_ms = i, .flags = MW_TCP_SYN, .seq = 1000, .client_port = port);
		world_send(*state, SERVER, .at_ms = i, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001,
				   .client_port = port);
		world_send(*state, SERVER, .at_ms = i, .flags = RA, .seq = 5001, .ack = 1001, .ttl = 200, .client_port = port);
	}
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_UNKNOWN), 3000);
}

static void pattern_and_its_side_are_told_and_counted(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	row = world_only_row(*state);
	assert_int_equal(row->pattern, MW_RESET_PATTERN_PSH_RSTACK);
	assert_int_equal(row->named, MW_RESET_SIDE_SERVER);
	assert_int_equal(world_ended(*state, MW_RESET_SIDE_SERVER, MW_RESET_PATTERN_PSH_RSTACK), 1);
	assert_int_equal(world_ended(*state, MW_RESET_SIDE_CLIENT, MW_RESET_PATTERN_PSH_RSTACK), 0);
}

static void silence_after_a_syn_is_counted_when_its_timer_runs_out(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_tick(*state, 40000);
	world_finish(*state);
	assert_int_equal(world_ended(*state, MW_RESET_SIDE_SERVER, MW_RESET_PATTERN_SYN_NONE), 1);
	assert_int_equal(world_rows(*state), 0);
}

static void silence_that_the_end_of_input_cuts_short_is_not_counted(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_tick(*state, 5000);
	world_finish(*state);
	assert_int_equal(world_ended(*state, MW_RESET_SIDE_SERVER, MW_RESET_PATTERN_SYN_NONE), 0);
}

static void what_followed_is_kept_when_a_worse_reset_comes(void **state)
{
	world_send(*state, SERVER, .at_ms = 60, .flags = RA, .seq = 6001, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 80, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 1000);
	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 7001, .ack = 1101, .ttl = 200);
	world_assert_evidence(world_only_row(*state), E(TTL_SPLIT) | E(DATA_AFTER_RESET));
}

static void echoed_data_is_shown_and_changes_nothing(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 90, .flags = RA, .seq = 6001, .ack = 1101, .ip_id = 302, .timestamp = true,
			   .ts_value = 9070, .text = "GET / HTTP/1.1\r\n");
	row = world_only_row(*state);
	assert_string_equal(row->signature, "echoed-data");
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
	assert_int_equal(row->evidence, E(IN_WINDOW) | E(ANSWERS_SEGMENT) | E(SAME_TTL) | E(TIMESTAMP_FITS));
}

static void reserved_bits_name_a_habit_and_prove_nothing(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 5, .flags = RA, .seq = 0, .ack = 1001, .reserved = MW_TCP_RESERVED);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	row = world_only_row(*state);
	assert_int_equal(row->verdict, MW_RESET_FORGED);
	assert_true(row->habit[0] != '\0');
}

static const struct CMUnitTest tests[] = {
	STORY(reset_that_acknowledges_what_cannot_have_arrived_is_noted),
	STORY(haste_alone_accuses_nobody),
	STORY(server_that_acknowledges_soon_may_reset_soon),
	STORY(server_that_acknowledges_after_a_round_trip_does_not_reset_sooner),
	STORY(reset_after_a_round_trip_is_in_time),
	STORY(reset_that_acknowledges_older_data_may_be_quick),
	STORY(reset_soon_after_an_acknowledgement_of_old_data_may_be_quick),
	SILENT(repeated_syn_says_nothing_of_the_round_trip),
	STORY(neighbours_reset_from_another_mac_is_forged_only_with_more),
	STORY(neighbours_reset_from_another_mac_without_its_options_is_forged),
	STORY(copy_of_a_neighbours_reset_behind_a_router_is_no_other_device),
	SILENT(what_looks_like_a_convicted_device_is_forged_too),
	SILENT(two_networks_are_not_enough_to_convict_a_third),
	SILENT(more_undecided_ones_than_may_wait_are_still_told),
	STORY(pattern_and_its_side_are_told_and_counted),
	SILENT(silence_after_a_syn_is_counted_when_its_timer_runs_out),
	SILENT(silence_that_the_end_of_input_cuts_short_is_not_counted),
	STORY(what_followed_is_kept_when_a_worse_reset_comes),
	STORY(echoed_data_is_shown_and_changes_nothing),
	SILENT(reserved_bits_name_a_habit_and_prove_nothing),
};

MW_TEST_MAIN("detect_reset_sender", tests)
