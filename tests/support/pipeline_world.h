// SPDX-License-Identifier: BSD-3-Clause
// Up to four workers' pipelines: packets go in one by one, the owner processes them, counters can be read.
// Neighbours: tests of lib/pipeline, lib/aggregate and app/midwatch. No threads: each worker is called in turn.
#ifndef PIPELINE_WORLD_H
#define PIPELINE_WORLD_H

#include "mw_event_ring.h"
#include "mw_pipeline.h"
#include "packet_builder.h"

#define WORLD_WORKERS_MAX 4
#define WORLD_EPOCH_NS    (UINT64_C(1767225600) * MW_NS_PER_SECOND) // 2026-01-01, a whole minute

struct pipeline_world_worker {
	struct mw_stats_block *stats;
	struct mw_pipeline *pipeline;
	struct mw_event_ring *events;
	struct mw_event_ring_sink sink;
	void *memory, *ring_memory;
};

struct pipeline_world {
	struct mw_detector_set detectors;
	uint16_t workers_count;
	struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	struct mw_settings *settings;
	struct mw_signatures *signatures;
	struct pipeline_world_worker workers[WORLD_WORKERS_MAX];
};

/** Pipelines with the default settings and 1024 flows a worker. Ends the test program when something is missing. */
struct pipeline_world *world_new(uint16_t workers_count);
/** The same with these detectors alone. */
struct pipeline_world *world_new_of(const struct mw_detector_set *detectors, uint16_t workers_count);
/** The same with one "key=value", or NULL. */
struct pipeline_world *world_new_with(const struct mw_detector_set *detectors, uint16_t workers_count,
									  const char *override);
void world_free(struct pipeline_world *world);

/** Default settings, with one "key=value" or NULL; the caller frees them. */
struct mw_settings *world_settings(const struct mw_detector_set *detectors, const char *override);

/** Received by worker 0, processed by its owner. */
void world_send(struct pipeline_world *world, struct mw_packet *packet);
/** The same for what a builder made, at time_ns; returns the packet as it was afterwards. */
struct mw_packet world_send_built(struct pipeline_world *world, const struct pb *pb, uint64_t time_ns);

/** A counter summed over the workers, by index or by name. */
uint64_t world_sum(const struct pipeline_world *world, uint32_t index);
uint64_t world_count(const struct pipeline_world *world, const char *module, const char *name);

/** Packets, bytes or flows (what: "class-packets", "class-bytes", "class-flows") of a class of a dimension. */
uint64_t world_class(const struct pipeline_world *world, const char *what, const char *dimension, const char *name);

#endif
