// SPDX-License-Identifier: BSD-3-Clause
// How a flow lies in memory: two cache lines, of which an ordinary packet touches the first alone. What few flows have
// lies apart: the rest of a long key, and a story.
// Private to flow/: mw_flow.h includes it for its inline accessors alone, and to others struct mw_flow is no type with
// members. Neighbours: parts.h has what lies apart, table.h the whole.
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include <assert.h>

#include "mw_base.h"

/**
 * Fields of flow_entry.facts: shift and bits. WAITS and those from WATCHED on are the worker's own and mean nothing to
 * readers.
 */
enum {
	FLOW_KIND_AT = 0,
	FLOW_KIND_BITS = 2, // enum flow_kind
	FLOW_SERVICE_AT = 2,
	FLOW_SERVICE_BITS = 6, // enum mw_service
	FLOW_STATE_AT = 8,
	FLOW_STATE_BITS = 3, // enum mw_flow_tcp_state
	FLOW_CLIENT_AT = 11,
	FLOW_CLIENT_BITS = 1,
	FLOW_RECENT_AT = 12,
	FLOW_RECENT_BITS = 1, // the side whose last packet came at clock_ns
	FLOW_APART_AT = 13,
	FLOW_APART_BITS = 2, // bit per side: its last time lies in side_last_ns
	FLOW_SPOKE_AT = 15,
	FLOW_SPOKE_BITS = 2, // bit per side: any packet came, resets and duplicates too
	FLOW_WAITS_AT = 17,
	FLOW_WAITS_BITS = 1, // MW_FLOW_WAITS_BIT of its watch: that of most flows, for a while
	FLOW_DATA_AT = 18,
	FLOW_DATA_BITS = 2, // data packets of side 0, saturating at 3; side 1 follows
	FLOW_WATCHED_AT = 22,
	FLOW_WATCHED_BITS = 1, // a detector watches: see the story
	FLOW_SCANNED_AT = 23,
	FLOW_SCANNED_BITS = 2,
	FLOW_MIRRORED_AT = 25,
	FLOW_MIRRORED_BITS = 1,
	FLOW_AHEAD_AT = 26,
	FLOW_AHEAD_BITS = 2, // bit per side: its last segment had new sequence numbers
	FLOW_ANSWER_AT = 28,
	FLOW_ANSWER_BITS = 2, // of side 0: how soon it has acknowledged, see tcp_note_answer; side 1 follows
};

#define FLOW_AGAIN_SHIFT 31 // a window of the clock, in ns: two seconds

/**
 * What the entry holds and where its key is: SHORT ones (IPv4, no scope, no VLAN) in line 0, the rest of LONG ones
 * apart.
 */
enum flow_kind { FLOW_FREE, FLOW_SHORT_TCP, FLOW_SHORT_UDP, FLOW_LONG };

/**
 * Bits of flow_entry.seen. Those of packets are MW_SIDE_* of the same names; the others lie where line 0 has MW_SIDE_*.
 */
enum {
	FLOW_SEEN_TS_FOLLOWS = 1, // a timestamp came after the flow's first packet
	FLOW_SEEN_SYN = 2,
	FLOW_SEEN_SYN_ACK = 4,
	FLOW_SEEN_GAPS = 8, // the peer acknowledged what never passed
	FLOW_SEEN_FIN = 16,
	FLOW_SEEN_RST = 32,
	FLOW_SEEN_TIMESTAMPS = 64,
	FLOW_SEEN_TTL_LOST = 128, // its TTL has changed, and there was no story to keep the range
};

/** Values of a wscale beside 0 to 14: no SYN was seen, or one without the option. */
enum { FLOW_WSCALE_NONE = 15, FLOW_WSCALE_UNKNOWN = 255 };

/** Bits of flow_hot.packets; below them the low bits of the count. */
enum { FLOW_HOT_ANY = 0x40, FLOW_HOT_ACK = 0x80, FLOW_HOT_PACKETS = 0x3f };

/** Fields of flow_entry.first: the time of the first packet modulo 2^56 ns, the scales of both windows as offered. */
enum { FLOW_FIRST_NS_BITS = 56, FLOW_WSCALE_AT = 56, FLOW_WSCALE_BITS = 4 };

