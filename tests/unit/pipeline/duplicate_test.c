// SPDX-License-Identifier: BSD-3-Clause
// Copies that the mirror made, and packets that only look like copies.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/duplicate.c.
#include "pipeline_world.h"
#include "mw_test.h"

#define US MW_NS_PER_US

static struct pb pb;
static struct mw_packet seen; // the latest

/** What differs from one packet to the next. */
struct like {
	uint64_t after_ns; // the first packet
	uint16_t id, vlan;
	uint8_t ttl, flags;
	uint32_t seq, sack;
	const char *payload;
};

static bool is_copy(struct pipeline_world *world, const struct like *like)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	if (like->vlan != 0)
		pb_vlan(&pb, like->vlan);
	pb_ipv4(&pb, .id = like->id, .ttl = like->ttl);
	pb_tcp(&pb, .seq = like->seq, .ack = 77, .flags = like->flags, .sack_left = like->sack,
		   .sack_right = like->sack == 0 ? 0 : like->sack + 100);
	if (like->payload != NULL)
		pb_text(&pb, like->payload);
	pb_finish(&pb);
	seen = world_send_built(world, &pb, WORLD_EPOCH_NS + like->after_ns);
	return (seen.kinds & MW_KIND_DUPLICATE) != 0;
}

/** An ICMPv6 report about a segment: two of one connection begin with the same bytes, and have no identification. */
static bool is_report_copy(struct pipeline_world *world, uint64_t after_ns, uint32_t seq)
{
	static struct pb quoted;
	struct mw_packet packet;

	pb_init_link(&quoted, MW_LINK_RAW_IP);
	pb_ipv6(&quoted);
	pb_tcp(&quoted, .seq = seq, .flags = MW_TCP_ACK);
	pb_fill(&quoted, 1400);
	pb_finish(&quoted);
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, .src = "2001:db8::9", .dst = "2001:db8::1");
	pb_icmp6(&pb, .type = 2, .mtu_bytes = 1380);
	pb_append_cut(&pb, &quoted, 1232);
	pb_finish(&pb);
	packet = world_send_built(world, &pb, WORLD_EPOCH_NS + after_ns);
	return (packet.kinds & MW_KIND_DUPLICATE) != 0;
}

#define copy(...) is_copy(world, &(struct like){__VA_ARGS__})

static void same_packet_within_the_window_is_a_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .payload = "x"));
	assert_true(copy(.after_ns = 900 * US, .id = 5, .payload = "x"));
	assert_int_equal(world_count(world, "pipeline", "duplicates"), 1);
	assert_int_equal(world_count(world, "pipeline", "packets"), 2);
	assert_int_equal(world_class(world, "class-packets", "family", "ipv4"), 1);
	world_free(world);
}

static void reports_about_two_segments_of_ipv6_are_no_copies(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(is_report_copy(world, 0, 1000));
	assert_false(is_report_copy(world, 10 * US, 2400));
	assert_true(is_report_copy(world, 20 * US, 1000));
	world_free(world);
}

static void router_hop_and_other_vlan_hide_no_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .ttl = 64, .vlan = 10, .payload = "x"));
	assert_true(copy(.after_ns = 20 * US, .id = 5, .ttl = 63, .vlan = 20, .payload = "x"));
	assert_true(copy(.after_ns = 30 * US, .id = 5, .ttl = 62, .payload = "x"));
	world_free(world);
}

static void beyond_the_window_what_may_be_sent_again_is_a_packet_of_its_own(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.payload = "x"));
	assert_false(copy(.after_ns = 1001 * US, .payload = "x"));
	world_free(world);
}

static void beyond_the_window_a_number_proves_a_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .payload = "x"));
	assert_true(copy(.after_ns = 100000 * US, .id = 5, .payload = "x"));
	assert_false(copy(.after_ns = 100001 * US, .id = 5, .payload = "x"));
	world_free(world);
}

