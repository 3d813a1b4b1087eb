// SPDX-License-Identifier: BSD-3-Clause
// What the worker half tells of messages, of ESP that follows them, and of ICMP errors.
// Neighbours: lib/detectors/ike/ike.c, worker_world.c.
#include "worker_world.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "mw_test.h"
#include "packet_builder.h"

static void message_is_told_with_its_packet(void **state)
{
	const struct ike_facts *facts;
	const struct mw_event *event;
	struct ike_build message;
	struct mw_address responder = pb_address(WORLD_RESPONDER);

	ike_build_init(&message, true, true);
	world_udp(*state, .at_ms = 30, .from_responder = true, .message = &message, .ip_id = 4711);
	facts = world_only(*state);
	event = world_event(*state, 0);
	assert_int_equal(facts->what, IKE_MESSAGE);
	assert_int_equal(facts->exchange, IKE_SA_INIT);
	assert_true(facts->is_response);
	assert_int_equal(facts->says, IKE_SAYS_FRAGMENTATION | IKE_SAYS_NAT_DETECTION);
	assert_false(facts->nat_t);
	assert_false(facts->fragmented);
	assert_int_equal(facts->ip_family, 4);
	assert_int_equal(facts->ip_id, 4711);
	assert_int_equal(facts->message_bytes, message.bytes_count);
	assert_int_equal(facts->packet_bytes, 20 + 8 + message.bytes_count);
	assert_true(event->time_ns == WORLD_EPOCH_NS + 30 * MW_NS_PER_MS);
	assert_int_equal(mw_address_compare(&event->flow.src, &responder), 0);
	assert_int_equal(event->flow.src_port, 500);
	assert_int_equal(event->flow.protocol, IPPROTO_UDP);
	assert_int_equal(event->flow.tunnel, MW_LAYERS);
	assert_int_equal(world_count(*state, "messages"), 1);
}

static void message_behind_the_marker_is_nat_traversal(void **state)
{
	const struct ike_facts *facts;
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .initiator_port = 61000, .responder_port = 4500, .message = &message, .ipv6 = true);
	facts = world_only(*state);
	assert_true(facts->nat_t);
	assert_int_equal(facts->exchange, IKE_AUTH);
	assert_int_equal(facts->message_bytes, 900);
	assert_int_equal(facts->packet_bytes, 40 + 8 + 4 + 900);
	assert_int_equal(facts->ip_family, 6);
}

static void first_fragment_of_a_response_is_told_with_the_whole_size(void **state)
{
	const struct ike_facts *facts;
	struct ike_build message;

	ike_build_auth(&message, true, 3200);
	world_udp(*state, .from_responder = true, .message = &message, .first_bytes = 1480, .ip_id = 9);
	world_udp(*state, .at_ms = 1, .from_responder = true, .message = &message, .first_bytes = 1448, .ipv6 = true);
	assert_int_equal(world_told(*state), 2);
	facts = world_facts(*state, 0);
	assert_true(facts->fragmented);
	assert_int_equal(facts->message_bytes, 3200);
	assert_int_equal(facts->packet_bytes, 1500);
	assert_int_equal(facts->ip_id, 9);
	facts = world_facts(*state, 1);
	assert_true(facts->fragmented);
	assert_int_equal(facts->message_bytes, 3200);
	assert_int_equal(facts->ip_id, 77);
}

static void retransmission_has_the_same_digest(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, false, 700);
	world_udp(*state, .message = &message, .ip_id = 1);
	world_udp(*state, .at_ms = 4000, .message = &message, .ip_id = 2);
	message.bytes[600] ^= 1;
	world_udp(*state, .at_ms = 4001, .message = &message, .ip_id = 3);
	assert_true(world_facts(*state, 0)->digest == world_facts(*state, 1)->digest);
	assert_true(world_facts(*state, 0)->digest != world_facts(*state, 2)->digest);
}

static void copy_by_the_mirror_is_not_told(void **state)
{
	struct ike_build message;

	ike_build_init(&message, false, true);
	world_udp(*state, .message = &message, .duplicate = true);
	assert_int_equal(world_told(*state), 0);
}

