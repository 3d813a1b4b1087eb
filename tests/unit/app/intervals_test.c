// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time: whole multiples in UTC, partial ends, long silence, clocks that are wrong.
// Neighbours: app/midwatch/intervals.c; tests/support/pipeline_world.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_world.h"
#include "engine.h"
#include "mw_log.h"
#include "mw_detectors.h"
#include "mw_test.h"

#define S        MW_NS_PER_SECOND
#define ROWS_MAX 4000

static struct engine engine;
static struct mw_summary_row rows[ROWS_MAX];
static uint32_t rows_count;

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	(void)context;
	if (record == &mw_summary_record && rows_count < ROWS_MAX)
		rows[rows_count++] = *(const struct mw_summary_row *)row;
}

static struct pipeline_world *build(void)
{
	struct pipeline_world *world = world_new(1);
	const struct mw_stats_block *blocks[] = {world->workers[0].stats};
	const struct mw_flow_table *flows[] = {mw_pipeline_flows(world->workers[0].pipeline)};
	struct mw_event_ring *rings[] = {world->workers[0].events};
	struct mw_aggregate_config config = {.detectors = mw_detectors,
										 .blocks = blocks,
										 .flows = flows,
										 .rings = rings,
										 .workers_count = 1,
										 .counters = &world->counters,
										 .settings = world->settings,
										 .signatures = world->signatures,
										 .findings_max = 16,
										 .rows = {keep_row, NULL}};

	engine = (struct engine){.intervals.length_ns = 60 * S};
	rows_count = 0;
	mw_log_set_level(MW_LOG_ERROR);
	assert_int_equal(mw_aggregate_new(&config, &engine.aggregate), 0);
	return world;
}

static void tear_down(struct pipeline_world *world)
{
	mw_aggregate_free(engine.aggregate);
	world_free(world);
}

static void advance(uint64_t after_ns)
{
	engine_advance(&engine, WORLD_EPOCH_NS + after_ns);
}

static void covers(uint32_t row, uint64_t start_s, double seconds)
{
	assert_true(row < rows_count);
	assert_int_equal(rows[row].ts_ns, WORLD_EPOCH_NS + start_s * S);
	assert_true(rows[row].interval_s > seconds - 0.0001 && rows[row].interval_s < seconds + 0.0001);
}

static void first_and_last_are_partial(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	advance(50 * S);
	advance(59 * S);
	assert_int_equal(rows_count, 0);
	advance(61 * S);
	advance(130 * S);
	engine_finish(&engine);
	assert_int_equal(rows_count, 3);
	covers(0, 0, 10);
	covers(1, 60, 60);
	covers(2, 120, 10);
	tear_down(world);
}

static void packet_on_the_boundary_opens_the_next(void **state)
{
	struct pipeline_world *world = build();
	struct intervals_ended ended;

	(void)state;
	advance(0);
	advance(60 * S - 1);
	assert_int_equal(rows_count, 0);
	advance(60 * S);
	assert_int_equal(rows_count, 1);
	covers(0, 0, 60);
	assert_true(intervals_next(&engine.intervals, WORLD_EPOCH_NS + 120 * S, &ended));
	assert_int_equal(ended.start_ns, WORLD_EPOCH_NS + 60 * S);
	assert_int_equal(ended.end_ns, WORLD_EPOCH_NS + 120 * S);
	assert_false(intervals_next(&engine.intervals, WORLD_EPOCH_NS + 120 * S, &ended));
	tear_down(world);
}

static void empty_intervals_have_rows(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	advance(5 * S);
	advance(245 * S);
	assert_int_equal(rows_count, 4);
	covers(0, 0, 55);
	covers(3, 180, 60);
	tear_down(world);
}

// A file of a megabyte may have a packet a day, for a century.
static void empty_intervals_of_a_run_have_a_bound(void **state)
{
	struct intervals intervals = {.length_ns = 60 * S};
	struct intervals_ended ended;
	uint32_t count = 0;

	(void)state;
	for (uint64_t day = 0; day < 2000; day++) {
		while (intervals_next(&intervals, WORLD_EPOCH_NS + day * 86400 * S, &ended))
			count++;
	}
	assert_in_range(count, 1 << 20, (1 << 20) + 2000);
	assert_in_range(intervals.silences, 1, 2000);
	assert_int_equal(intervals.silence_ns, 86400 * S);
}

