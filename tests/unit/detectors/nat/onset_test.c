// SPDX-License-Identifier: BSD-3-Clause
// The onset of exhaustion is told while only some connections fail, and of what looks like it nothing is.
// Neighbours: lib/detectors/nat/health_onset.c; health_test.c has what takes longer.
#include "mw_test.h"

#include <string.h>

#include "health_decide.h"

#define START_S  1700000000
#define RTT_NS   (20 * 1000 * 1000)
#define HOSTS    5
#define SERVERS  20
#define RESOLVER 100 // addresses: their last octets
#define TIME     101
#define BEFORE_S 90
#define OLDS     12

/** What fails, asked of each connection; draw is a number below 100. */
struct world;
typedef bool failing(const struct world *world, const struct nat_health_flow *flow, uint32_t draw);

struct world {
	struct nat_health health;
	failing *fails; // NULL: nothing
	uint32_t percent; // for it
	uint64_t second;
	uint32_t opened, random;
	bool v6, loses_v6, one_host, quiet; // quiet: the open connections have nothing to say
	uint64_t found_s, since_ns; // the first onset
};

static uint32_t draw(struct world *world)
{
	world->random = world->random * 1664525 + 1013904223;
	return (world->random >> 16) % 100;
}

static struct mw_address v4(uint8_t a, uint8_t b)
{
	const uint8_t bytes[4] = {a, 0, 113, b};

	return mw_address_from_v4(bytes);
}

static void open_one(struct world *world, uint64_t now_ns, uint8_t protocol, uint8_t peer, uint16_t peer_port)
{
	struct nat_health_flow flow = {.host = v4(192, world->one_host ? 1 : (uint8_t)(1 + world->opened * 3 % HOSTS)),
								   .peer = v4(203, peer),
								   .port = (uint16_t)(10000 + world->opened % 50000),
								   .peer_port = peer_port,
								   .protocol = protocol};

	world->opened++;
	nat_health_tried(&world->health, now_ns, &flow);
	if (world->fails == NULL || !world->fails(world, &flow, draw(world)))
		nat_health_answered(&world->health, now_ns + RTT_NS, &flow, now_ns);
}

static void open_v6(struct world *world, uint64_t now_ns)
{
	struct nat_health_flow flow = {
		.host = v4(192, 1), .peer = v4(203, 1), .port = (uint16_t)world->second, .peer_port = 443};

	flow.peer.bytes[0] = 0x20;
	nat_health_tried(&world->health, now_ns, &flow);
	if (!world->loses_v6 || draw(world) >= world->percent)
		nat_health_answered(&world->health, now_ns + RTT_NS, &flow, now_ns);
}

/** Open connections: each says something once in three seconds. Loss of all packets takes some of it. */
static void old_ones(struct world *world, uint64_t now_ns)
{
	for (uint32_t i = (uint32_t)(world->second % 3); i < OLDS && !world->quiet; i += 3) {
		struct nat_health_flow flow = {
			.host = v4(192, (uint8_t)(1 + i)), .peer = v4(198, (uint8_t)(1 + i)), .port = 500, .peer_port = 443};

		nat_health_lives(&world->health, now_ns + i, &flow, true);
		if (world->fails == NULL || !world->fails(world, &flow, draw(world)))
			nat_health_lives(&world->health, now_ns + RTT_NS + i, &flow, false);
	}
}

static void pass(struct world *world, uint32_t seconds)
{
	for (uint32_t i = 0; i < seconds; i++, world->second++) {
		uint64_t now_ns = (START_S + world->second) * MW_NS_PER_SECOND, ms = MW_NS_PER_MS;
		uint8_t server = (uint8_t)(1 + world->second % SERVERS);

		nat_health_advance(&world->health, now_ns, false);
		if (world->since_ns == 0 && nat_health_onset(&world->health) != 0) {
			world->since_ns = nat_health_packet_time(nat_health_onset(&world->health));
			world->found_s = world->second;
		}
		old_ones(world, now_ns + 50 * ms);
		open_one(world, now_ns + 100 * ms, MW_NAT_UDP, RESOLVER, 53);
		open_one(world, now_ns + 400 * ms, MW_NAT_TCP, server, 443);
		if (world->second % 2 == 0)
			open_one(world, now_ns + 500 * ms, MW_NAT_UDP, server, 443);
		if (world->second % 4 == 0)
			open_one(world, now_ns + 600 * ms, MW_NAT_UDP, TIME, 123);
		if (world->second % 4 == 2)
			open_one(world, now_ns + 700 * ms, MW_NAT_ICMP, RESOLVER, 0);
		if (world->v6)
			open_v6(world, now_ns + 800 * ms);
	}
}

