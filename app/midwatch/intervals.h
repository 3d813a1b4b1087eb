// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time, in intervals.
// Neighbours: engine.h has one struct intervals; replay/replay.c and live/live.c say how far time went.
#ifndef INTERVALS_H
#define INTERVALS_H

#include "mw_base.h"

struct engine;

/** Packet time of a run. Control thread; the reader of a replay has its own. */
struct intervals {
	uint64_t length_ns; // output.interval
	bool started; // a first packet was seen
	uint64_t first_ns, last_ns; // seen so far
	uint64_t start_ns; // of the running interval
	uint64_t from_ns; // from when on it was watched
	uint32_t empty; // intervals that got rows all the same
	uint32_t silences; // that got no rows
	uint64_t silence_ns, silence_from_ns; // the longest of them
};

/** An interval that is over. */
struct intervals_ended {
	uint64_t start_ns, end_ns;
	uint64_t from_ns; // from when on it was watched
};

/**
 * Packet time goes on to now_ns, interval by interval; to be asked until it says no. Ends of a long silence are left
 * out.
 * @return true: one has ended, and its rows are due before anything later. The caller's thread has the struct to
 * itself.
 */
bool intervals_next(struct intervals *intervals, uint64_t now_ns, struct intervals_ended *ended);

/** A packet of time_ns was seen: intervals_next is told of the first of many alone. */
void intervals_saw(struct intervals *intervals, uint64_t time_ns);

/** Rows of an interval that ended. Control thread. */
void engine_end_interval(struct engine *engine, const struct intervals_ended *ended);

/** Packet time goes on to now_ns: rows of every interval that ended. Control thread. */
void engine_advance(struct engine *engine, uint64_t now_ns);

/** Writes the last, partial interval and the findings. Workers must have finished. */
void engine_finish(struct engine *engine);

#endif
