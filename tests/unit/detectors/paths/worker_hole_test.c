// SPDX-License-Identifier: BSD-3-Clause
// Large segments that were lost before the tap, told from those that only the mirror lost.
// Neighbours: lib/detectors/paths/hole.c; worker_world.h tells the stories.
#include "mw_test.h"

#include "worker_world.h"

/** The server gives up after 22 s of sending twelve segments that never passed the tap. */
static void give_up(struct world *world, uint32_t bytes, uint8_t ttl)
{
	world_send(world, SERVER, .at_ms = 22000, .flags = RST, .seq = 5091 + bytes, .ack = 1101, .ttl = ttl);
}

static void reset_beyond_whole_segments_shows_a_hole(void **state)
{
	const struct path_facts *facts;

	world_talk(*state, 0);
	give_up(*state, 12 * 1448, 0);
	world_send(*state, .at_ms = 22001, .flags = ACK, .seq = 1101, .ack = 5091);
	world_send(*state, SERVER, .at_ms = 22020, .flags = MW_TCP_RST, .seq = 5091, .plain = true);
	facts = world_only(*state, PATH_HOLE);
	assert_int_equal(facts->end, PATH_GAVE_UP);
	assert_int_equal(facts->smallest_lost, 1500);
	assert_int_equal(facts->segments_lost, 12);
	assert_true(facts->full_size);
	assert_true(facts->receiver_alive);
	assert_true(facts->small_acked);
	assert_false(facts->large_acked);
	assert_int_equal(facts->to_ns - facts->from_ns, 22001 * MW_NS_PER_MS - 42 * MW_NS_PER_MS);
	assert_int_equal(world_event(*state, PATH_HOLE, 0)->flow.src_port, 443);
}

static void receiver_must_stand_at_the_hole(void **state)
{
	world_talk(*state, 0);
	give_up(*state, 12 * 1448, 0);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0); // it may have all: its answer is missing
}

