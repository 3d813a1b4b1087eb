// SPDX-License-Identifier: BSD-3-Clause
// From steps of connections to the rows of an interval: demand, limits, warnings, exhaustion seen from outside, floods.
// Neighbours: lib/detectors/nat/control.c, rows.c, forecast.c, host.c, outside.c.
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_log.h"
#include "mw_settings.h"
#include "mw_test.h"
#include "detector_world.h"
#include "control.h"
#include "world.h"

#define ROWS_MAX 64
#define CE       "2001:db8:0:200::1"
#define BR       "2001:db8:ffff::1"

struct world {
	struct mw_settings *snapshot;
	struct mw_detector_control control;
	const struct nat_control *state; // of control
	struct mw_nat_line_row lines[ROWS_MAX];
	struct mw_nat_host_row hosts[ROWS_MAX];
	uint32_t lines_count, hosts_count; // of the latest interval; hosts beyond the room are counted alone
};

static void keep(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record == &mw_nat_line_record && world->lines_count++ < ROWS_MAX)
		memcpy(&world->lines[world->lines_count - 1], row, sizeof(world->lines[0]));
	else if (record == &mw_nat_host_record && world->hosts_count++ < ROWS_MAX)
		memcpy(&world->hosts[world->hosts_count - 1], row, sizeof(world->hosts[0]));
}

static struct world *begin(const char *const overrides[])
{
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_nat_settings *settings;

	assert_non_null(world);
	world->snapshot = nat_world_settings(overrides, &settings);
	detector_control_start(&world->control, &mw_detector_nat, settings, (struct mw_row_sink){keep, world});
	world->state = world->control.state;
	return world;
}

#define BEGIN(...) begin((const char *const[]){"nat.hosts-max=1024", "nat.sessions-max=65536", __VA_ARGS__, NULL})

static void end(struct world *world)
{
	detector_control_stop(&world->control, &mw_detector_nat);
	mw_settings_free(world->snapshot);
	free(world);
}

static void see(struct world *world, const struct nat_story *story, double at_s, enum nat_what what, bool from_opener)
{
	struct mw_event event = nat_world_event(story, at_s, what, from_opener, at_s);

	nat_control_event(&world->control, &event);
}

static void opens(struct world *world, const struct nat_story *story, double at_s)
{
	see(world, story, at_s, NAT_OPEN, true);
}

static void answered(struct world *world, const struct nat_story *story, double at_s)
{
	opens(world, story, at_s);
	see(world, story, at_s, NAT_ANSWER, false);
}

/** Ends the interval that began at from_s. */
static void settle(struct world *world, double from_s, double to_s)
{
	world->lines_count = world->hosts_count = 0;
	nat_control_interval(&world->control, NAT_WORLD_EPOCH_NS + (uint64_t)(from_s * 1e9),
						 NAT_WORLD_EPOCH_NS + (uint64_t)(to_s * 1e9));
}

static const struct nat_story web = {"192.168.5.10", "203.0.113.80", 50000, 443, IPPROTO_TCP, NULL, NULL, NULL};
static const struct nat_story churn = {"192.168.5.66", "192.168.1.211", 40000, 59870, IPPROTO_UDP, NULL, NULL, NULL};

/** One datagram each period from a new port. */
static void churn_until(struct world *world, double from_s, double to_s, double period_s)
{
	struct nat_story story = churn;

	story.sport = (uint16_t)(20000 + (uint32_t)(from_s / period_s));
	for (double at_s = from_s; at_s < to_s; at_s += period_s, story.sport++)
		opens(world, &story, at_s);
}

/** Each session once inside, and a moment later at the outside address of one router or of the other by turns. */
static void open_on_both_sides(struct world *world, uint32_t routers)
{
	static const char *const outsides[] = {"198.51.100.1", "198.51.100.2"};

	for (uint32_t i = 0; i < 200; i++) {
		char peer[32];
		struct nat_story story = {"192.168.5.10", peer, (uint16_t)(30000 + i), 443, IPPROTO_UDP, NULL, NULL, NULL};
		double at_s = 0.5 + i * 0.25;

		snprintf(peer, sizeof(peer), "203.0.113.%u", 1 + i / 2 % 7);
		answered(world, &story, at_s);
		story.src = outsides[i % routers];
		answered(world, &story, at_s + 0.001);
	}
	settle(world, 0, 60);
}

