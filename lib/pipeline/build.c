// SPDX-License-Identifier: BSD-3-Clause
// Building a worker's pipeline in one block of memory, and changing its settings between two batches.
// Neighbours: pipeline.c uses what is built here. Nothing is allocated after mw_pipeline_init.
#include <errno.h>
#include <string.h>

#include "pipeline.h"
#include "mw_kit_side.h"

#define ALIGN_UP(bytes) (((bytes) + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1))

static uint32_t flow_state_bytes(const struct mw_detector_set *set, struct mw_detector_ctx contexts[])
{
	uint32_t bytes = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		if (contexts != NULL)
			contexts[i].flow_offset = bytes;
		bytes += (set->items[i]->flow_bytes + 3u) & ~3u;
	}
	return bytes;
}

static __attribute__((noinline)) void tell_end(const struct mw_pipeline *pipeline, const struct mw_flow *flow,
											   enum mw_flow_end why, uint32_t told)
{
	for (; told != 0; told &= told - 1) {
		const struct callee *callee = &pipeline->callees[__builtin_ctz(told)];

		callee->on_flow_end(callee->ctx, flow, why);
	}
}

static void end_flow(void *context, struct mw_flow *flow, enum mw_flow_end why)
{
	const struct mw_pipeline *pipeline = context;
	const struct dispatch *dispatch = &pipeline->dispatch;
	const bool gave_way = why == MW_FLOW_END_EVICTED || why == MW_FLOW_END_REUSED; // a flood: one for each packet
	const uint32_t told = dispatch->ends & (dispatch_by_flow(dispatch, flow) | (gave_way ? 0u : dispatch->ends_of_all));

	if (told != 0)
		tell_end(pipeline, flow, why, told);
}

static struct mw_flow_config flow_config(const struct mw_pipeline_config *config, struct mw_pipeline *pipeline)
{
	const struct mw_pipeline_flow_settings *settings = mw_settings_values(config->settings, "flow");

	return (struct mw_flow_config){
		.flows_max = (uint32_t)settings->flows_max,
		.state_bytes = flow_state_bytes(&config->detectors, NULL),
		.vlan_in_key = settings->vlan_in_key,
		.tcp_idle_ns = settings->tcp_idle_ns,
		.tcp_opening_ns = settings->tcp_opening_ns,
		.tcp_closing_ns = settings->tcp_closing_ns,
		.udp_idle_ns = settings->udp_idle_ns,
		.other_idle_ns = settings->other_idle_ns,
		.hash_key = config->hash_key,
		.on_end = end_flow,
		.context = pipeline,
	};
}

static struct mw_fragment_config fragment_config(const struct mw_pipeline_config *config, struct mw_pipeline *pipeline)
{
	return (struct mw_fragment_config){
		.settings = mw_settings_values(config->settings, "fragment"),
		.hash_key = config->hash_key,
		.on_end = related_end,
		.context = pipeline,
		.tunnels = config->tunnels,
	};
}

static struct mw_exchange_config exchange_config(const struct mw_pipeline_config *config, struct mw_pipeline *pipeline)
{
	return (struct mw_exchange_config){
		.settings = mw_settings_values(config->settings, "exchange"),
		.hash_key = config->hash_key,
		.on_end = exchanges_end,
		.context = pipeline,
	};
}

static size_t exchanges_bytes(const struct mw_pipeline_config *config)
{
	const struct mw_exchange_config exchanges = exchange_config(config, NULL);

	return exchanges_are_wanted(&config->detectors) ? ALIGN_UP(mw_exchanges_bytes(&exchanges)) : 0;
}

static size_t side_bytes(const struct mw_detector *detector)
{
	return mw_kit_side_bytes(detector->side_max, detector->side_bytes);
}

static size_t detectors_bytes(const struct mw_detector_set *set)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < set->count; i++)
		bytes += ALIGN_UP(set->items[i]->worker_bytes) + ALIGN_UP(side_bytes(set->items[i]));
	return bytes;
}

size_t mw_pipeline_bytes(const struct mw_pipeline_config *config)
{
	struct mw_flow_config flows = flow_config(config, NULL);
	struct mw_fragment_config fragments = fragment_config(config, NULL);

	return ALIGN_UP(sizeof(struct mw_pipeline)) + ALIGN_UP(sizeof(struct duplicate_table)) +
		   detectors_bytes(&config->detectors) + ALIGN_UP(mw_fragments_bytes(&fragments)) + exchanges_bytes(config) +
		   mw_flow_table_bytes(&flows);
}

static void add_to_dispatch(struct dispatch *dispatch, const struct mw_detector *detector, uint32_t number)
{
	dispatch->ends |= (uint16_t)((detector->on_flow_end != NULL) << number);
	dispatch->ends_of_all |= (uint16_t)(!detector->ends_of_watched << number);
	if (detector->on_packet == NULL)
		return;
	dispatch_add(dispatch, detector->wants, number);
	dispatch->after_reset |= (uint16_t)(detector->wants_after_reset << number);
	for (uint32_t service = 0; service < MW_SERVICES; service++)
		dispatch->by_service[service] |= (uint16_t)((detector->wants_services >> service & 1) << number);
}

