// SPDX-License-Identifier: BSD-3-Clause
// Expiry ends exactly what is due, whatever the clock does; a budget bounds the work.
// Neighbours: lib/flow/expire.c, timer.c.
#include "flow_fixture.h"

#define YEAR (UINT64_C(31536000) * SECOND)

static void a_flow_ends_at_its_deadline_and_not_before(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, 5 * SECOND + 500);
	mw_flow_expire(fixture->table, 65 * SECOND + 499, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 1);
	mw_flow_expire(fixture->table, 65 * SECOND + 500, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	assert_int_equal(fixture->ends[MW_FLOW_END_IDLE], 1);
	fixture_free(fixture);
}

static void a_packet_moves_the_deadline(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, SECOND);
	run_udp(fixture, 1, 1, 2, 2, 31 * SECOND);
	mw_flow_expire(fixture->table, 90 * SECOND, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 1);
	mw_flow_expire(fixture->table, 91 * SECOND, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static void a_reset_brings_the_deadline_forward(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	run_tcp(fixture, true, MW_TCP_ACK, 1, 1, 10, SECOND);
	run_tcp(fixture, false, MW_TCP_ACK, 1, 11, 10, SECOND); // established timer: 900 s
	run_tcp(fixture, false, MW_TCP_RST, 11, 0, 0, 2 * SECOND);
	mw_flow_expire(fixture->table, 12 * SECOND - 1, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 1);
	mw_flow_expire(fixture->table, 12 * SECOND, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static void enter_restarts_an_idle_flow_that_expiry_missed(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = udp_packet(1, 1, 2, 2, SECOND + 60 * SECOND);

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, SECOND);
	assert_int_equal(run(fixture, &packet) != NULL, 1);
	assert_true(packet.kinds & MW_KIND_FLOW_START);
	assert_int_equal(fixture->ends[MW_FLOW_END_IDLE], 1);
	check_books(fixture);
	fixture_free(fixture);
}

static void deadlines_beyond_the_slots_are_exact_too(void **state)
{
	struct fixture *fixture = fixture_new(10, 0);
	uint64_t start = 20 * YEAR;

	(void)state;
	fixture->config.udp_idle_ns = 50000 * SECOND;
	fixture_build(fixture);
	run_udp(fixture, 1, 1, 2, 2, start);
	for (uint64_t now = start; now < start + 50000 * SECOND; now += 777 * SECOND) {
		assert_true(mw_flow_expire(fixture->table, now, UINT32_MAX));
		assert_int_equal(mw_flow_count(fixture->table), 1);
	}
	mw_flow_expire(fixture->table, start + 50000 * SECOND, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

// The deadlines of 400 flows, kept naively; the clock walks, jumps years ahead, and back to another capture's time.
static void any_clock_ends_exactly_the_due_ones(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct fixture *fixture = fixture_of(400);
		uint64_t random = seed, now = YEAR, deadlines[400] = {0};

		for (int step = 0; step < 3000; step++) {
			uint16_t who = (uint16_t)(random_next(&random) % 400);
			uint64_t jump = random_next(&random) % 200, due = 0;

			if (jump == 0)
				now += random_next(&random) % (3 * YEAR);
			else if (jump == 1)
				now = now / 2 + YEAR / 2;
			else if (jump == 2)
				now += random_next(&random) % (10000 * SECOND);
			else
				now += random_next(&random) % (2 * SECOND);
			if (deadlines[who] == 0 || deadlines[who] > now) {
				run_udp(fixture, 1, who, 2, 53, now);
				deadlines[who] = now + 60 * SECOND;
			}
			if (random_next(&random) % 4 != 0)
				continue;
			assert_true(mw_flow_expire(fixture->table, now, UINT32_MAX));
			for (int i = 0; i < 400; i++) {
				due += deadlines[i] > now;
				deadlines[i] = deadlines[i] > now ? deadlines[i] : 0;
			}
			assert_int_equal(mw_flow_count(fixture->table), due);
		}
		assert_true(fixture->ends[MW_FLOW_END_IDLE] > 300);
		check_books(fixture);
		fixture_free(fixture);
	}
}

static void a_budget_bounds_the_ends_and_says_what_is_left(void **state)
{
	struct fixture *fixture = fixture_of(1000);
	int calls = 1;

	(void)state;
	for (uint16_t i = 0; i < 1000; i++)
		run_udp(fixture, 1, i, 2, 2, SECOND);
	assert_false(mw_flow_expire(fixture->table, 100 * SECOND, 0));
	assert_int_equal(mw_flow_count(fixture->table), 1000);
	while (!mw_flow_expire(fixture->table, 100 * SECOND, 64)) {
		assert_true(mw_flow_count(fixture->table) >= 1000 - 64u * (unsigned)calls);
		calls++;
	}
	assert_int_equal(calls, 16);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static void looks_at_active_flows_are_bounded_as_well(void **state)
{
	struct fixture *fixture = fixture_of(1000);
	int calls = 1;

	(void)state;
	for (uint64_t time = 1; time <= 50; time += 49) {
		for (uint16_t i = 0; i < 1000; i++)
			run_udp(fixture, 1, i, 2, 2, time * SECOND);
	}
	while (!mw_flow_expire(fixture->table, 70 * SECOND, 10)) // 1000 looks, 40 a call
		calls++;
	assert_int_equal(calls, 25);
	assert_int_equal(mw_flow_count(fixture->table), 1000);
	fixture_free(fixture);
}

// The entry still hangs where its first flow was to be looked at; what takes its place ends in time all the same.
static void a_flow_in_the_place_of_another_ends_at_its_own_deadline(void **state)
{
	struct fixture *fixture = fixture_of(1);

	(void)state;
	for (uint64_t start_s = 1; start_s < 100; start_s++) { // of whatever distance to the slots
		const uint64_t start = start_s * 1000 * SECOND, later = start + start_s % 15 * SECOND;
		uint32_t other = (uint32_t)(10 + start_s);

		run_tcp(fixture, true, MW_TCP_ACK, 1, 1, 10, start);
		run_tcp(fixture, false, MW_TCP_ACK, 1, 11, 10, start); // established: 900 s
		mw_flow_expire(fixture->table, later, UINT32_MAX);
		run_udp(fixture, other, 1, 2, 53, later);
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), start_s);
		mw_flow_expire(fixture->table, later + 60 * SECOND - 1, UINT32_MAX);
		assert_int_equal(mw_flow_count(fixture->table), 1);
		mw_flow_expire(fixture->table, later + 60 * SECOND, UINT32_MAX);
		assert_int_equal(mw_flow_count(fixture->table), 0);
	}
	check_books(fixture);
	fixture_free(fixture);
}

// Another capture begins just before the end of the last one: flows that it goes on with end by its clock.
static void a_clock_that_went_back_a_little_ends_flows_in_time(void **state)
{
	(void)state;
	for (uint64_t back_ms = 0; back_ms < 20000; back_ms += 700) {
		struct fixture *fixture = fixture_of(10);
		const uint64_t now = 1000 * SECOND - back_ms * MW_NS_PER_MS;

		run_tcp(fixture, true, MW_TCP_ACK, 1, 1, 10, 980 * SECOND);
		run_tcp(fixture, false, MW_TCP_ACK, 1, 11, 10, 980 * SECOND);
		mw_flow_expire(fixture->table, 1000 * SECOND, UINT32_MAX);
		run_tcp(fixture, true, MW_TCP_RST, 11, 11, 0, now); // 10 s more
		mw_flow_expire(fixture->table, now + 10 * SECOND - 1, UINT32_MAX);
		assert_int_equal(mw_flow_count(fixture->table), 1);
		mw_flow_expire(fixture->table, now + 10 * SECOND, UINT32_MAX);
		assert_int_equal(mw_flow_count(fixture->table), 0);
		fixture_free(fixture);
	}
}

static void the_end_of_time_is_a_clock_like_any_other(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, UINT64_MAX - 5);
	run_udp(fixture, 3, 1, 2, 2, 0);
	mw_flow_expire(fixture->table, UINT64_MAX - 1, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 1);
	mw_flow_expire(fixture->table, UINT64_MAX, UINT32_MAX);
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_flow_ends_at_its_deadline_and_not_before),
	MW_TEST(a_packet_moves_the_deadline),
	MW_TEST(a_reset_brings_the_deadline_forward),
	MW_TEST(enter_restarts_an_idle_flow_that_expiry_missed),
	MW_TEST(deadlines_beyond_the_slots_are_exact_too),
	MW_TEST(any_clock_ends_exactly_the_due_ones),
	MW_TEST(a_budget_bounds_the_ends_and_says_what_is_left),
	MW_TEST(looks_at_active_flows_are_bounded_as_well),
	MW_TEST(a_flow_in_the_place_of_another_ends_at_its_own_deadline),
	MW_TEST(a_clock_that_went_back_a_little_ends_flows_in_time),
	MW_TEST(the_end_of_time_is_a_clock_like_any_other),
};
MW_TEST_MAIN("flow_expire", tests)
