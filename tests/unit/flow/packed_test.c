// SPDX-License-Identifier: BSD-3-Clause
// What is packed loses nothing: sums that carry out of line 0, times kept as distances, keys and stories apart.
// Neighbours: lib/flow/track.c, times.h, key.c; view.c unpacks.
#include "flow_fixture.h"

static void sums_carry_and_stay_exact(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = NULL;
	uint64_t bytes[2] = {0}, packets[2] = {0}, random = 5;

	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		unsigned side = (unsigned)(random_next(&random) % 2);
		struct mw_packet packet = side == 0 ? udp_packet(1, 1, 2, 2, SECOND + i) : udp_packet(2, 2, 1, 1, SECOND + i);

		packet.wire_bytes = (uint32_t)(random_next(&random) % (i % 100 == 0 ? 3000000 : 9000));
		flow = run(fixture, &packet);
		bytes[side] += packet.wire_bytes;
		packets[side]++;
		for (int j = 0; j < 2; j++) {
			assert_int_equal(see(flow)->side[j].bytes, bytes[j]);
			assert_int_equal(see(flow)->side[j].packets, packets[j]);
		}
	}
	assert_int_equal(see(flow)->side[0].data_packets, 3);
	fixture_free(fixture);
}

// In and out of order, resets, silences beyond 32 bits of ns, a clock ahead of the packets and one that went back; of
// sides that acknowledge and sides that never do.
static void times_are_exact_whatever_the_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 80; seed++) {
		struct fixture *fixture = fixture_new(10, 0);
		uint64_t random = seed * 77, now = 500000 * SECOND, last[2] = {0}, any = 0, first = 0;

		fixture->config.tcp_idle_ns = fixture->config.tcp_opening_ns = fixture->config.tcp_closing_ns = UINT64_MAX;
		fixture_build(fixture);
		for (int i = 0; i < 2000; i++) {
			uint64_t kind = random_next(&random) % 20;
			bool side = random_next(&random) % (seed > 60 ? 50 : 2) != 0, reset = kind == 0 || kind > 23 - seed % 20;
			uint8_t flags = (seed >> side & 1) != 0 ? MW_TCP_ACK : MW_TCP_PSH;
			struct mw_packet packet = tcp_packet(!side, reset ? MW_TCP_RST : flags, 1, 1, 5, 0);
			const struct mw_flow_view *view;

			if (kind == 1)
				now += random_next(&random) % (30 * SECOND);
			else if (kind == 2)
				now -= random_next(&random) % (3 * SECOND);
			else
				now += random_next(&random) % MW_NS_PER_MS;
			packet.clock_ns = now;
			packet.time_ns = kind < 5 ? now - random_next(&random) % (2 * SECOND) : now;
			view = see(run(fixture, &packet));
			first = i == 0 ? packet.time_ns : first;
			any = MW_MAX(any, packet.time_ns);
			if (!reset)
				last[side] = MW_MAX(last[side], packet.time_ns);
			assert_int_equal(view->side[0].last_ns, last[0]);
			assert_int_equal(view->side[1].last_ns, last[1]);
			assert_int_equal(view->last_ns, any);
			assert_int_equal(view->first_ns, first);
		}
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 1);
		fixture_free(fixture);
	}
}

static void a_syn_behind_the_first_packet_has_no_time(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet syn = tcp_packet(true, MW_TCP_SYN, 1000, 0, 0, 90 * SECOND);
	struct mw_flow *flow;

	(void)state;
	run_tcp(fixture, false, MW_TCP_SYN | MW_TCP_ACK, 5000, 1001, 0, 91 * SECOND);
	syn.clock_ns = 91 * SECOND;
	flow = run(fixture, &syn);
	assert_int_equal(see(flow)->syn_ns, 0); // not known, so nothing is concluded from it
	assert_int_equal(see(flow)->syn_ack_ns, 91 * SECOND);
	assert_int_equal(see(flow)->handshake_ns, 0);
	fixture_free(fixture);
}

// Equal in all that line 0 holds, so only the rest of their keys tells them apart.
static void long_keys_are_told_apart_by_every_part(void **state)
{
	struct fixture *fixture = fixture_new(100, 0);
	struct mw_packet packets[8];
	struct mw_flow *flows[8];

	(void)state;
	fixture->config.vlan_in_key = true;
	fixture_build(fixture);
	for (int i = 0; i < 8; i++) {
		packets[i] = udp_packet(1, 1, 2, 2, SECOND);
		packets[i].scope = 9;
		packets[i].vlan_outer = 3;
	}
	packets[1].protocol = 132;
	packets[2].scope = 8;
	packets[3].vlan_outer = 4;
	packets[4].src.bytes[0] = 0x20;
	packets[5].dst.bytes[11] = 0;
	packets[6].protocol = 6;
	packets[7].scope = 0;
	for (int i = 0; i < 8; i++)
		flows[i] = run(fixture, &packets[i]);
	for (int i = 0; i < 8; i++) {
		struct mw_packet back = packets[i];
		const struct mw_flow_view *view = see(flows[i]);
		bool from_a = mw_address_compare(&view->key.a, &packets[i].src) == 0;

		assert_true(from_a || mw_address_compare(&view->key.b, &packets[i].src) == 0);
		assert_int_equal(view->key.scope, packets[i].scope);
		assert_int_equal(view->key.vlan, packets[i].vlan_outer);
		assert_int_equal(view->key.protocol, packets[i].protocol);
		back.src = packets[i].dst;
		back.dst = packets[i].src;
		back.src_port = 2;
		back.dst_port = 1;
		assert_ptr_equal(run(fixture, &back), flows[i]);
		assert_int_not_equal(back.direction, packets[i].direction);
	}
	assert_int_equal(mw_flow_count(fixture->table), 8);
	fixture_free(fixture);
}

static void another_ttl_shows_at_once_and_so_does_this_mac(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = NULL;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		struct mw_packet packet = udp_packet(1, 1, 2, 2, SECOND);

		packet.ttl = (uint8_t)(i * 37);
		packet.mac_src[0] = (uint8_t)(1 + i / 128);
		flow = run(fixture, &packet);
		assert_int_equal(see(flow)->side[0].ttl, packet.ttl);
		assert_memory_equal(see(flow)->mac[0], packet.mac_src, 6);
		assert_int_equal(see(flow)->mac_known, 1);
	}
	assert_int_equal(see(flow)->side[0].ttl_min, 0);
	assert_int_equal(see(flow)->side[0].ttl_max, 255);
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(sums_carry_and_stay_exact),
	MW_TEST(times_are_exact_whatever_the_order),
	MW_TEST(a_syn_behind_the_first_packet_has_no_time),
	MW_TEST(long_keys_are_told_apart_by_every_part),
	MW_TEST(another_ttl_shows_at_once_and_so_does_this_mac),
};
MW_TEST_MAIN("flow_packed", tests)
