// SPDX-License-Identifier: BSD-3-Clause
// A churner's habit is described; an ordinary host has none, and independent openings have no rhythm.
// Neighbours: lib/detectors/nat/habit.c, habit_period.c, habit_text.c, hints.c.
#include "mw_test.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "habit.h"

#define START_NS (UINT64_C(1700000000) * MW_NS_PER_SECOND)
#define MINUTE   (60 * MW_NS_PER_SECOND)
#define CHURNER  211 // the last byte of its destination

static uint32_t random_state;

static double dice(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return ((random_state >> 8) + 0.5) / (1 << 24);
}

static struct mw_address private_address(uint8_t last)
{
	const uint8_t bytes[4] = {192, 168, 1, last};

	return mw_address_from_v4(bytes);
}

static struct mw_address public_address(uint32_t number)
{
	const uint8_t bytes[4] = {203, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

	return mw_address_from_v4(bytes);
}

static void open_at(struct nat_habit *habit, double second, uint16_t sport, const struct mw_address *dst,
					uint16_t dport)
{
	// jitter may come before the start
	nat_habit_opened(habit, (uint64_t)((int64_t)START_NS + (int64_t)(second * 1e9)), MW_NAT_UDP, sport, dst, dport);
}

/** Bursts of 2 to 4 with some jitter. */
static void churn(struct nat_habit *habit, double from, double to, double period, double jitter)
{
	struct mw_address dst = private_address(CHURNER);
	uint16_t sport = 40000;

	for (double at = from; at < to; at += period) {
		double second = at + (dice() - 0.5) * 2 * jitter;
		uint32_t burst = 2 + (uint32_t)(dice() * 3);

		for (uint32_t i = 0; i < burst; i++)
			open_at(habit, second + i * 0.02, sport++, &dst, 59870);
	}
}

/** Independent openings. */
static void poisson(struct nat_habit *habit, double from, double to, double per_s)
{
	struct mw_address dst = private_address(CHURNER);
	uint16_t sport = 40000;

	for (double at = from - log(dice()) / per_s; at < to; at -= log(dice()) / per_s)
		open_at(habit, at, sport++, &dst, 59870);
}

static struct mw_nat_habit judged(const struct nat_habit *habit)
{
	struct mw_nat_habit result;

	nat_habit_judge(habit, MINUTE, NULL, &result);
	return result;
}

static const char *text_of(const struct mw_nat_habit *habit)
{
	static char chars[128];
	struct mw_text text = mw_text_in(chars, sizeof(chars));

	nat_habit_add_text(&text, habit);
	return chars;
}

static void churner_is_described(void **state)
{
	static struct nat_habit habit;
	struct mw_nat_habit result;

	(void)state;
	random_state = 1;
	churn(&habit, 0.5, 60, 3, 0);
	result = judged(&habit);
	assert_true(result.known);
	assert_true(result.rotating_port);
	assert_true(result.dst_private);
	assert_int_equal(result.dport, 59870);
	assert_int_equal(result.protocol, MW_NAT_UDP);
	assert_int_equal(result.period_ms, 3000);
	assert_true(result.per_s > 0.6 && result.per_s < 1.4);
	result.per_s = 2.1;
	assert_string_equal(text_of(&result),
						"2.1/s to 192.168.1.211:59870/udp (private, never answered), new port each time, every 3.0 s");
}

static void cadence_with_jitter_is_found(void **state)
{
	static const double periods[] = {2, 3, 3.05, 5, 10};

	(void)state;
	for (uint32_t seed = 1; seed <= 50; seed++) {
		for (uint32_t i = 0; i < MW_ARRAY_SIZE(periods); i++) {
			struct nat_habit habit = {.peers_count = 0};
			struct mw_nat_habit result;

			random_state = seed * 7919;
			churn(&habit, 0, 120, periods[i], 0.15);
			result = judged(&habit);
			assert_in_range(result.period_ms, periods[i] * 1000 - 150, periods[i] * 1000 + 150);
		}
	}
}

static void independent_openings_have_no_rhythm(void **state)
{
	static const double rates[] = {0.1, 0.2, 0.33, 0.5, 1, 2, 4, 8};

	(void)state;
	for (uint32_t seed = 1; seed <= 300; seed++) {
		for (uint32_t i = 0; i < MW_ARRAY_SIZE(rates); i++) {
			struct nat_habit habit = {.peers_count = 0};

			random_state = seed * 7919;
			poisson(&habit, 0, 120, rates[i]);
			assert_int_equal(judged(&habit).period_ms, 0);
		}
	}
}

static void long_bursts_at_odd_times_have_no_rhythm(void **state)
{
	struct mw_address dst = private_address(CHURNER);

	(void)state;
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct nat_habit habit = {.peers_count = 0};

		random_state = seed * 7919;
		for (double at = 0; at < 120; at += 4 - 4 * log(dice())) {
			for (uint32_t i = 0; i < 16; i++)
				open_at(&habit, at + i * 0.25, (uint16_t)i, &dst, 59870);
		}
		assert_int_equal(judged(&habit).period_ms, 0);
	}
}