static void long_silence_is_skipped(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	advance(5 * S);
	advance(10 * 86400 * S + 7 * S);
	assert_int_equal(rows_count, 1);
	advance(10 * 86400 * S + 61 * S);
	covers(1, 10 * 86400, 60);
	tear_down(world);
}

static char logged[4][256];
static uint32_t logged_count;

static void keep_log(enum mw_log_level level, const char *message)
{
	(void)level;
	if (logged_count < 4)
		snprintf(logged[logged_count++], sizeof(logged[0]), "%s", message);
}

static void silences_are_told_once_in_words(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	logged_count = 0;
	mw_log_set_level(MW_LOG_NOTICE);
	mw_log_set_hook(keep_log);
	advance(5 * S);
	advance(100 * 86400 * S);
	intervals_saw(&engine.intervals, WORLD_EPOCH_NS + 100 * 86400 * S + S / 2);
	for (uint64_t day = 110; day <= 200; day += 10)
		advance(day * 86400 * S);
	assert_int_equal(logged_count, 0);
	engine_finish(&engine);
	mw_log_set_hook(NULL);
	assert_int_equal(logged_count, 1);
	assert_non_null(strstr(logged[0], "11 long times without a packet, the longest 99 d 23 h from 20"));
	tear_down(world);
}

static void the_last_packet_ends_the_last_row(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	intervals_saw(&engine.intervals, WORLD_EPOCH_NS + S); // nothing was seen yet
	advance(20 * S + S / 10);
	intervals_saw(&engine.intervals, WORLD_EPOCH_NS + 20 * S + 9 * S / 10);
	intervals_saw(&engine.intervals, WORLD_EPOCH_NS + 20 * S + S / 2); // out of order
	engine_finish(&engine);
	covers(0, 0, 0.8);
	assert_int_equal(engine.intervals.last_ns - engine.intervals.first_ns, 8 * S / 10);
	tear_down(world);
}

static void day_of_silence_is_kept(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	advance(5 * S);
	advance(86400 * S);
	assert_int_equal(rows_count, 1440);
	tear_down(world);
}

static void time_may_start_at_zero(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	engine_advance(&engine, 0);
	engine_advance(&engine, 30 * S);
	engine_finish(&engine);
	assert_int_equal(rows_count, 1);
	assert_int_equal(rows[0].ts_ns, 1); // 0 is no time
	assert_true(rows[0].interval_s > 29.9 && rows[0].interval_s < 30.1);
	tear_down(world);
}

static void jump_from_zero_to_today_is_one_row(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	engine_advance(&engine, 0);
	advance(1 * S);
	assert_int_equal(rows_count, 1);
	tear_down(world);
}

static void same_time_twice_is_nothing_new(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	advance(61 * S);
	advance(61 * S);
	assert_int_equal(rows_count, 0);
	engine_finish(&engine);
	assert_int_equal(rows_count, 1);
	covers(0, 60, 0);
	tear_down(world);
}

static void no_packet_no_row(void **state)
{
	struct pipeline_world *world = build();

	(void)state;
	engine_finish(&engine);
	assert_int_equal(rows_count, 0);
	tear_down(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(first_and_last_are_partial),
	MW_TEST(packet_on_the_boundary_opens_the_next),
	MW_TEST(empty_intervals_have_rows),
	MW_TEST(empty_intervals_of_a_run_have_a_bound),
	MW_TEST(long_silence_is_skipped),
	MW_TEST(silences_are_told_once_in_words),
	MW_TEST(the_last_packet_ends_the_last_row),
	MW_TEST(day_of_silence_is_kept),
	MW_TEST(time_may_start_at_zero),
	MW_TEST(jump_from_zero_to_today_is_one_row),
	MW_TEST(same_time_twice_is_nothing_new),
	MW_TEST(no_packet_no_row),
};

MW_TEST_MAIN("app_intervals", tests)
