// SPDX-License-Identifier: BSD-3-Clause
// The workers of a run: their memory, their pipelines, the rings to and between them, and what they all read.
// Neighbours: engine.c builds them; live/worker.c and replay/worker.c are their loops; handover.c fills the inboxes.
#ifndef WORKER_H
#define WORKER_H

#include <stdatomic.h>

#include "memory/memory.h"
#include "mw_event_ring.h"
#include "mw_pipeline.h"
#include "mw_ring.h"
#include "mw_text.h"

#define WORKERS_EVENTS   65536u // lines of a worker's events, and
#define WORKERS_STEPS    65536u // of its connections' steps: 2 million opened and answered a second are 40,000 in 10 ms
#define WORKERS_HANDOVER 1024u // packets on the way between two workers

/** One worker's share. Written by its own thread after start, but for what is marked. */
struct worker {
	uint16_t index;
	struct mw_stats_block *stats;
	struct mw_pipeline *pipeline;
	struct mw_event_ring *events;
	struct mw_event_ring_sink sink;
	struct mw_ring *inbox[MW_WORKERS_MAX]; // of struct mw_packet *, by the worker that fills it; NULL for itself
	const struct mw_settings *settings; // in the pipeline now
	_Atomic(const struct mw_settings *) settings_seen; // the same, for control: older ones may be freed
};

/** Fixed once they are built, but for settings, which the control thread changes, and what tunnels holds. */
struct workers {
	_Atomic(const struct mw_settings *) settings; // the newest
	const struct mw_signatures *signatures;
	struct mw_stats_names names;
	struct mw_pipeline_counters counters;
	struct mw_hash_key hash_key;
	struct mw_fragment_tunnels tunnels;
	struct memory memory;
	uint16_t count;
	struct worker each[MW_WORKERS_MAX];
};

/**
 * Says how much memory count workers need, takes it and builds them with the settings, signatures, names, counters and
 * hash key that are there. Control thread. @return 0; -ENOMEM or another -errno.
 */
int workers_build(struct workers *workers, uint16_t count, enum memory_use use);

/** Ends the pipelines and gives the memory back; fine for what was never built. Control thread, after the threads. */
void workers_free(struct workers *workers);

/** Memory of count workers with the settings that are there. Any time after the settings; control thread. */
size_t workers_bytes(struct workers *workers, uint16_t count);

/**
 * Whether the machine has that memory. @return 0, or -ENOMEM with a sentence. Control thread.
 */
int workers_fit(struct workers *workers, uint16_t count, struct mw_text *problem);

/** A counter summed over all. Any thread. */
uint64_t workers_sum(const struct workers *workers, uint32_t counter);

/** True while a worker may still read these settings. Control thread. */
bool workers_use(const struct workers *workers, const struct mw_settings *settings);

/** A worker's own check between two batches: newer settings are taken over. Its thread. */
static inline void worker_refresh(struct workers *workers, struct worker *worker)
{
	const struct mw_settings *newest = atomic_load_explicit(&workers->settings, memory_order_acquire);

	if (newest == worker->settings)
		return;
	mw_pipeline_settings(worker->pipeline, newest);
	worker->settings = newest;
	atomic_store_explicit(&worker->settings_seen, newest, memory_order_release);
}

#endif