static const struct mw_nat_line_row *line_named(const struct world *world, const char *name)
{
	for (uint32_t i = 0; i < world->lines_count; i++) {
		if (strcmp(world->lines[i].line, name) == 0)
			return &world->lines[i];
	}
	return NULL;
}

static void a_line_outside_is_known_by_that_of_its_hosts(void **state)
{
	struct world *world = BEGIN("nat.lines=[wan=198.51.100.1/32, wan2=198.51.100.2/32]");

	(void)state;
	open_on_both_sides(world, 1);
	assert_non_null(line_named(world, "wan"));
	assert_string_equal(line_named(world, "wan")->lan_line, "inside");
	assert_string_equal(line_named(world, "inside")->lan_line, "");
	end(world);
}

/** Hosts of both are one line inside: neither is that line. */
static void of_two_routers_neither_line_is_that_inside(void **state)
{
	struct world *world = BEGIN("nat.lines=[wan=198.51.100.1/32, wan2=198.51.100.2/32]");

	(void)state;
	open_on_both_sides(world, 2);
	assert_non_null(line_named(world, "wan2"));
	assert_string_equal(line_named(world, "wan")->lan_line, "");
	assert_string_equal(line_named(world, "wan2")->lan_line, "");
	end(world);
}

static void demand_of_a_host_is_what_its_timers_hold(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=30s");

	(void)state;
	answered(world, &web, 0.5);
	churn_until(world, 1, 60, 1);
	settle(world, 0, 60);
	assert_int_equal(world->hosts_count, 2);
	assert_int_equal(world->hosts[0].host.bytes[15], 66);
	assert_in_range(world->hosts[0].ports_udp, 29, 31);
	assert_in_range(world->hosts[0].ports_peak, 30, 31);
	assert_true(world->hosts[0].new_per_s > 0.95 && world->hosts[0].new_per_s < 1.05);
	assert_true(world->hosts[0].unanswered_pct > 99);
	assert_int_equal(world->hosts[0].top_dport, 59870);
	assert_int_equal(world->hosts[1].ports_tcp, 1);
	assert_true(world->hosts[1].unanswered_pct < 1);
	assert_int_equal(world->lines_count, 1);
	assert_string_equal(world->lines[0].line, "inside");
	assert_in_range(world->lines[0].ports_used, 31, 32);
	assert_int_equal(world->lines[0].ports_limit, MW_UNKNOWN_I64);
	assert_int_equal(world->lines[0].exhaustion_in_s, MW_UNKNOWN_I64);
	assert_int_equal(world->lines[0].state, MW_NAT_OK);
	assert_int_equal(world->lines[0].timer_s, 30);
	end(world);
}

static void churner_is_first_and_its_habit_is_told(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");

	(void)state;
	answered(world, &web, 0.5);
	churn_until(world, 1, 60, 3);
	settle(world, 0, 60);
	assert_true(world->hosts[0].habit.known);
	assert_int_equal(world->hosts[0].habit.dport, 59870);
	assert_non_null(strstr(world->hosts[0].pattern, "192.168.1.211:59870"));
	assert_true(world->hosts[0].share_pct > 90);
	end(world);
}

static void habit_outlives_short_intervals(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");

	(void)state;
	for (uint32_t second = 0; second < 40; second++) {
		churn_until(world, second, second + 1, 1);
		settle(world, second, second + 1);
	}
	assert_true(world->hosts[0].habit.known);
	end(world);
}

static void steady_state_above_the_limit_warns_before_it_is_reached(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=900s", "nat.ports-limit=240");

	(void)state;
	churn_until(world, 0, 60, 2);
	settle(world, 0, 60);
	churn_until(world, 60, 120, 2);
	settle(world, 60, 120);
	assert_int_equal(world->lines[0].state, MW_NAT_WARNING);
	assert_true(world->lines[0].steady_ports > 430 && world->lines[0].steady_ports < 470); // 900 s / 2 s
	assert_in_range(world->lines[0].exhaustion_in_s, 350, 370); // (240 - 60) * 2 s
	assert_in_range(world->lines[0].ports_used, 59, 61);
	end(world);
}

