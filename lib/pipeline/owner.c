// SPDX-License-Identifier: BSD-3-Clause
// Which worker owns a packet: everything about one innermost address pair goes to one of them, whatever its direction.
// Neighbours: pipeline.c. An ICMP error belongs to the pair that it quotes.
#include "owner.h"

uint16_t owner_of(const struct mw_hash_key *key, const struct mw_packet *packet, uint16_t workers_count)
{
	struct {
		struct mw_address low, high;
	} pair;
	struct mw_address src = packet->src, dst = packet->dst;
	bool ordered;

	if (workers_count == 1 || packet->family == 0)
		return 0;
	if (MW_LIKELY(packet->lane.shape != 0)) {
		mw_lane_ends(packet, &src, &dst);
	} else if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0) {
		src = packet->quote.src;
		dst = packet->quote.dst;
	}
	ordered = mw_address_compare(&src, &dst) <= 0;
	pair.low = ordered ? src : dst;
	pair.high = ordered ? dst : src;
	return (uint16_t)(mw_hash(key, &pair, sizeof(pair)) % workers_count);
}
