// SPDX-License-Identifier: BSD-3-Clause
// A translator that owns the address answers a segment far outside the window itself: another TTL is then no second
// sign. Neighbours: lib/detectors/resets/odd.c, judge.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

#define FAR 2000000u

/** The server's address is reset from another place on the path, plainly, by what the client's segment acknowledges. */
static void reset_from_elsewhere(struct world *world, uint8_t flags)
{
	world_send(world, SERVER, .at_ms = 1001, .flags = flags, .seq = 6001, .ack = flags & ACK ? 1101 : 0, .ttl = 62);
}

static void server_lives(struct world *world)
{
	world_send(world, SERVER, .at_ms = 1100, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 100, .window = 64000);
}

static void answer_to_a_segment_below_the_window_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101 - FAR, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void answer_to_a_segment_above_the_window_accuses_nobody(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101 + FAR, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

// The same worker has many other connections, or few: the number of workers decides.
static void such_segments_of_others_in_between_change_nothing(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101 - FAR, .ack = 6001, .bytes = 100);
	for (uint16_t port = 1; port <= 100; port++) {
		world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1100, .ack = 6001, .bytes = 1, .client_port = port);
		world_send(*state, SERVER, .at_ms = 1000, .flags = ACK, .seq = 6001, .ack = 1101, .client_port = port);
		world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101 - FAR, .ack = 6001, .bytes = 100,
				   .client_port = port);
	}
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_UNKNOWN);
}

static void answer_to_an_acceptable_segment_is_forged(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static void answer_to_a_repetition_is_forged(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1001, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static void an_acceptable_segment_in_between_ends_the_excuse(void **state)
{
	world_send(*state, .at_ms = 990, .flags = ACK, .seq = 1101 - FAR, .ack = 6001, .bytes = 100);
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, R);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static void an_abort_answers_nothing(void **state)
{
	world_send(*state, .at_ms = 1000, .flags = ACK, .seq = 1101 - FAR, .ack = 6001, .bytes = 100);
	reset_from_elsewhere(*state, RA);
	server_lives(*state);
	assert_int_equal(world_only_row(*state)->verdict, MW_RESET_FORGED);
}

static const struct CMUnitTest tests[] = {
	STORY(answer_to_a_segment_below_the_window_accuses_nobody),
	STORY(answer_to_a_segment_above_the_window_accuses_nobody),
	STORY(such_segments_of_others_in_between_change_nothing),
	STORY(answer_to_an_acceptable_segment_is_forged),
	STORY(answer_to_a_repetition_is_forged),
	STORY(an_acceptable_segment_in_between_ends_the_excuse),
	STORY(an_abort_answers_nothing),
};

MW_TEST_MAIN("detect_reset_odd", tests)
