// SPDX-License-Identifier: BSD-3-Clause
// Which worker a packet goes to: everything about one innermost address pair meets at one of them.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/owner.c.
#include <stdio.h>

#include "pipeline_world.h"
#include "mw_test.h"

static struct pb pb, quoted;

static uint16_t owner(struct pipeline_world *world)
{
	return world_send_built(world, &pb, WORLD_EPOCH_NS).owner;
}

static uint16_t owner_of_tcp(struct pipeline_world *world, const char *src, const char *dst, uint16_t sport,
							 uint16_t dport)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .src = src, .dst = dst);
	pb_tcp(&pb, .sport = sport, .dport = dport);
	pb_finish(&pb);
	return owner(world);
}

static void both_directions_have_one_owner(void **state)
{
	struct pipeline_world *world = world_new(4);

	(void)state;
	for (unsigned i = 1; i < 200; i++) {
		char client[16];

		snprintf(client, sizeof(client), "10.0.0.%u", i);
		assert_int_equal(owner_of_tcp(world, client, "192.0.2.9", 40000, 443),
						 owner_of_tcp(world, "192.0.2.9", client, 443, 40000));
	}
	world_free(world);
}

static void ports_and_vlans_do_not_move_a_pair(void **state)
{
	struct pipeline_world *world = world_new(4);
	uint16_t first = owner_of_tcp(world, "10.0.0.1", "192.0.2.9", 1, 2);

	(void)state;
	for (uint16_t port = 3; port < 60; port++)
		assert_int_equal(owner_of_tcp(world, "10.0.0.1", "192.0.2.9", port, 443), first);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_vlan(&pb, 12);
	pb_ipv4(&pb, .src = "10.0.0.1", .dst = "192.0.2.9");
	pb_udp(&pb);
	pb_finish(&pb);
	assert_int_equal(owner(world), first);
	world_free(world);
}

static void later_fragments_go_where_the_first_one_went(void **state)
{
	struct pipeline_world *world = world_new(4);

	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		char src[16];
		uint16_t first;

		snprintf(src, sizeof(src), "10.1.0.%u", i);
		first = owner_of_tcp(world, src, "192.0.2.9", 40000, 443);
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb, .src = src, .dst = "192.0.2.9", .protocol = 6, .fragment_offset_bytes = 1480);
		pb_fill(&pb, 100);
		pb_finish(&pb);
		assert_int_equal(owner(world), first);
	}
	world_free(world);
}

static void icmp_error_goes_to_the_pair_that_it_quotes(void **state)
{
	struct pipeline_world *world = world_new(4);

	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		char src[16];
		uint16_t expected;

		snprintf(src, sizeof(src), "10.2.0.%u", i);
		expected = owner_of_tcp(world, src, "192.0.2.9", 40000, 443);
		pb_init_link(&quoted, MW_LINK_RAW_IP);
		pb_ipv4(&quoted, .src = src, .dst = "192.0.2.9");
		pb_tcp(&quoted);
		pb_finish(&quoted);
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb, .src = "203.0.113.77", .dst = src);
		pb_icmp(&pb, .type = 3, .code = 4, .mtu_bytes = 1400);
		pb_append_cut(&pb, &quoted, 28);
		pb_finish(&pb);
		assert_int_equal(owner(world), expected);
	}
	world_free(world);
}

static void tunnel_is_looked_through(void **state)
{
	struct pipeline_world *world = world_new(4);
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		char src[16];
		uint16_t plain;

		snprintf(src, sizeof(src), "10.3.0.%u", i);
		plain = owner_of_tcp(world, src, "192.0.2.9", 40000, 443);
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv6(&pb, .src = "2001:db8::77", .dst = "2001:db8::99"); // one line: one outer pair
		pb_ipv4(&pb, .src = src, .dst = "192.0.2.9");
		pb_tcp(&pb);
		pb_finish(&pb);
		assert_int_equal(owner(world), plain);
		seen |= 1u << plain;
	}
	assert_int_equal(seen, 15);
	world_free(world);
}

static void pairs_spread_over_all_workers(void **state)
{
	struct pipeline_world *world = world_new(4);
	unsigned counts[4] = {0};

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		char src[16];

		snprintf(src, sizeof(src), "10.%u.%u.%u", i / 256, i % 256, i % 7);
		counts[owner_of_tcp(world, src, "192.0.2.9", 40000, 443)]++;
	}
	for (int i = 0; i < 4; i++)
		assert_in_range(counts[i], 850, 1150);
	world_free(world);
}

static void what_has_no_addresses_stays_where_it_came(void **state)
{
	struct pipeline_world *world = world_new(4);

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb, .ethertype = 0x88cc);
	pb_fill(&pb, 60);
	pb_finish(&pb);
	assert_int_equal(owner(world), 0);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .total_bytes = 9000); // a lie: refused
	pb_tcp(&pb);
	pb_finish(&pb);
	assert_int_equal(owner(world), 0);
	world_free(world);
}

static void what_has_no_ip_stays_with_the_worker_that_received_it(void **state)
{
	struct pipeline_world *world = world_new(2);
	struct mw_packet packet, *list[1] = {&packet};

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb, .ethertype = 0x88cc); // LLDP
	pb_fill(&pb, 46);
	pb_finish(&pb);
	pb_packet(&pb, &packet, WORLD_EPOCH_NS);
	mw_pipeline_receive(world->workers[1].pipeline, list, 1);
	assert_int_equal(packet.family, 0);
	assert_int_equal(packet.owner, 1);
	world_free(world);
}

static uint64_t strayed_of(struct pipeline_world *world)
{
	return mw_stats_read(world->workers[0].stats, world->counters.strayed);
}

static void what_a_tunnel_hides_is_not_astray(void **state)
{
	struct pipeline_world *world = world_new(4);
	uint64_t others = 0;

	(void)state;
	for (unsigned i = 1; i < 60; i++) {
		char src[16];

		snprintf(src, sizeof(src), "10.4.0.%u", i);
		others += owner_of_tcp(world, src, "192.0.2.9", 40000, 443) != 0;
	}
	assert_true(others > 20);
	assert_int_equal(strayed_of(world), others);
	for (unsigned i = 1; i < 60; i++) {
		char src[16];

		snprintf(src, sizeof(src), "10.4.0.%u", i);
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv6(&pb, .src = "2001:db8::77", .dst = "2001:db8::99");
		pb_ipv4(&pb, .src = src, .dst = "192.0.2.9");
		pb_tcp(&pb);
		pb_finish(&pb);
		owner(world);
	}
	assert_int_equal(strayed_of(world), others);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_has_no_ip_stays_with_the_worker_that_received_it),
	MW_TEST(both_directions_have_one_owner),
	MW_TEST(ports_and_vlans_do_not_move_a_pair),
	MW_TEST(later_fragments_go_where_the_first_one_went),
	MW_TEST(icmp_error_goes_to_the_pair_that_it_quotes),
	MW_TEST(tunnel_is_looked_through),
	MW_TEST(pairs_spread_over_all_workers),
	MW_TEST(what_a_tunnel_hides_is_not_astray),
	MW_TEST(what_has_no_addresses_stays_where_it_came),
};

MW_TEST_MAIN("pipeline_owner", tests)
