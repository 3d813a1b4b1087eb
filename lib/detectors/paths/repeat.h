// SPDX-License-Identifier: BSD-3-Clause
// What comes again and again between the same two addresses: told at once the first time, then counted, and told with
// its count at most once a period. Neighbours: paths.c; reports, handshakes and datagrams in pieces come through here.
#ifndef PATHS_REPEAT_H
#define PATHS_REPEAT_H

#include "mw_detector.h"
#include "facts.h"

#define PATH_REPEAT_SETS 256
#define PATH_REPEAT_WAYS 8

/** What makes two of them the same. Every byte counts, so padding is named and 0. */
struct path_repeat_key {
	struct mw_address src, dst, reporter, told;
	uint32_t mtu_bytes;
	uint16_t mss_syn, mss_synack, mss_before;
	uint8_t what, protocol;
	bool merged, near;
	uint8_t padding[2];
};

struct path_repeat_entry {
	struct path_repeat_key key;
	uint64_t told_ns, seen_ns; // clock
	uint64_t first_ns; // time of the first that was not told yet
	uint32_t count; // not told yet
	uint32_t alike; // of those, by the ports and the number that the latest bears
	uint32_t quoted_bytes; // of those
	uint64_t last_ns; // time of the latest
	uint32_t seq, ip_id; // of the latest
	uint16_t src_port, dst_port, vlan; // of the latest
	uint8_t tunnel;
	bool flow_known;
};

/** Zeroed memory is an empty table. */
struct path_repeat {
	uint64_t next_ns; // no count is due before; 0: none waits
	uint64_t due_ns[PATH_REPEAT_SETS * PATH_REPEAT_WAYS]; // clock at which a waiting count is told; 0: none waits
	uint16_t
		tags[PATH_REPEAT_SETS * PATH_REPEAT_WAYS]; // of the entries' keys, so that the others are not read; 0: free
	struct path_repeat_entry entries[PATH_REPEAT_SETS * PATH_REPEAT_WAYS];
};

/** One of what was seen at time_ns. */
void path_repeat_add(struct mw_detector_ctx *ctx, const struct mw_event_flow *ends, const struct path_facts *facts,
					 uint64_t time_ns, uint64_t clock_ns);

/** Tells the counts whose period is over at now_ns. */
void path_repeat_tick(struct mw_detector_ctx *ctx, uint64_t now_ns);

#endif
