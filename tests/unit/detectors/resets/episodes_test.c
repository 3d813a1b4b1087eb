// SPDX-License-Identifier: BSD-3-Clause
// Which resets are one episode, and what its row says of several.
// Neighbours: lib/detectors/resets/resets.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

#define SYN MW_TCP_SYN

static void answers_to_strays_are_one_episode(void **state)
{
	const struct mw_reset_row *row;

	for (uint32_t i = 0; i < 4; i++) {
		world_send(*state, SERVER, .at_ms = 1000 + 3 * i, .flags = ACK, .seq = 3000000000u, .ack = 1101, .bytes = 9);
		world_send(*state, .at_ms = 1001 + 3 * i, .flags = R, .seq = 1101);
		world_send(*state, .at_ms = 1002 + 3 * i, .flags = ACK, .seq = 1101, .ack = 6001); // the connection lives
	}
	row = world_only_row(*state);
	assert_int_equal(row->count, 4);
	assert_true(row->verdict != MW_RESET_FORGED);
}

static void refusals_of_a_repeated_syn_are_one_episode(void **state)
{
	const struct mw_reset_row *row;

	for (uint32_t i = 0; i < 3; i++) {
		world_send(*state, .at_ms = 1000 * i, .flags = SYN, .seq = 1000);
		world_send(*state, SERVER, .at_ms = 1000 * i + 20, .flags = RA, .seq = 0, .ack = 1001);
	}
	row = world_only_row(*state);
	assert_int_equal(row->count, 3);
	assert_int_equal(row->verdict, MW_RESET_ENDPOINT);
}

static void refusals_of_two_attempts_are_two_episodes(void **state)
{
	for (uint32_t i = 0; i < 2; i++) {
		world_send(*state, .at_ms = 1000 * i, .flags = SYN, .seq = 1000 + 77777 * i);
		world_send(*state, SERVER, .at_ms = 1000 * i + 20, .flags = RA, .seq = 0, .ack = 1001 + 77777 * i);
	}
	world_finish(*state);
	assert_int_equal(world_rows(*state), 2);
}

static void data_before_a_later_reset_is_not_held_against_it(void **state)
{
	const struct mw_reset_row *row;

	world_send(*state, SERVER, .at_ms = 1000, .flags = R, .seq = 6001);
	world_send(*state, .at_ms = 1100, .flags = ACK, .seq = 3000000000u, .ack = 9, .bytes = 9); // a stray
	world_send(*state, SERVER, .at_ms = 1200, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 100);
	world_send(*state, SERVER, .at_ms = 1300, .flags = R, .seq = 6101);
	row = world_only_row(*state);
	assert_int_equal(row->count, 2);
	assert_false(row->evidence & E(DATA_AFTER_RESET));
}

/** The server's packets come over two ways. */
static void two_ways(struct world *world)
{
	world_send(world, SERVER, .at_ms = 500, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 10, .ttl = 71);
	world_send(world, SERVER, .at_ms = 600, .flags = ACK, .seq = 6011, .ack = 1101, .bytes = 10);
}

static void ttl_that_was_matched_is_shown(void **state)
{
	const struct mw_reset_row *row;

	two_ways(*state);
	world_send(*state, SERVER, .at_ms = 700, .flags = RA, .seq = 6021, .ack = 1101, .ttl = 71);
	row = world_only_row(*state);
	world_assert_evidence(row, E(SAME_TTL));
	assert_int_equal(row->ttl, 71);
	assert_int_equal(row->ttl_expected, 71);
}

static void ttl_far_from_both_ways_is_not_theirs(void **state)
{
	const struct mw_reset_row *row;

	two_ways(*state);
	world_send(*state, SERVER, .at_ms = 700, .flags = RA, .seq = 6021, .ack = 1101, .ttl = 60);
	row = world_only_row(*state);
	assert_false(row->evidence & (E(SAME_TTL) | E(TTL_SPLIT)));
	assert_int_equal(row->ttl_expected, 52);
}

static const struct CMUnitTest tests[] = {
	STORY(answers_to_strays_are_one_episode),
	SILENT(refusals_of_a_repeated_syn_are_one_episode),
	SILENT(refusals_of_two_attempts_are_two_episodes),
	STORY(data_before_a_later_reset_is_not_held_against_it),
	STORY(ttl_that_was_matched_is_shown),
	STORY(ttl_far_from_both_ways_is_not_theirs),
};

MW_TEST_MAIN("detect_reset_episodes", tests)