/** Fields of flow_entry.opening. Steps are as times.c packs them; 0 unknown. */
enum {
	FLOW_VLAN_AT = 0,
	FLOW_VLAN_BITS = 12,
	FLOW_TUNNEL_AT = 12,
	FLOW_TUNNEL_BITS = 6,
	FLOW_SYN_FIRST_AT = 18,
	FLOW_SYN_FIRST_BITS = 1, // the flow began with a SYN
	FLOW_SYN_ACK_AT = 19,
	FLOW_SYN_ACK_BITS = 22, // from the first packet to the SYN-ACK
	FLOW_ACK_AT = 41,
	FLOW_ACK_BITS = 23, // from there to the client's acknowledgement
};

/** Per side, what nearly every packet changes. */
struct flow_hot {
	uint32_t seq_next;
	uint32_t ack; // newest distinct one; of a side that has sent none it is free, see times.h
	union {
		struct {
			uint16_t window;
			uint16_t ip_id; // low half
			uint16_t bytes; // low half of the sum; the carry goes to line 1
			uint8_t packets; // low six bits of the count, FLOW_HOT_*
			uint8_t route; // of TTL and both MACs: equal means that line 1 need not change
		};
		uint64_t sums; // these five as one word
	};
};

/** Where a field of a side's second word is. */
#define SUMS_AT(field)                                                                                                 \
	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__                                                                         \
		 ? 8 * (offsetof(struct flow_hot, field) - offsetof(struct flow_hot, sums))                                    \
		 : 64 - 8 * (offsetof(struct flow_hot, field) - offsetof(struct flow_hot, sums)) -                             \
			   8 * sizeof(((struct flow_hot *)0)->field))
#define SUMS_OF(field, value) ((uint64_t)(value) << SUMS_AT(field))

/** One entry, and the size of every cell of the table. */
struct flow_entry {
	// line 0
	uint32_t version; // odd while the worker writes
	uint32_t facts;
	uint32_t a_tail; // last four bytes of the addresses, as they lie in memory
	union {
		uint32_t b_tail; // of SHORT ones
		uint32_t rest; // of LONG ones: a part, what is missing of the key
	};
	uint16_t a_port, b_port;
	uint32_t lag_ns; // the last time of the side that is not recent: clock_ns minus this
	uint64_t clock_ns; // clock of the last packet that was no duplicate: what the deadline counts from
	struct flow_hot hot[2];
	// line 1
	uint64_t first; // FLOW_FIRST_NS and below
	uint64_t opening; // FLOW_VLAN and below
	uint32_t seq_first[2];
	uint32_t ts_value[2];
	uint16_t acks[2][3]; // steps back from the newest, see acks.h
	uint16_t mac[2]; // numbers of macs.h, 0 unknown
	uint16_t mss[2];
	uint8_t packets_high[2]; // above the six bits of line 0; what goes beyond is in the story
	uint8_t bytes_high[2]; // above the 16 bits of line 0; the same
	uint8_t ttl[2];
	uint8_t seen[2]; // FLOW_SEEN_*
	uint32_t story; // a part, 0 none
};
static_assert(sizeof(struct flow_entry) == 2 * MW_CACHE_LINE_BYTES, "two lines");
static_assert(offsetof(struct flow_entry, first) == MW_CACHE_LINE_BYTES, "line 1");

struct mw_flow;

/** What mw_flow.h hands out as a struct mw_flow is an entry. */
static inline const struct flow_entry *entry_of(const struct mw_flow *flow)
{
	return (const struct flow_entry *)(const void *)flow;
}

/** The same, to write. */
static inline struct flow_entry *entry_of_own(struct mw_flow *flow)
{
	return (struct flow_entry *)(void *)flow;
}

static inline uint32_t flow_fact(const struct flow_entry *flow, unsigned at, unsigned bits)
{
	return flow->facts >> at & ((1u << bits) - 1);
}
#define FLOW_FACT(flow, name) flow_fact((flow), FLOW_##name##_AT, FLOW_##name##_BITS)

/** facts with one field replaced. */
static inline uint32_t flow_facts_with(uint32_t facts, unsigned at, unsigned bits, uint32_t value)
{
	uint32_t mask = ((1u << bits) - 1) << at;

	return (facts & ~mask) | (value << at & mask);
}
#define FLOW_WITH(facts, name, value) flow_facts_with((facts), FLOW_##name##_AT, FLOW_##name##_BITS, (uint32_t)(value))

