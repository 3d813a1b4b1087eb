// SPDX-License-Identifier: BSD-3-Clause
// The timer wheels against an array of deadlines.
// Neighbours: lib/detectors/nat/model/wheel.c.
#include "mw_test.h"

#include "wheel.h"

#define TIMERS 60
#define TICK   (UINT64_C(1) << NAT_WHEEL_TICK_BITS)

struct clock {
	struct nat_wheel wheel;
	struct nat_wheel_node nodes[TIMERS + 1];
	uint64_t deadlines[TIMERS + 1]; // ticks; 0: not running
	uint64_t now, random;
	uint32_t ended;
};

static uint64_t mixed(struct clock *clock)
{
	clock->random = clock->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return clock->random >> 20;
}

// Any number of bits is as likely: short times, and those of the highest wheel.
static uint64_t some_ticks(struct clock *clock, uint32_t bits_max)
{
	return mixed(clock) & ((UINT64_C(1) << mixed(clock) % (bits_max + 1)) - 1);
}

static void end(void *context, uint32_t number)
{
	struct clock *clock = context;

	assert_in_range(number, 1, TIMERS);
	assert_true(clock->deadlines[number] != 0 && clock->deadlines[number] <= clock->now);
	clock->deadlines[number] = 0;
	clock->ended++;
}

static void go_to(struct clock *clock, uint64_t tick)
{
	clock->now = tick;
	nat_wheel_advance(&clock->wheel, tick * TICK + mixed(clock) % TICK,
					  &(struct nat_wheel_due){.due = end, .context = clock});
	for (uint32_t i = 1; i <= TIMERS; i++)
		assert_true(clock->deadlines[i] == 0 || clock->deadlines[i] > tick);
}

static void timers_end_in_their_tick_however_time_goes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct clock clock = {.random = seed};

		nat_wheel_init(&clock.wheel, TIMERS, clock.nodes, sizeof(clock.nodes[0]));
		go_to(&clock, some_ticks(&clock, 30));
		for (int turn = 0; turn < 3000; turn++) {
			uint32_t number = 1 + (uint32_t)(mixed(&clock) % TIMERS);
			uint64_t ticks = some_ticks(&clock, seed % 2 != 0 ? 34 : 20);

			if (turn % 7 == 0) {
				nat_wheel_stop(&clock.wheel, number);
				clock.deadlines[number] = 0;
			} else {
				nat_wheel_set(&clock.wheel, number, (clock.now + ticks) * TICK);
				clock.deadlines[number] = clock.now + MW_MAX(ticks, 1);
			}
			go_to(&clock, clock.now + some_ticks(&clock, seed % 2 != 0 ? 26 : 12));
		}
		assert_true(clock.ended > 500);
	}
}

static void the_end_of_time_is_a_time(void **state)
{
	struct clock clock = {0};
	uint64_t last = UINT64_MAX / TICK;

	(void)state;
	nat_wheel_init(&clock.wheel, TIMERS, clock.nodes, sizeof(clock.nodes[0]));
	nat_wheel_set(&clock.wheel, 1, UINT64_MAX);
	nat_wheel_set(&clock.wheel, 2, UINT64_MAX - TICK);
	clock.deadlines[1] = last;
	clock.deadlines[2] = last - 1;
	go_to(&clock, last - 1);
	assert_int_equal(clock.ended, 1);
	go_to(&clock, last);
	assert_int_equal(clock.ended, 2);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(timers_end_in_their_tick_however_time_goes),
	MW_TEST(the_end_of_time_is_a_time),
};

MW_TEST_MAIN("nat_wheel", tests)
