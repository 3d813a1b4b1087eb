// SPDX-License-Identifier: BSD-3-Clause
// SYN-ACKs in groups of one fingerprint, and the proxies found in them: groups whose servers are on one clock.
// Neighbours: proxy.c gives observations and asks for rows (row.c); fit.c decides. Control half: one thread,
// memory fixed. What is kept depends on the observations alone, not on how often or by which worker one is sent.
#ifndef PROXY_TABLE_H
#define PROXY_TABLE_H

#include "mw_event.h"
#include "mw_middlebox.h"
#include "fit.h"
#include "observation.h"

#define PROXY_GROUPS       512 // fingerprints at a time
#define PROXY_MAX          16 // proxies at a time
#define PROXY_FINGERPRINTS 8 // of one proxy: families, and paths to it
#define PROXY_PORTS        8 // of one proxy
#define PROXY_SET          256 // counted exactly up to here
#define PROXY_SHARE_ONE    16 // one server in the shares: large groups are estimated

/** Different things, by a number each. */
struct proxy_set {
	uint64_t items[PROXY_SET];
	uint32_t count;
	bool more;
};

/** One device that answers for many servers. */
struct proxy {
	uint32_t id; // 0: free
	struct proxy_clock clock; // moves along with it
	uint64_t first_ns, last_ns;
	uint64_t span_ns, deviation_ns; // of its best fit; the largest deviation since
	double chance; // of its best fit
	uint64_t fingerprints[PROXY_FINGERPRINTS];
	uint16_t ports[PROXY_PORTS];
	uint32_t fingerprints_count, ports_count;
	uint64_t shared_on,
		shared_all; // servers of its families on its ports lately: on its clock, all; PROXY_SHARE_ONE each
	bool v4, v6;
	struct proxy_set servers, networks, clients;
};

/** SYN-ACKs of one fingerprint: of the servers with the smallest hashes, the latest one each. */
struct proxy_group {
	uint64_t last_window;
	uint32_t count;
	uint32_t unfitted; // samples since the last fit
	uint32_t proxy; // index + 1 of the one whose clock it has
	struct proxy_sample samples[PROXY_SAMPLES];
};

/** Zeroed memory is an empty table. */
struct proxy_table {
	uint64_t fingerprints[PROXY_GROUPS]; // of the groups; 0: free
	struct proxy_group groups[PROXY_GROUPS];
	struct proxy proxies[PROXY_MAX];
};

/** Takes one observation. Observations come in the order of time. */
void proxy_table_add(struct proxy_table *table, const struct mw_event *event, uint32_t servers_at_least);

/**
 * Counts again how many servers are on the clock of each proxy that lately spoke, of all that lately answered on its
 * ports in its families. Done by itself once in each window in which it speaks.
 */
void proxy_table_share(struct proxy_table *table, uint64_t now_ns);

/** A row for each proxy seen last at since_ns or later that speaks for most servers on its ports. */
void proxy_table_report(const struct proxy_table *table, uint64_t since_ns, const struct mw_row_sink *rows);

/** Routers that a packet passed, when it started with 64, 128 or 255. */
static inline uint32_t proxy_hops(uint8_t ttl)
{
	return ttl <= 64 ? 64u - ttl : ttl <= 128 ? 128u - ttl : 255u - ttl;
}

/** Fills the row of one proxy. */
void proxy_row(const struct proxy *proxy, struct mw_middlebox_row *row);

#endif
