// SPDX-License-Identifier: BSD-3-Clause
// Large segments that are sent again: black holes, and what only looks like one.
// Neighbours: lib/detectors/paths/resend.c; worker_world.h tells the stories.
#include "mw_test.h"

#include "worker_world.h"

/** Twelve full segments at 60 ms, and the first of them again at 300, 700, 1500 and 3100 ms. */
static void send_into_hole(struct world *world, uint16_t port)
{
	for (uint32_t i = 0; i < 12; i++)
		world_send(world, .port = port, .at_ms = 60, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	for (uint32_t i = 0, at_ms = 300; i < 4; i++, at_ms = at_ms * 2 + 100)
		world_send(world, .port = port, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
}

static void black_hole_is_stuck_until_the_sender_gives_up(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, .at_ms = 22000, .flags = RST, .seq = 1101 + 12 * 1448, .ack = 5091);
	world_send(*state, SERVER, .at_ms = 22020, .flags = ACK, .seq = 5091, .ack = 1101);
	facts = world_only(*state, PATH_STUCK);
	assert_int_equal(facts->end, PATH_GAVE_UP);
	assert_int_equal(facts->retransmits, 4);
	assert_true(facts->gaps_grow);
	assert_true(facts->small_acked);
	assert_false(facts->large_acked);
	assert_true(facts->full_size);
	assert_true(facts->receiver_alive); // it answered the reset
	assert_false(facts->reported);
	assert_false(facts->mirror_gaps);
	assert_int_equal(facts->smallest_lost, 1500);
	assert_int_equal(facts->largest_acked, 52 + 25); // 100 bytes in at most four packets: one had 25 or more
	assert_int_equal(facts->segments_lost, 12);
	assert_int_equal(facts->mss_syn, 1460);
	assert_int_equal(facts->mss_synack, 1460);
	assert_int_equal(facts->to_ns - facts->from_ns, 2800 * MW_NS_PER_MS);
	assert_int_equal(world_event(*state, PATH_STUCK, 0)->flow.src.bytes[12], 10);
	assert_int_equal(world_event(*state, PATH_STUCK, 0)->flow.dst_port, 443);
	assert_int_equal(world_event(*state, PATH_STUCK, 0)->time_ns, facts->from_ns);
}

static void stuck_segment_is_told_soon_after_a_reset(void **state)
{
	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, .at_ms = 5000, .flags = RST, .seq = 1101 + 12 * 1448, .ack = 5091);
	world_tick(*state, 6000);
	assert_int_equal(world_told(*state, PATH_STUCK), 0); // the receiver may still answer
	world_tick(*state, 8000);
	assert_int_equal(world_told(*state, PATH_STUCK), 1);
	assert_false(world_facts(*state, PATH_STUCK, 0)->receiver_alive);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 1);
}

static void silent_sender_gave_up_after_a_while(void **state)
{
	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_tick(*state, 12000);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
	world_tick(*state, 14000);
	assert_int_equal(world_told(*state, PATH_STUCK), 1);
	assert_false(world_watches(*state));
}

static void smaller_packets_that_get_through_confirm(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, .at_ms = 6300, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 972);
	world_send(*state, .at_ms = 6300, .flags = ACK, .seq = 2073, .ack = 5091, .bytes = 476);
	world_send(*state, SERVER, .at_ms = 6320, .flags = ACK, .seq = 5091, .ack = 2073);
	facts = world_only(*state, PATH_STUCK);
	assert_int_equal(facts->end, PATH_SHRANK);
	assert_int_equal(facts->smallest_lost, 1500);
	assert_int_equal(facts->largest_acked, 1024);
	assert_true(facts->receiver_alive);
	assert_true(facts->small_acked);
}

