// SPDX-License-Identifier: BSD-3-Clause
// What a sender does after a router told it that its packets are too big.
// Neighbours: paths.c drives, pool.h keeps, icmp.c opens. Follows RFC 1191 section 6, RFC 8201 section 4,
// RFC 5927 section 7: what is acknowledged got through, whatever a report says.
#ifndef PATHS_REACTION_H
#define PATHS_REACTION_H

#include "mw_detector.h"
#include "facts.h"

/** Sizes of whole IP packets in bytes; 0: none. */
struct path_reaction_part {
	uint64_t time_ns, clock_ns; // of the report
	uint64_t decided_ns; // clock; 0: not yet
	struct mw_address reporter, told;
	uint32_t mtu_bytes, limit_bytes, quoted_bytes; // as reported; what the sender should keep; what was too big
	uint32_t quoted_seq; // TCP: first number of the packet that was too big
	uint32_t sent_after, smallest_after; // larger than the limit, when the sender must have had the report
	uint32_t fits, largest_fit; // the others
	uint32_t again_end, again_size; // TCP: the first packet that fits and repeats bytes of the one that did not
	uint32_t probe_seq, probe_end, probe_size; // TCP: a packet too big that awaits its acknowledgement
	uint32_t passed, largest_passed; // TCP: such packets that were acknowledged
	uint64_t passed_ns; // time of the latest of these acknowledgements
	uint64_t new_ns; // clock of the first of new_count
	uint32_t new_count, new_size; // TCP: too big, new, none sent again between; size of the first
	bool resent; // TCP: one that is too big was sent again
	bool again_acked; // TCP: the packet of again_size was acknowledged
	uint8_t reaction; // with decided_ns
	bool fits_flow; // the flow may have sent the packet that the report quotes
	bool is_told;
};

struct path_episode;

/**
 * The size that a host should keep to after a report; 0: the report makes no sense. Without an MTU it is estimated
 * (RFC 1191 section 7), and less than hosts go down to is not asked for.
 */
uint32_t path_reaction_limit(bool v6, uint32_t mtu_bytes, uint32_t quoted_bytes);

/**
 * Opens the part with an ICMP error about a flow, or goes on with one that is open: a lower limit begins anew.
 * fits: the flow may have sent the packet that is quoted; else all that can follow is that the report is wrong.
 */
void path_reaction_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
						bool fits);

/** A packet of the sender. */
void path_reaction_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
						const struct mw_flow *flow);

/** A packet of the receiver. */
void path_reaction_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet);

/** Decides and tells what is due at now_ns, and may end the part. @return the clock at which to look again. */
uint64_t path_reaction_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns);

/** Ends the part: decides as it stands, and tells. */
void path_reaction_end(struct mw_detector_ctx *ctx, struct path_episode *episode);

#endif
