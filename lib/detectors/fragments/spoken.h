// SPDX-License-Identifier: BSD-3-Clause
// Which hosts have exchanged anything beside later pieces: a packet with a flow, in either direction.
// Neighbours: fragments.c notes packets and asks when a datagram ends.
#ifndef FRAGMENTS_SPOKEN_H
#define FRAGMENTS_SPOKEN_H

#include "mw_detector.h"

#define FRAGMENT_SPOKEN_BITS    (1u << 20)
#define FRAGMENT_SPOKEN_SPAN_NS (300 * MW_NS_PER_SECOND)
#define FRAGMENT_SPOKEN_WAIT    16 // pairs that are noted once their lines have been fetched

/** Of a worker; zeroed memory is empty. Bloom filters of the present span of five minutes and the one before. */
struct fragment_spoken {
	uint64_t span; // of packet time
	uint64_t span_ns; // when it began
	_Alignas(MW_CACHE_LINE_BYTES) uint64_t words[2][FRAGMENT_SPOKEN_BITS / 64];
	uint32_t waiting_count;
	uint64_t waiting[FRAGMENT_SPOKEN_WAIT]; // hashes of the present span
};

/**
 * True when the other side's packet that began this window of the flow (MW_KIND_FLOW_AGAIN) was noted in this span: the
 * pair is the same. flow: as it was before the packet.
 */
static inline bool fragment_spoken_is_noted(const struct fragment_spoken *spoken, const struct mw_packet *packet,
											const struct mw_flow *flow)
{
	return (packet->kinds & MW_KIND_FLOW_START) == 0 && flow != NULL &&
		   packet->clock_ns - spoken->span_ns < FRAGMENT_SPOKEN_SPAN_NS &&
		   mw_flow_shares_window(flow, packet->clock_ns, spoken->span_ns);
}

/** Of two hosts, whichever sends. What collides shows in results, so a portable one. */
static inline uint64_t fragment_pair_hash(const struct mw_detector_ctx *ctx, const struct mw_address *a,
										  const struct mw_address *b, uint32_t scope)
{
	return mw_hash_address(ctx->hash_key, a->bytes) + mw_hash_address(ctx->hash_key, b->bytes) +
		   scope * UINT64_C(0x9e3779b97f4a7c15);
}

/** A packet with a flow passes. pair: fragment_pair_hash of its hosts. */
void fragment_spoken_note(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx, uint64_t pair);

/**
 * @return false when no packet with a flow passed between the two for five minutes; true may be wrong, when crowded.
 */
bool fragment_spoken_asks(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_fragment_datagram *datagram);

#endif
