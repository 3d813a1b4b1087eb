// SPDX-License-Identifier: BSD-3-Clause
// The bench: real pipelines, real settings, real signatures.
// Neighbours: bench.h.
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "mw_detectors.h"
#include "mw_test.h"

#define EVENTS 1024u

static void on_setting(void *context, const struct mw_settings_problem *problem)
{
	(void)context;
	fail_msg("setting %s: %s", problem->key, problem->message);
}

static void on_signature(void *context, const char *file, unsigned line, const char *message)
{
	(void)context;
	fail_msg("%s:%u: %s", file, line, message);
}

struct mw_settings *bench_settings(const struct mw_detector_set *detectors, const char *override)
{
	const struct mw_settings_module *modules[3 + MW_DETECTORS_MAX] = {
		&mw_pipeline_flow_settings_module, &mw_decode_settings_module, &mw_fragment_settings_module};
	const char *overrides[] = {"flow.flows-max=1024", override};
	struct mw_settings *settings = NULL;
	uint32_t count = 3;

	for (uint32_t i = 0; i < detectors->count; i++) {
		if (detectors->items[i]->settings != NULL && detectors->items[i]->settings != &mw_fragment_settings_module)
			modules[count++] = detectors->items[i]->settings;
	}
	assert_int_equal(
		mw_settings_load(modules, count, NULL, overrides, override == NULL ? 1 : 2, on_setting, NULL, &settings), 0);
	return settings;
}

static void *zeroed(size_t bytes)
{
	size_t rounded = (bytes + MW_CACHE_LINE_BYTES - 1) & ~(size_t)(MW_CACHE_LINE_BYTES - 1);
	void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, rounded);

	assert_non_null(memory);
	memset(memory, 0, rounded);
	return memory;
}

static void build_worker(struct bench *bench, uint16_t index)
{
	struct bench_worker *worker = &bench->workers[index];
	size_t ring_bytes = mw_ring_bytes(MW_EVENT_BYTES, EVENTS);
	struct mw_pipeline_config config = {.detectors = bench->detectors,
										.worker = index,
										.workers_count = bench->workers_count,
										.settings = bench->settings,
										.signatures = bench->signatures,
										.counters = &bench->counters};
	size_t bytes;

	worker->stats = zeroed(sizeof(*worker->stats));
	worker->ring_memory = zeroed(ring_bytes);
	worker->events = mw_ring_init(worker->ring_memory, ring_bytes, MW_EVENT_BYTES, EVENTS);
	worker->sink = (struct mw_ring_sink){.ring = worker->events,
										 .stats = worker->stats,
										 .dropped_counter = bench->counters.events_lost,
										 .sent_counter = bench->counters.events_sent};
	mw_hash_key_from_seed(&config.hash_key, 7);
	config.stats = worker->stats;
	config.events = mw_ring_event_sink(&worker->sink);
	bytes = mw_pipeline_bytes(&config);
	worker->memory = zeroed(bytes);
	assert_int_equal(mw_pipeline_init(worker->memory, bytes, &config, &worker->pipeline), 0);
}

// Compiled once a program: it is what takes longest.
static struct mw_signatures *signatures(void)
{
	static struct mw_signatures *loaded;
	char path[512];
	struct mw_text text = mw_text_in(path, sizeof(path));

	mw_text_add(&text, "%s/config/signatures", mw_test_source_root());
	if (loaded == NULL)
		assert_int_equal(mw_signatures_load(path, on_signature, NULL, &loaded), 0);
	return loaded;
}

struct bench *bench_new(uint16_t workers_count)
{
	return bench_new_of(&mw_detectors, workers_count);
}

struct bench *bench_new_of(const struct mw_detector_set *detectors, uint16_t workers_count)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_true(workers_count <= BENCH_WORKERS_MAX);
	bench->detectors = *detectors;
	bench->workers_count = workers_count;
	bench->settings = bench_settings(detectors, NULL);
	bench->signatures = signatures();
	assert_int_equal(mw_pipeline_register(&bench->names, &bench->detectors, &bench->counters), 0);
	for (uint16_t i = 0; i < workers_count; i++)
		build_worker(bench, i);
	return bench;
}

void bench_free(struct bench *bench)
{
	for (uint16_t i = 0; i < bench->workers_count; i++) {
		mw_pipeline_stop(bench->workers[i].pipeline);
		free(bench->workers[i].memory);
		free(bench->workers[i].ring_memory);
		free(bench->workers[i].stats);
	}
	mw_settings_free(bench->settings);
	free(bench);
}

void bench_send(struct bench *bench, struct mw_packet *packet)
{
	struct mw_packet *packets[1] = {packet};

	mw_pipeline_receive(bench->workers[0].pipeline, packets, 1);
	assert_true(packet->owner < bench->workers_count);
	mw_pipeline_process(bench->workers[packet->owner].pipeline, packets, 1);
}

struct mw_packet bench_send_built(struct bench *bench, const struct pb *pb, uint64_t time_ns)
{
	struct mw_packet packet;

	pb_packet(pb, &packet, time_ns);
	bench_send(bench, &packet);
	return packet;
}

uint64_t bench_sum(const struct bench *bench, uint32_t index)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < bench->workers_count; i++)
		sum += mw_stats_read(bench->workers[i].stats, index);
	return sum;
}

uint64_t bench_count(const struct bench *bench, const char *module, const char *name)
{
	for (uint32_t i = 0; i < bench->names.count; i++) {
		if (strcmp(bench->names.entries[i].module, module) == 0 &&
			strcmp(bench->names.entries[i].counter.name, name) == 0)
			return bench_sum(bench, i);
	}
	fail_msg("no counter %s.%s", module, name);
	return 0;
}

uint64_t bench_class(const struct bench *bench, const char *what, const char *dimension, const char *name)
{
	const uint32_t first = strcmp(what, "class-packets") == 0 ? bench->counters.classes_packets
						   : strcmp(what, "class-bytes") == 0 ? bench->counters.classes_bytes
															  : bench->counters.classes_flows;

	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		if (strcmp(mw_pipeline_classes[i].dimension, dimension) == 0 && strcmp(mw_pipeline_classes[i].name, name) == 0)
			return bench_sum(bench, first + i);
	}
	fail_msg("no class %s of %s", name, dimension);
	return 0;
}
