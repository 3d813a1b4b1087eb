// SPDX-License-Identifier: BSD-3-Clause
// Flows found by their ends alone, what was waiting for one, and segments that do not go on where their side stood.
// Neighbours: lib/flow/lookup.c, key.c, track.c, enter.c.
#include "flow_fixture.h"

static struct mw_flow_ends ends_of(const struct mw_packet *packet)
{
	return (struct mw_flow_ends){packet->src,   packet->dst,        packet->src_port, packet->dst_port,
								 packet->scope, packet->vlan_outer, packet->protocol};
}

static struct mw_flow_ends turned(const struct mw_flow_ends *ends)
{
	struct mw_flow_ends other = *ends;

	other.src = ends->dst;
	other.dst = ends->src;
	other.src_port = ends->dst_port;
	other.dst_port = ends->src_port;
	return other;
}

// As every other packet finds it: the same flow, the same direction, from both sides.
static void finds_as_a_packet_does(struct fixture *fixture, struct mw_packet *packet)
{
	struct mw_flow *flow = run(fixture, packet);
	struct mw_flow_ends ends = ends_of(packet), other = turned(&ends);
	uint8_t direction = 7;

	assert_non_null(flow);
	assert_ptr_equal(mw_flow_find(fixture->table, &ends, packet->clock_ns, &direction), flow);
	assert_int_equal(direction, packet->direction);
	assert_ptr_equal(mw_flow_find(fixture->table, &other, packet->clock_ns, &direction), flow);
	assert_int_equal(direction, !packet->direction);
}

static void short_and_long_keys_are_found_from_both_sides(void **state)
{
	struct fixture *fixture = fixture_of(100);
	struct mw_packet packet = udp_packet(0x0a000001, 5000, 0x0a000002, 53, SECOND);

	(void)state;
	finds_as_a_packet_does(fixture, &packet);
	packet = udp_packet(0x0a000009, 53, 0x0a000002, 5000, SECOND);
	finds_as_a_packet_does(fixture, &packet);
	packet = udp_packet(0x0a000002, 60000, 0x0a000002, 500, SECOND);
	finds_as_a_packet_does(fixture, &packet);
	packet.scope = 77; // a line of its own
	finds_as_a_packet_does(fixture, &packet);
	packet = udp_packet(0x0a000001, 0, 0x0a000002, 0, SECOND);
	packet.protocol = 50;
	packet.kinds = 0;
	finds_as_a_packet_does(fixture, &packet);
	packet = udp_packet(0, 500, 0, 4500, SECOND);
	packet.family = 6;
	packet.src.bytes[0] = 0x20;
	packet.dst.bytes[0] = 0x30;
	finds_as_a_packet_does(fixture, &packet);
	fixture_free(fixture);
}

