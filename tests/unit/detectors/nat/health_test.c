// SPDX-License-Identifier: BSD-3-Clause
// Exhaustion is found when new IPv4 connections fail beside living ones, and in no other trouble.
// Neighbours: lib/detectors/nat/health.c, health_decide.c.
#include "mw_test.h"

#include <math.h>
#include <string.h>

#include "health.h"

#define START_S 1700000000
#define RTT_NS  (20 * 1000 * 1000)
#define HOSTS   5
#define SERVERS 8
#define OLDS    4

/** A line: every second each of some hosts opens one connection, and long ones send once in two seconds. */
struct world {
	struct nat_health health;
	uint64_t second;
	uint32_t opened, found, random;
	bool full, one_host, one_address, no_old;
	uint32_t servers, olds; // 0: SERVERS, OLDS
	uint32_t v6_every_s; // 0: every second
	uint64_t found_s;
};

/** What becomes of packets in a stretch of time, in percent. */
struct weather {
	uint32_t refused_pct; // new IPv4 connections
	uint32_t refused_v6_pct;
	uint32_t lost_pct; // of open ones' exchanges
	uint32_t dead; // servers that answer nobody: 0 to dead - 1
	bool by_turns; // refused regularly: the first refused_pct of 10, not at random
};

static uint32_t dice(struct world *world)
{
	world->random = world->random * 1664525 + 1013904223;
	return (world->random >> 16) % 100;
}

static struct mw_address v4(uint8_t a, uint8_t b)
{
	const uint8_t bytes[4] = {a, 0, 113, b};

	return mw_address_from_v4(bytes);
}

static struct nat_health_flow new_flow(struct world *world, uint32_t server, bool v6)
{
	struct nat_health_flow flow = {.host = v4(192, world->one_host ? 1 : (uint8_t)(1 + world->opened % HOSTS)),
								   .peer = v4(203, (uint8_t)(1 + server)),
								   .port = (uint16_t)(10000 + world->opened % 50000),
								   .peer_port = 443,
								   .protocol = MW_NAT_TCP};

	if (world->one_address) {
		flow.peer = v4(203, 1);
		flow.peer_port = (uint16_t)(443 + server);
	}
	if (v6)
		flow.peer.bytes[0] = 0x20;
	world->opened++;
	return flow;
}

static void open_one(struct world *world, uint64_t now_ns, const struct nat_health_flow *flow, bool answered)
{
	nat_health_tried(&world->health, now_ns, flow);
	if (answered)
		nat_health_answered(&world->health, now_ns + RTT_NS, flow, now_ns);
}

static void old_ones(struct world *world, uint64_t now_ns, const struct weather *weather)
{
	for (uint32_t i = 0; i < (world->olds != 0 ? world->olds : OLDS) && !world->no_old; i++) {
		struct nat_health_flow flow = {.host = v4(192, (uint8_t)(1 + i)),
									   .peer = v4(198, (uint8_t)(1 + i)),
									   .port = (uint16_t)(500 + i),
									   .peer_port = 443};

		if (world->second % 3 != i % 3)
			continue;
		nat_health_lives(&world->health, now_ns + i, &flow, true);
		if (dice(world) >= weather->lost_pct)
			nat_health_lives(&world->health, now_ns + RTT_NS + i, &flow, false);
	}
}

static void pass(struct world *world, uint32_t seconds, const struct weather *weather)
{
	for (uint32_t i = 0; i < seconds; i++, world->second++) {
		uint64_t now_ns = (START_S + world->second) * MW_NS_PER_SECOND;
		struct nat_health_flow flow;

		if (nat_health_advance(&world->health, now_ns, world->full)) {
			world->found++;
			world->found_s = world->second;
		}
		old_ones(world, now_ns + 1000, weather);
		for (uint32_t k = 0; k < 2; k++) {
			uint32_t server = world->opened % (world->servers != 0 ? world->servers : SERVERS);
			uint32_t draw = weather->by_turns ? world->opened * 7 % 10 * 10 : dice(world);

			flow = new_flow(world, server, false);
			open_one(world, now_ns + 1000000 + k * 300000000, &flow,
					 server >= weather->dead && draw >= weather->refused_pct);
		}
		if (world->v6_every_s != 0 && world->second % world->v6_every_s != 0)
			continue;
		flow = new_flow(world, 1, true);
		open_one(world, now_ns + 700000000, &flow, dice(world) >= weather->refused_v6_pct);
	}
}

