// SPDX-License-Identifier: BSD-3-Clause
// The control half of a replay: at points of the packet stream it takes the events before them, and writes the rows of
// intervals that ended there. In the reader's thread, or in one of its own while workers go on.
// Neighbours: replay.c says when; intervals.h; lib/aggregate does the work.
//
// Points lie where packet time and the number of packets put them, never where a ring happened to be full: what comes
// out is the same with any number of workers and threads.
#ifndef REPLAY_CONTROL_H
#define REPLAY_CONTROL_H

#include <pthread.h>

#include "intervals.h"
#include "mw_aggregate.h"

#define REPLAY_ORDERS 4u // on the way from the reader to the thread

struct engine;

/** What there is to do at a point. The reader fills clock_ns, intervals and ended; the rest is replay_control_give's. */
struct replay_order {
	uint64_t clock_ns; // of the point
	struct intervals intervals; // as of then
	struct intervals_ended ended; // end_ns 0: no interval ended here
	struct mw_aggregate_point point;
};

/** lock guards orders, given, done and stop; an order between given and done is the thread's, any other the reader's. */
struct replay_control {
	struct engine *engine;
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t given_one, done_one;
	struct replay_order orders[REPLAY_ORDERS];
	uint32_t given, done;
	bool stop;
	struct mw_stats_block *blocks; // a copy of each worker's counters for each order
	struct mw_aggregate_point point; // the thread's: what control sees
};

/** Starts the thread when there is to be one. @return 0 or -errno. */
int replay_control_start(struct replay_control *control, struct engine *engine, bool threaded);

/**
 * Reader, with all workers at one point: hands over what is to be done there, and does it when there is no thread.
 * Returns when the event rings have room again.
 */
void replay_control_give(struct replay_control *control, const struct replay_order *order);

/** Reader: waits until all is done and ends the thread; control sees everything then. Fine for one that never started. */
void replay_control_stop(struct replay_control *control);

#endif
