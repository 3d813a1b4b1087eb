// SPDX-License-Identifier: BSD-3-Clause
// A large TCP segment that is sent again: how often, at what times, in what sizes, and what the receiver says to it.
// Neighbours: paths.c drives, pool.h keeps. Follows RFC 2923 section 2.1, RFC 4821, RFC 6298, RFC 8985.
#ifndef PATHS_RESEND_H
#define PATHS_RESEND_H

#include "mw_detector.h"
#include "facts.h"

/** The first segment that the receiver lacks, of those that were sent again. */
struct path_resend {
	uint64_t first_ns, last_ns; // time of the first and the last retransmission
	uint64_t last_clock_ns; // and of the last one the clock
	uint64_t gap_ns; // between the last two
	uint64_t reset_clock_ns; // a reset came; 0 none
	uint32_t seq, end;
	uint32_t ip_id; // at the latest retransmission; 0 not known
	uint32_t size, payload; // of the IP packet and in it
	uint32_t passed; // the largest packet that got through before had so many bytes at least; 0 none is known
	uint32_t retransmits; // at that size, while the receiver's window was open
	uint32_t growing, growing_most; // gaps in a row that grew
	uint32_t outstanding; // packets of that size that the receiver had not acknowledged, at most
	uint32_t small_size, small_end; // the largest smaller packet that repeated some of its bytes; 0 none
	uint32_t small_payload; // and the data in it
	bool window_closed; // at the latest retransmission
	bool receiver_alive, small_acked, large_acked, full_size;
	bool fresh; // the receiver had spoken shortly before
	bool merged; // larger than the receiver's MSS, or than any Ethernet
	uint32_t singles; // merged: packets of the wire that begin as it does
	uint32_t id_steps, id_ones; // large packets whose identification counts several, and only themselves
	uint16_t last_id; // of the sender's latest packet with data
	uint32_t last_payload; // of it; 0 none with an identification
};

struct path_episode;

/** Whether the packet is a large segment that is sent again and that the receiver has not acknowledged. */
bool path_resend_begins(const struct mw_packet *packet, const struct mw_flow *flow);

/** Opens the part with such a packet. */
void path_resend_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					  const struct mw_flow *flow);

/** A packet of the sender. */
void path_resend_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					  const struct mw_flow *flow);

/** A packet of the receiver. It may end the part. */
void path_resend_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** Ends the part if it is over at now_ns. @return the clock at which to look again. */
uint64_t path_resend_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns);

/** Ends the part, and tells of it if there is something to tell. */
void path_resend_end(struct mw_detector_ctx *ctx, struct path_episode *episode, enum path_end end);

#endif