static void broken_chain_is_told_so_far_and_counted(void **state)
{
	struct ike_build message;

	ike_build_init(&message, false, true);
	message.bytes[message.next_at] = IKE_PAYLOAD_NOTIFY;
	world_udp(*state, .message = &message);
	assert_int_equal(world_only(*state)->exchange, IKE_SA_INIT);
	assert_int_equal(world_count(*state, "broken-chains"), 1);
}

static void esp_is_told_once_a_direction_after_a_message(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, true, 900);
	for (uint64_t round = 0; round < 2; round++) {
		world_udp(*state, .at_ms = round * 1000, .initiator_port = 4500, .responder_port = 4500, .from_responder = true,
				  .message = &message);
		assert_true(world_watches(*state));
		for (uint64_t i = 1; i < 10; i++)
			world_udp(*state, .at_ms = round * 1000 + i, .initiator_port = 4500, .responder_port = 4500,
					  .esp_bytes = 200);
		assert_true(world_watches(*state));
		assert_int_equal(world_told(*state), 3 * round + 2);
		for (uint64_t i = 1; i < 10; i++)
			world_udp(*state, .at_ms = round * 1000 + 20 + i, .initiator_port = 4500, .responder_port = 4500,
					  .from_responder = true, .esp_bytes = 300);
		assert_false(world_watches(*state));
		assert_int_equal(world_told(*state), 3 * round + 3);
		assert_int_equal(world_facts(*state, (uint32_t)(3 * round + 1))->what, IKE_DATA);
		assert_int_equal(world_facts(*state, (uint32_t)(3 * round + 1))->packet_bytes, 228);
		assert_int_equal(world_facts(*state, (uint32_t)(3 * round + 2))->packet_bytes, 328);
	}
	assert_int_equal(world_count(*state, "data"), 4);
}

static void esp_without_a_message_is_not_told(void **state)
{
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200);
	assert_false(world_watches(*state));
	assert_int_equal(world_told(*state), 0);
}

static void keepalive_is_no_data(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	world_udp(*state, .at_ms = 1, .initiator_port = 4500, .responder_port = 4500, .keepalive = true);
	assert_int_equal(world_only(*state)->what, IKE_MESSAGE);
	assert_true(world_watches(*state));
}

static void flow_on_which_esp_goes_one_way_is_let_go(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	for (uint64_t i = 0; i < 1024; i++) {
		assert_true(world_watches(*state));
		world_udp(*state, .at_ms = i, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200);
	}
	assert_false(world_watches(*state));
	assert_int_equal(world_told(*state), 2);
}

static void flow_on_port_500_is_not_watched(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, false, 900);
	world_udp(*state, .message = &message);
	assert_false(world_watches(*state));
}

static void too_big_about_a_message_is_told_with_its_reporter(void **state)
{
	const struct ike_facts *facts;
	const struct mw_event *event;
	struct mw_address responder = pb_address(WORLD_RESPONDER), reporter = pb_address("198.51.100.1");

	world_error(*state, .at_ms = 5, .from_responder = true, .initiator_port = 61000, .responder_port = 4500, .type = 3,
				.code = 4, .mtu_bytes = 1380);
	facts = world_only(*state);
	event = world_event(*state, 0);
	assert_int_equal(facts->what, IKE_ERROR);
	assert_int_equal(facts->icmp_type, 3);
	assert_int_equal(facts->icmp_code, 4);
	assert_int_equal(facts->mtu_bytes, 1380);
	assert_int_equal(facts->packet_bytes, 1500);
	assert_int_equal(facts->ip_id, 77);
	assert_int_equal(mw_address_compare(&facts->reporter, &reporter), 0);
	assert_int_equal(mw_address_compare(&event->flow.src, &responder), 0);
	assert_int_equal(event->flow.src_port, 4500);
	assert_int_equal(event->flow.dst_port, 61000);
	assert_int_equal(event->flow.protocol, IPPROTO_UDP);
	assert_int_equal(world_count(*state, "errors"), 1);
}

static void reassembly_that_timed_out_is_told(void **state)
{
	world_error(*state, .from_responder = true, .type = 11, .code = 1);
	assert_int_equal(world_only(*state)->icmp_type, 11);
	assert_int_equal(world_only(*state)->icmp_code, 1);
}

