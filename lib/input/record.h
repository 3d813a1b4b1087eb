// SPDX-License-Identifier: BSD-3-Clause
// A packet as it stands in a capture file, whoever reads it; and what the file's link types are.
// Neighbours: capture.c; pcapng.c and libpcap read records; link_types.c.
#ifndef MW_INPUT_RECORD_H
#define MW_INPUT_RECORD_H

#include "mw_packet.h"

/** data is NULL in none. */
struct record {
	const uint8_t *data;
	uint64_t time_ns; // since the epoch
	uint32_t captured_bytes, wire_bytes; // either may be the larger one
	uint16_t dlt;
	uint8_t link; // enum mw_link
};

/** How frames of this DLT_ value are read; MW_LINK_UNKNOWN. */
enum mw_link link_of_dlt(int dlt);

/** libpcap's number, DLT_, of a file's LINKTYPE_; and back. The same but for a few: pcap-linktype(7). */
uint16_t dlt_of_link_type(uint16_t link_type);
uint16_t link_type_of_dlt(uint16_t dlt);

/**
 * Nanoseconds since the epoch. A count of 64 bits ends at the year 2262: later times are that. Never 0, which is no
 * time: the first nanosecond of 1970 and all before it are 1. rest_ns is below 2^32.
 */
static inline uint64_t record_time_ns(int64_t seconds, uint64_t rest_ns)
{
	const int64_t last = INT64_C(9223372035); // in ns still below 2^63

	return MW_MAX((uint64_t)MW_MAX(MW_MIN(seconds, last), 0) * MW_NS_PER_SECOND + rest_ns, UINT64_C(1));
}

#endif
