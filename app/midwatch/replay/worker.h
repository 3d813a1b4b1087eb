// SPDX-License-Identifier: BSD-3-Clause
// A worker of a replay other than the reader: a thread behind a hand-over ring.
// Neighbours: replay/replay.c.
#ifndef REPLAY_WORKER_H
#define REPLAY_WORKER_H

#include <pthread.h>

#include "handover.h"

#define REPLAY_MARKERS 32u // on the way to a worker

struct engine;
struct replay_order;

/** A place in the packet stream. order: what the worker is to say there; NULL: nothing. */
struct replay_marker {
	struct mw_packet packet;
	struct replay_order *order;
};

/** markers: the reader fills them, the thread reads them. reached: thread writes, reader reads. */
struct replay_worker {
	struct engine *engine;
	struct worker *worker;
	struct mw_ring *done; // of struct mw_packet *: buffers that go back to the reader
	void *done_memory;
	void (*at_order)(struct worker *worker, struct replay_order *order); // set before the start
	struct replay_marker markers[REPLAY_MARKERS];
	uint64_t marks;
	_Atomic uint64_t reached;
	atomic_bool stop;
	bool running;
	pthread_t thread;
};

/** @return 0 or -errno. */
int replay_worker_start(struct replay_worker *self, struct engine *engine, uint16_t index);
/** Ends the thread and frees; fine for one that never started. */
void replay_worker_stop(struct replay_worker *self);

/** Reader: sends a marker behind all packets so far. Waits when too many are on their way. */
void replay_worker_mark(struct replay_worker *self, enum handover_marker marker, uint64_t now_ns,
						struct replay_order *order);
/** Reader: true once the thread has done everything up to the last marker; its memory may be read then. */
bool replay_worker_reached(const struct replay_worker *self);

/** What any worker does at a marker, the reader too. The worker's thread. */
void replay_worker_meet(struct worker *worker, enum handover_marker marker, uint64_t now_ns);

/**
 * Waits a little for another thread, which may need this core, and longer when that was in vain many times. vain: how
 * often so far; the caller sets it to 0 when there was something to do.
 */
void replay_worker_relax(uint32_t *vain);

#endif
