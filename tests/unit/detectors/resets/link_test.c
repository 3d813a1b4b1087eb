// SPDX-License-Identifier: BSD-3-Clause
// Who is on this link: not whoever answers as late as distant ones, though a gateway gives all it forwards a full TTL;
// and a sender that shows itself only after its reset.
// Neighbours: lib/detectors/resets/link.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

#define SYN (MW_TCP_SYN)
#define SA  (MW_TCP_SYN | MW_TCP_ACK)

/** Handshake and request; what comes in the server's name has TTL 64, and the server answers after rtt_ms. */
static void talk_to_full_ttl(struct world *world, uint64_t rtt_ms)
{
	world_send(world, .at_ms = 0, .flags = SYN, .seq = 1000);
	world_send(world, SERVER, .at_ms = rtt_ms, .flags = SA, .seq = 5000, .ack = 1001, .ttl = 64, .ip_id = 10);
	world_send(world, .at_ms = rtt_ms, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(world, .at_ms = rtt_ms, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(world, SERVER, .at_ms = 2 * rtt_ms, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 5000, .ttl = 64,
			   .ip_id = 11);
}

static void stale_reset_and_life_after(struct world *world)
{
	world_send(world, SERVER, .at_ms = 500, .flags = RA, .seq = 3101, .ack = 1101, .ttl = 64, .ip_id = 40000);
	world_send(world, SERVER, .at_ms = 600, .flags = ACK, .seq = 10001, .ack = 1101, .bytes = 100, .ttl = 64);
}

static void mac_of_gateway_that_sets_full_ttl_clears_nobody(void **state)
{
	const struct mw_reset_row *row;

	talk_to_full_ttl(*state, 80);
	stale_reset_and_life_after(*state);
	row = world_only_row(*state);
	assert_false(row->evidence & E(SAME_MAC));
	assert_int_equal(row->verdict, MW_RESET_FORGED);
}

static void mac_of_host_on_this_link_is_its_own(void **state)
{
	const struct mw_reset_row *row;

	talk_to_full_ttl(*state, 3);
	stale_reset_and_life_after(*state);
	row = world_only_row(*state);
	world_assert_evidence(row, E(SAME_MAC));
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
}

static void repeated_syn_moves_nobody_away(void **state)
{
	world_send(*state, .at_ms = 0, .flags = SYN, .seq = 1000);
	world_send(*state, .at_ms = 1000, .flags = SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 1001, .flags = SA, .seq = 5000, .ack = 1001, .ttl = 64);
	world_send(*state, .at_ms = 1002, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(*state, SERVER, .at_ms = 1100, .flags = RA, .seq = 5001, .ack = 1001, .ttl = 64);
	world_assert_evidence(world_only_row(*state), E(SAME_MAC));
}

/** A reset in answer to a SYN, and the SYN-ACK of whoever was named; then they talk. */
static void reset_before_syn_ack(struct world *world, uint8_t reset_ttl, uint8_t reset_mac, uint64_t syn_ack_ms)
{
	world_send(world, .at_ms = 0, .flags = SYN, .seq = 1000);
	world_send(world, SERVER, .at_ms = 1, .flags = R, .seq = 5000, .ttl = reset_ttl, .mac = reset_mac);
	world_send(world, SERVER, .at_ms = syn_ack_ms, .flags = SA, .seq = 5000, .ack = 1001, .ttl = 64);
	world_send(world, .at_ms = syn_ack_ms + 90, .flags = ACK, .seq = 1001, .ack = 5001);
	world_send(world, .at_ms = 1000, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(world, SERVER, .at_ms = 1001, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 100, .ttl = 64);
}

static void server_that_resets_before_its_syn_ack_misleads_a_box(void **state)
{
	const struct mw_reset_row *row;

	reset_before_syn_ack(*state, 10, 0, 3);
	row = world_only_row(*state);
	world_assert_evidence(row, E(SAME_MAC) | E(DATA_AFTER_RESET));
	assert_false(row->evidence & E(IGNORED_BY_RECEIVER)); // every client drops it
	assert_int_equal(row->verdict, MW_RESET_UNKNOWN);
}

static void reset_before_the_syn_ack_of_another_station_is_forged(void **state)
{
	const struct mw_reset_row *row;

	reset_before_syn_ack(*state, 10, 9, 3);
	row = world_only_row(*state);
	assert_false(row->evidence & E(SAME_MAC));
	assert_int_equal(row->verdict, MW_RESET_FORGED);
}

static void reset_before_the_syn_ack_of_a_distant_server_is_forged(void **state)
{
	const struct mw_reset_row *row;

	reset_before_syn_ack(*state, 64, 0, 120);
	row = world_only_row(*state);
	assert_false(row->evidence & E(SAME_MAC));
	assert_int_equal(row->verdict, MW_RESET_FORGED);
}

static const struct CMUnitTest tests[] = {
	SILENT(mac_of_gateway_that_sets_full_ttl_clears_nobody),
	SILENT(mac_of_host_on_this_link_is_its_own),
	SILENT(repeated_syn_moves_nobody_away),
	SILENT(server_that_resets_before_its_syn_ack_misleads_a_box),
	SILENT(reset_before_the_syn_ack_of_another_station_is_forged),
	SILENT(reset_before_the_syn_ack_of_a_distant_server_is_forged),
};

MW_TEST_MAIN("detect_reset_link", tests)
