// SPDX-License-Identifier: BSD-3-Clause
// Floods, and several workers: what is worth telling gets through, and the rows are the same.
// Neighbours: world.c.
#include "world.h"

#include <string.h>

#include "mw_test.h"

#define LOST .missing_count = 1, .missing = {{1480, OPEN}}

static void flood_of_single_pieces(struct world *world, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		world_end(world, INCOMPLETE, .at_ms = i / 1000, .src = (uint8_t)(100 + i % 100), .dst = (uint8_t)(1 + i % 255),
				  .id = i + 1, .fragments = 1, LOST);
}

static void section_begins_with_the_part_of_the_tracker(void **state)
{
	const struct mw_settings_module *const modules[] = {mw_detector_fragments.settings};
	const char *const overrides[] = {"fragment.timeout=7s", "fragment.reports-per-second=5"};
	const struct mw_fragment_settings *tracker;
	const struct fragment_settings *values;
	struct mw_settings *settings;

	(void)state;
	assert_int_equal(mw_settings_load(modules, 1, NULL, overrides, 2, NULL, NULL, &settings), 0);
	values = mw_settings_values(settings, "fragment");
	tracker = mw_settings_values(settings, "fragment");
	assert_int_equal(tracker->datagrams_max, 65536);
	assert_int_equal(tracker->timeout_ns, 7 * MW_NS_PER_SECOND);
	assert_int_equal(values->reports_per_second, 5);
	mw_settings_free(settings);
}

static void single_pieces_use_a_tenth_of_the_budget(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 100;
	flood_of_single_pieces(world, 900);
	world_finish(world, 60000);
	assert_int_equal(world_rows(world), 10);
	assert_int_equal(world_count(world, "told"), 10);
	assert_int_equal(world_count(world, "capped"), 890);
}

static void flood_of_single_pieces_does_not_keep_out_an_answered_one(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 100;
	flood_of_single_pieces(world, 900);
	world_end(world, INCOMPLETE, .at_ms = 0, .fragments = 1, .answered = true, LOST);
	world_finish(world, 60000);
	assert_int_equal(world_rows(world), 11);
}

static void flood_of_single_pieces_does_not_keep_out_a_pair_that_sends_whole_ones(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 100;
	world_end(world, COMPLETE, .at_ms = 0, .answered = true); // whoever forges a sender gets no answer
	flood_of_single_pieces(world, 20000); // more pairs than there are places
	world_end(world, INCOMPLETE, .at_ms = 19, .id = 8, .fragments = 1, LOST);
	world_finish(world, 60000);
	assert_int_equal(world_row(world, 0)->pair_complete, 0); // of the flood
	for (uint32_t i = 0; i < world_rows(world); i++) {
		if (world_row(world, i)->src.bytes[15] == 2) {
			assert_int_equal(world_row(world, i)->pair_complete, 1);
			return;
		}
	}
	fail();
}

static void flood_in_several_pieces_leaves_room_for_an_answered_one(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 100;
	for (uint32_t i = 0; i < 500; i++)
		world_end(world, INCOMPLETE, .at_ms = 0, .src = 60, .id = i + 1, .fragments = 3, LOST);
	world_end(world, INCOMPLETE, .at_ms = 0, .answered = true, LOST);
	world_finish(world, 60000);
	assert_int_equal(world_rows(world), 31);
}

static void budget_is_the_worker_s_whole(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 100;
	for (uint32_t i = 0; i < 500; i++)
		world_end(world, INCOMPLETE, .at_ms = 0, .id = i + 1, .answered = true, LOST);
	for (uint32_t i = 0; i < 500; i++)
		world_end(world, INCOMPLETE, .at_ms = 1000, .id = i + 1, .answered = true, LOST);
	world_finish(world, 60000);
	assert_int_equal(world_rows(world), 200);
	assert_int_equal(world_count(world, "capped"), 800);
	assert_int_equal(world_row(world, 199)->pair_incomplete, 1000); // those that were not told count
}

/** Half a minute of a busy network: what is whole, what is not, tunnels and reports. */
static void live(struct world *world)
{
	for (uint32_t i = 0; i < 24; i++) {
		uint64_t at_ms = 1000 * i;

		world_outer(world, .at_ms = at_ms, .src = (uint8_t)(20 + i % 3), .id = 1000 + i, .inner = (uint8_t)(40 + i));
		world_end(world, COMPLETE, .at_ms = at_ms, .src = (uint8_t)(2 + i % 5), .id = i + 1);
		world_tick(world, at_ms + 999);
	}
	for (uint32_t i = 0; i < 24; i++) {
		uint64_t at_ms = 1000 * i;

		if (i % 4 != 0)
			world_end(world, INCOMPLETE, .at_ms = at_ms, .src = (uint8_t)(20 + i % 3), .id = 1000 + i, .headless = true,
					  .missing_count = 1, .missing = {{0, 1448}});
		if (i % 3 == 0)
			world_end(world, INCOMPLETE, .at_ms = at_ms, .src = (uint8_t)(2 + i % 5), .id = 100 + i, LOST);
		if (i % 6 == 0)
			world_report(world, .at_ms = at_ms + 30500, .src = (uint8_t)(2 + i % 5), .id = 100 + i);
		if (i % 5 == 0)
			world_report(world, .at_ms = at_ms + 30500, .src = (uint8_t)(2 + i % 5), .id = 1 + i);
		world_interval(world, at_ms + 31000);
	}
	world_finish(world, 600000);
}

static void two_workers_write_the_rows_of_one(void **state)
{
	struct world *one = *state, *two = world_new(2), *three = world_new(3);

	live(one);
	live(two);
	live(three);
	assert_int_equal(world_rows(one), 6 + 8 + 5);
	assert_int_equal(world_rows(two), world_rows(one));
	assert_int_equal(world_rows(three), world_rows(one));
	for (uint32_t i = 0; i < world_rows(one); i++) {
		assert_memory_equal(world_row(two, i), world_row(one, i), sizeof(struct mw_fragment_row));
		assert_memory_equal(world_row(three, i), world_row(one, i), sizeof(struct mw_fragment_row));
	}
	world_free(two);
	world_free(three);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(section_begins_with_the_part_of_the_tracker),
	STORY(single_pieces_use_a_tenth_of_the_budget),
	STORY(flood_of_single_pieces_does_not_keep_out_an_answered_one),
	STORY(flood_of_single_pieces_does_not_keep_out_a_pair_that_sends_whole_ones),
	STORY(flood_in_several_pieces_leaves_room_for_an_answered_one),
	STORY(budget_is_the_worker_s_whole),
	STORY(two_workers_write_the_rows_of_one),
};

MW_TEST_MAIN("detect_fragment_budget", tests)