static void rate_that_the_limit_bears_does_not_warn(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s", "nat.ports-limit=240");

	(void)state;
	churn_until(world, 0, 60, 2);
	settle(world, 0, 60);
	churn_until(world, 60, 120, 2);
	settle(world, 60, 120);
	assert_int_equal(world->lines[0].state, MW_NAT_OK);
	end(world);
}

static void limit_of_a_host_is_counted(void **state)
{
	struct world *world = BEGIN("nat.host-limit=10");

	(void)state;
	churn_until(world, 0, 30, 1);
	settle(world, 0, 60);
	assert_int_equal(world->hosts[0].sessions, 10);
	assert_int_equal(world->hosts[0].over_limit, 20);
	assert_int_equal(world->lines[0].refused, 20);
	end(world);
}

static uint16_t set_port(uint32_t i)
{
	return (uint16_t)((1 + i % 15) << 12 | 177 << 4 | i / 15 % 16);
}

/** The line's ports, each used once, so many a second. */
static void use_ports(struct world *world, double from_s, uint32_t count, double period_s, uint32_t first)
{
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_UDP, CE, BR, NULL};

	for (uint32_t i = 0; i < count; i++) {
		char dst[20];

		snprintf(dst, sizeof(dst), "203.0.%u.%u", i / 200, 1 + i % 200);
		story.dst = dst;
		story.sport = set_port(first + i);
		answered(world, &story, from_s + i * period_s);
	}
}

static void port_set_and_limit_are_inferred_in_a_tunnel_from_the_first_session_on(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");

	(void)state;
	use_ports(world, 0, 40, 1, 0);
	settle(world, 0, 60);
	assert_int_equal(world->lines_count, 1);
	assert_int_equal(world->lines[0].kind, MW_NAT_LINE_MAP_E);
	assert_int_equal(world->lines[0].psid, 177);
	assert_int_equal(world->lines[0].psid_bits, 8);
	assert_int_equal(world->lines[0].psid_offset, 4);
	assert_int_equal(world->lines[0].ports_limit, 240);
	assert_true(world->lines[0].limit_inferred);
	assert_int_equal(world->lines[0].ports_used, 40); // what it did as a candidate counts
	assert_int_equal(world->lines[0].blocks, 15);
	assert_int_equal(world->lines[0].blocks_seen, 15);
	assert_false(world->lines[0].first_block_only);
	assert_int_equal(world->hosts_count, 1);
	end(world);
}

static void port_outside_the_set_is_counted_and_changes_nothing(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");
	struct nat_story stray = {"198.51.100.7", "203.0.113.80", 33333, 443, IPPROTO_UDP, CE, BR, NULL};

	(void)state;
	use_ports(world, 0, 40, 1, 0);
	opens(world, &stray, 50);
	settle(world, 0, 60);
	assert_int_equal(world->lines[0].strays, 1);
	assert_int_equal(world->lines[0].psid, 177);
	end(world);
}

static void all_ports_in_use_is_exhaustion_seen_from_outside(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");

	(void)state;
	use_ports(world, 0, 225, 0.25, 0);
	settle(world, 0, 60);
	assert_int_equal(world->lines[0].state, MW_NAT_WARNING);
	use_ports(world, 61, 15, 0.25, 225);
	use_ports(world, 70, 15, 0.25, 225);
	settle(world, 60, 120);
	assert_int_equal(world->lines[0].state, MW_NAT_EXHAUSTED);
	assert_true(world->lines[0].exhausted_from_ns > NAT_WORLD_EPOCH_NS + 60 * MW_NS_PER_SECOND);
	assert_true(world->lines[0].exhausted_from_ns < NAT_WORLD_EPOCH_NS + 72 * MW_NS_PER_SECOND);
	end(world);
}

static void set_must_stay_full_when_nobody_told_the_timers(void **state)
{
	struct world *world = BEGIN("nat.icmp-timer=60s");

	(void)state;
	use_ports(world, 0, 225, 0.25, 0);
	settle(world, 0, 60);
	use_ports(world, 61, 15, 0.25, 225);
	settle(world, 60, 66);
	assert_int_equal(world->lines[0].state, MW_NAT_WARNING); // full, but since when
	use_ports(world, 70, 15, 0.25, 225);
	settle(world, 66, 120);
	assert_int_equal(world->lines[0].state, MW_NAT_EXHAUSTED);
	end(world);
}

