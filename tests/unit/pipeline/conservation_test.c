// SPDX-License-Identifier: BSD-3-Clause
// The law: packets read = analysed + filtered + malformed + truncated, whatever the packets are.
// Neighbours: tests/support/pipeline_world.h; lib/pipeline/pipeline.c.
#include <stdlib.h>
#include <string.h>

#include "pipeline_world.h"
#include "mw_test.h"

#define ROUNDS 20000u

static struct pb templates[6];

static void build_templates(void)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(templates); i++) {
		pb_init(&templates[i]);
		pb_ethernet(&templates[i]);
	}
	pb_ipv4(&templates[0]);
	pb_tcp(&templates[0], .mss = 1460, .timestamp = true);
	pb_text(&templates[0], "GET / HTTP/1.1\r\n\r\n");
	pb_ipv6(&templates[1]);
	pb_extension(&templates[1], .number = 60, .units = 1);
	pb_udp(&templates[1], .dport = 53);
	pb_fill(&templates[1], 40);
	pb_vlan(&templates[2], 5);
	pb_ipv4(&templates[2]);
	pb_udp(&templates[2], .dport = 4789);
	pb_vxlan(&templates[2], 99);
	pb_ethernet(&templates[2]);
	pb_ipv4(&templates[2], .src = "10.0.0.1");
	pb_tcp(&templates[2], .flags = MW_TCP_RST);
	pb_ipv6(&templates[3]);
	pb_ipv4(&templates[3]);
	pb_icmp(&templates[3], .type = 8, .id = 3);
	pb_ipv4(&templates[4]);
	pb_gre(&templates[4], .key = true);
	pb_ipv6(&templates[4]);
	pb_tcp(&templates[4]);
	pb_arp(&templates[5]);
	for (size_t i = 0; i < MW_ARRAY_SIZE(templates); i++)
		pb_finish(&templates[i]);
}

struct traffic {
	uint32_t random; // xorshift: the same packets in every run
	uint8_t bytes[MW_BATCH_PACKETS][512];
	struct mw_packet packets[MW_BATCH_PACKETS];
	struct mw_packet *pointers[MW_BATCH_PACKETS];
};

static uint32_t roll(struct traffic *traffic, uint32_t sides)
{
	traffic->random ^= traffic->random << 13;
	traffic->random ^= traffic->random >> 17;
	traffic->random ^= traffic->random << 5;
	return traffic->random % sides;
}

static void make_packet(struct traffic *traffic, uint32_t slot, uint64_t time_ns)
{
	const struct pb *template = &templates[roll(traffic, MW_ARRAY_SIZE(templates))];
	uint32_t captured = MW_MIN(template->len_bytes, (uint32_t)sizeof(traffic->bytes[0]));
	struct mw_packet *packet = &traffic->packets[slot];

	memcpy(traffic->bytes[slot], template->bytes, captured);
	for (uint32_t changes = roll(traffic, 4); changes > 0; changes--)
		traffic->bytes[slot][roll(traffic, captured)] = (uint8_t)roll(traffic, 256);
	*packet = (struct mw_packet){
		.data = traffic->bytes[slot], .wire_bytes = captured, .time_ns = time_ns, .clock_ns = time_ns};
	packet->captured_bytes = roll(traffic, 4) == 0 ? roll(traffic, captured + 1) : captured;
	traffic->pointers[slot] = packet;
}

static void process_by_owner(struct pipeline_world *world, struct traffic *traffic)
{
	for (uint16_t worker = 0; worker < world->workers_count; worker++) {
		struct mw_packet *own[MW_BATCH_PACKETS];
		uint32_t count = 0;

		for (uint32_t i = 0; i < MW_BATCH_PACKETS; i++) {
			if (traffic->packets[i].owner == worker)
				own[count++] = traffic->pointers[i];
		}
		mw_pipeline_process(world->workers[worker].pipeline, own, count);
	}
}

