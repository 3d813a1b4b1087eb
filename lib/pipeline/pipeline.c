// SPDX-License-Identifier: BSD-3-Clause
// The path of a batch on one screen: receive (filter, decode, owner), process (copy? flow, signature, detectors, update).
// Neighbours: app/ drives it; design: docs/packet-path.md.
#include "pipeline.h"

#include <errno.h>
#include <string.h>

#include "owner.h"

static void count(struct mw_pipeline *pipeline, uint32_t index)
{
	mw_stats_add(pipeline->config.stats, index, 1);
}

void mw_pipeline_receive(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	const struct mw_pipeline_config *config = &pipeline->config;

	for (uint32_t i = 0; i < packets_count; i++) {
		struct mw_packet *packet = packets[i];

		count(pipeline, config->counters->packets);
		mw_stats_add(config->stats, config->counters->bytes, packet->wire_bytes);
		if (pipeline->filter != NULL && !mw_filter_match(pipeline->filter, packet)) {
			packet->fate = MW_FATE_FILTERED;
			packet->owner = config->worker;
			continue;
		}
		mw_decode(pipeline->decode_settings, packet);
		packet->owner = config->worker;
		count(pipeline, config->counters->refusals + packet->refusal);
		if (packet->fate == MW_FATE_ANALYSED && packet->family != 0)
			packet->owner = owner_of(&config->hash_key, packet, config->workers_count);
	}
}

// A payload in a reset is what the box behind it says of itself.
static void scan_reset(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	int rule;

	if (!(packet->kinds & MW_KIND_RST) || packet->payload_bytes == 0)
		return;
	rule = mw_signature_scan(pipeline->config.signatures, pipeline->scratch, MW_SIGNATURE_ON_RESET, packet->protocol,
							 packet->payload, packet->payload_bytes);
	if (rule < 0)
		return;
	packet->signature = (uint16_t)(rule + 1);
	packet->kinds |= MW_KIND_SIGNATURE;
}

static void detect(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;
	uint32_t watch = flow == NULL ? 0 : mw_flow_watch(flow);

	if (!(packet->kinds & pipeline->wanted) && watch == 0)
		return;
	for (uint32_t i = 0; i < mw_detectors_count; i++) {
		const struct mw_detector *detector = mw_detectors[i];
		struct mw_detector_ctx *ctx = &pipeline->detectors[i];

		if (detector->on_packet == NULL || (!(packet->kinds & detector->wants) && !(watch & 1u << i)))
			continue;
		ctx->clock_ns = packet->clock_ns;
		detector->on_packet(ctx, packet, flow, flow == NULL ? NULL : mw_flow_state(flow, ctx->flow_offset));
	}
}

static void note_duplicate(const struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;

	if (packet->kinds & MW_KIND_DUPLICATE)
		mw_flow_set_mirrored_twice(flow);
}

static void process_one(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct duplicate_probe *probe)
{
	const struct mw_pipeline_config *config = &pipeline->config;
	bool service_starts = false;

	if (duplicate_seen(probe, packet, pipeline->flow_settings->duplicate_window_ns)) {
		packet->kinds |= MW_KIND_DUPLICATE;
		count(pipeline, config->counters->duplicates);
	}
	if (packet->flow != NULL) {
		mw_flow_enter(pipeline->flows, packet);
		note_duplicate(packet);
		if (!(packet->kinds & MW_KIND_DUPLICATE))
			service_starts = classes_find_service(pipeline, packet);
	}
	scan_reset(pipeline, packet);
	if (!(packet->kinds & MW_KIND_DUPLICATE))
		classes_count(pipeline, packet, service_starts);
	detect(pipeline, packet);
	if (packet->flow != NULL)
		mw_flow_update(pipeline->flows, packet);
}

void mw_pipeline_process(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	struct mw_packet *analysed[MW_BATCH_PACKETS];
	struct duplicate_probe probes[MW_BATCH_PACKETS];
	bool find_duplicates = pipeline->flow_settings->duplicate_window_ns > 0;
	uint32_t analysed_count = 0;

	analysed[0] = NULL;
	for (uint32_t i = 0; i < packets_count; i++) {
		count(pipeline, pipeline->config.counters->fates + packets[i]->fate);
		if (packets[i]->fate != MW_FATE_ANALYSED)
			continue;
		if (find_duplicates)
			probes[analysed_count] = duplicate_probe(pipeline->duplicates, packets[i]);
		analysed[analysed_count++] = packets[i];
	}
	mw_flow_lookup(pipeline->flows, analysed, analysed_count);
	for (uint32_t i = 0; i < analysed_count; i++)
		process_one(pipeline, analysed[i], &probes[i]);
}

static void tick_detectors(struct mw_pipeline *pipeline, uint64_t now_ns)
{
	for (uint32_t i = 0; i < mw_detectors_count; i++) {
		if (now_ns != UINT64_MAX)
			pipeline->detectors[i].clock_ns = now_ns;
		if (mw_detectors[i]->on_tick != NULL)
			mw_detectors[i]->on_tick(&pipeline->detectors[i], now_ns);
	}
}

bool mw_pipeline_tick(struct mw_pipeline *pipeline, uint64_t now_ns, uint32_t expire_budget)
{
	bool all = mw_flow_expire(pipeline->flows, now_ns, expire_budget);

	tick_detectors(pipeline, now_ns);
	return all;
}

void mw_pipeline_finish(struct mw_pipeline *pipeline)
{
	mw_flow_end_all(pipeline->flows);
	tick_detectors(pipeline, UINT64_MAX);
}

void mw_pipeline_filter(struct mw_pipeline *pipeline, const struct mw_filter *filter)
{
	pipeline->filter = filter;
}

const struct mw_flow_table *mw_pipeline_flows(const struct mw_pipeline *pipeline)
{
	return pipeline->flows;
}
