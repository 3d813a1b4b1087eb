// SPDX-License-Identifier: BSD-3-Clause
// Which destination is short of ports, and who holds them: a resolver that most queries of one host keep full, beside a
// host with more sessions to somebody who never answers.
// Neighbours: lib/detectors/nat/scarce.c.
#include <stdlib.h>

#include "mw_test.h"
#include "scarce.h"

#define START_S 1700000000
#define LIMIT   100
#define HOG     1
#define CHATTER 2
#define OTHER   3

struct world {
	struct mw_nat *nat;
	uint32_t line;
	struct nat_health *health;
	struct mw_nat_profile profile;
	struct mw_nat_scarce scarce;
	uint16_t port;
	uint64_t now_ns;
};

static struct mw_address v4(uint8_t a, uint8_t d)
{
	const uint8_t bytes[] = {a, 0, 0, d};

	return mw_address_from_v4(bytes);
}

static const struct {
	uint8_t address;
	uint16_t port;
} peers[] = {{53, 53}, {9, 59870}, {80, 443}};
enum peer { RESOLVER, DEAD, SERVER };

static struct world begin(enum mw_nat_mapping mapping)
{
	static const struct mw_nat_sizes sizes = {.lines_max = 1, .hosts_max = 8, .sessions_max = 1024};
	static const struct mw_hash_key key = {{1}};
	struct world world = {.health = calloc(1, sizeof(*world.health)),
						  .profile = {.udp_ns = 60 * MW_NS_PER_SECOND,
									  .udp_unanswered_ns = 60 * MW_NS_PER_SECOND,
									  .dns_ns = 60 * MW_NS_PER_SECOND,
									  .icmp_ns = 30 * MW_NS_PER_SECOND,
									  .mapping = {(uint8_t)mapping, (uint8_t)mapping, (uint8_t)mapping}},
						  .port = 1024,
						  .now_ns = START_S * MW_NS_PER_SECOND};

	assert_non_null(world.health);
	assert_int_equal(mw_nat_new(&sizes, &key, &world.nat), 0);
	world.line = mw_nat_line_open(world.nat, &world.profile);
	return world;
}

static void end(struct world *world)
{
	mw_nat_free(world->nat);
	free(world->health);
}

/** So many sessions of a host, each from a port of its own, ten a second. */
static void open_sessions(struct world *world, uint8_t host, enum peer peer, uint32_t count, bool answered)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct nat_health_flow flow = {.host = v4(10, host),
											 .peer = v4(192, peers[peer].address),
											 .port = world->port,
											 .peer_port = peers[peer].port,
											 .protocol = MW_NAT_UDP};
		const struct mw_nat_activity activity = {.time_ns = world->now_ns,
												 .line = world->line,
												 .protocol = MW_NAT_UDP,
												 .step = MW_NAT_OUTBOUND,
												 .port = world->port++,
												 .peer_port = flow.peer_port,
												 .host = flow.host,
												 .peer = flow.peer};

		mw_nat_activity(world->nat, &activity);
		nat_health_tried(world->health, world->now_ns, &flow);
		if (answered)
			nat_health_answered(world->health, world->now_ns, &flow, world->now_ns);
		world->now_ns += MW_NS_PER_SECOND / 10;
	}
}

/** Everybody is answered for a while; then the resolver is not. */
static void run(struct world *world, uint32_t hog, uint32_t others)
{
	open_sessions(world, OTHER, SERVER, 4, true);
	open_sessions(world, OTHER, RESOLVER, 2, true);
	open_sessions(world, CHATTER, DEAD, LIMIT + 20, false);
	open_sessions(world, HOG, RESOLVER, hog, false);
	for (uint8_t host = 0; host < 4; host++)
		open_sessions(world, (uint8_t)(OTHER + host), RESOLVER, others / 4, false);
	open_sessions(world, OTHER, SERVER, 4, true);
	world->now_ns += 3 * MW_NS_PER_SECOND;
	nat_health_advance(world->health, world->now_ns, false);
	nat_scarce_look(&world->scarce, world->health, world->nat, world->line, &world->profile, LIMIT);
}

static void it_is_the_destination_that_fails_and_its_holder(void **state)
{
	struct world world = begin(MW_NAT_DEPENDENT);
	const struct mw_address resolver = v4(192, 53), hog = v4(10, HOG);

	(void)state;
	run(&world, 80, 20);
	assert_memory_equal(&world.scarce.peer, &resolver, sizeof(resolver));
	assert_int_equal(world.scarce.port, 53);
	assert_int_equal(world.scarce.protocol, MW_NAT_UDP);
	assert_int_equal(world.scarce.ports, 102);
	assert_memory_equal(&world.scarce.host, &hog, sizeof(hog));
	assert_int_equal(world.scarce.held, 80);
	assert_true(world.scarce.failed_pct > 90);
	assert_true(world.scarce.others_failed_pct == 0);
	end(&world);
}

static void with_ports_left_it_is_not_known(void **state)
{
	struct world world = begin(MW_NAT_DEPENDENT);

	(void)state;
	run(&world, 40, 20);
	assert_int_equal(world.scarce.ports, 0);
	end(&world);
}

static void where_a_port_serves_one_destination_nobody_is_asked(void **state)
{
	struct world world = begin(MW_NAT_INDEPENDENT);

	(void)state;
	assert_int_equal(nat_scarce_reused(&world.profile), 0);
	run(&world, 80, 20);
	assert_int_equal(world.scarce.ports, 0);
	end(&world);
}

/** What TCP uses again is taken from UDP, which is not used again. */
static void of_a_shared_pool_all_protocols_must_be_used_again(void **state)
{
	struct mw_nat_profile profile = {.mapping = {MW_NAT_DEPENDENT, MW_NAT_INDEPENDENT, MW_NAT_INDEPENDENT}};

	(void)state;
	assert_int_equal(nat_scarce_reused(&profile), 1u << MW_NAT_TCP);
	profile.shared_pool = true;
	assert_int_equal(nat_scarce_reused(&profile), 0);
	profile.mapping[MW_NAT_UDP] = profile.mapping[MW_NAT_ICMP] = MW_NAT_DEPENDENT;
	assert_int_equal(nat_scarce_reused(&profile), 7);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(it_is_the_destination_that_fails_and_its_holder),
	MW_TEST(with_ports_left_it_is_not_known),
	MW_TEST(where_a_port_serves_one_destination_nobody_is_asked),
	MW_TEST(of_a_shared_pool_all_protocols_must_be_used_again),
};

MW_TEST_MAIN("nat_scarce", tests)
