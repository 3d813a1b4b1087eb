// SPDX-License-Identifier: BSD-3-Clause
// Which detector sees which packet: by kind, by service, by watching a flow; and a pipeline without any detector.
// Neighbours: pipeline.h (struct dispatch), mw_detector.h.
#include "pipeline_world.h"

#include <errno.h>

#include "mw_kit_side.h"
#include "mw_service.h"
#include "mw_test.h"

static struct pb pb;
static uint32_t seen[2], ended[2]; // packets and flows, by detector

static void count_first(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	(void)packet;
	assert_int_equal(ctx->index, 0);
	seen[0]++;
	if (flow != NULL)
		mw_detector_watch(ctx, flow, true);
}

static void count_second(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	(void)packet;
	(void)flow;
	assert_int_equal(ctx->index, 1);
	seen[1]++;
}

static const struct mw_detector resets = {.name = "resets", .wants = MW_KIND_RST, .on_packet = count_first};
static const struct mw_detector names = {
	.name = "names", .wants_services = UINT64_C(1) << MW_SERVICE_DNS, .on_packet = count_second};
static const struct mw_detector silent = {.name = "silent", .wants = UINT32_MAX};

static struct pipeline_world *world_of(const struct mw_detector *const *items, uint32_t count)
{
	const struct mw_detector_set set = {items, count};

	seen[0] = seen[1] = ended[0] = ended[1] = 0;
	return world_new_of(&set, 1);
}

static void send_udp(struct pipeline_world *world, uint16_t dport, uint32_t second)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_udp(&pb, .sport = 40000, .dport = dport);
	pb_finish(&pb);
	world_send_built(world, &pb, WORLD_EPOCH_NS + second * MW_NS_PER_SECOND);
}

static void send_tcp(struct pipeline_world *world, uint8_t flags, uint32_t second)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb);
	pb_tcp(&pb, .sport = 40001, .dport = 443, .seq = 1, .flags = flags);
	pb_finish(&pb);
	world_send_built(world, &pb, WORLD_EPOCH_NS + second * MW_NS_PER_SECOND);
}

static void a_kind_that_is_wanted_calls_its_detector_alone(void **state)
{
	const struct mw_detector *const items[] = {&resets, &names};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_SYN, 0);
	assert_int_equal(seen[0], 0);
	send_tcp(world, MW_TCP_RST, 1);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 0);
	world_free(world);
}

static void a_service_that_is_wanted_needs_no_kind(void **state)
{
	const struct mw_detector *const items[] = {&resets, &names};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_udp(world, 53, 0);
	send_udp(world, 53, 1);
	send_udp(world, 123, 2);
	assert_int_equal(seen[0], 0);
	assert_int_equal(seen[1], 2);
	world_free(world);
}

static void a_watched_flow_shows_every_packet_to_who_watches(void **state)
{
	const struct mw_detector *const items[] = {&resets, &names};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_RST, 0);
	send_tcp(world, MW_TCP_ACK, 1);
	send_tcp(world, MW_TCP_ACK, 2);
	assert_int_equal(seen[0], 3);
	assert_int_equal(seen[1], 0);
	world_free(world);
}

static void count_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	(void)flow;
	(void)why;
	ended[ctx->index]++;
}

static const struct mw_detector watcher = {
	.name = "watcher", .wants = MW_KIND_RST, .on_packet = count_first, .on_flow_end = count_end};
static const struct mw_detector bystander = {.name = "bystander", .on_flow_end = count_end};

static void a_flow_that_gives_way_is_told_to_who_watches_it(void **state)
{
	const struct mw_detector *const items[] = {&watcher, &bystander};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_RST, 0);
	send_tcp(world, MW_TCP_SYN, 1); // the same ends begin anew
	assert_int_equal(world_count(world, "flow", "ended-reused"), 1);
	assert_int_equal(ended[0], 1);
	assert_int_equal(ended[1], 0);
	mw_pipeline_finish(world->workers[0].pipeline, WORLD_EPOCH_NS + 2 * MW_NS_PER_SECOND);
	assert_int_equal(ended[0], 2);
	assert_int_equal(ended[1], 1); // what lives until the end is told to all
	world_free(world);
}

static const struct mw_detector few = {
	.name = "few", .wants = MW_KIND_RST, .ends_of_watched = true, .on_packet = count_first, .on_flow_end = count_end};

static void the_end_of_a_flow_that_nobody_watches_is_told_to_who_wants_all(void **state)
{
	const struct mw_detector *const items[] = {&few, &bystander};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_udp(world, 53, 0);
	send_tcp(world, MW_TCP_RST, 0);
	mw_pipeline_finish(world->workers[0].pipeline, WORLD_EPOCH_NS + 2 * MW_NS_PER_SECOND);
	assert_int_equal(ended[0], 1);
	assert_int_equal(ended[1], 2);
	world_free(world);
}

static const struct mw_detector afterwards = {
	.name = "afterwards", .wants_after_reset = true, .on_packet = count_second, .on_flow_end = count_end};

