// SPDX-License-Identifier: BSD-3-Clause
// A connection that is followed: up to where it was counted, and the holes in what was seen of it.
// Neighbours: worker.c chooses connections, follow.c follows them. One worker.
#ifndef MIRROR_FOLLOW_H
#define MIRROR_FOLLOW_H

#include "mw_kit_budget.h"
#include "mw_kit_side.h"
#include "mirror.h"

#define MIRROR_FLOWS_MAX 4096 // of a worker at a time
#define MIRROR_HOLES_MAX 8 // of a connection at a time

/** Sequence numbers of a side that were not seen when they were due. */
struct mirror_hole {
	uint32_t begin, end;
	uint64_t from_ns, until_ns; // when they were sent, as far as is known
	uint64_t acked_ns; // 0: not acknowledged
	uint8_t side;
};

/** The side table's entry. */
struct mirror_flow {
	uint64_t first_ns; // the flow's: another one in its place is told by it
	uint64_t wait_ns; // what comes within it after a hole was just late; 0: not known yet
	uint64_t bytes[2]; // acknowledged of each side since the beginning
	uint32_t acked[2]; // up to where that was counted
	uint32_t segments[2]; // that were counted
	bool lossy[2]; // it was counted as such
	uint8_t holes_count;
	struct mirror_hole holes[MIRROR_HOLES_MAX];
};

#define MIRROR_MOMENTS 512u // a power of two: those of five seconds

/** A worker's memory. */
struct mirror_worker {
	struct mw_kit_budget begun, holes;
	uint32_t mask; // flows whose hash has none of these bits are followed
	uint32_t used_count;
	uint16_t used[MIRROR_MOMENTS]; // places of moments of which something is known and not told
	struct mirror_moment moments[MIRROR_MOMENTS]; // by their number
};

/** What was never seen of a hole, when its sender was seen again. */
void mirror_moments_lost(struct mw_detector_ctx *ctx, const struct mirror_hole *hole, uint64_t seen_ns);
/** Tells of all moments that something is known of. */
void mirror_moments_tell(struct mw_detector_ctx *ctx);

/** Begins: what either side sends from acked[side] on is followed. */
void mirror_flow_begin(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow,
					   const uint32_t acked[2]);

/** A TCP segment of the flow that is no reset and no copy. @return true: every one must be seen from now on. */
bool mirror_flow_take(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_packet *packet,
					  const struct mw_flow *flow);

/** It has ended: what was acknowledged and not seen never will be. */
void mirror_flow_close(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow);

#endif
