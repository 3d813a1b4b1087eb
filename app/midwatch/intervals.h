// SPDX-License-Identifier: BSD-3-Clause
// The passing of packet time, in intervals.
// Neighbours: engine.h has one struct intervals; replay.c and live.c say how far time went.
#ifndef INTERVALS_H
#define INTERVALS_H

#include "mw_base.h"

struct engine;

/** Packet time of a run. Control thread. */
struct intervals {
	uint64_t length_ns; // output.interval
	bool started; // a first packet was seen
	uint64_t first_ns, last_ns; // seen so far
	uint64_t start_ns; // of the running interval
	uint64_t from_ns; // from when on it was watched
	uint32_t silences; // that got no rows
	uint64_t silence_ns, silence_from_ns; // the longest of them
};

/** Packet time goes on to now_ns: rows of every interval that ended. tick is called at each end before its rows. */
void engine_advance(struct engine *engine, uint64_t now_ns, void (*tick)(void *context, uint64_t now_ns),
					void *context);

/** A packet of time_ns was seen: engine_advance is told of the first of many alone. */
void engine_saw(struct engine *engine, uint64_t time_ns);

/** Writes the last, partial interval and the findings. Workers must have finished. */
void engine_finish(struct engine *engine);

#endif