static void run(struct pipeline_world *world)
{
	struct traffic *traffic = calloc(1, sizeof(*traffic));

	assert_non_null(traffic);
	traffic->random = 20260101;
	build_templates();
	for (uint32_t round = 0; round < ROUNDS / MW_BATCH_PACKETS; round++) {
		uint64_t now_ns = WORLD_EPOCH_NS + round * 50 * MW_NS_PER_MS;

		for (uint32_t i = 0; i < MW_BATCH_PACKETS; i++)
			make_packet(traffic, i, now_ns + i * MW_NS_PER_US);
		mw_pipeline_receive(world->workers[0].pipeline, traffic->pointers, MW_BATCH_PACKETS);
		process_by_owner(world, traffic);
		for (uint16_t i = 0; i < world->workers_count; i++)
			mw_pipeline_tick(world->workers[i].pipeline, now_ns, UINT32_MAX);
	}
	for (uint16_t i = 0; i < world->workers_count; i++)
		mw_pipeline_finish(world->workers[i].pipeline, WORLD_EPOCH_NS);
	free(traffic);
}

static uint64_t fates(const struct pipeline_world *world)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < MW_FATES; i++)
		sum += world_sum(world, world->counters.fates + i);
	return sum;
}

static uint64_t refusals(const struct pipeline_world *world)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < MW_REFUSALS_COUNT; i++)
		sum += world_sum(world, world->counters.refusals + i);
	return sum;
}

static void holds(uint16_t workers_count)
{
	struct pipeline_world *world = world_new(workers_count);
	uint64_t packets;

	run(world);
	packets = world_count(world, "pipeline", "packets");
	assert_int_equal(packets, ROUNDS / MW_BATCH_PACKETS * MW_BATCH_PACKETS);
	assert_int_equal(fates(world), packets);
	assert_int_equal(refusals(world), packets);
	assert_true(world_count(world, "pipeline", "malformed") > 100);
	assert_true(world_count(world, "pipeline", "truncated") > 100);
	assert_true(world_count(world, "pipeline", "analysed") > packets / 2);
	assert_int_equal(world_count(world, "pipeline", "analysed") - world_count(world, "pipeline", "duplicates"),
					 world_class(world, "class-packets", "family", "ipv4") +
						 world_class(world, "class-packets", "family", "ipv6") +
						 world_class(world, "class-packets", "family", "no-ip"));
	for (uint16_t i = 0; i < workers_count; i++)
		assert_int_equal(mw_flow_count(mw_pipeline_flows(world->workers[i].pipeline)), 0);
	world_free(world);
}

static void one_worker_loses_no_packet(void **state)
{
	(void)state;
	holds(1);
}

static void four_workers_lose_no_packet(void **state)
{
	(void)state;
	holds(4);
}

static void filtered_packets_are_counted_and_not_decoded(void **state)
{
	struct pipeline_world *world = world_new(2);
	char problem[256];
	struct mw_text text = mw_text_in(problem, sizeof(problem));
	struct mw_filter *filter = NULL;

	(void)state;
	assert_int_equal(mw_filter_new("ip6", &filter), 0);
	assert_int_equal(mw_filter_add(filter, MW_DLT_ETHERNET, &text), 0);
	mw_pipeline_filter(world->workers[0].pipeline, filter);
	run(world);
	assert_int_equal(fates(world), world_count(world, "pipeline", "packets"));
	assert_true(world_count(world, "pipeline", "filtered") > 1000);
	assert_int_equal(refusals(world) + world_count(world, "pipeline", "filtered"), fates(world));
	mw_filter_free(filter);
	world_free(world);
}

