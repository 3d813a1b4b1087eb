// SPDX-License-Identifier: BSD-3-Clause
// What of a too-big report can be true at all. Anybody can write one: RFC 5927 says what to hold against it.
// Neighbours: icmp.c looks at each, sum.c at what was told of them.
#ifndef PATHS_REPORTER_H
#define PATHS_REPORTER_H

#include "mw_address.h"

#define PATH_MTU_LEAST_V4 552 // what hosts take for the least (Linux, ip_rt_min_pmtu)
#define PATH_MTU_LEAST_V6 1280 // RFC 8200 section 5; RFC 8201 section 4: no host goes below

/**
 * False for an address that no router has: unspecified, loopback, multicast, broadcast, reserved (RFC 1122 3.2.1.3).
 */
static inline bool path_reporter_may_be_router(const struct mw_address *address)
{
	static const struct mw_address unspecified, loopback = {{[15] = 1}};
	uint8_t first = address->bytes[12];

	if (mw_address_is_v4(address))
		return first != 0 && first != 127 && first < 224;
	return address->bytes[0] != 0xff && mw_address_compare(address, &unspecified) != 0 &&
		   mw_address_compare(address, &loopback) != 0;
}

/** No router drops a packet that is not larger than its MTU, or one so small. 0: not given, not known. */
static inline bool path_reporter_is_absurd(bool v6, uint32_t mtu_bytes, uint32_t quoted_bytes)
{
	uint32_t least_bytes = v6 ? PATH_MTU_LEAST_V6 : PATH_MTU_LEAST_V4;

	if (quoted_bytes != 0 && (mtu_bytes >= quoted_bytes || quoted_bytes <= least_bytes))
		return true;
	return mtu_bytes != 0 && mtu_bytes < least_bytes;
}

#endif
