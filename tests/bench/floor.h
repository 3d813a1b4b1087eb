// SPDX-License-Identifier: BSD-3-Clause
// The least that a flow tracker does: parse, hash, find, count. What the analyzer is measured against.
// Neighbours: floor.c has a table of its own, floor_rte.c DPDK's rte_hash; same parsing, same entries.
#ifndef FLOOR_H
#define FLOOR_H

#include "mw_hash.h"
#include "trace.h"

#define TUPLE4_BYTES 16u
#define TUPLE6_BYTES 40u

/** Both orders of a tuple are one. The first len_bytes are the key. */
struct tuple {
	union {
		uint8_t bytes[TUPLE6_BYTES];
		struct {
			uint32_t low, high;
			uint16_t low_port, high_port;
			uint32_t protocol;
		} v4;
		struct {
			uint8_t low[16], high[16];
			uint16_t low_port, high_port;
			uint32_t protocol;
		} v6;
	};
	uint32_t len_bytes; // TUPLE4_BYTES, TUPLE6_BYTES, or 0: no flow
};

/** One cache line. */
struct floor_entry {
	uint8_t key[TUPLE6_BYTES];
	uint32_t len_bytes, packets;
	uint64_t bytes, last_ns;
};
_Static_assert(sizeof(struct floor_entry) == MW_CACHE_LINE_BYTES, "an entry is one line");

/** Ethernet, IPv4 or IPv6 (also IPv4 in IPv6), TCP or UDP ports. */
void tuple_of(const struct mw_packet *packet, struct tuple *tuple);

static inline void floor_update(struct floor_entry *entry, const struct mw_packet *packet)
{
	entry->packets++;
	entry->bytes += packet->wire_bytes;
	entry->last_ns = packet->time_ns;
}

struct floor_table;

/** A table for flows_max flows. @return NULL when there is not so much memory. */
struct floor_table *floor_new(uint64_t flows_max);
void floor_reset(struct floor_table *table);
void floor_free(struct floor_table *table);
void floor_run(struct floor_table *table, struct feed *feed, uint32_t first, uint32_t last);
uint64_t floor_flows(const struct floor_table *table);

struct floor_rte;

/** EAL, once. @return false when it cannot be had. */
bool floor_rte_start(void);
/** rte_hash tables for these numbers of flows. @return NULL when there is not so much memory. */
struct floor_rte *floor_rte_new(uint64_t flows4_max, uint64_t flows6_max);
void floor_rte_free(struct floor_rte *table);
void floor_rte_run(struct floor_rte *table, struct feed *feed, uint32_t first, uint32_t last);
uint64_t floor_rte_flows(const struct floor_rte *table);

#endif
