// SPDX-License-Identifier: BSD-3-Clause
// Datagrams that arrive whole: in any order, of both families, with the ports of the first piece on all.
// Neighbours: lib/fragment/fragment.c.
#include "fragment_world.h"

static void assert_one_complete(const struct world *world, uint32_t fragments)
{
	const struct mw_fragment_datagram *datagram = told(world, 0, MW_FRAGMENT_COMPLETE);

	assert_int_equal(world->told_count, 1);
	assert_int_equal(datagram->fragments, fragments);
	assert_int_equal(datagram->bytes_seen, TOTAL);
	assert_int_equal(datagram->bytes_total, TOTAL);
	assert_int_equal(datagram->missing_count, 0);
	assert_int_equal(datagram->anomalies, 0);
	assert_true(datagram->first_seen && datagram->last_seen && datagram->ports_known);
	assert_int_equal(datagram->src_port, 500);
	assert_int_equal(datagram->dst_port, 4500);
	assert_int_equal(datagram->protocol, 17);
}

static void give_in_order(struct world *world, const char *order, bool v6)
{
	for (; *order != 0; order++)
		give_some(world, 1u << (*order - '0'), .v6 = v6, .id = 7);
}

static void pieces_in_any_order_are_a_complete_datagram(void **state)
{
	static const char *const orders[] = {"012", "021", "102", "120", "201", "210", "0012", "2112200", "0001112"};

	(void)state;
	for (uint32_t i = 0; i < 2 * MW_ARRAY_SIZE(orders); i++) {
		struct world *world = world_new(16, i, NULL);

		give_in_order(world, orders[i / 2], i % 2 == 1);
		expire(world, 100);
		assert_one_complete(world, 3);
		assert_int_equal(mw_fragments_count(world->fragments), 0);
		world_free(world);
	}
}

static void what_is_told_describes_the_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	const struct mw_fragment_datagram *datagram;
	struct mw_address src = pb_address("2001:db8::9"), dst = pb_address("2001:db8::a");

	(void)state;
	give_some(world, 1, .v6 = true, .id = 0xdeadbeef, .src = "2001:db8::9", .dst = "2001:db8::a", .vlan = 7,
			  .answered = true);
	give_some(world, 6, .at = 0.25, .v6 = true, .id = 0xdeadbeef, .src = "2001:db8::9", .dst = "2001:db8::a",
			  .vlan = 7);
	datagram = told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_memory_equal(&datagram->src, &src, sizeof(src));
	assert_memory_equal(&datagram->dst, &dst, sizeof(dst));
	assert_int_equal(datagram->id, 0xdeadbeef);
	assert_int_equal(datagram->family, 6);
	assert_int_equal(datagram->vlan, 7);
	assert_int_equal(datagram->tunnel, MW_LAYERS);
	assert_int_equal(datagram->largest_bytes, 40 + 8 + 1480);
	assert_int_equal(datagram->last_ns - datagram->first_ns, MW_NS_PER_SECOND / 4);
	assert_true(datagram->answered);
	assert_int_equal(datagram->head_bytes, MW_FRAGMENT_HEAD_BYTES);
	assert_memory_equal(datagram->head, "\x01\xf4\x11\x94\x0b\xc0", 6);
	world_free(world);
}

static void later_piece_has_the_ports_of_the_first_that_came_before(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	struct mw_fragment_match match;

	(void)state;
	match = give(world, .id = 7, .sport = 53, .dport = 40000);
	assert_false(match.ports_known);
	assert_int_equal(match.waited_packets, 0);
	match = give(world, .id = 7, .from = 1480);
	assert_true(match.ports_known);
	assert_int_equal(match.src_port, 53);
	assert_int_equal(match.dst_port, 40000);
	match = give(world, .id = 7, .from = 2960, .bytes = 48);
	assert_true(match.ports_known);
	match = give(world, .id = 7, .from = 2960, .bytes = 48); // a copy of the complete one
	assert_true(match.ports_known);
	world_free(world);
}

static void first_piece_learns_of_those_that_waited_once(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	struct mw_fragment_match match;

	(void)state;
	match = give(world, .id = 7, .from = 2960, .bytes = 48);
	assert_false(match.ports_known);
	give(world, .id = 7, .from = 1480);
	give(world, .id = 7, .from = 1480);
	give(world, .id = 8, .from = 1480);
	match = give(world, .id = 7);
	assert_int_equal(match.waited_packets, 3);
	assert_int_equal(match.waited_bytes, 34 + 48 + 2 * (34 + 1480));
	match = give(world, .id = 7);
	assert_int_equal(match.waited_packets, 0);
	world_free(world);
}