static void full_set_that_nothing_opens_on_any_more_is_exhausted_whatever_the_interval(void **state)
{
	struct world *world = BEGIN("nat.icmp-timer=60s");

	(void)state;
	for (uint32_t second = 0; second < 132; second++) {
		if (second < 118)
			use_ports(world, second, 2, 0.5, 2 * second);
		else if (second == 118)
			use_ports(world, second, 4, 0.2, 2 * second); // the last ones, all between two looks
		settle(world, second, second + 1);
	}
	assert_int_equal(world->lines[0].state, MW_NAT_EXHAUSTED);
	end(world);
}

static void ports_given_out_before_the_timer_let_them_go_are_no_exhaustion(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s"); // the translator's own is shorter

	(void)state;
	use_ports(world, 0, 240, 0.8, 0);
	settle(world, 0, 192);
	use_ports(world, 193, 60, 0.8, 7); // again, to other peers, after a rest of 187 s
	settle(world, 192, 240);
	use_ports(world, 241, 60, 0.8, 67);
	settle(world, 240, 300);
	assert_int_equal(world->lines[0].state, MW_NAT_WARNING);
	end(world);
}

static void one_full_block_of_several_is_told(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_UDP, CE, BR, NULL};

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		char dst[20];

		snprintf(dst, sizeof(dst), "203.0.113.%u", 1 + i);
		story.dst = dst;
		story.sport = (uint16_t)(1 << 12 | 177 << 4 | i % 16);
		answered(world, &story, i * 0.5);
	}
	settle(world, 0, 60);
	assert_true(world->lines[0].first_block_only);
	assert_int_equal(world->lines[0].blocks_seen, 1);
	assert_int_equal(world->lines[0].state, MW_NAT_OK); // of what it has, nothing is known
	end(world);
}

static void port_saving_seen_from_outside_counts_entries_apart_from_ports(void **state)
{
	struct world *world = BEGIN("nat.profile=linux");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_UDP, CE, BR, NULL};

	(void)state;
	use_ports(world, 0, 20, 0.1, 0);
	for (uint32_t i = 0; i < 20; i++) {
		story.sport = set_port(i);
		answered(world, &story, 5);
	}
	settle(world, 0, 20);
	assert_int_equal(world->lines[0].ports_used, 20);
	assert_int_equal(world->lines[0].sessions, 40);
	assert_int_equal(world->hosts[0].sessions, 40);
	end(world);
}

static void numbers_in_use_are_of_all_pools_and_the_fullest_is_held_against_the_limit(void **state)
{
	struct world *world = BEGIN("nat.shared-pool=no");
	struct nat_story story = {"198.51.100.7", "203.0.113.80", 0, 443, IPPROTO_TCP, CE, BR, NULL};

	(void)state;
	use_ports(world, 0, 20, 0.1, 0);
	for (uint32_t i = 15; i < 30; i++) { // five numbers of two pools
		story.sport = set_port(i);
		answered(world, &story, 5);
	}
	settle(world, 0, 20);
	assert_int_equal(world->lines[0].ports_used, 30);
	assert_int_equal(world->lines[0].ports_peak, 30);
	assert_int_equal(world->lines[0].pool_used, 20);
	end(world);
}

static void line_without_a_session_in_the_interval_has_no_row(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=30s");

	(void)state;
	opens(world, &churn, 1);
	settle(world, 0, 60);
	assert_int_equal(world->lines_count, 1);
	settle(world, 60, 120);
	assert_int_equal(world->lines_count, 0);
	assert_int_equal(world->hosts_count, 0);
	assert_int_equal(nat_lines_count(world->state->places.lines), 1);
	settle(world, 660, 720);
	assert_int_equal(nat_lines_count(world->state->places.lines), 0);
	opens(world, &churn, 721);
	settle(world, 720, 780);
	assert_int_equal(world->lines[0].ports_used, 1);
	end(world);
}

static void stray_segment_of_tcp_opens_nothing_but_a_living_connection_does(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=30s");
	struct mw_event event = nat_world_event(&web, 1, NAT_OPEN, true, 1);

	(void)state;
	nat_facts_write(&event, &(struct nat_facts){.opened_ns = event.time_ns, .what = NAT_OPEN, .from_opener = true},
					false);
	nat_control_event(&world->control, &event);
	settle(world, 0, 60);
	assert_int_equal(world->lines_count, 0);
	see(world, &web, 61, NAT_ALIVE, true);
	settle(world, 60, 120);
	assert_int_equal(world->hosts[0].ports_tcp, 1);
	end(world);
}

