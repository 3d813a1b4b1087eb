// SPDX-License-Identifier: BSD-3-Clause
// A line's limit, seen from inside: what its hosts held when the first of them was refused.
// Neighbours: lib/detectors/nat/shortage.c.
#include "mw_test.h"

#include "shortage.h"

#define START_S 1700000000

struct world {
	struct mw_nat *nat;
	uint32_t line;
	struct nat_shortage shortage;
};

static struct world begin(void)
{
	static const struct mw_nat_sizes sizes = {.lines_max = 1, .hosts_max = 4, .sessions_max = 256};
	static const struct mw_hash_key key = {{1}};
	static const struct mw_nat_profile profile = {.udp_ns = 300 * MW_NS_PER_SECOND,
												  .udp_unanswered_ns = 300 * MW_NS_PER_SECOND,
												  .dns_ns = 30 * MW_NS_PER_SECOND,
												  .icmp_ns = 30 * MW_NS_PER_SECOND,
												  .inbound_refreshes = true,
												  .shared_pool = true};
	struct world world = {.nat = NULL};

	assert_int_equal(mw_nat_new(&sizes, &key, &world.nat), 0);
	world.line = mw_nat_line_open(world.nat, &profile);
	return world;
}

/** UDP sessions, one a second; the line's demand is told as each second begins. */
static void open_sessions(struct world *world, uint32_t from_s, uint32_t to_s, uint16_t peer_port)
{
	for (uint32_t at_s = from_s; at_s < to_s; at_s++) {
		const struct mw_nat_activity activity = {.time_ns = (START_S + at_s) * MW_NS_PER_SECOND,
												 .line = world->line,
												 .protocol = MW_NAT_UDP,
												 .step = MW_NAT_OUTBOUND,
												 .port = (uint16_t)(10000 + at_s),
												 .peer_port = peer_port};
		struct mw_nat_counts counts;

		mw_nat_advance(world->nat, activity.time_ns);
		mw_nat_line_counts(world->nat, world->line, &counts);
		nat_shortage_see(&world->shortage, START_S + at_s, counts.ports_all);
		assert_int_equal(mw_nat_activity(world->nat, &activity), MW_NAT_HELD);
	}
}

static void learn(struct world *world, uint32_t since_s)
{
	nat_shortage_learn(&world->shortage, world->nat, world->line,
					   (START_S + since_s) * MW_NS_PER_SECOND + MW_NS_PER_SECOND / 2);
}

static void limit_is_what_was_held_at_the_first_refusal(void **state)
{
	struct world world = begin();

	(void)state;
	open_sessions(&world, 0, 120, 443);
	learn(&world, 100);
	assert_int_equal(world.shortage.limit, 100);
	mw_nat_free(world.nat);
}

static void least_is_what_the_shortest_timers_would_have_left(void **state)
{
	struct world world = begin();

	(void)state;
	open_sessions(&world, 0, 60, 443); // held for 25 s at least,
	open_sessions(&world, 60, 90, 53); // questions for 8 s
	learn(&world, 89);
	assert_in_range(world.shortage.limit, 88, 89);
	assert_in_range(world.shortage.least, 6, 8);
	mw_nat_free(world.nat);
}

static void demand_lasts_through_seconds_of_which_nothing_was_told(void **state)
{
	struct world world = begin();

	(void)state;
	nat_shortage_see(&world.shortage, START_S, 10);
	nat_shortage_see(&world.shortage, START_S + 500, 20);
	learn(&world, 450);
	assert_int_equal(world.shortage.limit, 20);
	mw_nat_free(world.nat);
}

static void nothing_is_learned_of_a_refusal_too_long_ago(void **state)
{
	struct world world = begin();

	(void)state;
	open_sessions(&world, 0, 120, 443);
	learn(&world, 30);
	assert_int_equal(world.shortage.limit, 0);
	nat_shortage_learn(&world.shortage, world.nat, world.line, 0);
	assert_int_equal(world.shortage.limit, 0);
	learn(&world, 100);
	nat_shortage_forget(&world.shortage);
	assert_int_equal(world.shortage.limit, 0);
	mw_nat_free(world.nat);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(limit_is_what_was_held_at_the_first_refusal),
	MW_TEST(least_is_what_the_shortest_timers_would_have_left),
	MW_TEST(demand_lasts_through_seconds_of_which_nothing_was_told),
	MW_TEST(nothing_is_learned_of_a_refusal_too_long_ago),
};

MW_TEST_MAIN("nat_shortage", tests)
