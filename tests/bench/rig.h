// SPDX-License-Identifier: BSD-3-Clause
// One worker with everything on, as app/ builds it: settings, signatures, counters, event ring, pipeline.
// Neighbours: app/midwatch/engine.c is the original; bench.c, stages.c and workers.c run it.
#ifndef RIG_H
#define RIG_H

#include "mw_event_ring.h"
#include "mw_pipeline.h"
#include "trace.h"

#define RIG_OVERRIDES_MAX 8

/** What all workers of a run share. */
struct rig_shared {
	struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	struct mw_hash_key hash_key;
	struct mw_signatures *signatures;
	struct mw_settings *settings;
	uint16_t workers_count;
	uint32_t second_part; // what a second may cost ("...-per-second") is divided by it, 0: not
};

/** One worker. Everything it touches lies in memory. */
struct rig {
	const struct rig_shared *shared;
	struct block memory;
	size_t pipeline_bytes;
	uint32_t flows_max;
	struct mw_pipeline_config config;
	struct mw_stats_block *stats;
	struct mw_event_ring *events;
	struct mw_event_ring_sink sink;
	struct mw_pipeline *pipeline;
	uint64_t ticked_s;
	bool tick_again;
	uint64_t drained; // events taken out
};

/** Counters and signatures, once. */
void rig_shared_new(struct rig_shared *shared);
/** The defaults with overrides ("flow.flows-max=...") are in force from the next rig_new on. */
void rig_shared_set(struct rig_shared *shared, const char *const overrides[], uint32_t count);
void rig_shared_free(struct rig_shared *shared);

/** @return false when there is not so much memory. */
bool rig_new(struct rig *rig, const struct rig_shared *shared, uint16_t worker);
/** A fresh table, counters at 0. */
void rig_reset(struct rig *rig);
void rig_free(struct rig *rig);

/** Packets first to last - 1 of the feed, from receive to given back; ticks and drains as a live worker would. */
void rig_run(struct rig *rig, struct feed *feed, uint32_t first, uint32_t last);
/** What a live worker does between two batches, besides: events out, the tick. */
void rig_between(struct rig *rig, uint64_t clock_ns);

uint64_t rig_count(const struct rig *rig, uint32_t counter);
/** Ends the program when packets or flows do not add up. */
void rig_check(const struct rig *rig, const char *name, uint64_t packets);

#endif
