// SPDX-License-Identifier: BSD-3-Clause
// What a detector's halves meet in a unit test.
// Neighbours: detector_world.h.
#include "detector_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_kit_side.h"
#include "mw_test.h"

#define FLOWS_COUNTERS 256 // first counter of the flow table, behind the detector's

const struct mw_hash_key *detector_world_key(void)
{
	static struct mw_hash_key key;

	mw_hash_key_from_seed(&key, 1);
	return &key;
}

void *detector_world_memory(size_t bytes)
{
	size_t whole = (bytes + MW_CACHE_LINE_BYTES) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
	void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, whole);

	assert_non_null(memory);
	return memset(memory, 0, whole);
}

static struct mw_event *begin_event(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct detector_worker *worker = context;

	(void)class;
	(void)body_bytes;
	return worker->lose_events ? NULL : &worker->begun;
}

static void keep_event(void *context, enum mw_event_class class)
{
	struct detector_worker *worker = context;

	worker->begun.class = (uint8_t) class;
	if (worker->events_count == worker->events_max) {
		worker->events_max = worker->events_max * 2 + 64;
		worker->events = realloc(worker->events, worker->events_max * sizeof(*worker->events));
		assert_non_null(worker->events);
	}
	memcpy(&worker->events[worker->events_count++], &worker->begun, mw_event_used_bytes(&worker->begun));
}

static void end_flow(void *context, struct mw_flow *flow, enum mw_flow_end why)
{
	struct detector_worker *worker = context;

	if (worker->detector->on_flow_end != NULL)
		worker->detector->on_flow_end(&worker->ctx, flow, why);
}

static void make_flows(struct detector_worker *worker, uint64_t udp_idle_ns)
{
	const struct mw_flow_config config = {.flows_max = 16384,
										  .state_bytes = 8,
										  .tcp_idle_ns = 300 * MW_NS_PER_SECOND,
										  .tcp_opening_ns = 30 * MW_NS_PER_SECOND,
										  .tcp_closing_ns = 10 * MW_NS_PER_SECOND,
										  .udp_idle_ns = udp_idle_ns,
										  .other_idle_ns = 60 * MW_NS_PER_SECOND,
										  .hash_key = *detector_world_key(),
										  .on_end = end_flow,
										  .context = worker};
	size_t bytes = mw_flow_table_bytes(&config);

	worker->flows_memory = detector_world_memory(bytes);
	worker->flows = mw_flow_table_init(worker->flows_memory, bytes, &config, worker->stats, FLOWS_COUNTERS);
	assert_non_null(worker->flows);
}

static struct mw_kit_side *make_side(const struct mw_detector *detector)
{
	void *memory;

	if (detector->side_max == 0)
		return NULL;
	memory = detector_world_memory(mw_kit_side_bytes(detector->side_max, detector->side_bytes));
	return mw_kit_side_init(memory, detector->side_max, detector->side_bytes, detector_world_key());
}

void detector_worker_start(struct detector_worker *worker, const struct mw_detector *detector, const void *settings,
						   uint64_t udp_idle_ns)
{
	*worker = (struct detector_worker){.detector = detector};
	worker->stats = detector_world_memory(sizeof(*worker->stats));
	worker->ctx = (struct mw_detector_ctx){.settings = settings,
										   .hash_key = detector_world_key(),
										   .worker_state = detector_world_memory(detector->worker_bytes),
										   .side = make_side(detector),
										   .stats = worker->stats,
										   .events = {begin_event, keep_event, worker, {NULL}},
										   .mark = &worker->mark};
	make_flows(worker, udp_idle_ns);
	if (detector->start != NULL)
		assert_int_equal(detector->start(&worker->ctx), 0);
}

void detector_worker_stop(struct detector_worker *worker)
{
	free(worker->ctx.worker_state);
	free(worker->ctx.side);
	free(worker->stats);
	free(worker->flows_memory);
	free(worker->events);
}

int detector_worker_set_up(void **state, const struct mw_detector *detector, const void *settings, uint64_t udp_idle_ns)
{
	*state = calloc(1, sizeof(struct detector_worker));
	assert_non_null(*state);
	detector_worker_start(*state, detector, settings, udp_idle_ns);
	return 0;
}

int detector_worker_tear_down(void **state)
{
	detector_worker_stop(*state);
	free(*state);
	return 0;
}

