// SPDX-License-Identifier: BSD-3-Clause
// Which worker owns a packet.
// Neighbours: owner.c, pipeline.c.
#ifndef OWNER_H
#define OWNER_H

#include "mw_packet.h"
#include "mw_spread.h"

/**
 * The owner; the same for both directions, for fragments and for ICMP errors that quote the pair. packet->family != 0.
 */
uint16_t owner_of(const struct mw_spread *spread, const struct mw_packet *packet);

/** True when the innermost pair is the only one, so that a NIC can hash it too. */
static inline bool owner_is_plain(const struct mw_packet *packet)
{
	if (MW_LIKELY(packet->lane.shape != 0))
		return (packet->lane.shape & MW_SHAPE_NETWORK) != MW_SHAPE_4IN6;
	return packet->tunnel == MW_LAYERS && (packet->kinds & MW_KIND_ICMP_ERROR) == 0;
}

#endif
