// SPDX-License-Identifier: BSD-3-Clause
// Which line inside is which line outside, by their sessions: one translator, two that have nothing to do with each
// other, a router that asks for itself.
// Neighbours: lib/detectors/nat/sides.c.
#include "mw_test.h"

#include "nat_model.h"
#include "sides.h"

#define START_NS (1700000000 * MW_NS_PER_SECOND)
#define LAN      3
#define OTHER    4

struct world {
	struct nat_sides sides;
	struct nat_side side;
	uint64_t now_ns;
	uint32_t sent;
};

static struct world begin(void)
{
	struct world world = {.now_ns = START_NS};
	const struct mw_address peer = {.bytes = {[10] = 0xff, [11] = 0xff, 203, 0, 113, 1}};

	nat_sides_outside(&world.sides, &world.side, world.now_ns, &peer, 443, MW_NAT_TCP); // wants to know
	return world;
}

static struct mw_address peer_of(uint32_t number)
{
	return (struct mw_address){.bytes = {[10] = 0xff, [11] = 0xff, 203, 0, 113, (uint8_t)(1 + number)}};
}

static void inside(struct world *world, uint32_t line, uint32_t peer, uint16_t port)
{
	const struct mw_address address = peer_of(peer);

	nat_sides_inside(&world->sides, world->now_ns, line, &address, port, MW_NAT_UDP);
}

static void outside(struct world *world, uint32_t peer, uint16_t port)
{
	const struct mw_address address = peer_of(peer);

	nat_sides_outside(&world->sides, &world->side, world->now_ns, &address, port, MW_NAT_UDP);
}

/** Sessions to so many destinations by turns, on the line inside and this much later outside. */
static void run(struct world *world, uint32_t sessions, uint32_t line, uint32_t peers, uint64_t later_ns)
{
	for (uint32_t i = 0; i < sessions; i++) {
		world->now_ns += MW_NS_PER_SECOND;
		inside(world, line, i % peers, 443);
		world->now_ns += later_ns;
		outside(world, i % peers, 443);
	}
}

static void what_opens_inside_opens_outside_a_moment_later(void **state)
{
	struct world world = begin();

	(void)state;
	run(&world, 15, LAN, 5, MW_NS_PER_MS);
	assert_false(nat_side_is_known(&world.side)); // too few
	run(&world, 5, LAN, 5, MW_NS_PER_MS);
	assert_true(nat_side_is_known(&world.side));
	assert_int_equal(world.side.line, LAN);
}

static void later_than_a_router_takes_is_chance(void **state)
{
	struct world world = begin();

	(void)state;
	run(&world, 64, LAN, 5, 200 * MW_NS_PER_MS);
	assert_false(nat_side_is_known(&world.side));
}

static void one_busy_server_is_no_proof(void **state)
{
	struct world world = begin();

	(void)state;
	run(&world, 64, LAN, 2, MW_NS_PER_MS);
	assert_false(nat_side_is_known(&world.side));
}

static void what_mostly_opens_outside_alone_is_another_line(void **state)
{
	struct world world = begin();

	(void)state;
	for (uint32_t i = 0; i < 30; i++) {
		run(&world, 1, LAN, 1 + i % 5, MW_NS_PER_MS);
		outside(&world, 9, 443);
	}
	assert_false(nat_side_is_known(&world.side));
}

static void each_session_is_found_once(void **state)
{
	struct world world = begin();

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		world.now_ns += MW_NS_PER_SECOND;
		inside(&world, LAN, i % 5, 443);
		outside(&world, i % 5, 443);
		outside(&world, i % 5, 443);
		outside(&world, i % 5, 443);
	}
	assert_false(nat_side_is_known(&world.side));
}

static void of_two_lines_inside_none_is_told(void **state)
{
	struct world world = begin();

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		run(&world, 1, i % 2 == 0 ? LAN : OTHER, 1 + i % 5, MW_NS_PER_MS);
	assert_false(nat_side_is_known(&world.side));
}

/** A router resolves names for its hosts and asks the provider's resolver itself. */
static void dns_is_passed_over(void **state)
{
	struct world world = begin();

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		outside(&world, 8, 53);
		run(&world, 5, LAN, 5, MW_NS_PER_MS);
	}
	assert_true(nat_side_is_known(&world.side));
}

static void nothing_is_kept_while_nobody_outside_asks(void **state)
{
	struct world world = {.now_ns = START_NS};

	(void)state;
	inside(&world, LAN, 1, 443);
	assert_int_equal(world.sides.count, 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_opens_inside_opens_outside_a_moment_later),
	MW_TEST(later_than_a_router_takes_is_chance),
	MW_TEST(one_busy_server_is_no_proof),
	MW_TEST(what_mostly_opens_outside_alone_is_another_line),
	MW_TEST(each_session_is_found_once),
	MW_TEST(of_two_lines_inside_none_is_told),
	MW_TEST(dns_is_passed_over),
	MW_TEST(nothing_is_kept_while_nobody_outside_asks),
};

MW_TEST_MAIN("nat_sides", tests)