static void beyond_the_window_another_way_proves_a_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.ttl = 64, .seq = 1, .payload = "x"));
	assert_true(copy(.after_ns = 3000 * US, .ttl = 63, .seq = 1, .payload = "x"));
	assert_false(copy(.after_ns = 10000 * US, .ttl = 64, .seq = 2, .payload = "y"));
	assert_true(copy(.after_ns = 13000 * US, .ttl = 64, .seq = 2, .vlan = 9, .payload = "y"));
	assert_false(copy(.after_ns = 20000 * US, .ttl = 64, .seq = 3, .payload = "z"));
	assert_false(copy(.after_ns = 23000 * US, .ttl = 64, .seq = 3, .payload = "z"));
	world_free(world);
}

static void beyond_the_window_resets_need_a_flow_that_is_mirrored_twice(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 7, .flags = MW_TCP_RST, .seq = 9));
	assert_false(copy(.after_ns = 2000 * US, .id = 7, .flags = MW_TCP_RST, .seq = 9));
	assert_false(copy(.after_ns = 3000 * US, .id = 8, .seq = 1, .payload = "data"));
	assert_true(copy(.after_ns = 5000 * US, .id = 8, .seq = 1, .payload = "data"));
	assert_true(copy(.after_ns = 6000 * US, .id = 7, .flags = MW_TCP_RST, .seq = 9));
	world_free(world);
}

static void copy_says_how_late_it_comes_and_in_which_vlan(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .vlan = 10, .payload = "x"));
	assert_true(copy(.after_ns = 30 * US, .id = 5, .vlan = 10, .payload = "x"));
	assert_int_equal(seen.copy_after_ns, 30 * US);
	assert_false(seen.copy_retagged);
	assert_true(copy(.after_ns = 2000 * US, .id = 5, .vlan = 20, .payload = "x"));
	assert_int_equal(seen.copy_after_ns, 2000 * US);
	assert_true(seen.copy_retagged);
	world_free(world);
}

static void other_identification_is_a_packet_of_its_own(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .payload = "x"));
	assert_false(copy(.after_ns = 10 * US, .id = 6, .payload = "x"));
	assert_false(copy(.after_ns = 20 * US, .id = 5, .payload = "y"));
	assert_false(copy(.after_ns = 30 * US, .id = 5, .seq = 1, .payload = "x"));
	world_free(world);
}

static void twin_resets_without_identification_both_count(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.flags = MW_TCP_RST, .seq = 9));
	assert_false(copy(.after_ns = 24 * US, .flags = MW_TCP_RST, .seq = 9));
	assert_int_equal(world_count(world, "pipeline", "resets"), 2);
	world_free(world);
}

static void twin_resets_are_a_copy_on_a_flow_that_is_mirrored_twice(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .seq = 1, .payload = "data"));
	assert_true(copy(.after_ns = 5 * US, .id = 5, .seq = 1, .payload = "data"));
	assert_false(copy(.after_ns = 500 * US, .flags = MW_TCP_RST, .seq = 9));
	assert_true(copy(.after_ns = 524 * US, .flags = MW_TCP_RST, .seq = 9));
	world_free(world);
}

static void acknowledgements_with_other_sack_blocks_both_count(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.seq = 1, .sack = 1000));
	assert_false(copy(.after_ns = 10 * US, .seq = 1, .sack = 2000));
	assert_false(copy(.after_ns = 20 * US, .seq = 1, .sack = 3000));
	world_free(world);
}

static void window_of_zero_counts_both(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_settings *settings = world_settings(&world->detectors, "flow.duplicate-window=0");

	(void)state;
	assert_false(copy(.id = 5, .payload = "x"));
	mw_pipeline_settings(world->workers[0].pipeline, settings);
	assert_false(copy(.after_ns = 10 * US, .id = 5, .payload = "x"));
	mw_pipeline_settings(world->workers[0].pipeline, world->settings);
	assert_true(copy(.after_ns = 20 * US, .id = 5, .payload = "x"));
	mw_settings_free(settings);
	world_free(world);
}