static void begin(struct world *world)
{
	static const struct weather fine;

	world->random = 1;
	pass(world, 60, &fine);
	assert_int_equal(world->found, 0);
}

static void full_translator_is_found_within_ten_seconds(void **state)
{
	static struct world world = {.full = true};
	struct nat_health_look look;

	(void)state;
	begin(&world);
	pass(&world, 30, &(struct weather){.refused_pct = 60, .by_turns = true});
	assert_int_equal(world.found, 1);
	assert_in_range(world.found_s, 60, 70);
	nat_health_look(&world.health, &look);
	assert_true(look.exhausted);
	assert_in_range(look.from_ns / MW_NS_PER_SECOND, START_S + 60, START_S + 62);
	assert_true(look.new_v4_failed_pct > 5);
	assert_true(look.established_v4_failed_pct == 0);
	assert_true(look.new_v6_failed_pct == 0);
	assert_true(isnan(look.ping4_failed_pct));
}

static void without_a_known_limit_more_evidence_is_asked_for(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	pass(&world, 12, &(struct weather){.refused_pct = 70, .by_turns = true});
	assert_int_equal(world.found, 0);
	pass(&world, 40, &(struct weather){.refused_pct = 70, .by_turns = true});
	assert_int_equal(world.found, 1);
}

static void nothing_answered_any_more_is_found_by_many_destinations(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	pass(&world, 50, &(struct weather){.refused_pct = 100});
	assert_int_equal(world.found, 1);
}

static void outage_is_no_exhaustion(void **state)
{
	static struct world worlds[2] = {{.full = false}, {.full = true}};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		begin(&worlds[i]);
		pass(&worlds[i], 40, &(struct weather){.refused_pct = 100, .refused_v6_pct = 100, .lost_pct = 100});
		assert_int_equal(worlds[i].found, 0);
		pass(&worlds[i], 60, &(struct weather){0});
		assert_int_equal(worlds[i].found, 0);
	}
}

static void outage_of_ipv4_alone_is_no_exhaustion(void **state)
{
	static struct world worlds[2] = {{.full = false}, {.full = true}};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		begin(&worlds[i]);
		pass(&worlds[i], 40, &(struct weather){.refused_pct = 100, .lost_pct = 100});
		pass(&worlds[i], 60, &(struct weather){0});
		assert_int_equal(worlds[i].found, 0);
	}
}

static void loss_that_open_connections_suffer_too_is_no_exhaustion(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		static struct world world;

		memset(&world, 0, sizeof(world));
		begin(&world);
		world.random = seed * 7919;
		pass(&world, 200, &(struct weather){.refused_pct = 70, .lost_pct = 34});
		assert_int_equal(world.found, 0);
	}
}

static void both_families_failing_is_no_exhaustion(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++) {
		static struct world world;

		memset(&world, 0, sizeof(world));
		world.full = true;
		begin(&world);
		world.random = seed * 7919;
		pass(&world, 100, &(struct weather){.refused_pct = 70, .refused_v6_pct = 80});
		assert_int_equal(world.found, 0);
	}
}

static void rare_ipv6_that_fails_counts_for_a_while(void **state)
{
	static struct world world = {.full = true, .v6_every_s = 11};

	(void)state;
	begin(&world);
	pass(&world, 7, &(struct weather){.refused_v6_pct = 100});
	pass(&world, 8, &(struct weather){.refused_pct = 60, .refused_v6_pct = 100, .by_turns = true});
	pass(&world, 6, &(struct weather){0});
	assert_int_equal(world.found, 0);
}

