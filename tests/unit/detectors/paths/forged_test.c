// SPDX-License-Identifier: BSD-3-Clause
// Too-big reports that need not be true: what they may not do, to a verdict or to the room of others.
// Neighbours: lib/detectors/paths/reporter.h, sum.c, table.c. Follows RFC 5927.
#include "mw_test.h"

#include "control_world.h"

#define ROOM 64

static struct path_facts misaddressed(const struct path_world *world)
{
	struct path_facts facts = report_of(world, 1380);

	facts.told = world_v4(203, 0, 113, 77);
	return facts;
}

/** What anybody may write without knowing the network: a row, no verdict, no bound (RFC 5927). */
static void reports_that_need_not_be_true_accuse_nobody(void **state)
{
	static const struct mw_address loopback = {{[15] = 1}}, group = {{0xff, 2, [15] = 1}}, unspecified;
	struct path_world *world = world_new(64);
	const struct path_facts plain = misaddressed(world);
	struct path_facts bad[11];

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(bad); i++)
		bad[i] = plain;
	bad[0].flow_known = false;
	bad[1].mtu_bytes = 62767;
	bad[2].mtu_bytes = bad[2].quoted_bytes = 1400; // it would have fitted
	bad[3].quoted_bytes = 32;
	bad[4].mtu_bytes = 0, bad[4].quoted_bytes = 60;
	bad[5].reporter = world_v4(231, 1, 1, 1);
	bad[6].reporter = world_v4(127, 0, 0, 1);
	bad[7].reporter = world_v4(255, 255, 255, 255);
	bad[8].reporter = loopback;
	bad[9].reporter = group;
	bad[10].reporter = unspecified;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(bad); i++) {
		world->flow.dst = world_v4(198, 51, 100, 10 + i);
		for (uint32_t k = 0; k < 3; k++)
			world_tell_other_flow(world, bad[i]);
		CHECK(world, "ok", 50);
		assert_int_equal(world_row(world).icmp_reports, 3);
		assert_int_equal(world_row(world).reporters_count, 1);
		assert_int_equal(world_row(world).mtu_high, MW_UNKNOWN_I64);
		assert_int_equal(world_row(world).smallest_lost, MW_UNKNOWN_I64);
	}
	world->flow.dst = world_v4(198, 51, 100, 9);
	world_tell(world, plain);
	CHECK(world, "too-big-misaddressed", 90);
	world_free(world);
}

/** Nor do they excuse a path that swallows packets, or hide the router that tells the truth. */
static void forged_reports_hide_nothing(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts forged = report_of(world, 1400);

	(void)state;
	forged.flow_known = false;
	for (unsigned i = 0; i < 8; i++) {
		forged.reporter = world_v4(198, 18, 0, i);
		world_tell(world, forged);
	}
	world_tell(world, stuck(PATH_GAVE_UP));
	CHECK(world, "black-hole", 75);
	world_tell(world, report_of(world, 1380));
	world_tell(world, ignored(5));
	assert_int_equal(world_row(world).verdict, MW_PATH_IGNORED);
	assert_string_equal(world_row(world).reporters, "203.0.113.1=1380+198.18.0.1=1400+198.18.0.2=1400+198.18.0.3=1400");
	world_free(world);
}

static struct path_facts disproved(const struct path_world *world, uint32_t size)
{
	return (struct path_facts){
		.what = PATH_REACTION, .reaction = PATH_DISPROVED, .largest_acked = size, .to_ns = world->now_ns};
}

static void what_got_through_after_a_report_disproves_it(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, report_of(world, 1380));
	world_tell(world, misaddressed(world));
	world_tell(world, ignored(9));
	assert_int_equal(world_row(world).verdict, MW_PATH_IGNORED);
	world_tell(world, disproved(world, 1500));
	world_tell(world, report_of(world, 1380)); // the same again, at once
	CHECK(world, "ok", 70);
	assert_int_equal(world_row(world).mtu_low, 1500);
	assert_int_equal(world_row(world).mtu_high, MW_UNKNOWN_I64);
	assert_int_equal(world_row(world).largest_acked, 1500);
	assert_int_equal(world_row(world).smallest_lost, MW_UNKNOWN_I64);
	world->now_ns += 600 * MW_NS_PER_SECOND;
	world_tell(world, report_of(world, 1380)); // the path has changed
	world_tell_other_flow(world, ignored(9));
	assert_int_equal(world_row(world).verdict, MW_PATH_IGNORED);
	world_free(world);
}

/**
 * Thousands of pairs that no connection was seen of take an eighth of the room, and no known path turns into a network.
 */
static void a_flood_of_forged_reports_leaves_room(void **state)
{
	struct path_world *world = world_new(ROOM);
	struct path_facts forged = misaddressed(world);
	const struct mw_event_flow flow = world->flow;

	(void)state;
	forged.flow_known = false;
	for (uint32_t i = 0; i < 10000; i++) {
		if (i % 1000 == 0) {
			world->flow = flow;
			world->flow.dst = world_v4(10, 1, i / 1000, 9);
			world_tell(world, stuck(PATH_SHRANK));
		}
		world->flow.src = world_v4(172, 16, i >> 8 & 255, i & 255);
		world->flow.dst = world_v4(11, i >> 16 & 255, i >> 8 & 255, i & 255);
		world_tell(world, forged);
	}
	assert_int_equal(world_rows(world, 0), 10 + ROOM / PATH_HEARSAY_SHARE);
	assert_int_equal(world->state->table.given_up, 0);
	world->flow = flow;
	for (uint32_t i = 0; i < 10; i++) {
		world->flow.dst = world_v4(10, 1, i, 9);
		CHECK(world, "black-hole", 90);
	}
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(reports_that_need_not_be_true_accuse_nobody),
	MW_TEST(forged_reports_hide_nothing),
	MW_TEST(what_got_through_after_a_report_disproves_it),
	MW_TEST(a_flood_of_forged_reports_leaves_room),
};
MW_TEST_MAIN("detect_path_forged", tests)
