// SPDX-License-Identifier: BSD-3-Clause
// Real pipelines, real settings, real signatures.
// Neighbours: pipeline_world.h.
#include "pipeline_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_detectors.h"
#include "mw_test.h"

#define EVENTS 4096u // lines of each class

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

struct mw_settings *world_settings(const struct mw_detector_set *detectors, const char *override)
{
	const struct mw_settings_module *modules[2 + MW_PIPELINE_MODULES_MAX] = {&mw_pipeline_flow_settings_module,
																			 &mw_decode_settings_module};
	const char *overrides[] = {"flow.flows-max=1024", override};
	struct mw_settings *settings = NULL;
	uint32_t count = 2;

	count += mw_pipeline_detector_modules(detectors, &modules[count]);
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

static void build_worker(struct pipeline_world *world, uint16_t index)
{
	struct pipeline_world_worker *worker = &world->workers[index];
	const struct mw_event_ring_sizes sizes = {{EVENTS, EVENTS}};
	size_t ring_bytes = mw_event_ring_bytes(&sizes);
	struct mw_pipeline_config config = {.detectors = world->detectors,
										.worker = index,
										.workers_count = world->workers_count,
										.settings = world->settings,
										.signatures = world->signatures,
										.counters = &world->counters};
	size_t bytes;

	worker->stats = zeroed(sizeof(*worker->stats));
	worker->ring_memory = zeroed(ring_bytes);
	worker->events = mw_event_ring_init(worker->ring_memory, ring_bytes, &sizes);
	worker->sink = (struct mw_event_ring_sink){
		.ring = worker->events, .stats = worker->stats, .sent_counter = world->counters.events_sent};
	memcpy(worker->sink.dropped_counters, world->counters.events_lost, sizeof(worker->sink.dropped_counters));
	mw_hash_key_from_seed(&config.hash_key, 7);
	config.stats = worker->stats;
	config.events = mw_event_ring_sink_of(&worker->sink);
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
		assert_int_equal(mw_signatures_load(path, -1, on_signature, NULL, &loaded), 0);
	return loaded;
}

struct pipeline_world *world_new(uint16_t workers_count)
{
	return world_new_of(&mw_detectors, workers_count);
}

struct pipeline_world *world_new_of(const struct mw_detector_set *detectors, uint16_t workers_count)
{
	return world_new_with(detectors, workers_count, NULL);
}

struct pipeline_world *world_new_with(const struct mw_detector_set *detectors, uint16_t workers_count,
									  const char *override)
{
	struct pipeline_world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_true(workers_count <= WORLD_WORKERS_MAX);
	world->detectors = *detectors;
	world->workers_count = workers_count;
	world->settings = world_settings(detectors, override);
	world->signatures = signatures();
	assert_int_equal(mw_pipeline_register(&world->names, &world->detectors, &world->counters), 0);
	for (uint16_t i = 0; i < workers_count; i++)
		build_worker(world, i);
	return world;
}

void world_free(struct pipeline_world *world)
{
	for (uint16_t i = 0; i < world->workers_count; i++) {
		mw_pipeline_stop(world->workers[i].pipeline);
		free(world->workers[i].memory);
		free(world->workers[i].ring_memory);
		free(world->workers[i].stats);
	}
	mw_settings_free(world->settings);
	free(world);
}

void world_send(struct pipeline_world *world, struct mw_packet *packet)
{
	struct mw_packet *packets[1] = {packet};

	mw_pipeline_receive(world->workers[0].pipeline, packets, 1);
	assert_true(packet->owner < world->workers_count);
	mw_pipeline_process(world->workers[packet->owner].pipeline, packets, 1);
}

struct mw_packet world_send_built(struct pipeline_world *world, const struct pb *pb, uint64_t time_ns)
{
	struct mw_packet packet;

	pb_packet(pb, &packet, time_ns);
	world_send(world, &packet);
	return packet;
}

uint64_t world_sum(const struct pipeline_world *world, uint32_t index)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < world->workers_count; i++)
		sum += mw_stats_read(world->workers[i].stats, index);
	return sum;
}

uint64_t world_count(const struct pipeline_world *world, const char *module, const char *name)
{
	for (uint32_t i = 0; i < world->names.count; i++) {
		if (strcmp(world->names.entries[i].module, module) == 0 &&
			strcmp(world->names.entries[i].counter.name, name) == 0)
			return world_sum(world, i);
	}
	fail_msg("no counter %s.%s", module, name);
	return 0;
}

uint64_t world_class(const struct pipeline_world *world, const char *what, const char *dimension, const char *name)
{
	const uint32_t first = strcmp(what, "class-packets") == 0 ? world->counters.classes_packets
						   : strcmp(what, "class-bytes") == 0 ? world->counters.classes_bytes
															  : world->counters.classes_flows;

	for (uint32_t i = 0; i < mw_pipeline_classes_count; i++) {
		if (strcmp(mw_pipeline_classes[i].dimension, dimension) == 0 && strcmp(mw_pipeline_classes[i].name, name) == 0)
			return world_sum(world, first + i);
	}
	fail_msg("no class %s of %s", name, dimension);
	return 0;
}