static int start_detectors(struct mw_pipeline *pipeline, uint8_t *memory)
{
	const struct mw_pipeline_config *config = &pipeline->config;
	const struct mw_detector_set *set = &config->detectors;
	int error = 0;

	flow_state_bytes(set, pipeline->detectors);
	for (uint32_t i = 0; error == 0 && i < set->count; i++) {
		struct mw_detector_ctx *ctx = &pipeline->detectors[i];

		ctx->signatures = config->signatures;
		ctx->hash_key = &config->hash_key;
		ctx->worker_state = memory;
		ctx->stats = config->stats;
		ctx->counters_base = config->counters->detectors[i];
		ctx->events = config->events;
		ctx->event_class = (uint8_t)config->detectors.items[i]->event_class;
		ctx->mark = config->marks == NULL ? NULL : &config->marks[i];
		ctx->worker = config->worker;
		ctx->workers = config->workers_count;
		ctx->index = (uint8_t)i;
		memory += ALIGN_UP(set->items[i]->worker_bytes);
		if (set->items[i]->side_max != 0)
			ctx->side = mw_kit_side_init(memory, set->items[i]->side_max, set->items[i]->side_bytes, ctx->hash_key);
		memory += ALIGN_UP(side_bytes(set->items[i]));
		add_to_dispatch(&pipeline->dispatch, set->items[i], i);
		pipeline->moments.listeners |= (set->items[i]->on_moment != NULL ? 1u : 0u) << i;
		pipeline->callees[i] = (struct callee){set->items[i]->on_packet, set->items[i]->on_flow_end, ctx};
		if (set->items[i]->start != NULL)
			error = set->items[i]->start(ctx);
	}
	return error;
}

static int init_tables(struct mw_pipeline *pipeline, uint8_t *memory)
{
	const struct mw_pipeline_config *config = &pipeline->config;
	struct mw_flow_config flows = flow_config(config, pipeline);
	struct mw_fragment_config fragments = fragment_config(config, pipeline);
	size_t fragments_bytes = ALIGN_UP(mw_fragments_bytes(&fragments));

	pipeline->fragments =
		mw_fragments_init(memory, fragments_bytes, &fragments, config->stats, config->counters->fragments_first);
	memory += fragments_bytes;
	if (exchanges_are_wanted(&config->detectors)) {
		const struct mw_exchange_config exchanges = exchange_config(config, pipeline);

		pipeline->exchanges =
			mw_exchanges_init(memory, exchanges_bytes(config), &exchanges, config->stats, config->counters->exchanges);
		exchanges_add_to_dispatch(&pipeline->dispatch);
	}
	pipeline->flows = mw_flow_table_init(memory + exchanges_bytes(config), mw_flow_table_bytes(&flows), &flows,
										 config->stats, config->counters->flow);
	return pipeline->fragments == NULL || pipeline->flows == NULL ? -ENOMEM : 0;
}

int mw_pipeline_init(void *memory, size_t memory_bytes, const struct mw_pipeline_config *config,
					 struct mw_pipeline **pipeline_out)
{
	struct mw_pipeline *pipeline = memory;
	uint8_t *at = memory;
	int error;

	if (config->detectors.count > MW_DETECTORS_MAX)
		return -EINVAL;
	if (memory_bytes < mw_pipeline_bytes(config))
		return -ENOMEM;
	pipeline->config = *config;
	classes_init(&pipeline->classes, config->stats, config->counters);
	at += ALIGN_UP(sizeof(struct mw_pipeline));
	pipeline->duplicates = (struct duplicate_table *)(void *)at;
	at += ALIGN_UP(sizeof(struct duplicate_table));
	duplicate_init(pipeline->duplicates, &config->hash_key);
	mw_spread_init(&pipeline->spread, &config->hash_key, config->workers_count);
	mw_pipeline_settings(pipeline, config->settings);
	error = mw_signature_scratch_new(config->signatures, &pipeline->scratch);
	if (error != 0)
		return error;
	error = init_tables(pipeline, at + detectors_bytes(&config->detectors));
	if (error == 0)
		error = start_detectors(pipeline, at);
	if (error != 0)
		mw_pipeline_stop(pipeline);
	else
		*pipeline_out = pipeline;
	return error;
}

void mw_pipeline_stop(struct mw_pipeline *pipeline)
{
	if (pipeline == NULL)
		return;
	mw_signature_scratch_free(pipeline->scratch);
	pipeline->scratch = NULL;
}

void mw_pipeline_settings(struct mw_pipeline *pipeline, const struct mw_settings *settings)
{
	const struct mw_detector_set *set = &pipeline->config.detectors;

	pipeline->config.settings = settings;
	pipeline->flow_settings = mw_settings_values(settings, "flow");
	pipeline->decode_settings = mw_settings_values(settings, "decode");
	if (pipeline->fragments != NULL)
		mw_fragments_settings(pipeline->fragments, mw_settings_values(settings, "fragment"));
	if (pipeline->exchanges != NULL)
		mw_exchanges_settings(pipeline->exchanges, mw_settings_values(settings, "exchange"));
	for (uint32_t i = 0; i < set->count; i++) {
		if (set->items[i]->settings != NULL)
			pipeline->detectors[i].settings = mw_settings_values(settings, set->items[i]->settings->name);
	}
}
