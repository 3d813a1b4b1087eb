// SPDX-License-Identifier: BSD-3-Clause
// A wall clock that is set while a live run goes on: packet time does not jump, comes nearer, and the log says so.
// Neighbours: app/midwatch/live/clock.c.
#include "live/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mw_log.h"
#include "mw_test.h"

#define S      ((int64_t)MW_NS_PER_SECOND)
#define STEADY (1000 * S)
#define WALL   (1800000000 * S)

static struct live_clock world;
static char said[1024];
static uint32_t lines, readings_count;
static const uint64_t *readings_ns; // NULL: the clock's own

// In the C library's place.
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (readings_ns == NULL)
		return (int)syscall(SYS_clock_gettime, clock, now);
	*now = (struct timespec){.tv_sec = (time_t)(readings_ns[readings_count] / MW_NS_PER_SECOND),
							 .tv_nsec = (long)(readings_ns[readings_count] % MW_NS_PER_SECOND)};
	readings_count++;
	return 0;
}

static void hear(enum mw_log_level level, const char *message)
{
	(void)level;
	snprintf(said, sizeof(said), "%s", message);
	lines++;
}

static void begin(void)
{
	mw_log_set_hook(hear);
	said[0] = '\0';
	lines = 0;
	live_clock_start(&world, STEADY, WALL);
}

// Packet time at steady second `after`, the wall clock being off by `off_ns` from what it was at the start.
static int64_t look(int64_t after_ns, int64_t off_ns)
{
	live_clock_follow(&world, (uint64_t)(STEADY + after_ns), (uint64_t)(WALL + after_ns + off_ns));
	return STEADY + after_ns + atomic_load(&world.offset_ns) - WALL;
}

static void a_clock_that_is_right_is_followed(void **state)
{
	(void)state;
	begin();
	assert_true(look(0, 0) == 0);
	assert_true(look(10 * S, 0) == 10 * S);
	assert_true(look(20 * S, 3 * S / 1000) == 20 * S + 3 * S / 1000); // 3 ms of drift are worked off in 10 s
	assert_int_equal(lines, 0);
}

static void a_step_back_does_not_stop_time(void **state)
{
	int64_t before = 0;

	(void)state;
	begin();
	for (int64_t at = 0; at < 600 * S; at += S / 100) {
		int64_t now = look(at, at < 60 * S ? 0 : -3600 * S);

		assert_true(now >= before && now - before <= S / 100 + S / 10000);
		before = now;
	}
	assert_true(before > 594 * S && before < 595 * S); // 540 s at 1 %
	assert_int_equal(lines, 1);
	assert_non_null(strstr(said, "set back by 1 h 0 min"));
	assert_non_null(strstr(said, "reach it in about 4 d 4 h"));
}

static void a_step_forward_is_no_gap_and_is_reached(void **state)
{
	int64_t before = 0;

	(void)state;
	begin();
	for (int64_t at = 0; at < 1200 * S; at += S / 10) {
		int64_t now = look(at, at < S ? 0 : 10 * S);

		assert_true(now - before <= S / 10 + S / 1000);
		before = now;
	}
	assert_true(before == 1200 * S - S / 10 + 10 * S);
	assert_int_equal(lines, 2);
	assert_non_null(strstr(said, "clock's again"));
}

static void clocks_that_fight_do_not_fill_the_log(void **state)
{
	(void)state;
	begin();
	for (int64_t at = 0; at < 600 * S; at += S)
		look(at, at / S % 2 == 0 ? 0 : 5 * S);
	assert_in_range(lines, 9, 20);
}

// What the clock of the C library says next, when it is not its own time. @return packet time, and at least last_ns.
static uint64_t after_readings(const uint64_t steady_ns[2], uint64_t last_ns)
{
	uint64_t now_ns;

	readings_ns = steady_ns;
	readings_count = 0;
	now_ns = live_clock_after(&world, last_ns);
	readings_ns = NULL;
	return now_ns;
}

// While the offset moves, the second of two looks may be an earlier time.
static void a_time_is_read_once_and_never_goes_back(void **state)
{
	static const uint64_t falls_ns[] = {STEADY + 10, STEADY - 10}, rises_ns[] = {STEADY - 10, STEADY + 10};

	(void)state;
	begin();
	assert_int_equal(after_readings(falls_ns, WALL), WALL + 10);
	assert_int_equal(readings_count, 1);
	assert_int_equal(after_readings(rises_ns, WALL), WALL);
	assert_int_equal(readings_count, 1);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_clock_that_is_right_is_followed),       MW_TEST(a_step_back_does_not_stop_time),
	MW_TEST(a_step_forward_is_no_gap_and_is_reached), MW_TEST(clocks_that_fight_do_not_fill_the_log),
	MW_TEST(a_time_is_read_once_and_never_goes_back),
};

MW_TEST_MAIN("app_live_clock", tests)
