// SPDX-License-Identifier: BSD-3-Clause
// Which worker owns a packet: everything about one innermost address pair goes to one of them, whatever its direction.
// Neighbours: pipeline.c. An ICMP error belongs to the pair that it quotes.
#include "owner.h"

uint16_t owner_of(const struct mw_spread *spread, const struct mw_packet *packet)
{
	struct mw_address src, dst;

	if (MW_LIKELY(packet->lane.shape != 0)) {
		mw_lane_ends(packet, &src, &dst);
		return mw_spread_worker(spread, &src, &dst);
	}
	if ((packet->kinds & MW_KIND_ICMP_ERROR) != 0)
		return mw_spread_worker(spread, &packet->quote.src, &packet->quote.dst);
	return mw_spread_worker(spread, &packet->src, &packet->dst);
}
