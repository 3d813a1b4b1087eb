// SPDX-License-Identifier: BSD-3-Clause
// Too-big reports against what the tap saw: whether the sender may have sent what is quoted, and what got through
// after.
// Neighbours: lib/detectors/paths/icmp.c, reaction.c; worker_world.h tells the stories. Follows RFC 5927.
#include "mw_test.h"

#include "worker_world.h"

/** A packet of 1500 bytes (v6: 1492), and its acknowledgement 20 ms later. */
static void deliver(struct world *world, uint64_t at_ms, uint32_t nth, bool v6)
{
	uint32_t bytes = v6 ? 1420 : 1448, seq = 1101 + nth * bytes;

	world_send(world, .v6 = v6, .at_ms = at_ms, .flags = ACK, .seq = seq, .ack = 5091, .bytes = bytes);
	world_send(world, .v6 = v6, SERVER, .at_ms = at_ms + 20, .flags = ACK, .seq = 5091, .ack = seq + bytes);
}

static void large_packets_that_are_acknowledged_disprove_a_report(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1400, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t i = 0; i < 10; i++)
		deliver(*state, 400 + 50 * i, i, false);
	facts = world_only(*state, PATH_REACTION);
	assert_int_equal(facts->reaction, PATH_DISPROVED);
	assert_int_equal(facts->largest_acked, 1500);
	assert_int_equal(facts->smallest_lost, 0);
}

static void a_flight_that_one_acknowledgement_covers_disproves_it_too(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1400, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t i = 0; i < 3; i++)
		world_send(*state, .at_ms = 500, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	world_send(*state, SERVER, .at_ms = 520, .flags = ACK, .seq = 5091, .ack = 1101 + 3 * 1448);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_DISPROVED);
}

static void a_quote_that_was_acknowledged_before_is_of_no_known_packet(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1400, .quoted_bytes = 1500, .seq = 1001); // the request, long delivered
	assert_false(world_facts(*state, PATH_REPORT, 0)->flow_known);
	world_report(*state, .at_ms = 2000, .mtu = 1300, .quoted_bytes = 1500, .seq = 0x70000000);
	assert_false(world_facts(*state, PATH_REPORT, 1)->flow_known);
	deliver(*state, 2400, 0, false); // what is seen of the path is told all the same
	assert_int_equal(world_only(*state, PATH_REACTION)->largest_acked, 1500);
}

/** What such a report asks for need not be done: the sender has no such packet. */
static void going_on_after_a_quote_that_does_not_fit_ignores_nothing(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 60, .mtu = 1400, .quoted_bytes = 1500, .seq = 1001);
	for (uint32_t at_ms = 500; at_ms < 9000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_finish(*state);
	assert_false(world_facts(*state, PATH_REACTION, 0)->flow_known);
	assert_false(world_facts(*state, PATH_STUCK, 0)->reported);
}

static void a_report_that_fits_takes_the_place_of_one_that_does_not(void **state)
{
	world_talk(*state, 0);
	world_report(*state, .at_ms = 55, .mtu = 600, .quoted_bytes = 1500, .seq = 1001); // forged
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 61, .mtu = 1400, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t at_ms = 500; at_ms < 9000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_IGNORED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->mtu_bytes, 1400);
}

/** What is acknowledged went through in smaller packets: the report is true, and was not heeded at first. */
static void smaller_copies_are_what_was_acknowledged(void **state)
{
	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 61, .mtu = 1400, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t at_ms = 500; at_ms < 5000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_send(*state, .at_ms = 9000, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1000);
	world_send(*state, .at_ms = 9001, .flags = ACK, .seq = 2101, .ack = 5091, .bytes = 448);
	world_send(*state, SERVER, .at_ms = 9020, .flags = ACK, .seq = 5091, .ack = 2549);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_IGNORED);
}

