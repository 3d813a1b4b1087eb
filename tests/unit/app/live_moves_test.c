// SPDX-License-Identifier: BSD-3-Clause
// A worker that stands still is told once, and again when it moves; a process that was stopped accuses no worker.
// Neighbours: app/midwatch/live/moves.c.
#include "live/moves.h"

#include <stdio.h>
#include <string.h>

#include "mw_log.h"
#include "mw_test.h"

#define WORKERS 3u
#define TICK_NS (MW_NS_PER_SECOND / 100)

static struct live_moves world;
static char said[2048];
static uint32_t lines;
static uint64_t now_ns, turns;

static void hear(enum mw_log_level level, const char *message)
{
	(void)level;
	snprintf(said, sizeof(said), "%s", message);
	lines++;
}

static void begin(void)
{
	mw_log_set_hook(hear);
	lines = 0;
	now_ns = 5 * MW_NS_PER_SECOND;
	turns = 0;
	live_moves_start(&world, now_ns);
}

// Time passes in looks; the worker `still` does not turn. @return whether all moved at each look.
static bool pass(uint64_t for_ns, uint32_t still)
{
	bool all = true;

	for (uint64_t end_ns = now_ns + for_ns; now_ns < end_ns;) {
		now_ns += TICK_NS;
		turns++;
		for (uint16_t i = 0; i < WORKERS; i++) {
			if (i != still)
				live_moves_turn(&world, i, turns);
		}
		all &= live_moves_look(&world, WORKERS, now_ns);
	}
	return all;
}

static void workers_that_turn_are_no_news(void **state)
{
	(void)state;
	begin();
	assert_true(pass(10 * MW_NS_PER_SECOND, WORKERS));
	assert_int_equal(lines, 0);
}

static void a_worker_that_stands_still_is_told_within_a_second_and_once(void **state)
{
	(void)state;
	begin();
	pass(MW_NS_PER_SECOND, WORKERS);
	assert_false(pass(MW_NS_PER_SECOND, 1));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(said, "worker 1 has not moved"));
	assert_false(pass(3 * MW_NS_PER_SECOND, 1));
	assert_int_equal(lines, 1);
	pass(TICK_NS, WORKERS);
	assert_int_equal(lines, 2);
	assert_non_null(strstr(said, "worker 1 moves again, after 4.0 s"));
	assert_true(pass(MW_NS_PER_SECOND, WORKERS));
}

static void a_process_that_was_stopped_accuses_no_worker(void **state)
{
	(void)state;
	begin();
	pass(MW_NS_PER_SECOND, WORKERS);
	now_ns += 7 * MW_NS_PER_SECOND;
	assert_true(live_moves_look(&world, WORKERS, now_ns));
	assert_int_equal(lines, 1);
	assert_non_null(strstr(said, "midwatch stood still for 7.0 s"));
	assert_true(pass(MW_NS_PER_SECOND, WORKERS));
	assert_int_equal(lines, 1);
}

static void a_worker_that_was_told_is_not_excused(void **state)
{
	(void)state;
	begin();
	pass(MW_NS_PER_SECOND, 2);
	now_ns += 7 * MW_NS_PER_SECOND;
	assert_false(live_moves_look(&world, WORKERS, now_ns));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(workers_that_turn_are_no_news),
	MW_TEST(a_worker_that_stands_still_is_told_within_a_second_and_once),
	MW_TEST(a_process_that_was_stopped_accuses_no_worker),
	MW_TEST(a_worker_that_was_told_is_not_excused),
};

MW_TEST_MAIN("app_live_moves", tests)