static void what_was_never_seen_is_not_found_nor_made(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = udp_packet(1, 2, 3, 4, SECOND);
	struct mw_flow_ends ends = ends_of(&packet);
	uint8_t direction;

	(void)state;
	assert_null(mw_flow_find(fixture->table, &ends, SECOND, &direction));
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static void a_flow_whose_time_is_over_is_not_found(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = udp_packet(1, 2, 3, 4, SECOND);
	struct mw_flow_ends ends = ends_of(&packet);
	uint8_t direction;

	(void)state;
	run(fixture, &packet);
	assert_non_null(mw_flow_find(fixture->table, &ends, SECOND + 59 * SECOND, &direction));
	assert_null(mw_flow_find(fixture->table, &ends, SECOND + 61 * SECOND, &direction));
	fixture_free(fixture);
}

static void vlan_matters_only_where_it_is_in_the_key(void **state)
{
	(void)state;
	for (unsigned in_key = 0; in_key < 2; in_key++) {
		struct fixture *fixture = fixture_new(10, MW_FLOW_STATE_BYTES);
		struct mw_packet packet = udp_packet(1, 2, 3, 4, SECOND);
		struct mw_flow_ends ends;
		uint8_t direction;

		fixture->config.vlan_in_key = in_key;
		fixture_build(fixture);
		packet.vlan_outer = 8;
		run(fixture, &packet);
		ends = ends_of(&packet);
		assert_non_null(mw_flow_find(fixture->table, &ends, SECOND, &direction));
		ends.vlan = 9;
		assert_int_equal(mw_flow_find(fixture->table, &ends, SECOND, &direction) == NULL, in_key);
		fixture_free(fixture);
	}
}

static void waiting_packets_are_added_to_their_side(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_udp(fixture, 1, 2, 3, 4, SECOND);
	uint64_t packets = 1, bytes = 100;

	(void)state;
	for (uint32_t more = 1; more < 300; more += 7) {
		mw_flow_add_waited(flow, 0, more, (uint64_t)more * 1500);
		packets += more;
		bytes += (uint64_t)more * 1500;
		assert_int_equal(see(flow)->side[0].packets, packets);
		assert_int_equal(see(flow)->side[0].bytes, bytes);
	}
	assert_int_equal(see(flow)->side[1].packets, 0);
	fixture_free(fixture);
}

static uint32_t kinds_after(struct fixture *fixture, struct mw_packet packet)
{
	run(fixture, &packet);
	return packet.kinds & MW_KIND_OUT_OF_ORDER;
}

static void segments_that_do_not_go_on_are_out_of_order(void **state)
{
	struct fixture *fixture = fixture_of(10);
	const uint8_t ack = MW_TCP_ACK;

	(void)state;
	run_tcp(fixture, true, MW_TCP_SYN, 1000, 0, 0, SECOND);
	run_tcp(fixture, false, MW_TCP_SYN | MW_TCP_ACK, 5000, 1001, 0, SECOND);
	assert_int_equal(kinds_after(fixture, tcp_packet(true, ack, 1001, 5001, 100, SECOND)), 0);
	assert_int_equal(kinds_after(fixture, tcp_packet(true, ack, 1101, 5001, 100, SECOND)), 0);
	assert_int_equal(kinds_after(fixture, tcp_packet(false, ack, 5001, 1201, 0, SECOND)), 0);
	assert_int_not_equal(kinds_after(fixture, tcp_packet(true, ack, 1101, 5001, 100, SECOND)), 0); // again
	assert_int_not_equal(kinds_after(fixture, tcp_packet(true, ack, 1301, 5001, 100, SECOND)), 0); // beyond a gap
	assert_int_equal(kinds_after(fixture, tcp_packet(true, ack, 1401, 5001, 100, SECOND)), 0);
	fixture_free(fixture);
}

static void packets_without_numbers_are_never_out_of_order(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = tcp_packet(true, MW_TCP_ACK, 1001, 1, 100, SECOND);

	(void)state;
	run(fixture, &packet);
	packet.kinds = MW_KIND_FRAGMENT; // a later piece that was attributed
	packet.tcp = (struct mw_packet_tcp){0};
	assert_int_equal(kinds_after(fixture, packet), 0);
	assert_int_equal(kinds_after(fixture, udp_packet(1, 2, 3, 4, SECOND)), 0);
	assert_int_equal(kinds_after(fixture, udp_packet(3, 4, 1, 2, SECOND)), 0);
	fixture_free(fixture);
}

static void first_segment_of_a_side_is_not_out_of_order(void **state)
{
	struct fixture *fixture = fixture_of(10);

	(void)state;
	assert_int_equal(kinds_after(fixture, tcp_packet(true, MW_TCP_ACK, 7777, 1, 100, SECOND)), 0);
	assert_int_equal(kinds_after(fixture, tcp_packet(false, MW_TCP_ACK, 8888, 1, 100, SECOND)), 0);
	fixture_free(fixture);
}

static uint32_t large_after(struct fixture *fixture, uint32_t payload_bytes, uint64_t time_ns)
{
	struct mw_packet packet = udp_packet(1, 2, 3, 4, time_ns);

	packet.payload_bytes = packet.payload_wire_bytes = payload_bytes;
	run(fixture, &packet);
	return packet.kinds & MW_KIND_LARGE;
}

static void large_datagrams_show_once_in_a_window_of_the_clock(void **state)
{
	struct fixture *fixture = fixture_of(10);
	const uint64_t window_ns = UINT64_C(1) << 31;

	(void)state;
	assert_int_equal(large_after(fixture, 1400, 10 * window_ns), 0); // nothing is known yet
	assert_int_equal(large_after(fixture, 1400, 10 * window_ns + 5), 0);
	assert_int_equal(large_after(fixture, MW_SAFE_UDP_BYTES, 11 * window_ns), 0);
	assert_int_not_equal(large_after(fixture, MW_SAFE_UDP_BYTES + 1, 12 * window_ns), 0);
	assert_int_equal(large_after(fixture, 1400, 12 * window_ns + 5), 0);
	fixture_free(fixture);
}

static bool is_again(struct fixture *fixture, struct mw_packet packet)
{
	run(fixture, &packet);
	return (packet.kinds & MW_KIND_ACK_AGAIN) != 0;
}

/** RFC 5681 section 2; one with SACK says it by itself. */
static void acknowledgements_that_say_nothing_new_are_duplicates(void **state)
{
	struct fixture *fixture = fixture_of(10);
	const uint8_t ack = MW_TCP_ACK;
	struct mw_packet packet;

	(void)state;
	run_tcp(fixture, true, MW_TCP_SYN, 1000, 0, 0, SECOND);
	run_tcp(fixture, false, MW_TCP_SYN | MW_TCP_ACK, 5000, 1001, 0, SECOND);
	assert_false(is_again(fixture, tcp_packet(true, ack, 1001, 5001, 0, SECOND))); // the handshake's
	assert_false(is_again(fixture, tcp_packet(true, ack, 1001, 5001, 100, SECOND))); // data
	assert_false(is_again(fixture, tcp_packet(true, ack, 1101, 5001, 0, SECOND))); // nothing is waited for
	assert_false(is_again(fixture, tcp_packet(false, ack, 5001, 1101, 100, SECOND)));
	assert_true(is_again(fixture, tcp_packet(true, ack, 1101, 5001, 0, SECOND)));
	packet = tcp_packet(true, ack, 1101, 5001, 0, SECOND);
	packet.tcp.present |= MW_TCP_OPTION_SACK;
	assert_false(is_again(fixture, packet));
	packet.tcp.present = 0;
	packet.tcp.window++;
	assert_false(is_again(fixture, packet)); // an update of the window
	assert_false(is_again(fixture, tcp_packet(true, ack | MW_TCP_FIN, 1101, 5001, 0, SECOND)));
	assert_false(is_again(fixture, tcp_packet(true, ack, 1102, 5101, 0, SECOND)));
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(first_segment_of_a_side_is_not_out_of_order),
	MW_TEST(large_datagrams_show_once_in_a_window_of_the_clock),
	MW_TEST(short_and_long_keys_are_found_from_both_sides),
	MW_TEST(what_was_never_seen_is_not_found_nor_made),
	MW_TEST(a_flow_whose_time_is_over_is_not_found),
	MW_TEST(vlan_matters_only_where_it_is_in_the_key),
	MW_TEST(waiting_packets_are_added_to_their_side),
	MW_TEST(segments_that_do_not_go_on_are_out_of_order),
	MW_TEST(acknowledgements_that_say_nothing_new_are_duplicates),
	MW_TEST(packets_without_numbers_are_never_out_of_order),
};
MW_TEST_MAIN("flow_find", tests)
