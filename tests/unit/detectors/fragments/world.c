// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery: a context a worker, events kept until the tick and sorted.
// Neighbours: world.h.
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "../../flow/flow_fixture.h"
#include "detector_world.h"

#define EVENTS_MAX 32768

struct world {
	uint32_t workers_count;
	struct detector_worker workers[WORLD_WORKERS_MAX];
	struct fragment_settings settings;
	struct mw_detector_control control;
	struct mw_event *events;
	uint32_t events_count;
	uint32_t had[256]; // by kind
	bool lose_events;
	uint64_t tracked[MW_FRAGMENT_COUNTERS]; // as the trackers would
	struct mw_fragment_row rows[WORLD_ROWS_MAX];
	uint32_t rows_count;
};

static struct mw_event *begin_event(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct world *world = context;

	(void)body_bytes;
	if (world->lose_events)
		return NULL;
	assert_true(world->events_count < EVENTS_MAX);
	world->events[world->events_count].class = (uint8_t) class;
	return &world->events[world->events_count];
}

static void keep_event(void *context, enum mw_event_class class)
{
	struct world *world = context;

	(void)class;
	world->events_count++;
}

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	assert_ptr_equal(record, &mw_fragment_record);
	assert_true(world->rows_count < WORLD_ROWS_MAX);
	world->rows[world->rows_count++] = *(const struct mw_fragment_row *)row;
}

struct world *world_new(uint32_t workers)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->workers_count = workers;
	world->settings = (struct fragment_settings){
		.tracker = {.datagrams_max = 1024, .timeout_ns = 30 * MW_NS_PER_SECOND}, .reports_per_second = 1000};
	world->events = calloc(EVENTS_MAX, sizeof(*world->events));
	assert_non_null(world->events);
	for (uint32_t i = 0; i < workers; i++) {
		detector_worker_start(&world->workers[i], &mw_detector_fragments, &world->settings, 60 * MW_NS_PER_SECOND);
		world->workers[i].ctx.worker = (uint16_t)i;
		world->workers[i].ctx.events = (struct mw_event_sink){begin_event, keep_event, world, {NULL}};
	}
	detector_control_start(&world->control, &mw_detector_fragments, &world->settings,
						   (struct mw_row_sink){keep_row, world});
	return world;
}

void world_free(struct world *world)
{
	detector_control_stop(&world->control, &mw_detector_fragments);
	for (uint32_t i = 0; i < world->workers_count; i++)
		detector_worker_stop(&world->workers[i]);
	free(world->events);
	free(world);
}

struct fragment_settings *world_settings(struct world *world)
{
	return &world->settings;
}

static uint64_t time_of(uint64_t at_ms)
{
	return WORLD_EPOCH_NS + at_ms * MW_NS_PER_MS;
}

static struct mw_address sender(uint8_t last, bool v6)
{
	const uint8_t v4[4] = {10, 0, 0, last != 0 ? last : 2};
	struct mw_address address = {{0xfd}};

	address.bytes[15] = v4[3];
	return v6 ? address : mw_address_from_v4(v4);
}

static struct mw_address receiver(uint8_t last, bool v6)
{
	const uint8_t v4[4] = {203, 0, 113, last != 0 ? last : 5};
	struct mw_address address = {{0x20, 1, 0xd, 0xb8}};

	address.bytes[15] = v4[3];
	return v6 ? address : mw_address_from_v4(v4);
}

/** Both directions of a pair belong to one worker. */
static struct mw_detector_ctx *worker_of(struct world *world, const struct mw_address *src,
										 const struct mw_address *dst, uint64_t clock_ns)
{
	struct mw_detector_ctx *ctx = &world->workers[(src->bytes[15] + dst->bytes[15]) % world->workers_count].ctx;

	ctx->clock_ns = MW_MAX(ctx->clock_ns, clock_ns);
	return ctx;
}

