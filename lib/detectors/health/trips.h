// SPDX-License-Identifier: BSD-3-Clause
// Round trips of TCP: when a segment passed, and when its acknowledgement did.
// Neighbours: trips.c; worker.c tells of exchanges. One worker.
#ifndef HEALTH_TRIPS_H
#define HEALTH_TRIPS_H

#include "health.h"
#include "mw_kit_budget.h"

#define HEALTH_FLOWS_MAX 1024 // of a worker at a time
#define HEALTH_OPEN_MAX  64 // segments of a side that are not acknowledged; of more the oldest are given up

/** A segment that waits for its acknowledgement. */
struct health_segment {
	uint32_t end; // the number behind it
	uint32_t us; // packet time, the low bits
};

/** The side table's entry. */
struct health_flow {
	uint64_t first_ns; // the flow's: another one in its place is told by it
	struct {
		uint32_t first, count; // of segments, a ring
		struct health_segment segments[HEALTH_OPEN_MAX];
	} sides[2]; // by who sent them
};

/** A worker's memory. */
struct health_worker {
	struct mw_kit_budget looks;
};

void health_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow);
void health_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why);

#endif
