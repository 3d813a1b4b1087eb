// SPDX-License-Identifier: BSD-3-Clause
// The line of the report: datagrams around tunnels count as whole, and as lacking bytes, wherever their pieces went.
// Neighbours: world.c, lib/detectors/fragments/report.c.
#include "world.h"
#include "mw_test.h"

static void assert_line(struct world *world, const char *expected)
{
	char chars[400];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	world_report_line(world, &text);
	assert_string_equal(chars, expected);
}

/** Later pieces of a datagram of 2000 bytes around a tunnel. */
#define LATER(...) world_end(world, UNFINISHED, .headless = true, .protocol = 4, __VA_ARGS__)
#define FIRST_LOST .fragments = 1, .missing_count = 1, .missing = {{0, 1448}}

static void whole_ones_around_a_tunnel_are_whole(void **state)
{
	struct world *world = *state;

	for (uint32_t id = 1; id <= 5; id++) {
		world_outer(world, .at_ms = 100 * id, .id = id);
		LATER(.at_ms = 100 * id + 1, .id = id, FIRST_LOST);
	}
	world_finish(world, 140000);
	assert_line(world, "10 fragments of 5 datagrams: 5 whole, 0 that lack bytes, 0 cut by the end");
}

static void whole_ones_at_the_end_of_the_input_are_whole(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 1000, .v6 = true);
	LATER(.at_ms = 1001, .v6 = true, .cut = true, FIRST_LOST);
	world_finish(world, 1500);
	assert_line(world, "2 fragments of 1 datagrams: 1 whole, 0 that lack bytes, 0 cut by the end");
}

static void each_way_to_lack_bytes_is_counted(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0, .id = 1);
	LATER(.at_ms = 1, .id = 1, .fragments = 1, .missing_count = 2, .missing = {{0, 1448}, {2896, 4000}});
	world_outer(world, .at_ms = 100, .id = 2); // all later ones are lost
	LATER(.at_ms = 200, .id = 3, FIRST_LOST); // the first one, perhaps
	world_finish(world, 140000);
	assert_line(world,
				"4 fragments of 3 datagrams: 0 whole, 2 that lack bytes, 0 cut by the end, 1 undecided (the first "
				"fragment may have passed around a tunnel)");
}

static void what_the_end_cut_off_stays_cut(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 1000, .id = 1);
	LATER(.at_ms = 1100, .id = 2, .cut = true, FIRST_LOST);
	world_end(world, UNFINISHED, .at_ms = 1200, .id = 3, .cut = true, .missing_count = 1, .missing = {{1480, 2000}});
	world_finish(world, 1500);
	assert_line(world, "4 fragments of 3 datagrams: 0 whole, 0 that lack bytes, 3 cut by the end");
}

static void one_that_a_tracker_took_for_incomplete_is_moved(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 1000);
	world_end(world, INCOMPLETE, .at_ms = 1001, .headless = true, FIRST_LOST);
	world_end(world, INCOMPLETE, .at_ms = 1001, .id = 8, .missing_count = 1, .missing = {{1480, 2000}});
	world_finish(world, 140000);
	assert_line(world, "4 fragments of 2 datagrams: 1 whole, 1 that lack bytes, 0 cut by the end");
}

static const struct CMUnitTest tests[] = {
	STORY(whole_ones_around_a_tunnel_are_whole),
	STORY(whole_ones_at_the_end_of_the_input_are_whole),
	STORY(each_way_to_lack_bytes_is_counted),
	STORY(what_the_end_cut_off_stays_cut),
	STORY(one_that_a_tracker_took_for_incomplete_is_moved),
};
MW_TEST_MAIN("fragments_tally", tests)