/** Changes a field that is the worker's own. Readers may load the word at the same time, so the store is atomic. */
static inline void entry_set_own(struct flow_entry *flow, uint32_t facts)
{
	__atomic_store_n(&flow->facts, facts, __ATOMIC_RELEASE);
}

/** A field of a 64-bit word of line 1. */
static inline uint64_t flow_field(uint64_t word, unsigned at, unsigned bits)
{
	return word >> at & ((UINT64_C(1) << bits) - 1);
}

static inline uint64_t flow_field_with(uint64_t word, unsigned at, unsigned bits, uint64_t value)
{
	uint64_t mask = ((UINT64_C(1) << bits) - 1) << at;

	return (word & ~mask) | (value << at & mask);
}
#define FLOW_OPENING(flow, name) flow_field((flow)->opening, FLOW_##name##_AT, FLOW_##name##_BITS)
#define FLOW_OPENING_WITH(flow, name, value)                                                                           \
	flow_field_with((flow)->opening, FLOW_##name##_AT, FLOW_##name##_BITS, (uint64_t)(value))

/** Packet time of the first packet: within 416 days of the last clock. */
static inline uint64_t entry_first_ns(const struct flow_entry *flow)
{
	const unsigned spare = 64 - FLOW_FIRST_NS_BITS;

	return flow->clock_ns - (uint64_t)((int64_t)((flow->clock_ns - flow->first) << spare) >> spare);
}

/** Data packets of a side, saturating at 3. */
static inline uint8_t entry_data_packets(const struct flow_entry *flow, unsigned side)
{
	return (uint8_t)flow_fact(flow, FLOW_DATA_AT + 2 * side, FLOW_DATA_BITS);
}

/** A packet came that was no RST: next sequence number, TTL and route are valid. */
static inline bool entry_is_known(const struct flow_entry *flow, unsigned side)
{
	return (flow->hot[side].packets & FLOW_HOT_ANY) != 0;
}

static inline bool entry_has_acked(const struct flow_entry *flow, unsigned side)
{
	return (flow->hot[side].packets & FLOW_HOT_ACK) != 0;
}

/** Its SYN was seen, or its SYN-ACK. */
static inline bool entry_isn_known(const struct flow_entry *flow, unsigned side)
{
	return (flow->seen[side] & (FLOW_SEEN_SYN | FLOW_SEEN_SYN_ACK)) != 0;
}

/** The scale in a side's SYN, FLOW_WSCALE_*. */
static inline uint8_t entry_wscale_offered(const struct flow_entry *flow, unsigned side)
{
	if (!entry_isn_known(flow, side))
		return FLOW_WSCALE_UNKNOWN;
	return (uint8_t)flow_field(flow->first, FLOW_WSCALE_AT + FLOW_WSCALE_BITS * side, FLOW_WSCALE_BITS);
}

/** The scale of a side's windows; see mw_flow_wscale. */
static inline uint8_t entry_wscale(const struct flow_entry *flow, unsigned side)
{
	const uint8_t mine = entry_wscale_offered(flow, side), its = entry_wscale_offered(flow, !side);

	if (mine == FLOW_WSCALE_NONE || its == FLOW_WSCALE_NONE)
		return 0;
	return its != FLOW_WSCALE_UNKNOWN || (flow->seen[side] & FLOW_SEEN_SYN_ACK) != 0 ? mine : FLOW_WSCALE_UNKNOWN;
}

/** Timestamps are in use; see mw_flow_has_timestamps. */
static inline bool entry_has_timestamps(const struct flow_entry *flow)
{
	const unsigned side = (flow->seen[0] & FLOW_SEEN_TIMESTAMPS) != 0 ? 0 : 1;

	if ((flow->seen[side] & FLOW_SEEN_TIMESTAMPS) == 0)
		return false;
	if (entry_is_known(flow, !side))
		return (flow->seen[!side] & FLOW_SEEN_TIMESTAMPS) != 0;
	return (flow->seen[side] & FLOW_SEEN_SYN) == 0 || (flow->seen[side] & FLOW_SEEN_TS_FOLLOWS) != 0;
}

#endif
