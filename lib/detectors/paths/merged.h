// SPDX-License-Identifier: BSD-3-Clause
// Packets of the capture that were none of the wire: a network card or a kernel put several together (LRO, GRO).
// Neighbours: resend.c follows them, icmp.c finds them quoted, sum.c knows the MSS of the pair.
#ifndef PATHS_MERGED_H
#define PATHS_MERGED_H

#include "mw_base.h"

#define PATH_MERGED_OPTIONS 60 // IP and TCP options that may stand beside a full segment
#define PATH_MERGED_UNIT    500 // bytes of data: what is put together is full segments
#define PATH_MERGED_MOST    64 // packets in one

/** Headers of IP and TCP without options. */
static inline uint32_t path_merged_headers(bool v6)
{
	return v6 ? 60 : 40;
}

/** An IP packet larger than what this MSS lets its receiver get. mss 0: not known. */
static inline bool path_merged_exceeds(bool v6, uint32_t mss, uint32_t ip_bytes)
{
	return mss != 0 && ip_bytes > mss + path_merged_headers(v6) + PATH_MERGED_OPTIONS;
}

/** More data than fits into a packet of Ethernet. */
static inline bool path_merged_is_large(bool v6, uint32_t payload)
{
	return payload > 1500 - path_merged_headers(v6);
}

/** So many bytes of data are some packets of unit bytes. */
static inline bool path_merged_holds(uint32_t payload, uint32_t unit)
{
	return unit >= PATH_MERGED_UNIT && payload > unit && payload % unit == 0 && payload / unit <= PATH_MERGED_MOST;
}

/** Identifications that count the packets that went into one: step is the next one's less its own. */
static inline bool path_merged_counts(uint32_t payload, uint16_t step)
{
	return step >= 2 && path_merged_holds(payload, payload / step) && payload % step == 0;
}

/** A packet of full segments of Ethernet's MSS, with and without a timestamp, for which a router says 1500. */
static inline bool path_merged_of_ethernet(bool v6, uint32_t mtu_bytes, uint32_t ip_bytes)
{
	uint32_t headers = path_merged_headers(v6);

	return mtu_bytes == 1500 && ip_bytes > mtu_bytes &&
		   ((ip_bytes - headers) % (1500 - headers) == 0 || (ip_bytes - headers - 12) % (1500 - headers - 12) == 0);
}

#endif
