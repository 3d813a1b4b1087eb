// SPDX-License-Identifier: BSD-3-Clause
// Pieces of a datagram find the flow of the first one, in any order; ICMP errors find the flow that they quote.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/related.c.
#include "pipeline_world.h"
#include "mw_detectors.h"
#include "mw_test.h"

static struct pb pb, quoted;
static uint64_t now_ns;

static struct mw_packet send(struct pipeline_world *world)
{
	pb_finish(&pb);
	now_ns += 10 * MW_NS_PER_MS;
	return world_send_built(world, &pb, WORLD_EPOCH_NS + now_ns);
}

static struct mw_packet send_first(struct pipeline_world *world, uint16_t id)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = id, .more_fragments = true);
	pb_udp(&pb, .sport = 500, .dport = 500, .length_bytes = 2000);
	pb_fill(&pb, 1472);
	return send(world);
}

static struct mw_packet send_last(struct pipeline_world *world, uint16_t id)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .id = id, .fragment_offset_bytes = 1480, .protocol = 17);
	pb_fill(&pb, 520);
	return send(world);
}

static struct mw_flow_view only_flow(const struct pipeline_world *world)
{
	const struct mw_flow_table *flows = mw_pipeline_flows(world->workers[0].pipeline);
	struct mw_flow_view view = {0};

	assert_int_equal(mw_flow_count(flows), 1);
	for (uint32_t slot = 0; slot < mw_flow_slots(flows); slot++) {
		if (mw_flow_snapshot(flows, slot, &view) == 1)
			return view;
	}
	fail_msg("no flow found");
	return view;
}

static uint64_t packets_of(const struct mw_flow_view *view)
{
	return view->side[0].packets + view->side[1].packets;
}

static void a_later_piece_has_the_ports_and_the_flow_of_the_first(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet first, last;
	struct mw_flow_view view;

	(void)state;
	first = send_first(world, 7);
	last = send_last(world, 7);
	assert_non_null(last.flow);
	assert_ptr_equal(last.flow, first.flow);
	assert_int_equal(last.direction, first.direction);
	assert_int_equal(last.src_port, 500);
	view = only_flow(world);
	assert_int_equal(packets_of(&view), 2);
	assert_int_equal(view.side[0].bytes + view.side[1].bytes, first.wire_bytes + last.wire_bytes);
	assert_int_equal(world_count(world, "fragments", "complete"), 1);
	world_free(world);
}

static void a_piece_that_came_before_the_first_is_added_to_its_flow(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet first, last;
	struct mw_flow_view view;

	(void)state;
	last = send_last(world, 8);
	assert_null(last.flow);
	first = send_first(world, 8);
	view = only_flow(world);
	assert_int_equal(packets_of(&view), 2);
	assert_int_equal(view.side[0].bytes + view.side[1].bytes, first.wire_bytes + last.wire_bytes);
	world_free(world);
}

static void a_piece_of_another_datagram_has_no_flow(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_flow_view view;

	(void)state;
	send_first(world, 9);
	assert_null(send_last(world, 10).flow);
	view = only_flow(world);
	assert_int_equal(packets_of(&view), 1);
	world_free(world);
}

static void pieces_count_in_the_service_of_their_flow(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	send_first(world, 11);
	send_last(world, 11);
	assert_int_equal(world_class(world, "class-packets", "service", "ike"), 2);
	world_free(world);
}

/** A piece of 2001:db8::1's datagram 7, of which so many bytes were captured. */
static void send_ip6_piece(struct pipeline_world *world, bool first, uint32_t snap_bytes)
{
	struct mw_packet packet;

	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, .src = "2001:db8::1", .dst = "2001:db8::2");
	pb_fragment6(&pb, .id = 7, .offset_bytes = first ? 0 : 1448, .more_fragments = first,
				 .next_header = first ? 0 : 17);
	if (first)
		pb_udp(&pb, .sport = 500, .dport = 500, .length_bytes = 2000);
	pb_fill(&pb, first ? 1440 : 552);
	pb_finish(&pb);
	now_ns += 10 * MW_NS_PER_MS;
	pb_packet_snapped(&pb, &packet, WORLD_EPOCH_NS + now_ns, snap_bytes);
	world_send(world, &packet);
}

static void a_first_piece_cut_behind_its_ip_header_is_a_piece_all_the_same(void **state)
{
	struct pipeline_world *world = world_new(WORLD_WORKERS_MAX);

	(void)state;
	send_ip6_piece(world, true, 64);
	send_ip6_piece(world, false, 64);
	assert_int_equal(world_count(world, "pipeline", "truncated"), 1);
	assert_int_equal(world_count(world, "pipeline", "analysed"), 1);
	assert_int_equal(world_count(world, "fragments", "complete"), 1);
	world_free(world);
}

static void an_error_finds_the_flow_that_it_quotes(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet sent, error;

	(void)state;
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_udp(&pb, .sport = 5000, .dport = 6000);
	pb_fill(&pb, 100);
	sent = send(world);
	pb_init_link(&quoted, MW_LINK_RAW_IP);
	pb_ipv4(&quoted);
	pb_udp(&quoted, .sport = 5000, .dport = 6000);
	pb_fill(&quoted, 100);
	pb_finish(&quoted);
	for (unsigned known = 0; known < 2; known++) {
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb, .src = "203.0.113.9", .dst = "192.0.2.1");
		pb_icmp(&pb, .type = 3, .code = 4, .mtu_bytes = 1400);
		pb_append_cut(&pb, &quoted, known ? 28 : 20);
		error = send(world);
		assert_null(error.flow);
		if (known)
			assert_ptr_equal(error.quoted_flow, sent.flow);
		else if (error.kinds & MW_KIND_ICMP_ERROR)
			assert_null(error.quoted_flow);
	}
	assert_int_equal(error.quoted_direction, sent.direction);
	world_free(world);
}

static void states_of_all_detectors_fit_the_end_of_a_flow(void **state)
{
	uint32_t bytes = 0;

	(void)state;
	for (uint32_t i = 0; i < mw_detectors.count; i++)
		bytes += (mw_detectors.items[i]->flow_bytes + 3u) & ~3u;
	assert_in_range(bytes, 0, MW_FLOW_STATE_BYTES);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(states_of_all_detectors_fit_the_end_of_a_flow),
	MW_TEST(a_later_piece_has_the_ports_and_the_flow_of_the_first),
	MW_TEST(a_piece_that_came_before_the_first_is_added_to_its_flow),
	MW_TEST(a_piece_of_another_datagram_has_no_flow),
	MW_TEST(pieces_count_in_the_service_of_their_flow),
	MW_TEST(a_first_piece_cut_behind_its_ip_header_is_a_piece_all_the_same),
	MW_TEST(an_error_finds_the_flow_that_it_quotes),
};
MW_TEST_MAIN("pipeline_related", tests)
