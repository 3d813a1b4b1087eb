// SPDX-License-Identifier: BSD-3-Clause
// Between which sizes the path MTU lies, when the facts agree and when they do not.
// Neighbours: lib/detectors/paths/verdict.c, sum.c.
#include "mw_test.h"

#include <string.h>

#include "control_world.h"

static struct path_facts passed(uint32_t bytes)
{
	struct path_facts facts = stuck(PATH_GOT_THROUGH);

	facts.largest_acked = facts.smallest_lost = bytes;
	return facts;
}

static void assert_range(struct path_world *world, int64_t low, int64_t high)
{
	const struct mw_path_row row = world_row(world);

	assert_int_equal(row.mtu_low, low);
	assert_int_equal(row.mtu_high, high);
}

static void the_narrowest_of_several_routers_bounds_the_path(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts second = report_of(world, 1380);
	struct mw_path_row row;

	(void)state;
	second.reporter = world_v4(203, 0, 113, 9);
	second.quoted_bytes = 1440;
	world_tell(world, report_of(world, 1440));
	world_tell(world, second);
	world_tell(world, report_of(world, 1440));
	assert_range(world, MW_UNKNOWN_I64, 1380);
	row = world_row(world);
	assert_string_equal(row.reporters, "203.0.113.1=1440+203.0.113.9=1380");
	assert_int_equal(row.reporters_count, 2);
	assert_int_equal(row.reporter[1].mtu_bytes, 1380);
	assert_int_equal(row.icmp_reports, 3);
	assert_int_equal(row.smallest_lost, 1440);
	world_free(world);
}

static void reporters_are_bounded_and_fit(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts;
	struct mw_path_row row;

	(void)state;
	world->flow.src = world_v6(1, 1);
	world->flow.dst = world_v6(2, 1);
	for (uint32_t i = 0; i < 20; i++) {
		facts = report_of(world, UINT32_MAX - i);
		memset(&facts.reporter, 0xfd, sizeof(facts.reporter));
		world_tell(world, facts);
	}
	row = world_row(world);
	assert_int_equal(row.reporters_count, MW_PATH_REPORTERS);
	assert_string_equal(row.reporters + strlen(row.reporters) - 11, "=4294967292");
	assert_int_equal(row.icmp_reports, 20);
	world_free(world);
}

static void a_router_that_gives_no_mtu_still_bounds_the_path(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, report_of(world, 0));
	assert_range(world, MW_UNKNOWN_I64, 1499);
	assert_string_equal(world_row(world).reporters, "203.0.113.1=0");
	world_free(world);
}

static void a_path_that_became_narrow_is_told_by_the_newer_report(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts small = honoured();

	(void)state;
	world_tell(world, passed(1500));
	assert_range(world, 1500, MW_UNKNOWN_I64);
	world_tell(world, report_of(world, 1400));
	assert_range(world, MW_UNKNOWN_I64, 1400);
	small.largest_acked = 1390;
	world_tell(world, small);
	assert_range(world, 1390, 1400);
	assert_int_equal(world_row(world).verdict, MW_PATH_HONOURED);
	assert_int_equal(world_row(world).confidence, 85); // 90 + 5 - 10
	assert_int_equal(world_row(world).largest_acked, 1500);
	world_free(world);
}

static void a_path_that_became_wide_is_told_by_what_passes(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, report_of(world, 1400));
	world_tell(world, honoured());
	world_tell(world, passed(1500));
	assert_range(world, 1500, MW_UNKNOWN_I64);
	assert_int_equal(world_row(world).confidence, 80);
	world_tell(world, report_of(world, 1400));
	assert_range(world, MW_UNKNOWN_I64, 1400);
	world_free(world);
}

