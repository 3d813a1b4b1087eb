// SPDX-License-Identifier: BSD-3-Clause
// The control half of a replay: at points of the packet stream it takes the events before them, and writes the rows of
// intervals that ended there. In the reader's thread, or in one of its own while workers go on.
// Neighbours: replay/replay.c says when; intervals.h; lib/aggregate does the work.
//
// Points lie where packet time and the number of packets put them, never where a ring happened to be full: what comes
// out is the same with any number of workers and threads.
#ifndef REPLAY_CONTROL_H
#define REPLAY_CONTROL_H

#include <pthread.h>

#include "intervals.h"
#include "mw_aggregate.h"

#define REPLAY_ORDERS 16u // on the way to the thread: what one of many packets costs may be slow for a while

struct engine;
struct replay_control;
struct worker;

/** What there is to do at a point. replay_control_open fills it, each worker its own part of point. */
struct replay_order {
	struct replay_control *control;
	uint64_t clock_ns; // of the point
	struct intervals intervals; // as of then
	struct intervals_ended ended; // end_ns 0: no interval ended here
	struct mw_aggregate_point point;
	uint32_t number;
	uint32_t missing; // workers that have not come to it
};

/**
 * lock guards all but blocks and point. Orders are opened, ready when the last worker has come to them, and done; one
 * that is ready and not done is the thread's.
 */
struct replay_control {
	struct engine *engine;
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ready_one, done_one;
	struct replay_order orders[REPLAY_ORDERS];
	uint32_t opened, ready, done;
	uint32_t waiting; // threads that wait for done_one
	bool stop;
	struct mw_stats_block *blocks; // a copy of each worker's counters for each order
	struct mw_aggregate_point point; // the thread's: what control sees
};

/** Starts the thread when there is to be one: with more than one worker there must be. @return 0 or -errno. */
int replay_control_start(struct replay_control *control, struct engine *engine, bool threaded);

/**
 * Reader: a point of the packet stream at clock_ns, and ended, the interval that ends there, or NULL. Each worker is to
 * come to it by replay_control_reached. Waits for a place.
 */
struct replay_order *replay_control_open(struct replay_control *control, uint64_t clock_ns,
										 const struct intervals *intervals, const struct intervals_ended *ended);

/**
 * A worker, in its thread, has done all packets before the point: what is to be done there is done once the last one
 * says so, here when there is no thread. Returns when the worker's event rings have room again.
 */
void replay_control_reached(struct worker *worker, struct replay_order *order);

/**
 * Reader: waits until all is done and ends the thread; control sees everything then. Fine for one that never started.
 */
void replay_control_stop(struct replay_control *control);

#endif