void detector_worker_show(struct detector_worker *worker, const struct mw_packet *packet)
{
	const struct mw_detector *detector = worker->detector;
	struct mw_flow *flow = packet->flow;

	worker->ctx.clock_ns = packet->clock_ns;
	worker->mark = (struct mw_detector_mark){0};
	worker->clock_ns = MW_MAX(worker->clock_ns, packet->clock_ns);
	if (packet->kinds & detector->wants || (flow != NULL && mw_flow_watch(flow) & 1) ||
		(flow != NULL && detector->wants_after_reset && mw_flow_tcp_state(flow) == MW_FLOW_TCP_RESET))
		detector->on_packet(&worker->ctx, packet, flow);
}

void detector_worker_send(struct detector_worker *worker, struct mw_packet *packet)
{
	mw_flow_lookup(worker->flows, &packet, 1);
	worker->flow = packet->flow;
	if (packet->flow != NULL)
		mw_flow_enter(worker->flows, packet);
	detector_worker_show(worker, packet);
	if (packet->flow != NULL)
		mw_flow_update(worker->flows, packet);
}

static uint32_t tcp_kinds(uint8_t flags, uint32_t bytes)
{
	const uint32_t syn = flags & MW_TCP_ACK ? MW_KIND_SYN_ACK : MW_KIND_SYN;

	return MW_KIND_TCP | (flags & MW_TCP_SYN ? syn : 0u) | (flags & MW_TCP_FIN ? MW_KIND_FIN : 0u) |
		   (flags & MW_TCP_RST ? MW_KIND_RST : 0u) | (bytes > 0 ? MW_KIND_PAYLOAD : 0u);
}

void detector_worker_send_tcp(struct detector_worker *worker, bool server, uint64_t at_ms, uint8_t flags, uint32_t seq,
							  uint32_t ack, uint32_t bytes)
{
	static const uint8_t ends[2][4] = {{10, 0, 0, 2}, {203, 0, 113, 5}};
	const bool syn = (flags & MW_TCP_SYN) != 0;
	struct mw_packet packet = {
		.kinds = tcp_kinds(flags, bytes),
		.fate = MW_FATE_ANALYSED,
		.family = 4,
		.protocol = 6,
		.tunnel = MW_LAYERS,
		.ttl = 64,
		.wire_bytes = 54 + bytes,
		.payload_wire_bytes = bytes,
		.src = mw_address_from_v4(ends[server]),
		.dst = mw_address_from_v4(ends[!server]),
		.src_port = server ? 443 : 50000,
		.dst_port = server ? 50000 : 443,
		.time_ns = DETECTOR_EPOCH_NS + at_ms * MW_NS_PER_MS,
		.tcp = {.seq = seq,
				.ack = ack,
				.window = 1000,
				.flags = flags,
				.header_bytes = 20,
				.mss = syn ? DETECTOR_MSS : 0,
				.present = syn ? MW_TCP_OPTION_MSS : 0},
	};

	packet.clock_ns = MW_MAX(worker->clock_ns, packet.time_ns);
	detector_worker_send(worker, &packet);
}

const struct mw_event *detector_worker_event(const struct detector_worker *worker, uint32_t index)
{
	assert_true(index < worker->events_count);
	return &worker->events[index];
}

bool detector_worker_watches(const struct detector_worker *worker)
{
	assert_non_null(worker->flow);
	return (mw_flow_watch(worker->flow) & 1) != 0;
}

uint64_t detector_worker_count(const struct detector_worker *worker, const char *name)
{
	for (uint32_t i = 0; i < worker->detector->counters_count; i++) {
		if (strcmp(worker->detector->counters[i].name, name) == 0)
			return mw_stats_read(worker->stats, i);
	}
	fail_msg("no counter %s", name);
	return 0;
}

void detector_control_start(struct mw_detector_control *control, const struct mw_detector *detector,
							const void *settings, struct mw_row_sink rows)
{
	*control = (struct mw_detector_control){.settings = settings,
											.hash_key = detector_world_key(),
											.state = detector_world_memory(detector->control_bytes),
											.rows = rows};
	if (detector->control_start != NULL)
		assert_int_equal(detector->control_start(control), 0);
}

void detector_control_stop(struct mw_detector_control *control, const struct mw_detector *detector)
{
	if (detector->control_stop != NULL)
		detector->control_stop(control);
	free(control->state);
}
