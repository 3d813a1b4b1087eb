// SPDX-License-Identifier: BSD-3-Clause
// Whether a side's packets still go the same way: TTL and both MAC addresses in one byte.
// Neighbours: decode/ puts it into the lane, flow/ remembers it in line 0 and asks whether it is the same.
#ifndef MW_ROUTE_H
#define MW_ROUTE_H

#include <string.h>

#include "mw_packet.h"

/** A MAC address as a number, 0 for none. Any thread. */
static inline uint64_t mw_mac_number(const uint8_t mac[6])
{
	uint32_t high;
	uint16_t low;

	memcpy(&high, mac, sizeof(high));
	memcpy(&low, mac + sizeof(high), sizeof(low));
	return (uint64_t)high << 16 | low;
}

/**
 * One byte that tells whether TTL and both MACs are those of the side's last packet: another TTL always shows, another
 * MAC in 255 cases of 256. Any thread.
 */
static inline uint8_t mw_route_between(const uint8_t src[6], const uint8_t dst[6], uint8_t ttl)
{
	return (uint8_t)(((mw_mac_number(src) + (mw_mac_number(dst) << 13)) * UINT64_C(0x9e3779b97f4a7c15) >> 56) + ttl);
}

/** The same of a whole packet. Any thread. */
static inline uint8_t mw_route_of(const struct mw_packet *packet)
{
	return mw_route_between(packet->mac_src, packet->mac_dst, packet->ttl);
}

#endif
