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

/** What the two below make of the twelve bytes in that order. Any thread. */
static inline uint8_t mw_route_mix(uint64_t first_8_bytes, uint32_t last_4_bytes, uint8_t ttl)
{
	return (
		uint8_t)(((first_8_bytes * UINT64_C(0x9e3779b97f4a7c15) + last_4_bytes * UINT64_C(0xbf58476d1ce4e5b9)) >> 56) +
				 ttl);
}

/**
 * One byte that tells whether TTL and both MACs are those of the side's last packet: another TTL always shows, another
 * MAC in 255 cases of 256. The addresses as they begin a frame of Ethernet. Any thread.
 */
static inline uint8_t mw_route_on_wire(const uint8_t macs[12], uint8_t ttl)
{
	uint64_t first;
	uint32_t last;

	memcpy(&first, macs, sizeof(first));
	memcpy(&last, macs + sizeof(first), sizeof(last));
	return mw_route_mix(first, last, ttl);
}

/** The same of addresses that lie apart. Any thread. */
static inline uint8_t mw_route_between(const uint8_t src[6], const uint8_t dst[6], uint8_t ttl)
{
	uint32_t dst_first, src_last;
	uint16_t dst_last, src_first;

	memcpy(&dst_first, dst, sizeof(dst_first));
	memcpy(&dst_last, dst + sizeof(dst_first), sizeof(dst_last));
	memcpy(&src_first, src, sizeof(src_first));
	memcpy(&src_last, src + sizeof(src_first), sizeof(src_last));
	return mw_route_mix(mw_lane_tails(dst_first, mw_lane_ports(dst_last, src_first)), src_last, ttl);
}

/** The same of a whole packet. Any thread. */
static inline uint8_t mw_route_of(const struct mw_packet *packet)
{
	return mw_route_between(packet->mac_src, packet->mac_dst, packet->ttl);
}

#endif