static void window_can_be_widened_between_two_batches(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_settings *settings = world_settings(&world->detectors, "flow.duplicate-window=50ms");

	(void)state;
	mw_pipeline_settings(world->workers[0].pipeline, settings);
	assert_false(copy(.id = 5, .payload = "x"));
	assert_true(copy(.after_ns = 49000 * US, .id = 5, .payload = "x"));
	mw_settings_free(settings);
	world_free(world);
}

/** A datagram, or a message of a router to all on a link. */
struct said {
	uint64_t after_ns;
	const char *src, *dst; // of either family
	uint16_t outer, inner, session, id;
	uint8_t subscriber; // of the frame's destination
	bool is_mld, zero_checksum;
	const char *text; // of a datagram: 60 bytes that are always the same, then this
};

static void push_ip(const struct said *said)
{
	if (strchr(said->src, ':') != NULL)
		pb_ipv6(&pb, .src = said->src, .dst = said->dst);
	else
		pb_ipv4(&pb, .src = said->src, .dst = said->dst, .id = said->id);
}

static bool is_said_again(struct pipeline_world *world, const struct said *said)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 1, said->subscriber};
	struct mw_packet packet;

	pb_init(&pb);
	pb_ethernet(&pb, .dst = mac);
	if (said->outer != 0)
		pb_vlan(&pb, said->outer);
	if (said->inner != 0)
		pb_vlan(&pb, said->inner);
	if (said->session != 0) {
		pb_pppoe(&pb, said->session);
		pb_ppp(&pb);
	}
	push_ip(said);
	if (said->is_mld) {
		pb_icmp6(&pb, .type = 130);
		pb_fill(&pb, 20);
	} else {
		pb_udp(&pb, .sport = 67, .dport = 68);
		pb_fill(&pb, 60);
		pb_text(&pb, said->text);
	}
	pb_finish(&pb);
	if (said->zero_checksum) // behind 14 bytes of Ethernet, 20 of IPv4
		memset(pb.bytes + 14 + 4 * (size_t)((said->outer != 0) + (said->inner != 0)) + 26, 0, 2);
	packet = world_send_built(world, &pb, WORLD_EPOCH_NS + said->after_ns);
	return (packet.kinds & MW_KIND_DUPLICATE) != 0;
}
#define said_again(...) is_said_again(world, &(struct said){__VA_ARGS__})

static void query_to_each_subscriber_is_no_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	for (uint16_t i = 0; i < 20; i++)
		assert_false(said_again(.after_ns = i * 10 * US, .src = "fe80::1", .dst = "ff02::1", .outer = 1401,
								.inner = (uint16_t)(100 + i), .is_mld = true));
	// the mirror shows the last one twice
	assert_true(said_again(.after_ns = 200 * US, .src = "fe80::1", .dst = "ff02::1", .outer = 1401, .inner = 119,
						   .is_mld = true));
	for (uint16_t i = 0; i < 20; i++) // on the links of a router that has one tag for each
		assert_false(said_again(.after_ns = 2000 * US + i * 10 * US, .src = "fe80::1", .dst = "ff02::1",
								.outer = (uint16_t)(100 + i), .is_mld = true));
	for (uint8_t i = 0; i < 20; i++) // in the sessions of one VLAN
		assert_false(said_again(.after_ns = 4000 * US + i * 10 * US, .src = "fe80::1", .dst = "ff02::1", .outer = 7,
								.session = i + 1u, .subscriber = i, .is_mld = true));
	for (uint16_t i = 0; i < 20; i++) // announcements of IPv4 with an identification of 0
		assert_false(said_again(.after_ns = 6000 * US + i * 10 * US, .src = "192.0.2.1", .dst = "224.0.0.1",
								.outer = 1401, .inner = (uint16_t)(100 + i), .text = "x"));
	world_free(world);
}