void world_end_datagram(struct world *world, const struct datagram *datagram)
{
	struct mw_fragment_datagram ended = {.first_ns = time_of(datagram->at_ms),
										 .last_ns = time_of(datagram->at_ms + datagram->lasts_ms),
										 .src = sender(datagram->src, datagram->v6),
										 .dst = receiver(datagram->dst, datagram->v6),
										 .id = datagram->id != 0 ? datagram->id : 7,
										 .family = datagram->v6 ? 6 : 4,
										 .protocol = datagram->protocol != 0 ? datagram->protocol : 17,
										 .tunnel = MW_LAYERS,
										 .ports_known = !datagram->headless,
										 .answered = datagram->answered,
										 .first_seen = !datagram->headless,
										 .src_port = 4500,
										 .dst_port = 500,
										 .fragments = datagram->fragments != 0 ? datagram->fragments : 2,
										 .bytes_seen = datagram->bytes_seen,
										 .bytes_total = datagram->bytes_total,
										 .largest_bytes = 1500,
										 .anomalies = datagram->anomalies,
										 .missing_count = datagram->missing_count};
	static const uint8_t counters[MW_FRAGMENT_ENDS] = {
		[MW_FRAGMENT_COMPLETE] = MW_FRAGMENT_COUNT_COMPLETE,
		[MW_FRAGMENT_INCOMPLETE] = MW_FRAGMENT_COUNT_INCOMPLETE,
		[MW_FRAGMENT_IRREGULAR] = MW_FRAGMENT_COUNT_IRREGULAR,
		[MW_FRAGMENT_EVICTED] = MW_FRAGMENT_COUNT_EVICTED,
		[MW_FRAGMENT_UNFINISHED] = MW_FRAGMENT_COUNT_UNFINISHED,
	};
	bool over = datagram->end == MW_FRAGMENT_INCOMPLETE;
	struct mw_detector_ctx *ctx =
		worker_of(world, &ended.src, &ended.dst, ended.last_ns + (over ? world->settings.tracker.timeout_ns : 0));

	world->tracked[counters[datagram->end]]++;
	world->tracked[MW_FRAGMENT_COUNT_DATAGRAMS] += datagram->end != MW_FRAGMENT_IRREGULAR;
	world->tracked[MW_FRAGMENT_COUNT_FRAGMENTS] += datagram->end != MW_FRAGMENT_IRREGULAR ? ended.fragments : 0;
	world->tracked[MW_FRAGMENT_COUNT_UNKNOWN] += datagram->end == MW_FRAGMENT_UNFINISHED && !datagram->cut;
	memcpy(ended.missing, datagram->missing, sizeof(ended.missing));
	ended.last_seen = datagram->missing_count == 0 || ended.missing[datagram->missing_count - 1].to != OPEN;
	mw_detector_fragments.on_datagram(ctx, &ended, datagram->end);
}

static void give(struct world *world, const struct mw_packet *packet)
{
	bool quoted = (packet->kinds & MW_KIND_ICMP_ERROR) != 0;
	struct mw_detector_ctx *ctx = worker_of(world, quoted ? &packet->quote.src : &packet->src,
											quoted ? &packet->quote.dst : &packet->dst, packet->clock_ns);

	assert_true(packet->kinds & mw_detector_fragments.wants);
	mw_detector_fragments.on_packet(ctx, packet, NULL);
}

void world_see_outer(struct world *world, const struct outer *outer)
{
	uint8_t between = outer->v6 ? MW_LAYER_IPV4_IN_IPV6 : MW_LAYER_IPV4_IN_IPV4;
	struct mw_packet packet = {.time_ns = time_of(outer->at_ms),
							   .clock_ns = time_of(outer->at_ms),
							   .kinds = MW_KIND_FRAGMENT | MW_KIND_UDP | (outer->duplicate ? MW_KIND_DUPLICATE : 0u),
							   .family = 4,
							   .protocol = 17,
							   .outer_is_fragment = true,
							   .outer_ip_id = outer->id != 0 ? outer->id : 7,
							   .outer_fragment_bytes = outer->bytes != 0 ? outer->bytes : 1448};

	packet.src = sender(outer->inner != 0 ? outer->inner : 99, false);
	packet.dst = receiver(88, false);
	packet.outer_src = sender(outer->src, outer->v6);
	packet.outer_dst = receiver(outer->dst, outer->v6);
	packet.layers[packet.layers_count++] = MW_LAYER_ETHERNET;
	packet.layers[packet.layers_count++] = outer->v6 ? MW_LAYER_IPV6 : MW_LAYER_IPV4;
	if (outer->v6)
		packet.layers[packet.layers_count++] = MW_LAYER_FRAGMENT;
	packet.layers[packet.layers_count++] = packet.tunnel = outer->between != 0 ? outer->between : between;
	if (outer->nested) {
		packet.layers[packet.layers_count++] = MW_LAYER_IPV4;
		packet.layers[packet.layers_count++] = MW_LAYER_GRE;
	}
	packet.layers[packet.layers_count++] = MW_LAYER_IPV4;
	packet.layers[packet.layers_count++] = MW_LAYER_UDP;
	give(world, &packet);
}

static struct mw_flow *answered_flow(struct fixture *fixture)
{
	run_udp(fixture, 1, 500, 2, 4500, SECOND);
	return run_udp(fixture, 2, 4500, 1, 500, SECOND);
}