static void clock_ahead_of_the_packets_makes_no_failures(void **state)
{
	static struct world world;
	struct nat_health_look look;

	(void)state;
	begin(&world);
	nat_health_interval(&world.health, (START_S + world.second) * MW_NS_PER_SECOND);
	for (uint32_t i = 0; i < 300; i++) {
		uint64_t now_ns = (START_S + world.second) * MW_NS_PER_SECOND + i * UINT64_C(100000000);
		struct nat_health_flow flow = new_flow(&world, i % SERVERS, false);

		nat_health_tried(&world.health, now_ns + 50000000, &flow);
		nat_health_answered(&world.health, now_ns + 60000000, &flow, now_ns);
	}
	nat_health_look(&world.health, &look);
	assert_true(look.new_v4_failed_pct == 0);
}

static void outage_while_open_connections_are_idle_is_no_exhaustion(void **state)
{
	static struct world world = {.full = true};

	(void)state;
	begin(&world);
	world.no_old = true;
	pass(&world, 40, &(struct weather){.refused_pct = 100});
	assert_int_equal(world.found, 0);
}

static void few_open_connections_prove_little(void **state)
{
	static struct world world = {.olds = 1};

	(void)state;
	begin(&world);
	pass(&world, 100, &(struct weather){.refused_pct = 70, .by_turns = true});
	assert_int_equal(world.found, 0);
}

static void one_address_that_answers_by_turns_is_not_enough(void **state)
{
	static struct world world = {.one_address = true, .servers = 4};

	(void)state;
	begin(&world);
	pass(&world, 100, &(struct weather){.refused_pct = 70, .by_turns = true});
	assert_int_equal(world.found, 0);
}

static void few_servers_that_are_all_down_are_no_exhaustion(void **state)
{
	static struct world world = {.servers = 3};

	(void)state;
	begin(&world);
	pass(&world, 100, &(struct weather){.dead = 3});
	assert_int_equal(world.found, 0);
}

static void busy_destination_that_answers_hides_no_exhaustion(void **state)
{
	static struct world world = {.full = true};

	(void)state;
	begin(&world);
	for (uint32_t second = 0; second < 30; second++) {
		for (uint32_t k = 0; k < 8; k++) {
			uint64_t now_ns = (START_S + world.second) * MW_NS_PER_SECOND + k;
			struct nat_health_flow flow = new_flow(&world, 60, false);

			open_one(&world, now_ns, &flow, true);
		}
		pass(&world, 1, &(struct weather){.refused_pct = 80, .by_turns = true});
	}
	assert_int_equal(world.found, 1);
}

static void without_open_connections_nothing_is_claimed(void **state)
{
	static struct world world = {.full = true, .no_old = true};

	(void)state;
	begin(&world);
	pass(&world, 60, &(struct weather){.refused_pct = 70});
	assert_int_equal(world.found, 0);
}

static void servers_that_are_down_are_no_exhaustion(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	pass(&world, 200, &(struct weather){.dead = 3});
	assert_int_equal(world.found, 0);
}

static void client_that_retries_a_dead_server_is_no_exhaustion(void **state)
{
	static struct world worlds[2] = {{.full = false}, {.full = true}};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct world *world = &worlds[i];
		struct nat_health_flow flow;

		begin(world);
		for (uint32_t second = 0; second < 60; second++, world->second++) {
			uint64_t now_ns = (START_S + world->second) * MW_NS_PER_SECOND;

			assert_false(nat_health_advance(&world->health, now_ns, world->full));
			old_ones(world, now_ns + 1000, &(struct weather){0});
			for (uint32_t k = 0; k < 4; k++) {
				flow = new_flow(world, 2, false);
				open_one(world, now_ns + k * 200000000, &flow, false);
			}
		}
	}
}

static void destination_that_never_answered_does_not_count(void **state)
{
	static struct world world = {.full = true};
	struct nat_health_look look;

	(void)state;
	begin(&world);
	for (uint32_t second = 0; second < 60; second++) {
		uint64_t now_ns = (START_S + world.second) * MW_NS_PER_SECOND;

		for (uint32_t k = 0; k < 4; k++) {
			struct nat_health_flow flow = new_flow(&world, 100 + second % 50, false);

			open_one(&world, now_ns + k, &flow, false);
		}
		pass(&world, 1, &(struct weather){0});
	}
	assert_int_equal(world.found, 0);
	nat_health_look(&world.health, &look);
	assert_true(look.new_v4_failed_pct == 0);
}