static void rhythm_is_seen_over_intervals(void **state)
{
	static struct nat_habit habit;
	struct mw_nat_habit result;

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		churn(&habit, i * 10, i * 10 + 9.9, 5, 0);
		result = judged(&habit);
		nat_habit_interval(&habit);
	}
	assert_int_equal(result.period_ms, 5000);
	assert_false(judged(&habit).known);
}

static void single_openings_every_second_have_a_rhythm(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(1);

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		open_at(&habit, i + 0.1, 5000, &dst, 53);
	assert_int_equal(judged(&habit).period_ms, 1000);
	assert_false(judged(&habit).rotating_port);
	assert_false(judged(&habit).dst_private);
}

static void unbroken_openings_have_no_rhythm(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(1);

	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		open_at(&habit, i * 0.1, (uint16_t)i, &dst, 53);
	assert_true(judged(&habit).known);
	assert_int_equal(judged(&habit).period_ms, 0);
}

static void churner_stands_out_of_much_browsing(void **state)
{
	static struct nat_habit habit;
	struct mw_nat_habit result;

	(void)state;
	random_state = 3;
	for (uint32_t second = 0; second < 60; second++) {
		for (uint32_t i = 0; i < 20; i++) {
			struct mw_address dst = public_address(second * 20 + i);

			open_at(&habit, second + i * 0.01, (uint16_t)(20000 + i), &dst, 443);
			nat_habit_answered(&habit, MW_NAT_UDP, &dst, 443);
		}
		if (second % 3 == 0)
			churn(&habit, second + 0.5, second + 0.6, 1, 0);
	}
	result = judged(&habit);
	assert_true(result.known);
	assert_int_equal(result.dport, 59870);
	assert_int_equal(result.period_ms, 3000);
}

static void host_whose_destinations_answer_has_no_habit(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(7);

	(void)state;
	for (uint32_t i = 0; i < 50; i++) {
		open_at(&habit, i, (uint16_t)(3000 + i), &dst, 53);
		if (i == 20)
			nat_habit_answered(&habit, MW_NAT_UDP, &dst, 53);
	}
	assert_false(judged(&habit).known);
	assert_string_equal(text_of(&(struct mw_nat_habit){.known = false}), "");
}

static void four_unanswered_sessions_are_no_habit(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(7);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		open_at(&habit, i, (uint16_t)(3000 + i), &dst, 53);
	assert_false(judged(&habit).known);
	open_at(&habit, 5, 4000, &dst, 53);
	assert_true(judged(&habit).known);
}

static void scan_of_one_host_goes_to_several_ports(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(7);
	struct mw_nat_habit result;

	(void)state;
	for (uint32_t i = 0; i < 600; i++)
		open_at(&habit, i * 0.1, 4000, &dst, (uint16_t)(1 + i));
	result = judged(&habit);
	assert_true(result.known);
	assert_int_equal(result.dport, 0);
	result.per_s = 0.05;
	assert_string_equal(text_of(&result), "0.05/s to 203.0.0.7/udp (never answered), several ports");
}

static void clock_that_goes_back_harms_nothing(void **state)
{
	static struct nat_habit habit;
	struct mw_address dst = public_address(7);

	(void)state;
	open_at(&habit, 1000, 1, &dst, 53);
	for (uint32_t i = 0; i < 500; i++)
		open_at(&habit, 1000 - i, (uint16_t)i, &dst, 53);
	assert_true(judged(&habit).known);
}

static char problems[512];

