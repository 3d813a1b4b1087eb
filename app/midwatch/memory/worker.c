// SPDX-License-Identifier: BSD-3-Clause
// Memory of the workers, cut up once at start.
// Neighbours: memory/worker.h; memory/memory.c.
#include "memory/worker.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mw_detectors.h"
#include "mw_log.h"

// But for where its events go: sizes are asked for before there is a ring.
static struct mw_pipeline_config pipeline_config(struct workers *workers, uint16_t index)
{
	struct worker *worker = &workers->each[index];

	return (struct mw_pipeline_config){
		.detectors = mw_detectors,
		.worker = index,
		.workers_count = workers->count,
		.hash_key = workers->hash_key,
		.settings = atomic_load(&workers->settings),
		.signatures = workers->signatures,
		.counters = &workers->counters,
		.tunnels = &workers->tunnels,
		.stats = worker->stats,
	};
}

static const struct mw_event_ring_sizes event_sizes = {
	{[MW_EVENT_EVIDENCE] = WORKERS_EVENTS, [MW_EVENT_STEP] = WORKERS_STEPS}};

#define ROUND_UP(bytes) (((bytes) + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1))

static size_t worker_bytes(struct workers *workers, uint16_t count)
{
	struct mw_pipeline_config config = pipeline_config(workers, 0);
	size_t inbox = ROUND_UP(mw_ring_bytes(sizeof(struct mw_packet *), WORKERS_HANDOVER));

	return ROUND_UP(sizeof(struct mw_stats_block)) + ROUND_UP(mw_pipeline_bytes(&config)) +
		   ROUND_UP(mw_event_ring_bytes(&event_sizes)) + inbox * count;
}

static struct mw_ring *carve_ring(struct memory *memory, uint32_t element_bytes, uint32_t count)
{
	size_t bytes = mw_ring_bytes(element_bytes, count);
	void *at = memory_carve(memory, bytes);

	return at == NULL ? NULL : mw_ring_init(at, bytes, element_bytes, count);
}

static struct mw_event_ring *carve_events(struct memory *memory)
{
	size_t bytes = mw_event_ring_bytes(&event_sizes);
	void *at = memory_carve(memory, bytes);

	return at == NULL ? NULL : mw_event_ring_init(at, bytes, &event_sizes);
}

static int build_worker(struct workers *workers, uint16_t index)
{
	struct worker *worker = &workers->each[index];
	struct mw_pipeline_config config;
	size_t bytes;
	void *at;

	worker->index = index;
	worker->stats = memory_carve(&workers->memory, sizeof(struct mw_stats_block));
	worker->events = carve_events(&workers->memory);
	for (uint16_t from = 0; from < workers->count; from++) {
		if (from != index)
			worker->inbox[from] = carve_ring(&workers->memory, sizeof(struct mw_packet *), WORKERS_HANDOVER);
	}
	worker->sink = (struct mw_event_ring_sink){
		.ring = worker->events, .stats = worker->stats, .sent_counter = workers->counters.events_sent};
	memcpy(worker->sink.dropped_counters, workers->counters.events_lost, sizeof(worker->sink.dropped_counters));
	config = pipeline_config(workers, index);
	worker->settings = config.settings;
	atomic_store(&worker->settings_seen, config.settings);
	bytes = mw_pipeline_bytes(&config);
	at = memory_carve(&workers->memory, bytes);
	if (worker->stats == NULL || worker->events == NULL || at == NULL)
		return -ENOMEM;
	config.events = mw_event_ring_sink_of(&worker->sink);
	return mw_pipeline_init(at, bytes, &config, &worker->pipeline);
}

size_t workers_bytes(struct workers *workers, uint16_t count)
{
	return worker_bytes(workers, count) * count;
}

// Pages are given when they are touched: what the machine does not have would end the process in the middle.
int workers_fit(struct workers *workers, uint16_t count, struct mw_text *problem)
{
	size_t each = worker_bytes(workers, count);
	size_t machine = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

	if (each * count <= machine)
		return 0;
	mw_text_add(problem,
				"memory: %u worker%s with %zu MiB each are more than this machine's %zu MiB; lower flow.flows-max",
				count, count == 1 ? "" : "s", each >> 20, machine >> 20);
	return -ENOMEM;
}

static int take_memory(struct workers *workers, enum memory_use use)
{
	size_t each = worker_bytes(workers, workers->count);
	size_t all = each * workers->count;
	char chars[256];
	struct mw_text problem = mw_text_in(chars, sizeof(chars));
	int error = workers_fit(workers, workers->count, &problem);

	if (error != 0) {
		mw_log_error("%s", chars);
		return error;
	}
	mw_log_notice("memory: %u worker%s with up to %zu MiB each (flow.flows-max), %zu MiB in all", workers->count,
				  workers->count == 1 ? "" : "s", each >> 20, all >> 20);
	error = memory_take(&workers->memory, all, use);
	if (error != 0)
		mw_log_error("memory: %zu MiB for %u workers cannot be had: %s; lower flow.flows-max", all >> 20,
					 workers->count, strerror(-error));
	return error;
}

int workers_build(struct workers *workers, uint16_t count, enum memory_use use)
{
	int error;

	workers->count = count;
	error = take_memory(workers, use);
	for (uint16_t i = 0; error == 0 && i < count; i++)
		error = build_worker(workers, i);
	return error;
}

void workers_free(struct workers *workers)
{
	for (uint16_t i = 0; i < workers->count; i++)
		mw_pipeline_stop(workers->each[i].pipeline);
	memory_give_back(&workers->memory);
}

uint64_t workers_sum(const struct workers *workers, uint32_t counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < workers->count; i++)
		sum += mw_stats_read(workers->each[i].stats, counter);
	return sum;
}

bool workers_use(const struct workers *workers, const struct mw_settings *settings)
{
	for (uint16_t i = 0; i < workers->count; i++) {
		if (atomic_load_explicit(&workers->each[i].settings_seen, memory_order_acquire) == settings)
			return true;
	}
	return false;
}