static void host_that_is_blocked_alone_is_no_exhaustion(void **state)
{
	static struct world world = {.one_host = true};

	(void)state;
	begin(&world);
	pass(&world, 60, &(struct weather){.refused_pct = 80, .by_turns = true});
	assert_int_equal(world.found, 0);
}

static void one_destination_without_ports_is_found_beside_a_full_model(void **state)
{
	static struct world worlds[2] = {{.full = true}, {.full = false}};

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		struct world *world = &worlds[i];

		begin(world);
		for (uint32_t second = 0; second < 40; second++) {
			uint64_t now_ns = (START_S + world->second) * MW_NS_PER_SECOND;

			for (uint32_t k = 0; k < 6; k++) {
				struct nat_health_flow flow = new_flow(world, 1, false);

				open_one(world, now_ns + 5000000 + k * 100000000, &flow, k % 3 == 2);
			}
			pass(world, 1, &(struct weather){0});
		}
		assert_int_equal(world->found, world->full);
	}
}

static void exhaustion_ends_when_connections_succeed_again(void **state)
{
	static struct world world = {.full = true};
	struct nat_health_look look;

	(void)state;
	begin(&world);
	pass(&world, 60, &(struct weather){.refused_pct = 60, .by_turns = true});
	assert_true(world.health.exhausted);
	pass(&world, 60, &(struct weather){0});
	assert_false(world.health.exhausted);
	assert_int_equal(world.found, 1);
	nat_health_look(&world.health, &look);
	assert_true(look.exhausted);
	assert_in_range(look.to_ns / MW_NS_PER_SECOND, START_S + 115, START_S + 120);
	nat_health_interval(&world.health, (START_S + world.second) * MW_NS_PER_SECOND);
	nat_health_look(&world.health, &look);
	assert_false(look.exhausted);
}

static void a_pause_in_the_failing_is_no_end(void **state)
{
	static struct world world = {.full = true};

	(void)state;
	begin(&world);
	for (uint32_t i = 0; i < 5; i++) {
		pass(&world, 20, &(struct weather){.refused_pct = 60, .by_turns = true});
		pass(&world, 8, &(struct weather){0});
	}
	assert_int_equal(world.found, 1);
	assert_true(world.health.exhausted);
}

static void interval_begins_with_what_goes_on(void **state)
{
	static struct world world = {.full = true};
	struct nat_health_look look;
	uint64_t start_ns;

	(void)state;
	begin(&world);
	pass(&world, 30, &(struct weather){.refused_pct = 60, .by_turns = true});
	start_ns = (START_S + world.second) * MW_NS_PER_SECOND;
	nat_health_interval(&world.health, start_ns);
	nat_health_look(&world.health, &look);
	assert_true(look.exhausted);
	assert_int_equal(look.from_ns, start_ns);
	assert_true(isnan(look.new_v4_failed_pct));
}

static void silence_of_a_day_is_passed_over(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	world.second += 86400;
	pass(&world, 60, &(struct weather){0});
	assert_int_equal(world.found, 0);
}

static void busy_line_is_sampled_and_its_shares_stay(void **state)
{
	static struct world world;
	struct nat_health_look look;

	(void)state;
	begin(&world);
	nat_health_interval(&world.health, (START_S + world.second) * MW_NS_PER_SECOND);
	for (uint32_t second = 0; second < 60; second++) {
		uint64_t now_ns = (START_S + world.second) * MW_NS_PER_SECOND;

		for (uint32_t k = 0; k < 1000; k++) {
			struct nat_health_flow flow = new_flow(&world, k % SERVERS, false);

			nat_health_tried(&world.health, now_ns + k * 1000, &flow);
			if (k >= 250)
				nat_health_answered(&world.health, now_ns + k * 1000, &flow, now_ns + k * 1000);
		}
		world.second++;
	}
	nat_health_look(&world.health, &look);
	assert_true(look.new_v4_failed_pct > 17 && look.new_v4_failed_pct < 33);
}

