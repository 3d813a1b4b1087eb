// SPDX-License-Identifier: BSD-3-Clause
// The writer's half of the per-entry sequence lock: every store that another thread may see goes through here.
// Neighbours: reader.c is the other half; docs/concurrency.md holds the argument, docs/flow-table.pml the model.
#ifndef FLOW_PUBLISH_H
#define FLOW_PUBLISH_H

#include "table.h"

#include <string.h>

// Each field is stored with release, so whoever sees a new one also sees the odd version stored before it. That
// replaces a fence, which ThreadSanitizer does not understand; on x86 all of these are plain moves.

static inline void publish_begin(struct mw_flow *flow)
{
	__atomic_store_n(&flow->version, flow->version + 1, __ATOMIC_RELAXED);
}

static inline void publish_end(struct mw_flow *flow)
{
	__atomic_store_n(&flow->version, flow->version + 1, __ATOMIC_RELEASE);
}

/** Stores one field. Between begin and end. */
#define PUBLISH(field, value) __atomic_store_n(&(field), (__typeof__(field))(value), __ATOMIC_RELEASE)

/** Replaces a field of facts. */
#define PUBLISH_FACT(flow, name, value) PUBLISH((flow)->facts, MW_FLOW_WITH((flow)->facts, name, value))

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

/** False when ack is one of the older ones. */
static inline bool tcp_ack_is_new(const struct mw_flow_warm *warm, uint32_t ack)
{
	const uint32_t older = warm->packets_high & 3;
	bool known = false;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(warm->acks_older); i++)
		known |= i < older && warm->acks_older[i] == ack;
	return !known;
}

/** ack, the newest so far, becomes the first of the older ones. */
static inline void tcp_push_ack(struct mw_flow_warm *warm, uint32_t ack)
{
	PUBLISH(warm->acks_older[2], warm->acks_older[1]);
	PUBLISH(warm->acks_older[1], warm->acks_older[0]);
	PUBLISH(warm->acks_older[0], ack);
	if ((warm->packets_high & 3) < MW_ARRAY_SIZE(warm->acks_older))
		PUBLISH(warm->packets_high, warm->packets_high + 1);
}

#define TCP_GAP_SANE_BYTES (1u << 30) // an acknowledgement further ahead is no gap but nonsense

#endif