static void remember(void *context, const char *file, unsigned line, const char *message)
{
	size_t used = strlen(problems);

	(void)context;
	(void)file;
	snprintf(problems + used, sizeof(problems) - used, "%u: %s\n", line, message);
}

static int load(const char *chars, struct nat_hints **hints)
{
	char path[] = "/tmp/nat_hints_test.XXXXXX";
	int fd = mkstemp(path);
	int result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, chars, strlen(chars)), (ssize_t)strlen(chars));
	close(fd);
	problems[0] = '\0';
	result = nat_hints_load(path, remember, NULL, hints);
	unlink(path);
	return result;
}

static void hints_are_found_by_protocol_and_port(void **state)
{
	struct nat_hints *hints;

	(void)state;
	assert_int_equal(load("# a remark\n\n udp 10-20  An App  # its manual\ntcp 10 Another # RFC 1\n", &hints), 0);
	assert_string_equal(nat_hints_find(hints, MW_NAT_UDP, 10), "An App");
	assert_string_equal(nat_hints_find(hints, MW_NAT_UDP, 20), "An App");
	assert_string_equal(nat_hints_find(hints, MW_NAT_TCP, 10), "Another");
	assert_null(nat_hints_find(hints, MW_NAT_UDP, 21));
	assert_null(nat_hints_find(NULL, MW_NAT_UDP, 10));
	nat_hints_free(hints);
}

static void mistakes_in_hints_are_told_with_their_line(void **state)
{
	struct nat_hints *hints;

	(void)state;
	assert_int_equal(
		load("udp 10 App\nsctp 1 App # s\nudp 20-10 App # s\nudp 70000 App # s\nudp 1 # s\nudp 1 A # s\n", &hints),
		-EINVAL);
	assert_null(hints);
	assert_string_equal(problems, "1: no source: expected PROTOCOL PORT[-PORT] TEXT # SOURCE\n"
								  "2: expected tcp or udp\n"
								  "3: expected a port of 1 to 65535, or two with a dash, the lower first\n"
								  "4: expected a port of 1 to 65535, or two with a dash, the lower first\n"
								  "5: expected a text of 1 to 95 printable ASCII characters\n");
	assert_int_equal(nat_hints_load("/nonexistent", remember, NULL, &hints), -ENOENT);
}

static void line_that_is_too_long_is_told_once(void **state)
{
	static char chars[2000];
	struct nat_hints *hints;

	(void)state;
	memset(chars, 'x', 1500);
	strcpy(chars + 1500, "\nudp 1 A # s\n");
	assert_int_equal(load(chars, &hints), -EINVAL);
	assert_string_equal(problems, "1: line too long\n");
}

static void own_hints_name_the_mouse_driver(void **state)
{
	static struct nat_habit habit;
	struct nat_hints *hints;
	struct mw_nat_habit result;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/config/nat/port-hints.txt", mw_test_source_root());
	assert_int_equal(nat_hints_load(path, remember, NULL, &hints), 0);
	churn(&habit, 0, 60, 3, 0);
	nat_habit_judge(&habit, MINUTE, hints, &result);
	assert_non_null(strstr(result.hint, "Logi Options+"));
	nat_hints_free(hints);
	assert_int_equal(access(nat_hints_default_path(), R_OK), 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(churner_is_described),
	MW_TEST(cadence_with_jitter_is_found),
	MW_TEST(independent_openings_have_no_rhythm),
	MW_TEST(long_bursts_at_odd_times_have_no_rhythm),
	MW_TEST(rhythm_is_seen_over_intervals),
	MW_TEST(single_openings_every_second_have_a_rhythm),
	MW_TEST(unbroken_openings_have_no_rhythm),
	MW_TEST(churner_stands_out_of_much_browsing),
	MW_TEST(host_whose_destinations_answer_has_no_habit),
	MW_TEST(four_unanswered_sessions_are_no_habit),
	MW_TEST(scan_of_one_host_goes_to_several_ports),
	MW_TEST(clock_that_goes_back_harms_nothing),
	MW_TEST(hints_are_found_by_protocol_and_port),
	MW_TEST(mistakes_in_hints_are_told_with_their_line),
	MW_TEST(line_that_is_too_long_is_told_once),
	MW_TEST(own_hints_name_the_mouse_driver),
};

MW_TEST_MAIN("detect_nat_habit", tests)