static void offer_and_acknowledgement_of_dhcp_are_no_copies(void **state)
{
	static const bool zero_checksum[] = {false, true};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(zero_checksum); i++) {
		struct pipeline_world *world = world_new(1);

		assert_false(
			said_again(.src = "192.0.2.1", .dst = "192.0.2.77", .text = "offer", .zero_checksum = zero_checksum[i]));
		assert_false(said_again(.after_ns = 300 * US, .src = "192.0.2.1", .dst = "192.0.2.77", .text = "grant",
								.zero_checksum = zero_checksum[i]));
		assert_true(said_again(.after_ns = 310 * US, .src = "192.0.2.1", .dst = "192.0.2.77", .text = "grant",
							   .zero_checksum = zero_checksum[i]));
		world_free(world);
	}
}

// As the interfaces of the sender show it, whose link addresses differ.
static void numbered_broadcast_on_two_interfaces_is_a_copy(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(said_again(.src = "192.0.2.1", .dst = "255.255.255.255", .id = 7, .subscriber = 1, .text = "x"));
	assert_true(said_again(.after_ns = 40 * US, .src = "192.0.2.1", .dst = "255.255.255.255", .id = 7, .subscriber = 2,
						   .text = "x"));
	assert_false(said_again(.after_ns = 80 * US, .src = "192.0.2.1", .dst = "255.255.255.255", .id = 8, .subscriber = 2,
							.text = "x"));
	world_free(world);
}

static void copies_across_tags_are_found_where_the_sender_numbers_or_sums(void **state)
{
	static const struct {
		const char *src, *dst;
		uint16_t id, outer, inner;
		bool is_copy;
	} cases[] = {
		{"192.0.2.1", "198.51.100.1", 7, 11, 20, true}, // the mirror's tag, around the router's
		{"192.0.2.1", "198.51.100.1", 7, 10, 21, true}, // both sides of the router
		{"2001:db8::1", "2001:db8::2", 0, 10, 21, true}, // which has a checksum
		{"192.0.2.1", "239.1.1.1", 7, 11, 20, true},
		{"192.0.2.1", "239.1.1.1", 7, 10, 21, false}, // a channel, replicated for the next subscriber
		{"fe80::1", "fe80::2", 0, 10, 21, false}, // two links
		{"192.0.2.1", "255.255.255.255", 7, 10, 21, false},
	};

	(void)state;
	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		struct pipeline_world *world = world_new(1);
		const struct said first = {
			.src = cases[i].src, .dst = cases[i].dst, .id = cases[i].id, .outer = 10, .inner = 20, .text = "x"};
		struct said second = first;

		second.after_ns = 20 * US;
		second.outer = cases[i].outer;
		second.inner = cases[i].inner;
		assert_false(is_said_again(world, &first));
		assert_int_equal(is_said_again(world, &second), cases[i].is_copy);
		world_free(world);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(query_to_each_subscriber_is_no_copy),
	MW_TEST(offer_and_acknowledgement_of_dhcp_are_no_copies),
	MW_TEST(numbered_broadcast_on_two_interfaces_is_a_copy),
	MW_TEST(copies_across_tags_are_found_where_the_sender_numbers_or_sums),
	MW_TEST(same_packet_within_the_window_is_a_copy),
	MW_TEST(reports_about_two_segments_of_ipv6_are_no_copies),
	MW_TEST(router_hop_and_other_vlan_hide_no_copy),
	MW_TEST(beyond_the_window_what_may_be_sent_again_is_a_packet_of_its_own),
	MW_TEST(beyond_the_window_a_number_proves_a_copy),
	MW_TEST(beyond_the_window_another_way_proves_a_copy),
	MW_TEST(beyond_the_window_resets_need_a_flow_that_is_mirrored_twice),
	MW_TEST(copy_says_how_late_it_comes_and_in_which_vlan),
	MW_TEST(other_identification_is_a_packet_of_its_own),
	MW_TEST(twin_resets_without_identification_both_count),
	MW_TEST(twin_resets_are_a_copy_on_a_flow_that_is_mirrored_twice),
	MW_TEST(acknowledgements_with_other_sack_blocks_both_count),
	MW_TEST(window_of_zero_counts_both),
	MW_TEST(window_can_be_widened_between_two_batches),
};

MW_TEST_MAIN("pipeline_duplicate", tests)