static void an_mss_bounds_the_path_unless_more_passes(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = handshake(1460, 1340);

	(void)state;
	facts.mss_before = 1460;
	world_tell(world, facts);
	assert_range(world, MW_UNKNOWN_I64, 1380);
	world_tell(world, passed(1380));
	assert_range(world, 1380, 1380);
	world_tell(world, passed(1500)); // UDP, say
	assert_range(world, 1500, MW_UNKNOWN_I64);
	world_free(world);
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static uint32_t size_of(uint32_t *seed)
{
	static const uint32_t usual[] = {0, 1, 68, 140, 576, 1280, 1379, 1380, 1381, 1400, 1500, 9000, UINT32_MAX};

	return next(seed) % 4 == 0 ? next(seed) : usual[next(seed) % MW_ARRAY_SIZE(usual)];
}

static struct path_facts any(uint32_t *seed, const struct path_world *world)
{
	uint32_t bits = next(seed);

	return (struct path_facts){.what = (uint8_t)(next(seed) % (PATH_WHATS + 1)),
							   .reaction = (uint8_t)(next(seed) % 4),
							   .end = (uint8_t)(next(seed) % 6),
							   .flow_known = bits & 1,
							   .gaps_grow = bits >> 1 & 1,
							   .receiver_alive = bits >> 2 & 1,
							   .small_acked = bits >> 3 & 1,
							   .large_acked = bits >> 4 & 1,
							   .full_size = bits >> 5 & 1,
							   .mirror_gaps = bits >> 6 & 1,
							   .reported = bits >> 7 & 1,
							   .count = next(seed) % 3,
							   .reporter = world_v4(203, 0, 113, next(seed) % 6),
							   .told = bits >> 8 & 1 ? world->flow.src : world_v4(next(seed) % 256, 0, 2, 9),
							   .mtu_bytes = size_of(seed),
							   .quoted_bytes = size_of(seed),
							   .sent_after = next(seed) % 8,
							   .largest_acked = size_of(seed),
							   .smallest_lost = size_of(seed),
							   .retransmits = next(seed) % 9,
							   .segments_lost = next(seed) % 9,
							   .answered = next(seed) % 3,
							   .unanswered = next(seed) % 20,
							   .to_ns = world->now_ns + next(seed),
							   .mss_syn = (uint16_t)size_of(seed),
							   .mss_synack = (uint16_t)size_of(seed),
							   .mss_before = (uint16_t)size_of(seed)};
}

struct seen {
	uint32_t rows, verdicts;
};

static void check_row(void *context, const struct mw_record *record, const void *row)
{
	const struct mw_path_row *path = row;
	struct seen *seen = context;

	assert_ptr_equal(record, &mw_path_record);
	assert_in_range(path->verdict, 0, MW_PATH_VERDICTS - 1);
	assert_in_range(path->confidence, 1, 100);
	if (path->mtu_low != MW_UNKNOWN_I64 && path->mtu_high != MW_UNKNOWN_I64)
		assert_true(path->mtu_low <= path->mtu_high);
	if (path->verdict == MW_PATH_BLACK_HOLE && path->smallest_lost != MW_UNKNOWN_I64)
		assert_true(path->mtu_high < path->smallest_lost && path->mtu_low < path->smallest_lost);
	if (path->verdict != MW_PATH_OK)
		assert_true(path->confidence >= 40 && path->flows > 0);
	assert_true(path->flows >= 0 && path->icmp_reports >= 0 && path->fragmented >= 0);
	assert_true(path->reporters_count <= MW_PATH_REPORTERS && strlen(path->reporters) < sizeof(path->reporters) - 1);
	assert_true(path->src[0] != '\0' && path->dst[0] != '\0' && path->last_ns >= path->ts_ns);
	seen->rows++;
	seen->verdicts |= 1u << path->verdict;
}

static void tell_any(struct path_world *world, uint32_t *seed)
{
	uint32_t pair = next(seed) % 100;

	world->flow.src = pair % 2 == 0 ? world_v4(192, 0, pair % 7, pair % 5) : world_v6(pair % 7, pair % 5);
	world->flow.dst = pair % 2 == 0 ? world_v4(198, 51, pair % 3, 1) : world_v6(pair % 3, 1);
	world->flow.src_port = (uint16_t)(next(seed) % 30);
	world->flow.protocol = next(seed) % 2 == 0 ? 6 : 17;
	world_tell(world, any(seed, world));
}

static void random_facts_keep_every_row_in_order(void **state)
{
	uint32_t seed = 1;
	struct seen seen = {0};
	const struct mw_row_sink rows = {check_row, &seen};

	(void)state;
	for (uint32_t run = 1; run <= 200; run++) {
		struct path_world *world = world_new(64);

		for (uint32_t i = 1; i <= 500; i++) {
			tell_any(world, &seed);
			if (i % 50 == 0)
				path_control_report(&world->control, 0, &rows);
		}
		world_free(world);
	}
	assert_true(seen.rows > 10000);
	assert_int_equal(seen.verdicts, (1u << MW_PATH_VERDICTS) - 1); // all occurred
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_narrowest_of_several_routers_bounds_the_path),
	MW_TEST(reporters_are_bounded_and_fit),
	MW_TEST(a_router_that_gives_no_mtu_still_bounds_the_path),
	MW_TEST(a_path_that_became_narrow_is_told_by_the_newer_report),
	MW_TEST(a_path_that_became_wide_is_told_by_what_passes),
	MW_TEST(an_mss_bounds_the_path_unless_more_passes),
	MW_TEST(random_facts_keep_every_row_in_order),
};
MW_TEST_MAIN("detect_path_range", tests)