static void what_comes_after_a_reset_is_shown_to_who_wants_it(void **state)
{
	const struct mw_detector *const items[] = {&bystander, &afterwards};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_ACK, 0);
	send_tcp(world, MW_TCP_RST, 1);
	assert_int_equal(seen[1], 0);
	for (uint32_t second = 2; second < 5; second++)
		send_tcp(world, MW_TCP_ACK, second);
	assert_int_equal(seen[1], 3);
	send_tcp(world, MW_TCP_SYN, 5); // the same ends begin anew
	assert_int_equal(world_count(world, "flow", "ended-reused"), 1);
	assert_int_equal(ended[1], 1);
	assert_int_equal(ended[0], 0);
	assert_int_equal(seen[1], 3);
	world_free(world);
}

static void a_detector_without_a_packet_hook_is_never_called(void **state)
{
	const struct mw_detector *const items[] = {&silent, &names};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_RST, 0);
	send_udp(world, 53, 1);
	assert_int_equal(seen[1], 1);
	world_free(world);
}

static void a_pipeline_without_detectors_counts_all_the_same(void **state)
{
	struct pipeline_world *world = world_of(NULL, 0);

	(void)state;
	send_tcp(world, MW_TCP_RST, 0);
	send_udp(world, 53, 1);
	assert_int_equal(world_count(world, "pipeline", "packets"), 2);
	assert_int_equal(world_count(world, "pipeline", "resets"), 1);
	assert_int_equal(seen[0] + seen[1], 0);
	world_free(world);
}

static void more_detectors_than_watch_bits_are_refused(void **state)
{
	const struct mw_pipeline_config config = {.detectors = {.count = MW_DETECTORS_MAX + 1}};
	struct mw_pipeline *pipeline;

	(void)state;
	assert_int_equal(mw_pipeline_init(NULL, 0, &config, &pipeline), -EINVAL);
}

/** Counts the packets of each flow in its side table. */
static void count_aside(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	uint64_t *packets = mw_kit_side_find(ctx->side, flow);
	struct mw_flow *evicted = NULL;

	(void)packet;
	if (packets == NULL)
		packets = mw_kit_side_begin(ctx->side, flow, 0, &evicted);
	assert_null(evicted);
	seen[ctx->index] += ++*packets == 2;
}

static const struct mw_detector asides = {.name = "asides",
										  .wants = MW_KIND_SYN,
										  .worker_bytes = 1,
										  .side_max = 2,
										  .side_bytes = sizeof(uint64_t),
										  .on_packet = count_aside};

static void side_tables_are_laid_out_as_detectors_declare_them(void **state)
{
	const struct mw_detector *const items[] = {&asides, &asides};
	struct pipeline_world *world = world_of(items, 2);

	(void)state;
	send_tcp(world, MW_TCP_SYN, 0);
	send_tcp(world, MW_TCP_SYN, 1);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 1);
	world_free(world);
}

static void the_fragment_trackers_section_is_there_once_with_any_detectors(void **state)
{
	static const struct mw_settings_module own = {.name = "fragment"}, other = {.name = "other"};
	static const struct mw_detector extends = {.name = "extends", .settings = &own};
	static const struct mw_detector apart = {.name = "apart", .settings = &other};
	const struct mw_detector *const items[] = {&apart, &extends};
	const struct mw_settings_module *modules[MW_PIPELINE_MODULES_MAX];

	(void)state;
	assert_int_equal(mw_pipeline_detector_modules(&(struct mw_detector_set){items, 2}, modules), 3);
	assert_ptr_equal(modules[1], &own);
	assert_int_equal(mw_pipeline_detector_modules(&(struct mw_detector_set){items, 1}, modules), 3);
	assert_ptr_equal(modules[1], &mw_fragment_settings_module);
	assert_int_equal(mw_pipeline_detector_modules(&(struct mw_detector_set){NULL, 0}, modules), 2);
	assert_ptr_equal(modules[1], &mw_exchange_settings_module);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_kind_that_is_wanted_calls_its_detector_alone),
	MW_TEST(a_service_that_is_wanted_needs_no_kind),
	MW_TEST(a_watched_flow_shows_every_packet_to_who_watches),
	MW_TEST(a_flow_that_gives_way_is_told_to_who_watches_it),
	MW_TEST(the_end_of_a_flow_that_nobody_watches_is_told_to_who_wants_all),
	MW_TEST(what_comes_after_a_reset_is_shown_to_who_wants_it),
	MW_TEST(a_detector_without_a_packet_hook_is_never_called),
	MW_TEST(a_pipeline_without_detectors_counts_all_the_same),
	MW_TEST(more_detectors_than_watch_bits_are_refused),
	MW_TEST(the_fragment_trackers_section_is_there_once_with_any_detectors),
	MW_TEST(side_tables_are_laid_out_as_detectors_declare_them),
};

MW_TEST_MAIN("pipeline_dispatch", tests)
