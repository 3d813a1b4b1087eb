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

/** A packet with a flow passes. */
void fragment_spoken_note(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_packet *packet);

/**
 * @return false when no packet with a flow passed between the two for five minutes; true may be wrong, when crowded.
 */
bool fragment_spoken_asks(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_fragment_datagram *datagram);

#endif