static void error_about_something_else_is_not_told(void **state)
{
	world_error(*state, .type = 3, .code = 4, .mtu_bytes = 1400, .tcp = true);
	world_error(*state, .type = 3, .code = 3, .initiator_port = 53, .responder_port = 5353);
	world_error(*state, .type = 11, .code = 1, .later_piece = true);
	assert_int_equal(world_told(*state), 0);
}

static void no_more_is_told_than_may_be_in_a_second(void **state)
{
	struct ike_build message;

	world_settings(*state)->messages_per_second = 3;
	ike_build_init(&message, false, true);
	for (uint64_t i = 0; i < 10; i++)
		world_udp(*state, .at_ms = i, .message = &message);
	world_error(*state, .at_ms = 11, .type = 3, .code = 4);
	assert_int_equal(world_told(*state), 3);
	assert_int_equal(world_count(*state, "capped"), 8);
	world_udp(*state, .at_ms = 1000, .message = &message);
	assert_int_equal(world_told(*state), 4);
}

static void esp_beyond_the_cap_is_told_later(void **state)
{
	struct ike_build message;

	world_settings(*state)->messages_per_second = 1;
	ike_build_auth(&message, true, 900);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	world_udp(*state, .at_ms = 1, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200);
	assert_int_equal(world_told(*state), 1);
	world_udp(*state, .at_ms = 1001, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200);
	assert_int_equal(world_told(*state), 2);
	assert_int_equal(world_count(*state, "capped"), 0);
}

/** More initiators than are followed at a time, none of which gets an answer, after one that does. */
static void made_up_initiators_drive_out_no_answered_flow(void **state)
{
	struct ike_build message;

	world_settings(*state)->messages_per_second = 3; // the flood is not told, but followed
	ike_build_auth(&message, false, 900);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	ike_build_auth(&message, true, 900);
	world_udp(*state, .from_responder = true, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	world_udp(*state, .from_responder = true, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	ike_build_auth(&message, false, 900);
	for (uint32_t i = 0; i < 800; i++) {
		char initiator[INET_ADDRSTRLEN];

		snprintf(initiator, sizeof(initiator), "10.0.%u.%u", i / 250, 1 + i % 250);
		world_udp(*state, .initiator = initiator, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	}
	assert_int_equal(world_count(*state, "closed-early"), 801 - mw_detector_ike.side_max);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200, .at_ms = 1000);
	assert_int_equal(world_told(*state), 4);
	assert_int_equal(world_facts(*state, 3)->what, IKE_DATA);
}

static void nothing_is_told_when_it_is_off(void **state)
{
	struct ike_build message;

	ike_build_auth(&message, true, 900);
	world_udp(*state, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	assert_true(world_watches(*state));
	world_settings(*state)->enabled = false;
	world_udp(*state, .at_ms = 1, .initiator_port = 4500, .responder_port = 4500, .esp_bytes = 200);
	assert_false(world_watches(*state));
	world_udp(*state, .at_ms = 2, .initiator_port = 4500, .responder_port = 4500, .message = &message);
	world_error(*state, .at_ms = 3, .type = 3, .code = 4);
	assert_int_equal(world_told(*state), 1);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

static const struct CMUnitTest tests[] = {
	STORY(message_is_told_with_its_packet),
	STORY(message_behind_the_marker_is_nat_traversal),
	STORY(first_fragment_of_a_response_is_told_with_the_whole_size),
	STORY(retransmission_has_the_same_digest),
	STORY(copy_by_the_mirror_is_not_told),
	STORY(broken_chain_is_told_so_far_and_counted),
	STORY(esp_is_told_once_a_direction_after_a_message),
	STORY(esp_without_a_message_is_not_told),
	STORY(keepalive_is_no_data),
	STORY(flow_on_which_esp_goes_one_way_is_let_go),
	STORY(flow_on_port_500_is_not_watched),
	STORY(too_big_about_a_message_is_told_with_its_reporter),
	STORY(reassembly_that_timed_out_is_told),
	STORY(error_about_something_else_is_not_told),
	STORY(no_more_is_told_than_may_be_in_a_second),
	STORY(esp_beyond_the_cap_is_told_later),
	STORY(made_up_initiators_drive_out_no_answered_flow),
	STORY(nothing_is_told_when_it_is_off),
};
MW_TEST_MAIN("detect_ike_worker", tests)