/** A tap that misses one smaller copy sees such an acknowledgement, too. */
static void one_acknowledgement_among_packets_sent_again_disproves_nothing(void **state)
{
	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_report(*state, .at_ms = 61, .mtu = 1400, .quoted_bytes = 1500, .seq = 1101);
	for (uint32_t at_ms = 500; at_ms < 5000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_send(*state, SERVER, .at_ms = 9020, .flags = ACK, .seq = 5091, .ack = 2549);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_IGNORED);
}

static void ipv6_and_the_other_direction_are_the_same(void **state)
{
	world_send(*state, .v6 = true, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, .v6 = true, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	world_send(*state, .v6 = true, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100);
	world_send(*state, .v6 = true, SERVER, .at_ms = 40, .flags = ACK, .seq = 5001, .ack = 1101);
	world_report(*state, .v6 = true, .to_server = true, .at_ms = 60, .mtu = 1280, .quoted_bytes = 1492, .seq = 5001);
	world_send(*state, .v6 = true, SERVER, .at_ms = 500, .flags = ACK, .seq = 5001, .ack = 1101, .bytes = 1420);
	world_send(*state, .v6 = true, .at_ms = 520, .flags = ACK, .seq = 1101, .ack = 6421);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_DISPROVED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->largest_acked, 1492);
}

/** A mirror of one direction shows no acknowledgement, but nobody goes on without. */
static void large_new_packets_for_longer_than_a_timer_disprove_a_report(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1460);
	world_send(*state, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001);
	world_report(*state, .at_ms = 60, .mtu = 600, .quoted_bytes = 1500, .seq = 1001);
	for (uint32_t i = 0; i < 24; i++)
		world_send(*state, .at_ms = 400 + 100 * i, .flags = ACK, .seq = 1001 + i * 1448, .ack = 5001, .bytes = 1448);
	assert_int_equal(world_only(*state, PATH_REACTION)->reaction, PATH_DISPROVED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->largest_acked, 1500);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->sent_after, 20);
}

/** One sent again between, or all of it within the time that a timer takes: that is what ignoring looks like. */
static void a_flight_or_a_retransmission_disproves_nothing(void **state)
{
	for (uint32_t k = 0; k < 2; k++) {
		uint16_t port = (uint16_t)(600 + k);

		world_send(*state, .port = port, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .mss = 1460);
		world_send(*state, .port = port, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001);
		world_report(*state, .port = port, .at_ms = 60, .mtu = 600, .quoted_bytes = 1500, .seq = 1001);
		for (uint32_t i = 0; i < 12; i++)
			world_send(*state, .port = port, .at_ms = 400 + (k == 0 ? 100 : 300) * i, .flags = ACK,
					   .seq = 1001 + (k == 1 && i == 5 ? 0 : i) * 1448, .ack = 5001, .bytes = 1448);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_REACTION), 2);
	assert_int_equal(world_facts(*state, PATH_REACTION, 0)->reaction, PATH_IGNORED);
	assert_int_equal(world_facts(*state, PATH_REACTION, 1)->reaction, PATH_IGNORED);
}

static const struct CMUnitTest tests[] = {
	STORY(large_packets_that_are_acknowledged_disprove_a_report),
	STORY(a_flight_that_one_acknowledgement_covers_disproves_it_too),
	STORY(a_quote_that_was_acknowledged_before_is_of_no_known_packet),
	STORY(going_on_after_a_quote_that_does_not_fit_ignores_nothing),
	STORY(large_new_packets_for_longer_than_a_timer_disprove_a_report),
	STORY(a_flight_or_a_retransmission_disproves_nothing),
	STORY(a_report_that_fits_takes_the_place_of_one_that_does_not),
	STORY(smaller_copies_are_what_was_acknowledged),
	STORY(one_acknowledgement_among_packets_sent_again_disproves_nothing),
	STORY(ipv6_and_the_other_direction_are_the_same),
};

MW_TEST_MAIN("detect_path_worker_disproof", tests)
