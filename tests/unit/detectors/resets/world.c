// SPDX-License-Identifier: BSD-3-Clause
// The world's machinery: packets made of segments, a flow table of 16384 entries, the rules that come with the program.
// Neighbours: world.h.
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"
#include "detector_world.h"

#define EPOCH_NS (UINT64_C(1768000000) * MW_NS_PER_SECOND)

struct world {
	struct detector_worker worker;
	struct mw_signatures *signatures;
	struct mw_signature_scratch *scratch;
	struct mw_reset_settings settings;
	struct mw_event begun; // where the next one is filled
	struct mw_detector_control control;
	struct mw_reset_row rows[WORLD_ROWS_MAX];
	uint32_t rows_count;
	uint64_t verdicts[MW_RESET_VERDICTS], written[MW_RESET_VERDICTS];
	int64_t ended[MW_RESET_SIDES][MW_RESET_PATTERNS];
};

static void problem(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	print_error("%s:%u: %s\n", file, line, message);
}

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record == &mw_tampering_record) {
		const struct mw_tampering_row *tampering = row;

		world->ended[tampering->named][tampering->pattern] += tampering->count;
		return;
	}
	assert_ptr_equal(record, &mw_reset_record);
	world->verdicts[((const struct mw_reset_row *)row)->verdict]++;
	world->written[((const struct mw_reset_row *)row)->verdict] += !record->unwritten(row);
	if (world->rows_count < WORLD_ROWS_MAX)
		world->rows[world->rows_count++] = *(const struct mw_reset_row *)row;
}

static struct mw_event *begin_event(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct world *world = context;

	(void)class;
	(void)body_bytes;
	return &world->begun;
}

static void hand_over(void *context, enum mw_event_class class)
{
	struct world *world = context;

	(void)class;
	mw_detector_resets.on_event(&world->control, &world->begun);
}

/** The shipped rules: compiled once for all stories, they never change. */
static struct mw_signatures *shipped_rules(void)
{
	static struct mw_signatures *signatures;
	char path[512];

	if (signatures == NULL) {
		snprintf(path, sizeof(path), "%s/config/signatures", mw_test_source_root());
		assert_int_equal(mw_signatures_load(path, -1, problem, NULL, &signatures), 0);
	}
	return signatures;
}

struct world *world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->signatures = shipped_rules();
	assert_int_equal(mw_signature_scratch_new(world->signatures, &world->scratch), 0);
	world->settings = (struct mw_reset_settings){
		.enabled = true, .gap_ns = 2 * MW_NS_PER_SECOND, .forged_at = 70, .reports_per_second = 10000};
	detector_worker_start(&world->worker, &mw_detector_resets, &world->settings, 60 * MW_NS_PER_SECOND);
	world->worker.ctx.signatures = world->signatures;
	world->worker.ctx.events = (struct mw_event_sink){begin_event, hand_over, world, {NULL}};
	detector_control_start(&world->control, &mw_detector_resets, &world->settings,
						   (struct mw_row_sink){keep_row, world});
	world->control.signatures = world->signatures;
	return world;
}

void world_free(struct world *world)
{
	mw_signature_scratch_free(world->scratch);
	detector_control_stop(&world->control, &mw_detector_resets);
	detector_worker_stop(&world->worker);
	free(world);
}

static uint32_t kinds_of(const struct segment *segment, uint32_t bytes)
{
	uint32_t kinds = MW_KIND_TCP;

	if (segment->flags & MW_TCP_SYN)
		kinds |= segment->flags & MW_TCP_ACK ? MW_KIND_SYN_ACK : MW_KIND_SYN;
	kinds |= segment->flags & MW_TCP_FIN ? MW_KIND_FIN : 0u;
	kinds |= segment->flags & MW_TCP_RST ? MW_KIND_RST : 0u;
	kinds |= bytes > 0 ? MW_KIND_PAYLOAD : 0u;
	return kinds | (segment->duplicate ? MW_KIND_DUPLICATE : 0u);
}

static void fill_packet(struct world *world, const struct segment *segment, struct mw_packet *packet)
{
	static const uint8_t client[4] = {10, 0, 0, 2};
	const uint8_t server[4] = {203, segment->network, 113, 5};
	uint16_t port = segment->client_port != 0 ? segment->client_port : 50000;
	uint32_t bytes = segment->text != NULL ? (uint32_t)strlen(segment->text) : segment->bytes;

	packet->time_ns = EPOCH_NS + segment->at_ms * MW_NS_PER_MS;
	packet->clock_ns = MW_MAX(world->worker.clock_ns, packet->time_ns);
	packet->fate = MW_FATE_ANALYSED;
	packet->family = 4;
	packet->protocol = 6;
	packet->tunnel = MW_LAYERS;
	packet->src = mw_address_from_v4(segment->server ? server : client);
	packet->dst = mw_address_from_v4(segment->server ? client : server);
	packet->src_port = segment->server ? 443 : port;
	packet->dst_port = segment->server ? port : 443;
	packet->ttl = segment->ttl != 0 ? segment->ttl : segment->server ? 52 : 64;
	packet->ip_id = segment->ip_id;
	packet->ip_id_known = true;
	packet->mac_src[0] = 2;
	packet->mac_src[5] = segment->mac != 0 ? segment->mac : segment->server ? 2 : 1;
	packet->tcp = (struct mw_packet_tcp){
		.seq = segment->seq,
		.ack = segment->ack,
		.window = segment->window,
		.flags = segment->flags,
		.ts_value = segment->ts_value,
		.present = (uint8_t)((segment->timestamp ? MW_TCP_OPTION_TIMESTAMP : 0) | segment->reserved)};
	if (segment->flags & MW_TCP_SYN)
		packet->tcp.present |= MW_TCP_OPTION_WSCALE;
	packet->kinds = kinds_of(segment, bytes);
	packet->payload = (const uint8_t *)segment->text;
	packet->payload_bytes = segment->text != NULL ? bytes : 0;
	packet->payload_wire_bytes = bytes;
}