static void closed_connection_gives_its_port_back(void **state)
{
	struct world *world = BEGIN("nat.tcp-closing-timer=10s");

	(void)state;
	answered(world, &web, 1);
	see(world, &web, 5, NAT_CLOSE, true);
	settle(world, 0, 60);
	assert_int_equal(world->hosts[0].ports_tcp, 0);
	assert_int_equal(world->hosts[0].ports_peak, 1);
	end(world);
}

static uint32_t warnings;

static void count_warning(enum mw_log_level level, const char *message)
{
	warnings += level == MW_LOG_WARNING && strstr(message, "no room") != NULL;
}

static void flood_of_made_up_hosts_keeps_the_true_ones(void **state)
{
	struct world *world = BEGIN("nat.udp-timer=300s");
	char src[20];
	struct nat_story forged = {src, "203.0.113.80", 7, 80, IPPROTO_UDP, NULL, NULL, NULL};
	struct nat_story dns = {"192.168.5.66", "203.0.113.53", 40000, 53, IPPROTO_UDP, NULL, NULL, NULL};

	(void)state;
	answered(world, &web, 0.1);
	answered(world, &dns, 0.1);
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(src, sizeof(src), "10.%u.%u.%u", i % 251, i / 251 % 251, 1 + i % 200);
		opens(world, &forged, 1 + i * 0.001);
		if (i % 1000 == 0)
			churn_until(world, 1 + i * 0.001, 1 + i * 0.001 + 0.5, 1);
	}
	mw_log_set_hook(count_warning);
	settle(world, 0, 60);
	mw_log_set_hook(NULL);
	assert_int_equal(warnings, 1);
	assert_int_equal(world->lines_count, 1);
	assert_true(world->hosts_count <= 1024);
	assert_true(mw_nat_no_room(world->state->model) > 0);
	assert_int_equal(world->hosts[0].host.bytes[15], 66);
	assert_in_range(world->hosts[0].ports_udp, 20, 21);
	assert_int_equal(world->hosts[0].top_dport, 59870);
	end(world);
}

static void switched_off_it_takes_nothing(void **state)
{
	struct world *world = BEGIN("nat.enabled=no");

	(void)state;
	answered(world, &web, 1);
	settle(world, 0, 60);
	assert_int_equal(world->lines_count, 0);
	assert_null(world->state->model);
	end(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(demand_of_a_host_is_what_its_timers_hold),
	MW_TEST(a_line_outside_is_known_by_that_of_its_hosts),
	MW_TEST(of_two_routers_neither_line_is_that_inside),
	MW_TEST(churner_is_first_and_its_habit_is_told),
	MW_TEST(habit_outlives_short_intervals),
	MW_TEST(steady_state_above_the_limit_warns_before_it_is_reached),
	MW_TEST(rate_that_the_limit_bears_does_not_warn),
	MW_TEST(limit_of_a_host_is_counted),
	MW_TEST(port_set_and_limit_are_inferred_in_a_tunnel_from_the_first_session_on),
	MW_TEST(port_outside_the_set_is_counted_and_changes_nothing),
	MW_TEST(all_ports_in_use_is_exhaustion_seen_from_outside),
	MW_TEST(set_must_stay_full_when_nobody_told_the_timers),
	MW_TEST(full_set_that_nothing_opens_on_any_more_is_exhausted_whatever_the_interval),
	MW_TEST(ports_given_out_before_the_timer_let_them_go_are_no_exhaustion),
	MW_TEST(one_full_block_of_several_is_told),
	MW_TEST(port_saving_seen_from_outside_counts_entries_apart_from_ports),
	MW_TEST(numbers_in_use_are_of_all_pools_and_the_fullest_is_held_against_the_limit),
	MW_TEST(line_without_a_session_in_the_interval_has_no_row),
	MW_TEST(stray_segment_of_tcp_opens_nothing_but_a_living_connection_does),
	MW_TEST(closed_connection_gives_its_port_back),
	MW_TEST(flood_of_made_up_hosts_keeps_the_true_ones),
	MW_TEST(switched_off_it_takes_nothing),
};

MW_TEST_MAIN("nat_control", tests)
