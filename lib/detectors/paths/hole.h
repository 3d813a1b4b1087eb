// SPDX-License-Identifier: BSD-3-Clause
// Large TCP segments that were lost before the tap: bytes that never pass, while what is smaller does, and the receiver
// stands where they begin. Neighbours: paths.c drives, pool.h keeps. Follows RFC 9293 section 3.10.7.4, RFC 5961.
#ifndef PATHS_HOLE_H
#define PATHS_HOLE_H

#include "mw_detector.h"
#include "facts.h"

struct path_hole {
	uint64_t opened_ns; // time of the packet behind the hole
	uint64_t silent_ns; // by_reset: when its sender had been seen last
	uint64_t stands_ns; // time of the receiver's latest acknowledgement of the hole's begin; 0 none
	uint64_t last_clock_ns, reset_clock_ns; // latest packet of either side; a reset, 0 none
	uint32_t start, end; // the bytes that never passed
	uint32_t reset_seq; // by_reset
	uint32_t size; // of an IP packet with a full segment
	uint32_t segments; // full ones that fill the hole exactly; 0: they do not
	uint32_t small_size, small_end; // the largest smaller packet that passed with bytes of the hole; 0 none
	uint32_t passed; // the largest packet that got through before had so many bytes at least; 0 none is known
	bool by_reset; // shown by a reset with a number beyond it, after long silence
	bool small_acked, large_acked;
	bool sacked; // the receiver said that it lacks the bytes, and has what came behind them
};

struct path_episode;

/** Whether the packet stands at least one full segment beyond what its side had reached, and is small itself. */
bool path_hole_begins(const struct mw_packet *packet, const struct mw_flow *flow);

/** Opens the part with such a packet. */
void path_hole_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					const struct mw_flow *flow);

/** A packet of the sender. It may end the part. */
void path_hole_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** A packet of the receiver. It may end the part. */
void path_hole_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** Ends the part if it is over at now_ns. @return the clock at which to look again. */
uint64_t path_hole_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns);

/** Ends the part, and tells of it if there is something to tell. */
void path_hole_end(struct mw_detector_ctx *ctx, struct path_episode *episode, enum path_end end);

#endif