static void datagrams_of_other_ends_identifications_and_protocols_are_apart(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 3, .id = 7);
	give_some(world, 4, .id = 8);
	give_some(world, 4, .id = 7, .src = "192.0.2.9");
	give_some(world, 4, .id = 7, .dst = "192.0.2.9");
	give_some(world, 4, .id = 7, .protocol = 1);
	give_some(world, 4, .id = 7, .src = "198.51.100.2", .dst = "192.0.2.1");
	assert_int_equal(mw_fragments_count(world->fragments), 6);
	assert_int_equal(world->told_count, 0);
	world_free(world);
}

static void later_piece_of_ipv6_may_name_another_header(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 1, .v6 = true, .id = 7);
	give_some(world, 6, .v6 = true, .id = 7, .protocol = 60);
	assert_one_complete(world, 3);
	world_free(world);
}

static void headers_behind_the_fragment_header_are_bytes_of_the_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	const struct mw_fragment_datagram *datagram;

	(void)state;
	give_all(world, .v6 = true, .id = 7, .destination_options = 2);
	datagram = told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_int_equal(datagram->bytes_seen, TOTAL);
	assert_int_equal(datagram->src_port, 500);
	assert_memory_equal(datagram->head, "\x01\xf4\x11\x94\x0b\xb0", 6); // the UDP header: its length is 16 less
	world_free(world);
}

static void datagram_with_ah_is_one_though_its_first_piece_shows_udp(void **state)
{
	static struct pb pb;
	struct world *world = world_new(16, 1, NULL);
	const struct mw_fragment_datagram *datagram;

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = 7, .more_fragments = true);
	pb_ah(&pb, 12);
	pb_udp(&pb, .sport = 500, .dport = 4500, .length_bytes = TOTAL - 24);
	pb_fill(&pb, 1480 - 24 - 8);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	give_some(world, 6, .id = 7, .protocol = 51);
	datagram = told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_int_equal(datagram->bytes_seen, TOTAL);
	assert_int_equal(datagram->protocol, 17);
	assert_int_equal(datagram->src_port, 500);
	assert_memory_equal(datagram->head, "\x01\xf4\x11\x94\x0b\xa8", 6);
	world_free(world);
}

static void datagrams_cut_by_the_snap_length_count_as_on_the_wire(void **state)
{
	static const uint32_t snaps[] = {34, 36, 42, 60, 96, 600};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(snaps); i++) {
		struct world *world = world_new(16, 1, NULL);
		uint32_t snap_bytes = snaps[i];

		give_all(world, .id = 7, .snap_bytes = snap_bytes);
		give_some(world, 2, .id = 7, .snap_bytes = snap_bytes);
		expire(world, 100);
		assert_int_equal(world->told_count, 1);
		assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->bytes_seen, TOTAL);
		assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->head_bytes, MW_MIN(snap_bytes - 34, 64));
		world_free(world);
	}
}

static void tcp_and_echo_in_pieces_have_their_ports(void **state)
{
	static struct pb pb;
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = 7, .more_fragments = true);
	pb_tcp(&pb, .sport = 40000, .dport = 443, .timestamp = true);
	pb_fill(&pb, 1480 - 32);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	give(world, .id = 7, .from = 1480, .bytes = 100, .last = true, .protocol = 6);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = 8, .more_fragments = true);
	pb_icmp(&pb, .type = 8, .id = 99);
	pb_fill(&pb, 1480 - 8);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	give(world, .id = 8, .from = 1480, .bytes = 100, .last = true, .protocol = 1);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->dst_port, 443);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->bytes_total, 1580);
	assert_int_equal(told(world, 1, MW_FRAGMENT_COMPLETE)->src_port, 99);
	assert_int_equal(told(world, 1, MW_FRAGMENT_COMPLETE)->bytes_total, 1580);
	world_free(world);
}

static void largest_datagram_is_followed_to_its_end(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t from = 65515 / 1480 * 1480;; from -= 1480) {
		give(world, .id = 7, .total = 65515, .from = from, .bytes = MW_MIN(1480, 65515 - from));
		if (from == 0)
			break;
	}
	expire(world, 100);
	assert_int_equal(world->told_count, 1);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->fragments, 45);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->bytes_seen, 65515);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(pieces_in_any_order_are_a_complete_datagram),
	MW_TEST(what_is_told_describes_the_datagram),
	MW_TEST(later_piece_has_the_ports_of_the_first_that_came_before),
	MW_TEST(first_piece_learns_of_those_that_waited_once),
	MW_TEST(datagrams_of_other_ends_identifications_and_protocols_are_apart),
	MW_TEST(later_piece_of_ipv6_may_name_another_header),
	MW_TEST(headers_behind_the_fragment_header_are_bytes_of_the_datagram),
	MW_TEST(datagram_with_ah_is_one_though_its_first_piece_shows_udp),
	MW_TEST(datagrams_cut_by_the_snap_length_count_as_on_the_wire),
	MW_TEST(tcp_and_echo_in_pieces_have_their_ports),
	MW_TEST(largest_datagram_is_followed_to_its_end),
};
MW_TEST_MAIN("fragment_order", tests)
