// SPDX-License-Identifier: BSD-3-Clause
// Resets that betray themselves by what they belong to: each other, or the packet that they were made of.
// Neighbours: pair.c; weights.c has their weights. Worker.
#ifndef RESETS_PAIR_H
#define RESETS_PAIR_H

#include "pool.h"

/**
 * Both ends reset at once, out of a silence: neither can have known of the other, so what stands between sent both, as
 * a balancer or a translator does whose idle timer ran out. first, second: the episodes of both directions, second just
 * begun; flow: as it was before. @return how long nobody had spoken, in ns; 0 when they are no such pair, or when it
 * cannot be told: an end less than 0.5 ms from the tap, neither a handshake nor two acknowledgements of each end in
 * view, a reset with its sender's own clock or count (then the other one answers it).
 */
uint64_t reset_pair_silence_ns(const struct reset_episode *first, const struct reset_episode *second,
							   const struct mw_flow_view *flow);

/** True when the outcomes of a reset show its named sender's own number and TTL; it may acknowledge something new. */
bool reset_may_be_own(uint64_t outcomes);

/**
 * The outcomes of a reset beside which its named sender sent one of its own: that one shows which TTL its socket gives
 * to resets, so another initial TTL is another sender's (RESET_TTL_SPLIT). Not of a plain reset: a host that has no
 * socket for a segment answers so (RFC 9293 3.5.2, group 1), and may take another TTL for it.
 */
uint64_t reset_beside_own(uint64_t outcomes, uint8_t tcp_flags);

/**
 * True when a reset has the IP identification of the packet that it answers, and its named sender counts elsewhere:
 * that packet was turned round. Chance does so once in 65,536 times.
 */
bool reset_is_turned_round(const struct mw_packet *packet, const struct mw_flow_view *flow);

#endif