static void packets_without_their_end_are_counted(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet packet;

	(void)state;
	build_templates();
	world_send_built(world, &templates[0], WORLD_EPOCH_NS);
	assert_int_equal(world_count(world, "pipeline", "cut"), 0);
	pb_packet_snapped(&templates[0], &packet, WORLD_EPOCH_NS + MW_NS_PER_SECOND, 70);
	world_send(world, &packet);
	assert_int_equal(world_count(world, "pipeline", "cut"), 1);
	assert_int_equal(world_count(world, "pipeline", "cut-bytes"), 70);
	assert_int_equal(world_count(world, "pipeline", "cut-link-bytes"), 14);
	assert_int_equal(world_count(world, "pipeline", "cut-refused"), 0);
	pb_packet_snapped(&templates[0], &packet, WORLD_EPOCH_NS + 2 * MW_NS_PER_SECOND, 60);
	packet.wire_bytes = packet.captured_bytes; // so short as the mirror sent it
	world_send(world, &packet);
	assert_int_equal(world_count(world, "pipeline", "cut"), 2);
	assert_int_equal(world_count(world, "pipeline", "cut-bytes"), 130);
	assert_int_equal(world_count(world, "pipeline", "cut-refused"), 1);
	assert_int_equal(world_count(world, "pipeline", "cut-link-bytes"), 28);
	assert_int_equal(world_count(world, "pipeline", "cut-refused-bytes"), templates[0].len_bytes - 14);
	pb_packet_snapped(&templates[0], &packet, WORLD_EPOCH_NS + 3 * MW_NS_PER_SECOND, 60);
	packet.link = MW_LINK_UNKNOWN; // is not read, so nothing of it is missed
	world_send(world, &packet);
	assert_int_equal(world_count(world, "pipeline", "cut"), 2);
	world_free(world);
}

// A lane and a walk, tags and a tunnel: what stands before the innermost IP header.
static void link_bytes_are_counted_apart(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_packet packet;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		pb_init(&templates[0]);
		pb_ethernet(&templates[0]);
		if (i > 0)
			pb_vlan(&templates[0], 7);
		if (i > 1)
			pb_ipv4(&templates[0]);
		pb_ipv4(&templates[0]);
		pb_tcp(&templates[0], .flags = i == 0 ? MW_TCP_ACK : MW_TCP_SYN);
		pb_fill(&templates[0], 200);
		pb_finish(&templates[0]);
		pb_packet_snapped(&templates[0], &packet, WORLD_EPOCH_NS + i * MW_NS_PER_SECOND, 100);
		world_send(world, &packet);
	}
	assert_int_equal(world_count(world, "pipeline", "cut-link-bytes"), 14 + 18 + 38);
	world_free(world);
}

static void decode_settings_change_between_two_batches(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_settings *settings = world_settings(&world->detectors, "decode.udp-tunnels=no");

	(void)state;
	build_templates();
	world_send_built(world, &templates[2], WORLD_EPOCH_NS);
	assert_int_equal(world_count(world, "pipeline", "tunnelled"), 1);
	mw_pipeline_settings(world->workers[0].pipeline, settings);
	world_send_built(world, &templates[2], WORLD_EPOCH_NS + MW_NS_PER_SECOND);
	assert_int_equal(world_count(world, "pipeline", "tunnelled"), 1);
	mw_settings_free(settings);
	world_free(world);
}

static void memory_that_is_too_small_is_refused(void **state)
{
	struct pipeline_world *world = world_new(1);
	struct mw_pipeline_config config = {.workers_count = 1,
										.settings = world->settings,
										.signatures = world->signatures,
										.counters = &world->counters,
										.stats = world->workers[0].stats};
	size_t bytes = mw_pipeline_bytes(&config);
	struct mw_pipeline *pipeline;

	(void)state;
	assert_int_equal(mw_pipeline_init(world->workers[0].memory, bytes - 1, &config, &pipeline), -12 /* ENOMEM */);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_worker_loses_no_packet),
	MW_TEST(four_workers_lose_no_packet),
	MW_TEST(filtered_packets_are_counted_and_not_decoded),
	MW_TEST(packets_without_their_end_are_counted),
	MW_TEST(link_bytes_are_counted_apart),
	MW_TEST(decode_settings_change_between_two_batches),
	MW_TEST(memory_that_is_too_small_is_refused),
};

MW_TEST_MAIN("pipeline_conservation", tests)
