// SPDX-License-Identifier: BSD-3-Clause
// Stories, long keys and MAC addresses: what is kept apart comes back, and what there is no room for is counted.
// Neighbours: lib/flow/parts.c, macs.c; decision 0047 has the price.
#include "flow_fixture.h"

static struct mw_packet ipv6_packet(uint32_t src, uint64_t now_ns)
{
	struct mw_packet packet = udp_packet(src, 1, 2, 2, now_ns);

	packet.family = 6;
	packet.src.bytes[0] = packet.dst.bytes[0] = 0x20;
	return packet;
}

static void a_flow_without_room_for_its_story_lives_on_without(void **state)
{
	struct fixture *fixture = fixture_of(10); // and room for six stories
	struct mw_flow *flows[10];
	uint32_t watched = 0;

	(void)state;
	for (uint16_t i = 0; i < 10; i++)
		flows[i] = run_udp(fixture, 1, i, 2, 2, SECOND);
	for (uint32_t i = 0; i < 10; i++) {
		mw_flow_set_watch(flows[i], 5);
		watched += mw_flow_watch(flows[i]) == 5;
	}
	assert_int_equal(watched, 6);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_STORIES_MISSED), 4);
	assert_int_equal(mw_flow_watch(flows[9]), 0);
	memset(mw_flow_state(flows[9], 0), 1, MW_FLOW_STATE_BYTES); // lost, and nobody else's
	assert_int_equal(*(const uint8_t *)mw_flow_state_seen(flows[9], 0), 0);
	assert_int_equal(*(uint8_t *)mw_flow_state(flows[8], 3), 0);
	mw_flow_set_watch(flows[0], 0);
	mw_flow_set_watch(flows[9], 5);
	assert_int_equal(mw_flow_watch(flows[9]), 5);
	mw_flow_expire(fixture->table, 100 * SECOND, UINT32_MAX);
	for (uint32_t i = 0; i < 10; i++) // who keeps a flow longer than it lives may ask
		assert_int_equal(mw_flow_watch(flows[i]), 0);
	for (uint16_t i = 0; i < 10; i++) // all room is there again
		run_udp(fixture, 3, i, 4, 4, 101 * SECOND);
	assert_int_equal(mw_flow_count(fixture->table), 10);
	check_books(fixture);
	fixture_free(fixture);
}

// SYN and reset, or SYN, SYN-ACK and reset: there is room for six stories, and none is asked for.
static void a_reset_of_what_one_side_never_acknowledged_needs_no_story(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct mw_packet packets[] = {
			tcp_packet(true, MW_TCP_SYN, 1000, 0, 0, SECOND + i),
			tcp_packet(false, MW_TCP_SYN | MW_TCP_ACK, 5000, 1001, 0, 2 * SECOND),
			tcp_packet(i % 2 == 0, MW_TCP_RST | MW_TCP_ACK, 1001, 5001, 0, 3 * SECOND),
			tcp_packet(true, MW_TCP_RST, 1001, 0, 0, 4 * SECOND),
		};
		const struct mw_flow_view *view = NULL;

		for (size_t j = i % 3 == 0 ? 1 : 0; j < MW_ARRAY_SIZE(packets); j++) {
			packets[j].src_port = (uint16_t)(packets[j].src_port + i);
			packets[j].dst_port = (uint16_t)(packets[j].dst_port + i);
			view = see(run(fixture, &packets[j]));
		}
		assert_int_equal(view->last_ns, 4 * SECOND);
		assert_int_equal(view->side[0].last_ns + view->side[1].last_ns,
						 (i % 3 == 0 ? 2 : 3) * SECOND + (i % 3 == 0 ? 0 : i));
		assert_int_equal(view->side[0].ack_count + view->side[1].ack_count, 1);
		assert_int_equal(view->side[0].ack_recent[0] + view->side[1].ack_recent[0], 1001);
	}
	assert_int_equal(mw_flow_count(fixture->table), 10);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_STORIES_MISSED), 0);
	fixture_free(fixture);
}

static void a_range_of_ttls_without_room_is_any(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	for (uint8_t ttl = 60; ttl < 63; ttl++) {
		for (uint16_t i = 0; i < 10; i++) {
			struct mw_packet packet = udp_packet(1, i, 2, 2, SECOND);
			const struct mw_flow_side *side;

			packet.ttl = ttl;
			side = &see(run(fixture, &packet))->side[0];
			assert_int_equal(side->ttl, ttl);
			assert_int_equal(side->ttl_min, i < 6 || ttl == 60 ? 60 : 0);
			assert_int_equal(side->ttl_max, i < 6 || ttl == 60 ? ttl : 255);
		}
	}
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_STORIES_MISSED), 8);
	fixture_free(fixture);
}

