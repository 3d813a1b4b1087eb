// SPDX-License-Identifier: BSD-3-Clause
// A black hole on the line of a receiver, of which each of many servers shows one connection; and what clears that
// line.
// Neighbours: lib/detectors/paths/hosts.c, control.c, verdict.c.
#include "mw_test.h"

#include "control_world.h"

/** One connection of another network: opened just before, its two large packets lost, its small one acknowledged. */
static struct path_facts flight(const struct path_world *world)
{
	struct path_facts facts = stuck(PATH_GAVE_UP);

	facts.receiver_alive = false;
	facts.burst_small = true;
	facts.largest_acked = 0;
	facts.segments_lost = 2;
	facts.opened_ns = world->now_ns - MW_NS_PER_SECOND / 3;
	facts.from_ns = world->now_ns;
	facts.to_ns = world->now_ns + 9 * MW_NS_PER_SECOND;
	return facts;
}

static void tell_of(struct path_world *world, unsigned network, struct path_facts facts)
{
	world->flow.src = world_v4(100, 64, network, 1);
	world_tell(world, facts);
}

static void tell_flights(struct path_world *world, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		tell_of(world, i, flight(world));
}

/** The receiver acknowledged as much as a packet of that size, last so many seconds ago. */
static void tell_passed(struct path_world *world, uint32_t size, uint64_t ago_s)
{
	struct path_facts facts = {
		.what = PATH_PASSED, .largest_acked = size, .to_ns = world->now_ns - ago_s * MW_NS_PER_SECOND};
	struct mw_address src = world->flow.src;

	world->flow.src = (struct mw_address){0};
	world_tell(world, facts);
	world->flow.src = src;
}

static void flights_of_three_networks_are_the_receivers(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	tell_flights(world, 1, 2);
	CHECK(world, "ok", 40);
	tell_flights(world, 3, 1);
	CHECK(world, "black-hole", 60);
	tell_flights(world, 4, 2);
	CHECK(world, "black-hole", 75);
	assert_int_equal(world_row(world).networks, 5);
	assert_true(world_row(world).opens_on);
	world->flow.src = world_v4(100, 64, 1, 1); // the first one is judged again
	CHECK(world, "black-hole", 75);
	world_free(world);
}

static void earlier_rows_come_again_when_it_turns(void **state)
{
	struct path_world *world = world_new(64);
	uint64_t since_ns;

	(void)state;
	tell_flights(world, 1, 2);
	since_ns = world->now_ns + 600 * MW_NS_PER_SECOND;
	world->now_ns = since_ns;
	tell_flights(world, 3, 1); // too late to count with them
	assert_int_equal(world_rows(world, since_ns), 1);
	tell_flights(world, 1, 2);
	assert_int_equal(world_rows(world, since_ns), 3);
	CHECK(world, "black-hole", 75);
	world_free(world);
}

static void a_large_packet_that_arrived_clears_the_receiver(void **state)
{
	const struct {
		uint32_t size;
		uint64_t ago_s;
		bool clears;
	} cases[] = {{1500, 0, true},  {9000, 0, true},  {1500, 5, true},
				 {1492, 0, false}, {1400, 0, false}, {1500, 20, false}};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct path_world *world = world_new(64);

		tell_flights(world, 1, 5);
		tell_passed(world, cases[i].size, cases[i].ago_s);
		CHECK(world, cases[i].ago_s == 5 || !cases[i].clears ? "black-hole" : "ok",
			  cases[i].ago_s == 5 ? 60
			  : cases[i].clears   ? 40
								  : 75);
		world_free(world);
	}
}

static void it_does_not_matter_which_was_told_first(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	tell_passed(world, 1500, 0);
	world->now_ns -= 5 * MW_NS_PER_SECOND;
	tell_flights(world, 1, 4);
	CHECK(world, "ok", 40);
	world->now_ns += 5 * MW_NS_PER_SECOND;
	tell_flights(world, 5, 3); // after it
	CHECK(world, "black-hole", 60);
	world_free(world);
}

static void a_segment_that_got_through_in_the_end_clears_it_too(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts through = stuck(PATH_GOT_THROUGH);

	(void)state;
	tell_flights(world, 1, 5);
	through.to_ns = world->now_ns;
	tell_of(world, 77, through);
	world->flow.src = world_v4(100, 64, 2, 1);
	CHECK(world, "ok", 40);
	world_free(world);
}

/** A worker that could not tell of all that passed says so. */
static void what_passed_unknown_clears_all(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_address receiver = world->flow.dst;

	(void)state;
	tell_flights(world, 1, 5);
	world->flow.dst = (struct mw_address){0};
	tell_passed(world, 1500, 0);
	world->flow.dst = receiver;
	CHECK(world, "ok", 40);
	world_free(world);
}

/** Each lacks one thing. */
static void what_may_be_something_else_is_not_counted(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 7; i++) {
		struct path_world *world = world_new(64);

		for (unsigned k = 1; k <= 6; k++) {
			struct path_facts facts = flight(world);

			facts.burst_small = i != 0; // all of the burst was lost
			facts.large_acked = i == 1; // a path that failed
			facts.gaps_grow = i != 2; // no timer of TCP
			facts.full_size = i != 3;
			facts.mirror_gaps = i == 4; // the tap misses packets
			if (i == 5) // all were opened before the first was stuck
				facts.opened_ns = WORLD_START_NS - MW_NS_PER_SECOND;
			tell_of(world, i == 6 ? 1 + k % 2 : k, facts); // of two networks only
		}
		if (i != 6)
			assert_int_equal(world_row(world).verdict, MW_PATH_OK);
		assert_int_equal(world_row(world).networks, 0);
		world_free(world);
	}
}

static void networks_of_ipv6_are_sites(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world->flow.dst = world_v6(0x100, 1);
	for (unsigned i = 1; i <= 3; i++) {
		struct path_facts facts = flight(world);

		CHECK(world, i == 1 ? "no row" : "ok", i == 1 ? 0 : 40);
		world->flow.src = world_v6(i, 1);
		world_tell(world, facts);
	}
	CHECK(world, "black-hole", 60);
	world_free(world);
}

/** More hosts than there is room for: those that were stuck last are kept. */
static void a_full_table_keeps_the_latest(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	for (unsigned i = 0; i < 6000; i++) {
		world->flow.dst = world_v4(10, 1, i / 250, i % 250);
		tell_flights(world, 1, 1);
	}
	world->flow.dst = world_v4(10, 9, 9, 9);
	tell_flights(world, 1, 3);
	assert_int_equal(path_hosts_judge(world->state->hosts, &world->flow.dst, world->now_ns, 1500).networks, 3);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(flights_of_three_networks_are_the_receivers),
	MW_TEST(earlier_rows_come_again_when_it_turns),
	MW_TEST(a_large_packet_that_arrived_clears_the_receiver),
	MW_TEST(it_does_not_matter_which_was_told_first),
	MW_TEST(a_segment_that_got_through_in_the_end_clears_it_too),
	MW_TEST(what_passed_unknown_clears_all),
	MW_TEST(what_may_be_something_else_is_not_counted),
	MW_TEST(networks_of_ipv6_are_sites),
	MW_TEST(a_full_table_keeps_the_latest),
};
MW_TEST_MAIN("detect_path_host", tests)
