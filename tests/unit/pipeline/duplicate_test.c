// SPDX-License-Identifier: BSD-3-Clause
// Copies that the mirror made, and packets that only look like copies.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/duplicate.c.
#include "pipeline_world.h"
#include "mw_test.h"

#define US MW_NS_PER_US

static struct pb pb;

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
	struct mw_packet packet;

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
	packet = world_send_built(world, &pb, WORLD_EPOCH_NS + like->after_ns);
	return (packet.kinds & MW_KIND_DUPLICATE) != 0;
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

static void beyond_the_window_is_a_packet_of_its_own(void **state)
{
	struct pipeline_world *world = world_new(1);

	(void)state;
	assert_false(copy(.id = 5, .payload = "x"));
	assert_false(copy(.after_ns = 1001 * US, .id = 5, .payload = "x"));
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

static const struct CMUnitTest tests[] = {
	MW_TEST(same_packet_within_the_window_is_a_copy),
	MW_TEST(reports_about_two_segments_of_ipv6_are_no_copies),
	MW_TEST(router_hop_and_other_vlan_hide_no_copy),
	MW_TEST(beyond_the_window_is_a_packet_of_its_own),
	MW_TEST(other_identification_is_a_packet_of_its_own),
	MW_TEST(twin_resets_without_identification_both_count),
	MW_TEST(twin_resets_are_a_copy_on_a_flow_that_is_mirrored_twice),
	MW_TEST(acknowledgements_with_other_sack_blocks_both_count),
	MW_TEST(window_of_zero_counts_both),
	MW_TEST(window_can_be_widened_between_two_batches),
};

MW_TEST_MAIN("pipeline_duplicate", tests)
