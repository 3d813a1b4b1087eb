// SPDX-License-Identifier: BSD-3-Clause
// Building and running one worker; its sums must hold after every run.
// Neighbours: rig.h.
#include "rig.h"

#include <stdio.h>
#include <string.h>

#include "mw_detectors.h"
static const struct mw_event_ring_sizes event_sizes = {
	{[MW_EVENT_EVIDENCE] = 65536, [MW_EVENT_STEP] = 65536}}; // as app/midwatch/memory/worker.c has them

#define EXPIRE_BUDGET 4096 // as in app/midwatch/live/worker.c
#define MODULES_MAX   64

static size_t round_up(size_t bytes)
{
	return (bytes + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1);
}

static void report_setting(void *context, const struct mw_settings_problem *problem)
{
	(void)context;
	fprintf(stderr, "bench: %s: %s\n", problem->key == NULL ? problem->file : problem->key, problem->message);
}

static void report_signature(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	fprintf(stderr, "bench: %s:%u: %s\n", file, line, message);
}

void rig_shared_new(struct rig_shared *shared)
{
	*shared = (struct rig_shared){.workers_count = 1};
	if (mw_pipeline_register(&shared->names, &mw_detectors, &shared->counters) != 0)
		die("too many counters");
	mw_hash_key_from_seed(&shared->hash_key, 1);
	if (mw_signatures_load(mw_signatures_default_dir(), -1, report_signature, NULL, &shared->signatures) != 0)
		die("no signatures in %s", mw_signatures_default_dir());
}

// A small run is a part of a second: it has as small a part of what a second may cost, and as much is capped.
static void divide_budgets(const struct rig_shared *shared, const struct mw_settings_module *module)
{
	uint8_t *values = (uint8_t *)(uintptr_t)mw_settings_values(shared->settings, module->name);

	for (uint32_t i = 0; i < module->settings_count; i++) {
		const struct mw_setting *setting = &module->settings[i];
		uint64_t budget;

		if (strstr(setting->name, "-per-second") == NULL)
			continue;
		memcpy(&budget, values + setting->offset, sizeof(budget));
		budget = (budget + shared->second_part - 1) / shared->second_part;
		memcpy(values + setting->offset, &budget, sizeof(budget));
	}
}

void rig_shared_set(struct rig_shared *shared, const char *const overrides[], uint32_t count)
{
	const struct mw_settings_module *modules[MODULES_MAX] = {&mw_decode_settings_module,
															 &mw_pipeline_flow_settings_module};
	uint32_t modules_count = 2;

	modules_count += mw_pipeline_detector_modules(&mw_detectors, &modules[modules_count]);
	mw_settings_free(shared->settings);
	if (mw_settings_load(modules, modules_count, NULL, overrides, count, report_setting, NULL, &shared->settings) != 0)
		die("settings are refused");
	for (uint32_t i = 0; shared->second_part > 1 && i < modules_count; i++)
		divide_budgets(shared, modules[i]);
}

void rig_shared_free(struct rig_shared *shared)
{
	mw_settings_free(shared->settings);
	mw_signatures_free(shared->signatures);
}

bool rig_new(struct rig *rig, const struct rig_shared *shared, uint16_t worker)
{
	const struct mw_pipeline_flow_settings *flow = mw_settings_values(shared->settings, "flow");

	*rig = (struct rig){
		.shared = shared,
		.flows_max = (uint32_t)flow->flows_max,
		.config = {.detectors = mw_detectors,
				   .worker = worker,
				   .workers_count = shared->workers_count,
				   .hash_key = shared->hash_key,
				   .settings = shared->settings,
				   .signatures = shared->signatures,
				   .counters = &shared->counters},
	};
	rig->pipeline_bytes = mw_pipeline_bytes(&rig->config);
	if (!block_take(&rig->memory, round_up(sizeof(struct mw_stats_block)) +
									  round_up(mw_event_ring_bytes(&event_sizes)) + rig->pipeline_bytes))
		return false;
	rig_reset(rig);
	return true;
}