/** Few are refused, as when ports come free one by one; nothing failed before. */
static void onset_under_high_demand_is_found_though_few_are_refused(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	world.health.demand_high = true;
	pass(&world, 40, &(struct weather){0});
	assert_int_equal(world.found, 0);
	pass(&world, 24, &(struct weather){.refused_pct = 30, .by_turns = true});
	assert_int_equal(world.found, 1);
	assert_true(world.found_s <= 60 + 40 + 16);
}

static void onset_without_high_demand_is_not_told(void **state)
{
	static struct world world;

	(void)state;
	begin(&world);
	pass(&world, 100, &(struct weather){.refused_pct = 30, .by_turns = true});
	assert_int_equal(world.found, 0);
}

static void loss_and_a_server_that_dies_under_high_demand_are_no_onset(void **state)
{
	static const struct weather others[] = {
		{.refused_pct = 30, .refused_v6_pct = 30, .lost_pct = 30}, {.refused_pct = 30, .lost_pct = 30}, {.dead = 1}};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(others); i++) {
		struct world world = {.random = 0};

		begin(&world);
		world.health.demand_high = true;
		pass(&world, 200, &others[i]);
		assert_int_equal(world.found, 0);
	}
}

static void onset_without_ipv6_is_not_told_early(void **state)
{
	static struct world world = {.v6_every_s = 30};

	(void)state;
	begin(&world);
	world.health.demand_high = true;
	pass(&world, 100, &(struct weather){.refused_pct = 30, .by_turns = true});
	assert_int_equal(world.found, 0);
}

static void line_on_which_some_always_fail_has_no_onset(void **state)
{
	static struct world world;
	static const struct weather some = {.refused_pct = 20, .by_turns = true};

	(void)state;
	begin(&world);
	pass(&world, 100, &some);
	world.health.demand_high = true;
	pass(&world, 100, &some);
	assert_int_equal(world.found, 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(full_translator_is_found_within_ten_seconds),
	MW_TEST(without_a_known_limit_more_evidence_is_asked_for),
	MW_TEST(nothing_answered_any_more_is_found_by_many_destinations),
	MW_TEST(outage_is_no_exhaustion),
	MW_TEST(outage_of_ipv4_alone_is_no_exhaustion),
	MW_TEST(loss_that_open_connections_suffer_too_is_no_exhaustion),
	MW_TEST(both_families_failing_is_no_exhaustion),
	MW_TEST(rare_ipv6_that_fails_counts_for_a_while),
	MW_TEST(clock_ahead_of_the_packets_makes_no_failures),
	MW_TEST(outage_while_open_connections_are_idle_is_no_exhaustion),
	MW_TEST(few_open_connections_prove_little),
	MW_TEST(one_address_that_answers_by_turns_is_not_enough),
	MW_TEST(few_servers_that_are_all_down_are_no_exhaustion),
	MW_TEST(busy_destination_that_answers_hides_no_exhaustion),
	MW_TEST(without_open_connections_nothing_is_claimed),
	MW_TEST(servers_that_are_down_are_no_exhaustion),
	MW_TEST(client_that_retries_a_dead_server_is_no_exhaustion),
	MW_TEST(destination_that_never_answered_does_not_count),
	MW_TEST(host_that_is_blocked_alone_is_no_exhaustion),
	MW_TEST(one_destination_without_ports_is_found_beside_a_full_model),
	MW_TEST(exhaustion_ends_when_connections_succeed_again),
	MW_TEST(a_pause_in_the_failing_is_no_end),
	MW_TEST(interval_begins_with_what_goes_on),
	MW_TEST(silence_of_a_day_is_passed_over),
	MW_TEST(busy_line_is_sampled_and_its_shares_stay),
	MW_TEST(onset_under_high_demand_is_found_though_few_are_refused),
	MW_TEST(onset_without_high_demand_is_not_told),
	MW_TEST(loss_and_a_server_that_dies_under_high_demand_are_no_onset),
	MW_TEST(onset_without_ipv6_is_not_told_early),
	MW_TEST(line_on_which_some_always_fail_has_no_onset),
};

MW_TEST_MAIN("detect_nat_health", tests)