void world_send_segment(struct world *world, const struct segment *segment)
{
	struct mw_packet packet = {0};

	fill_packet(world, segment, &packet);
	if (packet.kinds & MW_KIND_RST && packet.payload_bytes > 0)
		packet.signature = (uint16_t)(mw_signature_scan(world->signatures, world->scratch, MW_SIGNATURE_ON_RESET, 6,
														packet.payload, packet.payload_bytes) +
									  1);
	detector_worker_send(&world->worker, &packet);
}

void world_talk(struct world *world)
{
	const uint8_t ack = MW_TCP_ACK, push = MW_TCP_ACK | MW_TCP_PSH;

	world_send(world, .at_ms = 0, .flags = MW_TCP_SYN, .seq = 1000, .window = 64000, .timestamp = true,
			   .ts_value = 100);
	world_send(world, .at_ms = 20, .server = true, .flags = MW_TCP_SYN | MW_TCP_ACK, .seq = 5000, .ack = 1001,
			   .window = 64000, .timestamp = true, .ts_value = 9000);
	world_send(world, .at_ms = 21, .flags = ack, .seq = 1001, .ack = 5001, .window = 64000, .timestamp = true,
			   .ts_value = 121);
	world_send(world, .at_ms = 22, .flags = push, .seq = 1001, .ack = 5001, .bytes = 100, .window = 64000, .ip_id = 701,
			   .timestamp = true, .ts_value = 122);
	world_send(world, .at_ms = 43, .server = true, .flags = push, .seq = 5001, .ack = 1101, .bytes = 1000,
			   .window = 64000, .ip_id = 301, .timestamp = true, .ts_value = 9023);
	world_send(world, .at_ms = 44, .flags = ack, .seq = 1101, .ack = 6001, .window = 64000, .ip_id = 702,
			   .timestamp = true, .ts_value = 144);
}

void world_tick(struct world *world, uint64_t at_ms)
{
	uint64_t now_ns = EPOCH_NS + at_ms * MW_NS_PER_MS;

	world->worker.clock_ns = MW_MAX(world->worker.clock_ns, now_ns);
	mw_flow_expire(world->worker.flows, now_ns, 100);
	mw_detector_resets.on_tick(&world->worker.ctx, now_ns);
}

void world_close_interval(struct world *world)
{
	uint64_t counted[64];

	assert_in_range(mw_detector_resets.counters_count, 1, MW_ARRAY_SIZE(counted));
	for (uint32_t i = 0; i < mw_detector_resets.counters_count; i++)
		counted[i] = mw_stats_read(world->worker.stats, i);
	world->control.counted = counted;
	mw_detector_resets.on_interval(&world->control, EPOCH_NS, world->worker.clock_ns);
}

uint64_t world_verdicts(const struct world *world, enum mw_reset_verdict verdict)
{
	return world->verdicts[verdict];
}

uint64_t world_written(const struct world *world, enum mw_reset_verdict verdict)
{
	return world->written[verdict];
}

struct mw_reset_settings *world_settings(struct world *world)
{
	return &world->settings;
}

int64_t world_ended(const struct world *world, enum mw_reset_side named, enum mw_reset_pattern pattern)
{
	return world->ended[named][pattern];
}

void world_finish(struct world *world)
{
	mw_flow_end_all(world->worker.flows);
	mw_detector_resets.on_tick(&world->worker.ctx, UINT64_MAX);
	world_close_interval(world);
}

uint32_t world_rows(const struct world *world)
{
	return world->rows_count;
}

const struct mw_reset_row *world_row(const struct world *world, uint32_t index)
{
	assert_true(index < world->rows_count);
	return &world->rows[index];
}

bool world_watches(const struct world *world)
{
	return detector_worker_watches(&world->worker);
}

uint64_t world_count(const struct world *world, const char *name)
{
	return detector_worker_count(&world->worker, name);
}

const struct mw_reset_row *world_only_row(struct world *world)
{
	world_finish(world);
	assert_int_equal(world_rows(world), 1);
	return world_row(world, 0);
}

void world_assert_evidence(const struct mw_reset_row *row, uint32_t evidence)
{
	if ((row->evidence & evidence) != evidence)
		fail_msg("evidence 0x%x lacks some of 0x%x", row->evidence, evidence);
}

int world_start_silent(void **state)
{
	*state = world_new();
	return 0;
}

int world_start(void **state)
{
	world_start_silent(state);
	world_talk(*state);
	return 0;
}

int world_stop(void **state)
{
	world_free(*state);
	return 0;
}
