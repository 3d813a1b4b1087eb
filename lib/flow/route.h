// SPDX-License-Identifier: BSD-3-Clause
// Whether a side's packets still come the same way: TTL and source MAC in one byte of line 0.
// Neighbours: track.c keeps both in full in line 3; fast.h asks whether they are the same.
#ifndef FLOW_ROUTE_H
#define FLOW_ROUTE_H

#include <string.h>

#include "mw_packet.h"

/** The source MAC as a number, 0 for none. */
static inline uint64_t mac_number(const struct mw_packet *packet)
{
	uint32_t high;
	uint16_t low;

	memcpy(&high, packet->mac_src, sizeof(high));
	memcpy(&low, packet->mac_src + sizeof(high), sizeof(low));
	return (uint64_t)high << 16 | low;
}

/**
 * One byte that tells whether TTL and MAC are those of the side's last packet: another TTL always shows, another MAC in
 * 255 cases of 256.
 */
static inline uint8_t route_of(const struct mw_packet *packet)
{
	return (uint8_t)((mac_number(packet) * UINT64_C(0x9e3779b97f4a7c15) >> 56) + packet->ttl);
}

#endif
