// SPDX-License-Identifier: BSD-3-Clause
// Bursts of one to three large packets, counted over the connections of a pair; and what looks like them.
// Neighbours: lib/detectors/paths/stuck.c, sum.c, verdict.c.
#include "mw_test.h"

#include "control_world.h"

/** Three full segments of one burst, sent again in vain; its small packet was acknowledged out of order. */
static struct path_facts flight(const struct path_world *world)
{
	struct path_facts facts = stuck(PATH_GAVE_UP);

	facts.receiver_alive = false;
	facts.burst_small = facts.fresh = true;
	facts.largest_acked = 0;
	facts.segments_lost = 3;
	facts.opened_ns = WORLD_START_NS;
	facts.from_ns = world->now_ns;
	facts.to_ns = world->now_ns + 15 * MW_NS_PER_SECOND;
	return facts;
}

/** The connection was opened just before. */
static struct path_facts flight_opened(const struct path_world *world)
{
	struct path_facts facts = flight(world);

	facts.opened_ns = world->now_ns - MW_NS_PER_SECOND / 3;
	return facts;
}

static void flights_count_over_connections(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, flight(world));
	CHECK(world, "ok", 40);
	world_tell(world, flight(world)); // the same connection
	CHECK(world, "ok", 40);
	world_tell_other_flow(world, flight(world));
	CHECK(world, "ok", 40);
	world_tell_other_flow(world, flight(world));
	CHECK(world, "black-hole", 60);
	world_free(world);
}

static void a_connection_that_opens_after_shows_that_the_path_lives(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, flight_opened(world));
	world_tell_other_flow(world, flight_opened(world));
	CHECK(world, "black-hole", 60);
	assert_true(world_row(world).opens_on);
	world_tell_other_flow(world, flight_opened(world));
	CHECK(world, "black-hole", 75);
	world_free(world);
}

static void a_size_that_passes_ends_it(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		world_tell_other_flow(world, flight_opened(world));
	CHECK(world, "black-hole", 75);
	world_tell_other_flow(world, stuck(PATH_GOT_THROUGH));
	CHECK(world, "ok", 70);
	world_free(world);
}

/** Each lacks one thing. */
static void what_may_be_something_else_is_not_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		struct path_world *world = world_new(64);

		for (uint32_t k = 0; k < 5; k++) {
			struct path_facts facts = flight_opened(world);

			facts.burst_small = facts.small_acked = i != 0; // all of the burst was lost
			facts.large_acked = i == 1; // a path that failed
			facts.gaps_grow = i != 2; // no timer of TCP
			facts.full_size = i != 3;
			facts.retransmits = i == 4 ? 2 : 5;
			if (i == 5) {
				facts.burst_small = facts.fresh = false; // silent for long before
				facts.largest_acked = 140;
			}
			world_tell_other_flow(world, facts);
		}
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
		world_free(world);
	}
}

static void small_ones_just_before_are_a_hint(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct path_facts facts = flight_opened(world);

		CHECK(world, i == 0 ? "no row" : i < 3 ? "ok" : "black-hole", i == 0 ? 0 : i < 3 ? 40 : 45);
		facts.burst_small = false;
		world_tell_other_flow(world, facts);
	}
	CHECK(world, "black-hole", 45);
	world_free(world);
}

static void a_host_that_dies_opens_nothing_more(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		struct path_facts facts = flight(world);

		facts.burst_small = false;
		world_tell_other_flow(world, facts);
	}
	CHECK(world, "ok", 40);
	world_free(world);
}

static void a_tap_that_misses_packets_makes_it_less_sure(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		struct path_facts facts = flight_opened(world);

		facts.mirror_gaps = true;
		world_tell_other_flow(world, facts);
	}
	CHECK(world, "black-hole", 50);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(flights_count_over_connections),
	MW_TEST(a_connection_that_opens_after_shows_that_the_path_lives),
	MW_TEST(a_size_that_passes_ends_it),
	MW_TEST(what_may_be_something_else_is_not_counted),
	MW_TEST(small_ones_just_before_are_a_hint),
	MW_TEST(a_host_that_dies_opens_nothing_more),
	MW_TEST(a_tap_that_misses_packets_makes_it_less_sure),
};
MW_TEST_MAIN("detect_path_flight", tests)
