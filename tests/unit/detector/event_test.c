// SPDX-License-Identifier: BSD-3-Clause
// Events from packets, quotes and datagrams.
// Neighbours: lib/detector/mw_kit_event.h.
#include "mw_kit_event.h"
#include "mw_test.h"

static struct mw_address address(uint8_t last)
{
	return mw_address_from_v4((const uint8_t[]){192, 0, 2, last});
}

static struct mw_event *begin(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	(void)class;
	assert_int_equal(body_bytes, 4);
	return context;
}

static struct mw_event *drop(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	(void)context;
	(void)class;
	(void)body_bytes;
	return NULL;
}

static uint32_t sent;

static void send(void *context, enum mw_event_class class)
{
	(void)context;
	assert_int_equal(class, MW_EVENT_STEP);
	sent++;
}

static void ends_are_those_of_the_packet_and_turn(void **state)
{
	const struct mw_packet packet = {.src = address(1),
									 .dst = address(2),
									 .src_port = 1000,
									 .dst_port = 53,
									 .protocol = 17,
									 .tunnel = MW_LAYERS,
									 .vlan_outer = 7};
	struct mw_event_flow ends = mw_kit_ends_of(&packet), turned = mw_kit_ends_turned(&ends);

	(void)state;
	assert_memory_equal(&ends.src, &packet.src, sizeof(ends.src));
	assert_memory_equal(&ends.dst, &packet.dst, sizeof(ends.dst));
	assert_int_equal(ends.src_port, 1000);
	assert_int_equal(ends.dst_port, 53);
	assert_memory_equal(&turned.src, &packet.dst, sizeof(turned.src));
	assert_memory_equal(&turned.dst, &packet.src, sizeof(turned.dst));
	assert_int_equal(turned.src_port, 53);
	assert_int_equal(turned.dst_port, 1000);
	assert_int_equal(turned.protocol, 17);
	assert_int_equal(turned.tunnel, MW_LAYERS);
	assert_int_equal(turned.vlan, 7);
	mw_kit_ends_write(&ends, &packet, true);
	assert_memory_equal(&ends, &turned, sizeof(ends));
}

static void quoted_packet_has_its_own_ends_and_the_way_of_the_error(void **state)
{
	struct mw_packet packet = {.src = address(9),
							   .dst = address(1),
							   .protocol = 1,
							   .tunnel = MW_LAYER_GRE,
							   .vlan_outer = 7,
							   .quote = {.src = address(1),
										 .dst = address(2),
										 .src_port = 1000,
										 .dst_port = 53,
										 .protocol = 17,
										 .ports_known = true}};
	struct mw_event_flow ends = mw_kit_ends_quoted(&packet);

	(void)state;
	assert_memory_equal(&ends.src, &packet.quote.src, sizeof(ends.src));
	assert_int_equal(ends.src_port, 1000);
	assert_int_equal(ends.protocol, 17);
	assert_int_equal(ends.tunnel, MW_LAYER_GRE);
	assert_int_equal(ends.vlan, 7);
	packet.quote.ports_known = false;
	ends = mw_kit_ends_quoted(&packet);
	assert_int_equal(ends.src_port | ends.dst_port, 0);
}

static void datagram_without_its_first_piece_has_no_ports(void **state)
{
	struct mw_fragment_datagram datagram = {.src = address(1), .src_port = 5, .dst_port = 6, .protocol = 17};

	(void)state;
	assert_int_equal(mw_kit_ends_of_datagram(&datagram).src_port, 0);
	datagram.ports_known = true;
	assert_int_equal(mw_kit_ends_of_datagram(&datagram).src_port, 5);
	assert_int_equal(mw_kit_ends_of_datagram(&datagram).dst_port, 6);
}

static void event_is_sent_as_the_detector_s_with_its_body(void **state)
{
	const struct mw_event_flow ends = {.src = address(1), .tunnel = MW_LAYERS};
	struct mw_event event;
	struct mw_detector_ctx ctx = {
		.events = {begin, send, &event, {NULL}}, .worker = 3, .event_class = MW_EVENT_STEP, .index = 5};

	(void)state;
	memset(&event, 0xff, sizeof(event));
	assert_true(mw_kit_emit(&ctx, 2, 77, &ends, "body", 4));
	assert_int_equal(event.kind, 5 << 8 | 2);
	assert_int_equal(event.worker, 3);
	assert_int_equal(event.time_ns, 77);
	assert_int_equal(event.body_bytes, 4);
	assert_memory_equal(event.body, "body", 4);
	assert_memory_equal(event.brief, "\0\0\0\0\0\0\0", sizeof(event.brief));
	assert_memory_equal(&event.flow, &ends, sizeof(ends));
	assert_int_equal(sent, 1);
	ctx.events.begin = drop;
	assert_false(mw_kit_emit(&ctx, 2, 77, &ends, "body", 4));
	assert_int_equal(sent, 1);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(ends_are_those_of_the_packet_and_turn),
	MW_TEST(quoted_packet_has_its_own_ends_and_the_way_of_the_error),
	MW_TEST(datagram_without_its_first_piece_has_no_ports),
	MW_TEST(event_is_sent_as_the_detector_s_with_its_body),
};

MW_TEST_MAIN("detector_kit_event", tests)