static void single_loss_is_nothing(void **state)
{
	world_talk(*state, 0);
	for (uint32_t i = 0; i < 4; i++)
		world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	world_send(*state, SERVER, .at_ms = 80, .flags = ACK, .seq = 5091, .ack = 1101, .sack_bytes = 3 * 1448);
	world_send(*state, .at_ms = 81, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	assert_true(world_watches(*state));
	world_send(*state, SERVER, .at_ms = 101, .flags = ACK, .seq = 5091, .ack = 1101 + 4 * 1448);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void outage_that_ends_shows_that_the_size_passes(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, SERVER, .at_ms = 3120, .flags = ACK, .seq = 5091, .ack = 1101 + 1448);
	facts = world_only(*state, PATH_STUCK);
	assert_int_equal(facts->end, PATH_GOT_THROUGH);
	assert_int_equal(facts->smallest_lost, 1500);
}

static void late_acknowledgement_does_not_show_that_the_size_passes(void **state)
{
	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, SERVER, .at_ms = 6400, .flags = ACK, .seq = 5091, .ack = 1101 + 1448); // to what, nobody saw
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void closed_window_is_no_path(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 55, .flags = ACK, .seq = 5091, .ack = 1101, .zero_window = true);
	send_into_hole(*state, 0);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void window_below_a_segment_is_no_path(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 55, .flags = ACK, .seq = 5091, .ack = 1101, .window = 10); // 1280 bytes
	send_into_hole(*state, 0);
	world_send(*state, .at_ms = 6300, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1200);
	world_send(*state, SERVER, .at_ms = 6320, .flags = ACK, .seq = 5091, .ack = 2301);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void window_that_closes_later_is_no_path(void **state)
{
	world_talk(*state, 0);
	send_into_hole(*state, 0);
	world_send(*state, SERVER, .at_ms = 3200, .flags = ACK, .seq = 5091, .ack = 1101, .window = 10);
	world_send(*state, .at_ms = 6300, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1200);
	world_send(*state, SERVER, .at_ms = 6320, .flags = ACK, .seq = 5091, .ack = 2301);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void mirror_that_shows_one_direction_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001);
	send_into_hole(*state, 0);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void bytes_that_were_acknowledged_are_not_stuck(void **state)
{
	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_send(*state, SERVER, .at_ms = 80, .flags = ACK, .seq = 5091, .ack = 2549);
	for (uint32_t at_ms = 300; at_ms < 8000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void large_ones_that_passed_before_are_said(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_send(*state, .at_ms = 52, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_send(*state, SERVER, .at_ms = 72, .flags = ACK, .seq = 5091, .ack = 2549);
	for (uint32_t at_ms = 100; at_ms < 4000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 2549, .ack = 5091, .bytes = 1448);
	facts = world_only(*state, PATH_STUCK);
	assert_true(facts->large_acked);
	assert_false(facts->small_acked);
	assert_int_equal(facts->retransmits, 5);
}

static void blocks_out_of_order_tell_what_passed(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_talk(*state, 50001);
	send_into_hole(*state, 0);
	world_send(*state, SERVER, .at_ms = 3200, .flags = ACK, .seq = 5091, .ack = 1101, .sack_bytes = 1448);
	send_into_hole(*state, 50001);
	world_send(*state, .port = 50001, SERVER, .at_ms = 3200, .flags = ACK, .seq = 5091, .ack = 1101, .sack_bytes = 80);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 2);
	facts = world_facts(*state, PATH_STUCK, world_event(*state, PATH_STUCK, 0)->flow.src_port == 50000 ? 0 : 1);
	assert_true(facts->large_acked);
	facts = world_facts(*state, PATH_STUCK, world_event(*state, PATH_STUCK, 0)->flow.src_port == 50000 ? 1 : 0);
	assert_false(facts->large_acked);
	assert_true(facts->small_acked);
}

static void probe_of_the_tail_gives_way_to_the_head(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	for (uint32_t i = 0; i < 12; i++)
		world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101 + i * 1448, .ack = 5091, .bytes = 1448);
	world_send(*state, .at_ms = 100, .flags = ACK, .seq = 1101 + 11 * 1448, .ack = 5091, .bytes = 1448); // RFC 8985
	for (uint32_t at_ms = 300; at_ms < 3000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	facts = world_only(*state, PATH_STUCK);
	assert_int_equal(facts->retransmits, 4);
	assert_true(facts->gaps_grow);
}

static void even_gaps_do_not_grow(void **state)
{
	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	for (uint32_t at_ms = 300; at_ms < 3000; at_ms += 300)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	assert_false(world_only(*state, PATH_STUCK)->gaps_grow);
}

static void packet_on_two_ways_is_one_retransmission(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	for (uint32_t at_ms = 300; at_ms < 3000; at_ms *= 2) {
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
		world_send(*state, .at_ms = at_ms + 1, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	}
	facts = world_only(*state, PATH_STUCK);
	assert_int_equal(facts->retransmits, 4);
	assert_true(facts->gaps_grow);
}

static void mirror_that_loses_packets_is_said(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 55, .flags = ACK, .seq = 5091, .ack = 1401); // 300 bytes never passed
	for (uint32_t at_ms = 300; at_ms < 6000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1401, .ack = 5091, .bytes = 1448);
	assert_true(world_only(*state, PATH_STUCK)->mirror_gaps);
}

/** Larger than the MSS of the receiver: something merged it. What is lost so is told as that. */
static void burst_put_together_by_a_network_card_is_no_packet(void **state)
{
	world_talk(*state, 0);
	for (uint32_t at_ms = 60; at_ms < 6000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 2896);
	assert_true(world_only(*state, PATH_STUCK)->merged);
}

static void merged_packets_that_get_through_tell_nothing(void **state)
{
	world_talk(*state, 0);
	for (uint32_t at_ms = 60; at_ms < 6000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 2896);
	world_send(*state, SERVER, .at_ms = 3860, .flags = ACK, .seq = 5091, .ack = 3997);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

/** A sender's own card merges what it sends first; what it then sends again and again are packets of the wire. */
static void single_packets_behind_a_merged_one_are_what_is_stuck(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	world_send(*state, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 2896);
	world_send(*state, .at_ms = 200, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 2896);
	for (uint32_t at_ms = 400; at_ms < 9000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	facts = world_only(*state, PATH_STUCK);
	assert_false(facts->merged);
	assert_int_equal(facts->smallest_lost, 1500);
}

static void ipv6_counts_from_1280_bytes_on(void **state)
{
	world_send(*state, .v6 = true, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, .v6 = true, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001);
	for (uint32_t at_ms = 60; at_ms < 6000; at_ms *= 2)
		world_send(*state, .v6 = true, .at_ms = at_ms, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 1208);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
}

static void full_pool_gives_up_those_with_nothing_to_tell(void **state)
{
	world_talk(*state, 0);
	send_into_hole(*state, 0);
	for (uint16_t port = 10000; port < 13000; port++) {
		world_talk(*state, port);
		for (uint32_t i = 0; i < 2; i++)
			world_send(*state, .port = port, .at_ms = 4000, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	}
	assert_in_range(world_count(*state, "closed-early"), 900, 1000);
	assert_int_equal(world_told(*state, PATH_STUCK), 0);
	assert_int_equal(world_only(*state, PATH_STUCK)->retransmits, 4);
}

static void cap_is_kept_and_counted(void **state)
{
	world_settings(*state)->steps_per_second = 3;
	for (uint16_t port = 10000; port < 10010; port++) {
		world_talk(*state, port);
		send_into_hole(*state, port);
	}
	world_tick(*state, 60000);
	assert_int_equal(world_told(*state, PATH_STUCK), 3);
	assert_int_equal(world_count(*state, "told"), 3);
	assert_int_equal(world_count(*state, "capped"), 7 + 2); // and whom the MSS of both ends reached
}

static void end_of_input_is_told_beyond_the_cap(void **state)
{
	world_settings(*state)->steps_per_second = 0;
	for (uint16_t port = 10000; port < 10010; port++) {
		world_talk(*state, port);
		send_into_hole(*state, port);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), 10);
}

static void copies_by_the_mirror_are_left_alone(void **state)
{
	world_talk(*state, 0);
	for (uint32_t at_ms = 60; at_ms < 6000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448,
				   .duplicate = at_ms > 60);
	assert_false(world_watches(*state));
}

/** Without SACK: a flight of two full segments and a tail of which the last bytes alone arrived. */
static void one_duplicate_acknowledgement_says_that_a_small_packet_arrived(void **state)
{
	const struct {
		uint32_t tail_bytes, acks;
		bool arrived;
	} cases[] = {{400, 1, true}, {400, 0, false}, {400, 2, false}, {1448, 1, false}};

	for (uint16_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		uint16_t port = (uint16_t)(700 + i);

		world_talk(*state, port);
		world_send(*state, .port = port, .at_ms = 60, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
		world_send(*state, .port = port, .at_ms = 60, .flags = ACK, .seq = 2549, .ack = 5091, .bytes = 1448);
		world_send(*state, .port = port, .at_ms = 60, .flags = ACK, .seq = 3997, .ack = 5091,
				   .bytes = cases[i].tail_bytes);
		for (uint32_t k = 0; k < cases[i].acks; k++)
			world_send(*state, .port = port, SERVER, .at_ms = 80, .flags = ACK, .seq = 5091, .ack = 1101);
		for (uint32_t at_ms = 300; at_ms < 9000; at_ms *= 2)
			world_send(*state, .port = port, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_STUCK), MW_ARRAY_SIZE(cases));
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++)
		assert_int_equal(world_facts(*state, PATH_STUCK, i)->burst_small, cases[i].arrived);
}

static const struct CMUnitTest tests[] = {
	STORY(black_hole_is_stuck_until_the_sender_gives_up),
	STORY(stuck_segment_is_told_soon_after_a_reset),
	STORY(silent_sender_gave_up_after_a_while),
	STORY(smaller_packets_that_get_through_confirm),
	STORY(single_loss_is_nothing),
	STORY(outage_that_ends_shows_that_the_size_passes),
	STORY(late_acknowledgement_does_not_show_that_the_size_passes),
	STORY(closed_window_is_no_path),
	STORY(window_below_a_segment_is_no_path),
	STORY(window_that_closes_later_is_no_path),
	STORY(mirror_that_shows_one_direction_accuses_nobody),
	STORY(bytes_that_were_acknowledged_are_not_stuck),
	STORY(large_ones_that_passed_before_are_said),
	STORY(blocks_out_of_order_tell_what_passed),
	STORY(probe_of_the_tail_gives_way_to_the_head),
	STORY(even_gaps_do_not_grow),
	STORY(packet_on_two_ways_is_one_retransmission),
	STORY(mirror_that_loses_packets_is_said),
	STORY(burst_put_together_by_a_network_card_is_no_packet),
	STORY(merged_packets_that_get_through_tell_nothing),
	STORY(single_packets_behind_a_merged_one_are_what_is_stuck),
	STORY(ipv6_counts_from_1280_bytes_on),
	STORY(full_pool_gives_up_those_with_nothing_to_tell),
	STORY(cap_is_kept_and_counted),
	STORY(end_of_input_is_told_beyond_the_cap),
	STORY(one_duplicate_acknowledgement_says_that_a_small_packet_arrived),
	STORY(copies_by_the_mirror_are_left_alone),
};

MW_TEST_MAIN("detect_path_worker", tests)