static void sums_go_on_in_the_story(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_udp(fixture, 1, 1, 2, 2, SECOND);

	(void)state;
	mw_flow_add_waited(flow, 0, 3000000, UINT64_C(5) << 40);
	mw_flow_add_waited(flow, 0, 3000000, 1);
	assert_int_equal(see(flow)->side[0].packets, 6000001);
	assert_int_equal(see(flow)->side[0].bytes, (UINT64_C(5) << 40) + 101);
	assert_int_equal(mw_flow_packets(flow, 0), 6000001);
	mw_flow_add_waited(flow, 0, 1, UINT64_C(1) << 60);
	assert_true(see(flow)->side[0].bytes >= (UINT64_C(1) << 48) - (1u << 24));
	fixture_free(fixture);
}

// Three of four cells for flows, one for their keys.
static void long_keys_take_the_room_of_flows(void **state)
{
	struct fixture *fixture = fixture_of(100);

	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		uint64_t now_ns = (1 + 100 * round) * SECOND;

		mw_flow_expire(fixture->table, now_ns, UINT32_MAX);
		assert_int_equal(mw_flow_count(fixture->table), 0);
		for (uint32_t i = 0; i < 300; i++) {
			struct mw_packet packet = ipv6_packet(0x0a000000 + i, now_ns);

			assert_non_null(run(fixture, &packet));
			assert_int_equal(mw_flow_count(fixture->table), MW_MIN(i + 1, 84u));
			assert_int_equal(walk_count(fixture), mw_flow_count(fixture->table));
		}
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), (round + 1) * (300 - 84));
	}
	check_books(fixture);
	mw_flow_expire(fixture->table, 400 * SECOND, UINT32_MAX);
	for (uint16_t i = 0; i < 100; i++)
		run_udp(fixture, 1, i, 2, 2, 401 * SECOND);
	assert_int_equal(mw_flow_count(fixture->table), 100);
	fixture_free(fixture);
}

// As many as there may be of IPv6: their keys take what room there is beside flows, and flows give way to stories.
static void a_flood_leaves_room_for_stories(void **state)
{
	enum { FLOWS = 2000, STORIES = FLOWS / 128 };
	struct fixture *fixture = fixture_of(FLOWS);
	struct mw_flow *flows[STORIES];

	(void)state;
	for (uint32_t i = 0; i < STORIES; i++) {
		struct mw_packet packet = ipv6_packet(0x0b000000 + i, SECOND), answer = packet;

		run(fixture, &packet);
		answer.src = packet.dst;
		answer.dst = packet.src;
		answer.src_port = packet.dst_port;
		answer.dst_port = packet.src_port;
		flows[i] = run(fixture, &answer);
	}
	for (uint32_t i = 0; i < 4 * FLOWS; i++) {
		struct mw_packet packet = ipv6_packet(0x0a000000 + i, SECOND);

		assert_non_null(run(fixture, &packet));
	}
	for (uint32_t i = 0; i < STORIES; i++) {
		mw_flow_set_watch(flows[i], 1);
		assert_int_equal(mw_flow_watch(flows[i]), 1);
	}
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_STORIES_MISSED), 0);
	assert_int_equal(walk_count(fixture), mw_flow_count(fixture->table));
	check_books(fixture);
	fixture_free(fixture);
}

static void a_mac_address_is_known_as_long_as_there_is_a_number_for_it(void **state)
{
	struct fixture *fixture = fixture_of(9000);
	uint32_t known = 0;

	(void)state;
	for (uint64_t round = 0; round < 2; round++) {
		uint64_t now_ns = (1 + 100 * round) * SECOND;

		mw_flow_expire(fixture->table, now_ns, UINT32_MAX);
		for (uint16_t i = 0; i < 9000; i++) {
			struct mw_packet packet = udp_packet(1, i, 2, 2, now_ns);
			const struct mw_flow_view *view;

			packet.mac_src[0] = 2;
			memcpy(&packet.mac_src[4], &i, sizeof(i));
			view = see(run(fixture, &packet));
			known += view->mac_known == 1;
			assert_true(view->mac_known == 0 || memcmp(view->mac[0], packet.mac_src, 6) == 0);
		}
		assert_int_equal(known, (round + 1) * 8192);
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_MACS_MISSED), (round + 1) * (9000 - 8192));
	}
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_flow_without_room_for_its_story_lives_on_without),
	MW_TEST(a_reset_of_what_one_side_never_acknowledged_needs_no_story),
	MW_TEST(a_range_of_ttls_without_room_is_any),
	MW_TEST(sums_go_on_in_the_story),
	MW_TEST(long_keys_take_the_room_of_flows),
	MW_TEST(a_flood_leaves_room_for_stories),
	MW_TEST(a_mac_address_is_known_as_long_as_there_is_a_number_for_it),
};
MW_TEST_MAIN("flow_parts", tests)