void rig_reset(struct rig *rig)
{
	uint8_t *at = rig->memory.base;
	size_t ring_bytes = mw_event_ring_bytes(&event_sizes);

	mw_pipeline_stop(rig->pipeline);
	memset(at, 0, rig->memory.size_bytes);
	rig->stats = (struct mw_stats_block *)(void *)at;
	at += round_up(sizeof(struct mw_stats_block));
	rig->events = mw_event_ring_init(at, ring_bytes, &event_sizes);
	at += round_up(ring_bytes);
	rig->sink = (struct mw_event_ring_sink){
		.ring = rig->events, .stats = rig->stats, .sent_counter = rig->shared->counters.events_sent};
	memcpy(rig->sink.dropped_counters, rig->shared->counters.events_lost, sizeof(rig->sink.dropped_counters));
	rig->config.stats = rig->stats;
	rig->config.events = mw_event_ring_sink_of(&rig->sink);
	rig->ticked_s = 0;
	rig->drained = 0;
	if (rig->events == NULL || mw_pipeline_init(at, rig->pipeline_bytes, &rig->config, &rig->pipeline) != 0)
		die("the pipeline cannot be built");
}

void rig_free(struct rig *rig)
{
	mw_pipeline_stop(rig->pipeline);
	block_give(&rig->memory);
}

// As control does, it copies; the lines stay in the cache.
static void drain(struct rig *rig)
{
	const struct mw_event_positions sent = mw_event_ring_sent(rig->events);
	struct mw_event_line lines[48];
	uint32_t count, needs = 1;

	for (uint32_t class = 0; class < MW_EVENT_CLASSES; class ++) {
		while ((count = mw_event_ring_take(rig->events, class, sent.lines[class], lines, MW_ARRAY_SIZE(lines))) > 0) {
			for (uint32_t at = 0; at < count; rig->drained++) {
				needs = mw_event_lines_after(needs, ((const struct mw_event *)(const void *)&lines[at])->body_bytes);
				at += needs;
			}
		}
	}
}

void rig_between(struct rig *rig, uint64_t clock_ns)
{
	uint64_t second = clock_ns / MW_NS_PER_SECOND;

	drain(rig);
	if (second == rig->ticked_s && !rig->tick_again)
		return;
	rig->tick_again = !mw_pipeline_tick(rig->pipeline, clock_ns, EXPIRE_BUDGET);
	rig->ticked_s = second;
}

void rig_run(struct rig *rig, struct feed *feed, uint32_t first, uint32_t last)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];

	for (uint32_t at = first; at < last; at += MW_BATCH_PACKETS) {
		uint32_t count = MW_MIN(last - at, (uint32_t)MW_BATCH_PACKETS);
		uint64_t clock_ns;

		feed_take(feed, at, count, packets);
		mw_pipeline_receive(rig->pipeline, packets, count);
		mw_pipeline_process(rig->pipeline, packets, count);
		clock_ns = packets[count - 1]->clock_ns;
		feed_give(feed, packets, count);
		rig_between(rig, clock_ns);
	}
}

uint64_t rig_count(const struct rig *rig, uint32_t counter)
{
	return mw_stats_read(rig->stats, counter);
}

void rig_check(const struct rig *rig, const char *name, uint64_t packets)
{
	const struct mw_pipeline_counters *counters = &rig->shared->counters;
	const uint32_t flow = counters->flow;
	uint64_t fates = 0, ended;

	for (uint32_t i = 0; i < MW_FATES; i++)
		fates += rig_count(rig, counters->fates + i);
	if (fates != packets)
		die("%s: %lu packets went in, %lu have a fate", name, packets, fates);
	ended = rig_count(rig, flow + MW_FLOW_COUNTER_ENDED_IDLE) + rig_count(rig, flow + MW_FLOW_COUNTER_ENDED_REUSED) +
			rig_count(rig, flow + MW_FLOW_COUNTER_EVICTED);
	if (rig_count(rig, flow + MW_FLOW_COUNTER_NEW) != ended + mw_flow_count(mw_pipeline_flows(rig->pipeline)))
		die("%s: %lu flows began, %lu ended, %u live", name, rig_count(rig, flow + MW_FLOW_COUNTER_NEW), ended,
			mw_flow_count(mw_pipeline_flows(rig->pipeline)));
	if (rig->drained != rig_count(rig, counters->events_sent))
		die("%s: %lu events sent, %lu came out", name, rig_count(rig, counters->events_sent), rig->drained);
}
