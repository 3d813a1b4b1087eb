// SPDX-License-Identifier: BSD-3-Clause
// Up to four workers' pipelines on a bench: packets go in one by one, the owner processes them, counters can be read.
// Neighbours: tests of lib/pipeline, lib/aggregate and app/midwatch. No threads: each worker is called in turn.
#ifndef BENCH_H
#define BENCH_H

#include "mw_pipeline.h"
#include "mw_ring.h"
#include "packet_builder.h"

#define BENCH_WORKERS_MAX 4
#define BENCH_EPOCH_NS    (UINT64_C(1767225600) * MW_NS_PER_SECOND) // 2026-01-01, a whole minute

struct bench_worker {
	struct mw_stats_block *stats;
	struct mw_pipeline *pipeline;
	struct mw_ring *events;
	struct mw_ring_sink sink;
	void *memory, *ring_memory;
};

struct bench {
	struct mw_detector_set detectors;
	uint16_t workers_count;
	struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	struct mw_settings *settings;
	struct mw_signatures *signatures;
	struct bench_worker workers[BENCH_WORKERS_MAX];
};

/** A bench with the default settings and 1024 flows a worker. Ends the test program when something is missing. */
struct bench *bench_new(uint16_t workers_count);
/** The same with these detectors alone. */
struct bench *bench_new_of(const struct mw_detector_set *detectors, uint16_t workers_count);
void bench_free(struct bench *bench);

/** Default settings, with one "key=value" or NULL; the caller frees them. */
struct mw_settings *bench_settings(const struct mw_detector_set *detectors, const char *override);

/** Received by worker 0, processed by its owner. */
void bench_send(struct bench *bench, struct mw_packet *packet);
/** The same for what a builder made, at time_ns; returns the packet as it was afterwards. */
struct mw_packet bench_send_built(struct bench *bench, const struct pb *pb, uint64_t time_ns);

/** A counter summed over the workers, by index or by name. */
uint64_t bench_sum(const struct bench *bench, uint32_t index);
uint64_t bench_count(const struct bench *bench, const char *module, const char *name);

/** Packets, bytes or flows (what: "class-packets", "class-bytes", "class-flows") of a class of a dimension. */
uint64_t bench_class(const struct bench *bench, const char *what, const char *dimension, const char *name);

#endif