/** All is well for a while, long enough for each server to be known; then what fails does. */
static bool found_within(struct world *world, uint32_t seconds, failing *fails, uint32_t percent)
{
	world->random = 1;
	pass(world, BEFORE_S);
	assert_true(world->since_ns == 0);
	world->health.demand_high = true;
	world->fails = fails;
	world->percent = percent;
	pass(world, seconds);
	return world->since_ns != 0;
}

static bool is_old(const struct nat_health_flow *flow)
{
	return flow->peer.bytes[12] == 198;
}

static uint8_t peer_of(const struct nat_health_flow *flow)
{
	return flow->peer.bytes[15];
}

static bool new_ones(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	return !is_old(flow) && draw < world->percent;
}

static bool new_udp(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	return !is_old(flow) && flow->protocol == MW_NAT_UDP && draw < world->percent;
}

/** Loss, of exchanges: open connections send again, and show what was lost four times. */
static bool any(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	uint32_t percent = world->percent;

	return is_old(flow) ? draw < percent * percent / 100 * percent / 100 * percent / 100 : draw < percent;
}

static bool two_of_a_provider(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	return !is_old(flow) && flow->protocol == MW_NAT_UDP && (peer_of(flow) == RESOLVER || peer_of(flow) == TIME) &&
		   draw < world->percent;
}

static bool resolver(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	return !is_old(flow) && peer_of(flow) == RESOLVER && draw < world->percent;
}

static bool in_gaps(const struct world *world, const struct nat_health_flow *flow, uint32_t draw)
{
	(void)flow;
	(void)draw;
	return world->second % 8 < 3;
}

static void one_pool_that_is_full_is_told_within_seconds_without_ipv6(void **state)
{
	static struct world world;

	(void)state;
	assert_true(found_within(&world, 24, new_ones, 70));
	assert_true(world.found_s <= BEFORE_S + 20);
	assert_in_range(world.since_ns / MW_NS_PER_SECOND, START_S + BEFORE_S, START_S + BEFORE_S + 8);
}

static void few_refused_are_told_where_ipv6_shows_that_the_line_is_well(void **state)
{
	static struct world with = {.v6 = true}, without;

	(void)state;
	assert_true(found_within(&with, 30, new_ones, 30));
	assert_false(found_within(&without, 30, new_ones, 30));
}

static void pool_of_udp_alone_is_told_where_tcp_goes_on(void **state)
{
	static struct world world;

	(void)state;
	assert_true(found_within(&world, 30, new_udp, 50));
}

static void loss_is_no_onset(void **state)
{
	static const uint32_t percents[] = {5, 15, 25, 40, 60, 80};

	(void)state;
	for (uint32_t i = 0; i < 2 * MW_ARRAY_SIZE(percents); i++) {
		struct world world = {.v6 = i % 2, .loses_v6 = true};

		assert_false(found_within(&world, 120, any, percents[i / 2]));
	}
}

static void two_servers_in_trouble_together_are_no_onset(void **state)
{
	static const uint32_t percents[] = {30, 50, 80, 100};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(percents); i++) {
		struct world world = {.v6 = true};

		assert_false(found_within(&world, 120, two_of_a_provider, percents[i]));
	}
}

static void resolver_and_its_echo_are_no_onset(void **state)
{
	static const uint32_t percents[] = {30, 50, 80, 100};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(percents); i++) {
		struct world world = {.v6 = true};

		assert_false(found_within(&world, 120, resolver, percents[i]));
	}
}

static void gaps_of_seconds_in_which_nothing_passes_are_no_onset(void **state)
{
	static struct world world, quiet = {.quiet = true};

	(void)state;
	assert_false(found_within(&world, 120, in_gaps, 0));
	assert_false(found_within(&quiet, 120, in_gaps, 0));
}

static void one_host_that_fails_is_no_onset(void **state)
{
	static struct world world = {.one_host = true, .v6 = true};

	(void)state;
	assert_false(found_within(&world, 60, new_ones, 50));
}

static void quiet_open_connections_show_nothing_of_the_line(void **state)
{
	static struct world world = {.quiet = true};

	(void)state;
	assert_false(found_within(&world, 60, new_ones, 50));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_pool_that_is_full_is_told_within_seconds_without_ipv6),
	MW_TEST(few_refused_are_told_where_ipv6_shows_that_the_line_is_well),
	MW_TEST(pool_of_udp_alone_is_told_where_tcp_goes_on),
	MW_TEST(loss_is_no_onset),
	MW_TEST(two_servers_in_trouble_together_are_no_onset),
	MW_TEST(resolver_and_its_echo_are_no_onset),
	MW_TEST(gaps_of_seconds_in_which_nothing_passes_are_no_onset),
	MW_TEST(one_host_that_fails_is_no_onset),
	MW_TEST(quiet_open_connections_show_nothing_of_the_line),
};

MW_TEST_MAIN("detect_nat_onset", tests)
