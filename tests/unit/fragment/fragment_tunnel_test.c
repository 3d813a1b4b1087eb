// SPDX-License-Identifier: BSD-3-Clause
// Pieces in tunnels, and datagrams in pieces that are tunnels: nothing is said to be lost that decode entered.
// Neighbours: lib/fragment/tunnels.c, piece.c.
#include "fragment_world.h"

static struct pb pb;

// The first piece of an IPv6 packet that carries an IPv4 packet of inner_bytes of UDP payload.
static void begin_outer(uint32_t id)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, );
	pb_fragment6(&pb, .id = id, .more_fragments = true);
}

static void outer_datagram_whose_first_piece_was_entered_is_not_said_to_be_lost(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	begin_outer(7);
	pb_ipv4(&pb, .id = 9, .total_bytes = 1500, .src = "10.0.0.1");
	pb_udp(&pb, .sport = 500, .dport = 501, .length_bytes = 1480);
	pb_fill(&pb, 1400 - 28);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	give(world, .v6 = true, .id = 7, .from = 1400, .bytes = 100, .last = true, .protocol = 4);
	expire(world, 100);
	told(world, 0, MW_FRAGMENT_UNFINISHED);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_UNFINISHED), 1);
	world_free(world);
}

// VXLAN from "192.0.2.1" to "198.51.100.2", and then a later piece of UDP between two ends.
static enum mw_fragment_end end_of_later(struct world *one, struct world *other, const char *src, double at)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = 7, .more_fragments = true);
	pb_udp(&pb, .sport = 40000, .dport = 4789, .length_bytes = 3000);
	pb_vxlan(&pb, 5);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .src = "10.0.0.1", .dst = "10.0.0.2", .total_bytes = 2000);
	pb_udp(&pb, .length_bytes = 1980);
	pb_fill(&pb, 1480 - 8 - 8 - 14 - 28);
	pb_finish(&pb);
	give_packet(one, &pb, 0, 0);
	give(other, .src = src, .at = at, .id = 7, .from = 1480);
	expire(other, at + 30);
	assert_int_equal(other->told_count, 1);
	return (enum mw_fragment_end)other->told[0].end;
}

static void tunnel_over_udp_is_known_to_the_trackers_of_all_workers(void **state)
{
	static const struct {
		const char *src;
		double at;
		enum mw_fragment_end end;
	} cases[] = {
		{"192.0.2.1", 0, MW_FRAGMENT_UNFINISHED},
		{"192.0.2.1", 50, MW_FRAGMENT_UNFINISHED},
		{"192.0.2.1", 90, MW_FRAGMENT_INCOMPLETE}, // it tunnels no more
		{"192.0.2.2", 0, MW_FRAGMENT_INCOMPLETE},
	};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		static struct mw_fragment_tunnels tunnels;
		struct world *one, *other;

		tunnels = (struct mw_fragment_tunnels){0};
		one = world_new(16, 1, &tunnels);
		other = world_new(16, 2, &tunnels);
		assert_int_equal(end_of_later(one, other, cases[i].src, cases[i].at), cases[i].end);
		world_free(one);
		world_free(other);
	}
}

static void inner_pieces_are_followed_with_their_tunnel(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv6(&pb, );
		pb_ipv4(&pb, .id = 9, .src = "10.0.0.1", .protocol = 17, .more_fragments = i == 0,
				.fragment_offset_bytes = (uint16_t)(i * 800));
		pb_payload(&pb, (uint8_t[800]){[0] = 0x9c, 0x40, 0x9c, 0x41, 0x06, 0x40}, 800);
		pb_finish(&pb);
		give_packet(world, &pb, 0, 0);
	}
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->tunnel, MW_LAYER_IPV4_IN_IPV6);
	assert_int_equal(world->told[0].datagram.src_port, 40000);
	assert_int_equal(world->told[0].datagram.bytes_total, 1600);
	world_free(world);
}

// The tunnel cut the inner piece again: its rest travels behind, unseen; the header says that it was there.
static void inner_piece_that_the_tunnel_cut_counts_whole(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	begin_outer(7);
	pb_ipv4(&pb, .id = 9, .src = "10.0.0.1", .total_bytes = 1500, .protocol = 17, .more_fragments = true);
	pb_payload(&pb, (uint8_t[1400]){[0] = 0x9c, 0x40, 0x9c, 0x41, 0x0b, 0xb8}, 1400);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, );
	pb_ipv4(&pb, .id = 9, .src = "10.0.0.1", .protocol = 17, .fragment_offset_bytes = 1480);
	pb_fill(&pb, 1520);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->bytes_total, 3000);
	assert_int_equal(world->told[0].datagram.bytes_seen, 3000);
	assert_int_equal(world->told[0].datagram.anomalies, 0);
	world_free(world);
}

// ESP in UDP is a tunnel without an inside that could be read: the piece is the outer datagram's.
static void first_piece_of_esp_in_udp_is_a_first_piece(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = 7, .more_fragments = true);
	pb_udp(&pb, .sport = 4500, .dport = 4500, .length_bytes = TOTAL);
	pb_esp(&pb, 0x12345678, 1);
	pb_fill(&pb, 1480 - 8 - 8);
	pb_finish(&pb);
	give_packet(world, &pb, 0, 0);
	give_some(world, 6, .id = 7);
	assert_int_equal(told(world, 0, MW_FRAGMENT_COMPLETE)->tunnel, MW_LAYERS);
	assert_int_equal(world->told[0].datagram.bytes_seen, TOTAL);
	assert_int_equal(world->told[0].datagram.src_port, 4500);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(outer_datagram_whose_first_piece_was_entered_is_not_said_to_be_lost),
	MW_TEST(tunnel_over_udp_is_known_to_the_trackers_of_all_workers),
	MW_TEST(inner_pieces_are_followed_with_their_tunnel),
	MW_TEST(inner_piece_that_the_tunnel_cut_counts_whole),
	MW_TEST(first_piece_of_esp_in_udp_is_a_first_piece),
};
MW_TEST_MAIN("fragment_tunnel", tests)
