// SPDX-License-Identifier: BSD-3-Clause
// UDP: which sizes of a sender are answered and which never are, where it sends, waits, and sends again.
// Neighbours: paths.c drives, pool.h keeps. Follows RFC 8899 section 4.3; a probe now and then is no black hole.
#ifndef PATHS_SIZES_H
#define PATHS_SIZES_H

#include "mw_detector.h"
#include "facts.h"

/** Sizes of whole IP packets in bytes; 0: none. */
struct path_sizes {
	uint64_t from_ns, to_ns; // time of the first and the last large packet without an answer
	uint64_t last_ns; // time of the sender's latest packet
	uint64_t last_clock_ns;
	uint64_t answer_most_ns; // the longest that an answer took
	uint64_t silence_least_ns; // the shortest wait for an answer that did not come
	uint32_t last_size; // of the sender's latest packet, while nothing has come back; 0 none
	bool last_large;
	uint32_t packets; // of the sender
	uint32_t answered, large_answered; // large ones are in both
	uint32_t lost; // large ones without an answer
	uint32_t largest_answered, smallest_lost;
};

struct path_episode;

/** Whether the packet is a large one of a flow that is more than a question and its answer. */
bool path_sizes_begins(const struct mw_packet *packet, const struct mw_flow *flow);

/** Opens the part with such a packet. */
void path_sizes_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** A packet of the sender. @return true: there is nothing to find in this direction, look no more. */
bool path_sizes_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** A packet of the receiver. @return true: large packets pass, look no more. */
bool path_sizes_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** Ends the part if it is over at now_ns. @return the clock at which to look again. */
uint64_t path_sizes_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns);

/** Ends the part, and tells of it if there is something to tell. */
void path_sizes_end(struct mw_detector_ctx *ctx, struct path_episode *episode);

#endif