void world_see_report(struct world *world, const struct report *report)
{
	struct fixture *fixture = fixture_of(8);
	struct mw_packet packet = {.time_ns = time_of(report->at_ms),
							   .clock_ns = time_of(report->at_ms),
							   .kinds =
								   MW_KIND_ICMP | MW_KIND_ICMP_ERROR | (report->duplicate ? MW_KIND_DUPLICATE : 0u),
							   .family = report->v6 ? 6 : 4,
							   .protocol = report->v6 ? 58 : 1,
							   .tunnel = MW_LAYERS,
							   .icmp_type = report->v6 ? 3 : 11,
							   .icmp_code = report->code == 0xff ? 0
											: report->code == 0  ? 1
																 : report->code,
							   .quoted_flow = report->answered ? answered_flow(fixture) : NULL};

	packet.src = receiver(report->dst, report->v6);
	packet.dst = sender(report->src, report->v6);
	packet.quote = (struct mw_packet_quote){.src = packet.dst,
											.dst = packet.src,
											.src_port = 4500,
											.dst_port = 500,
											.protocol = 17,
											.ports_known = true,
											.ip_id = report->id != 0 ? report->id : 7,
											.ip_id_known = !report->id_unknown};
	give(world, &packet);
	fixture_free(fixture);
}

void world_lose_events(struct world *world, bool lost)
{
	world->lose_events = lost;
}

static void drain(struct world *world)
{
	qsort(world->events, world->events_count, sizeof(*world->events), mw_event_compare);
	for (uint32_t i = 0; i < world->events_count; i++) {
		world->had[world->events[i].kind & 0xff]++;
		mw_detector_fragments.on_event(&world->control, &world->events[i]);
	}
	world->events_count = 0;
}

void world_tick(struct world *world, uint64_t at_ms)
{
	world->control.clock_ns = time_of(at_ms);
	for (uint32_t i = 0; i < world->workers_count; i++) {
		world->workers[i].ctx.clock_ns = time_of(at_ms);
		mw_detector_fragments.on_tick(&world->workers[i].ctx, time_of(at_ms));
	}
	drain(world);
}

void world_interval(struct world *world, uint64_t at_ms)
{
	world_tick(world, at_ms);
	mw_detector_fragments.on_interval(&world->control, WORLD_EPOCH_NS, time_of(at_ms));
}

void world_blind(struct world *world, uint64_t from_ms, uint64_t to_ms)
{
	const struct mw_blind blind = {.from_ns = time_of(from_ms), .to_ns = time_of(to_ms)};

	mw_detector_fragments.on_blind(&world->control, &blind);
}

void world_finish(struct world *world, uint64_t at_ms)
{
	world->control.clock_ns = time_of(at_ms);
	for (uint32_t i = 0; i < world->workers_count; i++)
		mw_detector_fragments.on_tick(&world->workers[i].ctx, UINT64_MAX);
	drain(world);
	mw_detector_fragments.on_end(&world->control, time_of(at_ms));
	mw_detector_fragments.on_interval(&world->control, WORLD_EPOCH_NS, time_of(at_ms));
}

uint32_t world_rows(const struct world *world)
{
	return world->rows_count;
}

const struct mw_fragment_row *world_row(const struct world *world, uint32_t index)
{
	assert_true(index < world->rows_count);
	return &world->rows[index];
}

const struct mw_fragment_row *world_only_row(struct world *world)
{
	world_finish(world, 600000);
	assert_int_equal(world->rows_count, 1);
	return &world->rows[0];
}

void world_assert_no_row(struct world *world)
{
	world_finish(world, 600000);
	assert_int_equal(world->rows_count, 0);
}

uint64_t world_count(const struct world *world, const char *name)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < world->workers_count; i++)
		sum += detector_worker_count(&world->workers[i], name);
	return sum;
}

static uint64_t counter_of(void *context, const char *module, const char *name)
{
	const struct world *world = context;

	if (strcmp(module, "fragment") == 0)
		return world_count(world, name);
	for (uint32_t i = 0; i < MW_FRAGMENT_COUNTERS; i++) {
		if (strcmp(mw_fragment_counters[i].name, name) == 0)
			return world->tracked[i];
	}
	fail_msg("no counter %s", name);
	return 0;
}

void world_report_line(struct world *world, struct mw_text *line)
{
	const struct mw_detector_counts counts = {.counter = counter_of, .context = world};

	mw_detector_fragments.records[0].lines.sum(&world->control, &counts, line);
}

uint32_t world_events(const struct world *world, const char *name)
{
	for (uint32_t i = 0; i < mw_detector_fragments.events_count; i++) {
		if (strcmp(mw_detector_fragments.events[i].name, name) == 0)
			return world->had[i];
	}
	fail_msg("no event %s", name);
	return 0;
}

int world_start(void **state)
{
	*state = world_new(1);
	return 0;
}

int world_stop(void **state)
{
	world_free(*state);
	return 0;
}