static void reset_of_another_host_shows_no_hole(void **state)
{
	world_talk(*state, 0);
	give_up(*state, 12 * 1448, 40);
	world_send(*state, .at_ms = 22001, .flags = ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void reset_beyond_any_number_shows_no_hole(void **state)
{
	world_talk(*state, 0);
	give_up(*state, 12 * 1448 + 8, 0);
	world_send(*state, .at_ms = 22001, .flags = ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void shots_at_a_window_show_no_hole(void **state)
{
	world_talk(*state, 0);
	for (uint32_t i = 2; i < 6; i++)
		give_up(*state, i * 1448, 0);
	world_send(*state, .at_ms = 22001, .flags = ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void reset_without_silence_shows_no_hole(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 2000, .flags = RST, .seq = 5091 + 12 * 1448, .ack = 1101);
	world_send(*state, .at_ms = 2001, .flags = ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

/** A server without timestamps: the client's segments have room for twelve bytes more. */
static void timestamps_that_only_one_side_offered_take_no_room(void **state)
{
	const struct path_facts *facts;

	world_send(*state, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000);
	world_send(*state, SERVER, .at_ms = 20, .flags = MW_TCP_SYN | ACK, .seq = 5000, .ack = 1001, .plain = true);
	world_send(*state, .at_ms = 21, .flags = ACK, .seq = 1001, .ack = 5001, .plain = true);
	world_send(*state, .at_ms = 22, .flags = ACK, .seq = 1001, .ack = 5001, .bytes = 100, .plain = true);
	world_send(*state, SERVER, .at_ms = 42, .flags = ACK, .seq = 5001, .ack = 1101, .plain = true);
	world_send(*state, .at_ms = 22000, .flags = RST, .seq = 1101 + 5 * 1460, .ack = 5001, .plain = true);
	world_send(*state, SERVER, .at_ms = 22020, .flags = ACK, .seq = 5001, .ack = 1101, .plain = true);
	facts = world_only(*state, PATH_HOLE);
	assert_int_equal(facts->smallest_lost, 1500);
	assert_int_equal(facts->segments_lost, 5);
}

/** Two full segments never pass, the short rest of the answer does, and the client asks for them at once. */
static void lose_two(struct world *world)
{
	world_talk(world, 0);
	world_send(world, SERVER, .at_ms = 60, .flags = ACK, .seq = 5091 + 2 * 1448, .ack = 1101, .bytes = 200);
	world_send(world, .at_ms = 61, .flags = ACK, .seq = 1101, .ack = 5091, .sack_bytes = 200);
}

static void client_that_still_waits_shows_a_hole(void **state)
{
	const struct path_facts *facts;

	lose_two(*state);
	world_send(*state, .at_ms = 10000, .flags = MW_TCP_FIN | ACK, .seq = 1101, .ack = 5091);
	facts = world_only(*state, PATH_HOLE);
	assert_int_equal(facts->segments_lost, 2);
	assert_int_equal(facts->smallest_lost, 1500);
	assert_int_equal(facts->end, PATH_GAVE_UP);
	assert_true(facts->full_size);
}

/** How long the rest of an answer is, is chance. */
static void what_arrives_behind_need_only_be_smaller(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 60, .flags = ACK, .seq = 5091 + 2 * 1448, .ack = 1101, .bytes = 1200);
	world_send(*state, .at_ms = 61, .flags = ACK, .seq = 1101, .ack = 5091, .sack_bytes = 1200);
	world_send(*state, .at_ms = 10000, .flags = MW_TCP_FIN | ACK, .seq = 1101, .ack = 5091);
	assert_int_equal(world_only(*state, PATH_HOLE)->segments_lost, 2);
}

static void nearly_as_large_it_says_nothing(void **state)
{
	world_talk(*state, 0);
	world_send(*state, SERVER, .at_ms = 60, .flags = ACK, .seq = 5091 + 2 * 1448, .ack = 1101, .bytes = 1400);
	world_send(*state, .at_ms = 61, .flags = ACK, .seq = 1101, .ack = 5091, .sack_bytes = 1400);
	world_send(*state, .at_ms = 10000, .flags = MW_TCP_FIN | ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void hole_is_told_when_nobody_speaks_any_more(void **state)
{
	lose_two(*state);
	world_send(*state, .at_ms = 40000, .flags = ACK, .seq = 1101, .ack = 5091);
	world_tick(*state, 65000);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
	world_tick(*state, 101000);
	assert_int_equal(world_told(*state, PATH_HOLE), 1);
}

static void client_that_was_not_heard_again_shows_nothing(void **state)
{
	lose_two(*state);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void client_that_has_the_bytes_shows_a_bad_mirror(void **state)
{
	lose_two(*state);
	world_send(*state, .at_ms = 80, .flags = ACK, .seq = 1101, .ack = 5091 + 2 * 1448 + 200);
	assert_false(world_watches(*state));
	world_send(*state, .at_ms = 10000, .flags = MW_TCP_FIN | ACK, .seq = 1101, .ack = 5091 + 2 * 1448 + 200);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void large_packet_that_passes_later_was_lost_before(void **state)
{
	lose_two(*state);
	world_send(*state, SERVER, .at_ms = 300, .flags = ACK, .seq = 5091, .ack = 1101, .bytes = 1448);
	world_send(*state, .at_ms = 10000, .flags = MW_TCP_FIN | ACK, .seq = 1101, .ack = 5091);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_HOLE), 0);
}

static void smaller_packets_that_fill_it_confirm(void **state)
{
	const struct path_facts *facts;

	lose_two(*state);
	world_send(*state, .at_ms = 5000, .flags = ACK, .seq = 1101, .ack = 5091);
	world_send(*state, SERVER, .at_ms = 6000, .flags = ACK, .seq = 5091, .ack = 1101, .bytes = 1024);
	world_send(*state, .at_ms = 6001, .flags = ACK, .seq = 1101, .ack = 5091 + 1024);
	facts = world_only(*state, PATH_HOLE);
	assert_int_equal(facts->end, PATH_SHRANK);
	assert_int_equal(facts->largest_acked, 1076);
	assert_int_equal(facts->smallest_lost, 1500);
}

static void packets_without_handshake_have_no_full_size(void **state)
{
	world_send(*state, .at_ms = 50, .flags = ACK, .seq = 1101, .ack = 5091);
	world_send(*state, SERVER, .at_ms = 51, .flags = ACK, .seq = 5091, .ack = 1101);
	world_send(*state, SERVER, .at_ms = 60, .flags = ACK, .seq = 5091 + 2 * 1448, .ack = 1101, .bytes = 200);
	assert_false(world_watches(*state));
}

static const struct CMUnitTest tests[] = {
	STORY(reset_beyond_whole_segments_shows_a_hole),
	STORY(timestamps_that_only_one_side_offered_take_no_room),
	STORY(receiver_must_stand_at_the_hole),
	STORY(reset_of_another_host_shows_no_hole),
	STORY(reset_beyond_any_number_shows_no_hole),
	STORY(shots_at_a_window_show_no_hole),
	STORY(reset_without_silence_shows_no_hole),
	STORY(client_that_still_waits_shows_a_hole),
	STORY(what_arrives_behind_need_only_be_smaller),
	STORY(nearly_as_large_it_says_nothing),
	STORY(hole_is_told_when_nobody_speaks_any_more),
	STORY(client_that_was_not_heard_again_shows_nothing),
	STORY(client_that_has_the_bytes_shows_a_bad_mirror),
	STORY(large_packet_that_passes_later_was_lost_before),
	STORY(smaller_packets_that_fill_it_confirm),
	STORY(packets_without_handshake_have_no_full_size),
};

MW_TEST_MAIN("detect_path_worker_hole", tests)
