// SPDX-License-Identifier: BSD-3-Clause
// Tests of the conversion from a NIC's clock to packet time.
// Neighbours: lib/input/port_time.h.
#include "port_time.h"

#include "mw_test.h"

#define WALL UINT64_C(1700000000000000000)

static void rate_needs_two_clocks_that_run(void **state)
{
	struct port_rate rate;

	(void)state;
	assert_true(port_rate_from(&rate, 1000, WALL, 1000 + 4000, WALL + 1000)); // 4 ticks a ns
	assert_int_equal(rate.ns_per_tick_q32, UINT64_C(1) << 30);
	assert_false(port_rate_from(&rate, 1000, WALL, 1000, WALL + 1000));
	assert_false(port_rate_from(&rate, 1000, WALL, 900, WALL + 1000));
	assert_false(port_rate_from(&rate, 1000, WALL, 2000, WALL));
}

static void distances_between_frames_are_the_nics(void **state)
{
	struct port_rate rate;
	struct port_time time = {0};
	uint64_t first;

	(void)state;
	assert_true(port_rate_from(&rate, 0, WALL, 2000, WALL + 1000));
	first = port_time_of(&time, &rate, 10000, WALL + 5000 + 300);
	// polled in one batch 4000 ns later, stamped 100 ns apart; this poll was quicker, so it moves the offset
	assert_int_equal(port_time_of(&time, &rate, 18000, WALL + 9000 + 50), first + 4000 - 250);
	assert_int_equal(port_time_of(&time, &rate, 18200, WALL + 9000 + 250), first + 4100 - 250);
}

static void no_frame_is_later_than_its_poll(void **state)
{
	struct port_rate rate;
	struct port_time time = {0};

	(void)state;
	assert_true(port_rate_from(&rate, 0, WALL, 1000, WALL + 1000));
	for (uint64_t i = 1; i < 5000; i++) {
		uint64_t poll_ns = WALL + i * 1000000 + i * 7919 % 50000;

		assert_true(port_time_of(&time, &rate, i * 1000000, poll_ns) <= poll_ns);
	}
}

static void drift_is_followed(void **state)
{
	struct port_rate rate;
	struct port_time time = {0};
	uint64_t hours_ns = 3600 * MW_NS_PER_SECOND, got = 0;

	(void)state;
	assert_true(port_rate_from(&rate, 0, WALL, 1000, WALL + 1000));
	for (uint64_t i = 1; i <= 36000; i++) // an hour, ten frames a second, the NIC's clock slow by 20 millionths
		got = port_time_of(&time, &rate, i * 100000000 - i * 2000, WALL + i * 100000000 + 500);
	assert_in_range(got, WALL + hours_ns - 50000, WALL + hours_ns + 500);
}

static void stamps_before_the_first_reading_do_not_wrap(void **state)
{
	struct port_rate rate;
	struct port_time time = {0};

	(void)state;
	assert_true(port_rate_from(&rate, 5000, WALL, 6000, WALL + 1000));
	assert_int_equal(port_time_of(&time, &rate, 4000, WALL + 10), WALL + 10);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(rate_needs_two_clocks_that_run),
	MW_TEST(distances_between_frames_are_the_nics),
	MW_TEST(no_frame_is_later_than_its_poll),
	MW_TEST(drift_is_followed),
	MW_TEST(stamps_before_the_first_reading_do_not_wrap),
};
MW_TEST_MAIN("port_time", tests)
