// SPDX-License-Identifier: BSD-3-Clause
// Detectors hear of each moment what arrived in it, however the packets came in batches.
// Neighbours: lib/pipeline/moments.c; pipeline_world.h.
#include "pipeline_world.h"

#include "mw_test.h"

#define MOMENTS 40
#define FRAMES  MW_BATCH_PACKETS

static struct mw_moment heard[MOMENTS]; // summed by number, from that of the world's epoch on
static struct pb frames[FRAMES];

static void hear(struct mw_detector_ctx *ctx, const struct mw_moment *moment)
{
	struct mw_moment *sum = &heard[moment->number - WORLD_EPOCH_NS / MW_MOMENT_NS];

	assert_int_equal(ctx->index, 1);
	assert_true(moment->packets > 0);
	sum->packets += moment->packets;
	sum->bytes += moment->bytes;
	sum->segment_bytes += moment->segment_bytes;
}

static const struct mw_detector deaf = {.name = "deaf"}, listener = {.name = "listener", .on_moment = hear};

static void make(struct pb *pb, uint32_t number)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_ipv4(pb);
	if (number % 4 == 0)
		pb_udp(pb, .sport = 40000, .dport = 53);
	else
		pb_tcp(pb, .sport = 40001, .dport = 443, .seq = 1, .flags = number % 4 == 1 ? MW_TCP_SYN : MW_TCP_ACK);
	pb_fill(pb, number % 4 == 1 ? 0 : number);
	pb_finish(pb);
}

/** 64 packets, so far apart, in batches of so many; each moment is compared with a sum made here. */
static void assert_moments(uint64_t apart_ns, uint32_t batch)
{
	const struct mw_detector *const items[] = {&deaf, &listener};
	const struct mw_detector_set set = {items, 2};
	struct pipeline_world *world = world_new_of(&set, 1);
	struct mw_packet packets[FRAMES], *pointers[FRAMES];
	struct mw_moment expected[MOMENTS] = {{0}};

	memset(heard, 0, sizeof(heard));
	for (uint32_t i = 0; i < FRAMES; i++) {
		const uint64_t at_ns = WORLD_EPOCH_NS + i * apart_ns;
		struct mw_moment *moment = &expected[(at_ns - WORLD_EPOCH_NS) / MW_MOMENT_NS];

		make(&frames[i], i);
		pb_packet(&frames[i], &packets[i], at_ns);
		pointers[i] = &packets[i];
		moment->packets++;
		moment->bytes += packets[i].wire_bytes;
		moment->segment_bytes += i % 4 > 1 ? i : 0;
	}
	for (uint32_t i = 0; i < FRAMES; i += batch)
		mw_pipeline_receive(world->workers[0].pipeline, &pointers[i], MW_MIN(batch, FRAMES - i));
	mw_pipeline_tick(world->workers[0].pipeline, WORLD_EPOCH_NS + MW_NS_PER_SECOND, UINT32_MAX);
	for (uint32_t i = 0; i < MOMENTS; i++) {
		assert_int_equal(heard[i].packets, expected[i].packets);
		assert_int_equal(heard[i].bytes, expected[i].bytes);
		assert_int_equal(heard[i].segment_bytes, expected[i].segment_bytes);
	}
	world_free(world);
}

static void moments_do_not_depend_on_batches(void **state)
{
	static const uint32_t batches[] = {1, 3, 16, FRAMES};

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(batches); i++) {
		assert_moments(10 * MW_NS_PER_US, batches[i]);
		assert_moments(MW_NS_PER_MS, batches[i]);
		assert_moments(6 * MW_NS_PER_MS, batches[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(moments_do_not_depend_on_batches)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
