// SPDX-License-Identifier: BSD-3-Clause
// Whether the workers of a live run move. One that stands still is blind while everything else looks well.
// Neighbours: live/moves.c; live/worker.c counts its turns, live/live.c looks.
#ifndef LIVE_MOVES_H
#define LIVE_MOVES_H

#include <stdatomic.h>

#include "mw_base.h"

#define LIVE_STILL_NS (MW_NS_PER_SECOND * 8 / 10) // an idle worker turns thousands of times in it

/** What a worker counts, on a page of its own as its gaps are: it writes, the control thread reads. */
struct live_turns {
	_Alignas(4096) _Atomic uint64_t count;
};

/** Control thread alone, but for turns. Steady times. */
struct live_moves {
	struct live_turns turns[MW_WORKERS_MAX];
	uint64_t seen[MW_WORKERS_MAX], moved_ns[MW_WORKERS_MAX]; // turns at the last look, and when they last grew
	bool told[MW_WORKERS_MAX];
	uint64_t looked_ns;
};

/** A turn of a worker's loop. That worker alone. */
static inline void live_moves_turn(struct live_moves *moves, uint16_t worker, uint64_t turns)
{
	atomic_store_explicit(&moves->turns[worker].count, turns, memory_order_relaxed);
}

/** Before the workers start. */
void live_moves_start(struct live_moves *moves, uint64_t steady_ns);

/**
 * Many times a second: logs a worker that has not turned for LIVE_STILL_NS, and when it turns again; and that the
 * control thread itself stood still so long. @return whether all move.
 */
bool live_moves_look(struct live_moves *moves, uint16_t workers, uint64_t steady_ns);

#endif
