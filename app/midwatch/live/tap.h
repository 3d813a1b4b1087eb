// SPDX-License-Identifier: BSD-3-Clause
// A worker's side of a capture: what it receives is copied into its ring while a capture is wanted.
// Neighbours: live/worker.c calls it, live/capture.c wants and takes. Partners of the atomics: wanted, stored by the
// capture with release, loaded by workers with acquire; seen the other way round. It is the grace period: what the
// plan points to is freed when no worker's seen is the plan.
#ifndef LIVE_TAP_H
#define LIVE_TAP_H

#include <stdatomic.h>

#include "mw_filter.h"
#include "mw_frame_ring.h"
#include "mw_packet.h"

/** What is wanted. Never changed while a worker may see it. */
struct tap_plan {
	const struct mw_filter *filter; // NULL: everything
	uint32_t snap_bytes;
};

/** A worker's own lines. */
struct tap {
	_Alignas(MW_CACHE_LINE_BYTES) const struct tap_plan *plan; // NULL: no capture. The worker's, as seen
	_Atomic(const struct tap_plan *) seen;
	struct mw_frame_ring *ring; // fixed at start; NULL until then, and no plan either
};

struct taps {
	_Alignas(MW_CACHE_LINE_BYTES) _Atomic(const struct tap_plan *) wanted; // NULL: no capture
	struct tap each[MW_WORKERS_MAX];
};

/** Between two batches: takes over what is wanted now. Worker. */
static inline void tap_refresh(const struct taps *taps, struct tap *tap)
{
	const struct tap_plan *wanted = atomic_load_explicit(&taps->wanted, memory_order_acquire);

	if (MW_LIKELY(wanted == tap->plan))
		return;
	tap->plan = wanted;
	atomic_store_explicit(&tap->seen, wanted, memory_order_release);
}

/** Copies what matches of a batch, while tap->plan is not NULL. Worker. */
void tap_take(struct tap *tap, struct mw_packet *const packets[], uint32_t count);

/** The worker receives no more. */
void tap_leave(struct tap *tap);

#endif
