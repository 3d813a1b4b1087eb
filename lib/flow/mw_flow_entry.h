// SPDX-License-Identifier: BSD-3-Clause
// How a flow lies in memory: four cache lines, of which an ordinary packet touches the first alone.
// Neighbours: flow/ writes it, pipeline/ asks the inline accessors; everybody else gets a struct mw_flow_view.
#ifndef MW_FLOW_ENTRY_H
#define MW_FLOW_ENTRY_H

#include <assert.h>

#include "mw_base.h"

/** Fields of mw_flow.facts: shift and bits. Those from WATCHED on are the worker's own and mean nothing to readers. */
enum {
	MW_FLOW_KIND_AT = 0,
	MW_FLOW_KIND_BITS = 2, // enum mw_flow_kind
	MW_FLOW_SERVICE_AT = 2,
	MW_FLOW_SERVICE_BITS = 6, // enum mw_service
	MW_FLOW_STATE_AT = 8,
	MW_FLOW_STATE_BITS = 3, // enum mw_flow_tcp_state
	MW_FLOW_CLIENT_AT = 11,
	MW_FLOW_CLIENT_BITS = 1,
	MW_FLOW_RECENT_AT = 12,
	MW_FLOW_RECENT_BITS = 1, // the side whose last packet came at clock_ns
	MW_FLOW_APART_AT = 13,
	MW_FLOW_APART_BITS = 2, // bit per side: its last time lies in side_last_ns
	MW_FLOW_SPOKE_AT = 15,
	MW_FLOW_SPOKE_BITS = 2, // bit per side: any packet came, resets and duplicates too
	MW_FLOW_KEY_VLAN_AT = 17,
	MW_FLOW_KEY_VLAN_BITS = 1,
	MW_FLOW_DATA_AT = 18,
	MW_FLOW_DATA_BITS = 2, // data packets of side 0, saturating at 3; side 1 follows
	MW_FLOW_WATCHED_AT = 22,
	MW_FLOW_WATCHED_BITS = 1, // watch is not 0
	MW_FLOW_SCANNED_AT = 23,
	MW_FLOW_SCANNED_BITS = 2,
	MW_FLOW_MIRRORED_AT = 25,
	MW_FLOW_MIRRORED_BITS = 1,
	MW_FLOW_AHEAD_AT = 26,
	MW_FLOW_AHEAD_BITS = 2, // bit per side: its last segment had new sequence numbers
};

/** What the entry holds and where its key is: SHORT ones (IPv4, no scope, no VLAN) in line 0, LONG ones in 0 and 2. */
enum mw_flow_kind { MW_FLOW_FREE, MW_FLOW_SHORT_TCP, MW_FLOW_SHORT_UDP, MW_FLOW_LONG };

/** Bits of mw_flow_hot.packets; below them the low bits of the count. */
enum { MW_FLOW_HOT_ANY = 0x40, MW_FLOW_HOT_ACK = 0x80, MW_FLOW_HOT_PACKETS = 0x3f };

/** Per side, what nearly every packet changes. */
struct mw_flow_hot {
	uint32_t seq_next;
	uint32_t ack; // newest distinct one
	uint16_t window;
	uint16_t ip_id; // low half
	uint16_t bytes; // low half of the sum; the carry goes to line 1
	uint8_t packets; // low six bits of the count, MW_FLOW_HOT_*
	uint8_t route; // of TTL and source MAC: equal means that line 3 need not change
};

/** Per side, what data transfer changes now and then. */
struct mw_flow_warm {
	uint32_t acks_older[3];
	uint32_t ts_value;
	uint64_t ts_time_ns;
	uint32_t packets_high; // above the six bits of line 0, four times; the lowest two bits: valid acks_older
	uint32_t bytes_high; // above the 16 bits of line 0
};

/** One entry. Detector state begins in its last eight bytes and may go on behind it. */
struct mw_flow {
	// line 0
	uint32_t version; // odd while the worker writes
	uint32_t facts;
	uint32_t a_tail, b_tail; // last four bytes of the addresses, as they lie in memory
	uint16_t a_port, b_port;
	uint32_t lag_ns; // the last time of the side that is not recent: clock_ns minus this
	uint64_t clock_ns; // clock of the last packet that was no duplicate: what the deadline counts from
	struct mw_flow_hot hot[2];
	// line 1
	struct mw_flow_warm warm[2];
	// line 2
	uint8_t a_head[12], b_head[12];
	uint32_t scope;
	uint16_t vlan; // of the first packet
	uint8_t protocol;
	uint8_t tunnel;
	uint64_t first_ns;
	uint64_t side_last_ns[2]; // see MW_FLOW_APART
	uint64_t reset_last_ns; // time of the last reset
	// line 3
	uint32_t seq_first[2];
	uint16_t mss[2];
	uint8_t mac[2][6];
	uint8_t ttl[2], ttl_min[2], ttl_max[2];
	uint8_t seen[2]; // MW_SIDE_* except ANY, ACK, DATA
	uint8_t wscale[2];
	uint8_t gap_events[2]; // saturating
	uint16_t handshake[3][3]; // SYN, SYN-ACK, ACK: 2^47 + ns since first_ns, low part first; 0 unknown
	uint16_t watch; // bit i: detector i sees every packet
	uint8_t state[8]; // of the detectors
};
static_assert(sizeof(struct mw_flow) == 4 * MW_CACHE_LINE_BYTES, "four lines");
static_assert(offsetof(struct mw_flow, warm) == MW_CACHE_LINE_BYTES, "line 1");
static_assert(offsetof(struct mw_flow, a_head) == 2 * MW_CACHE_LINE_BYTES, "line 2");
static_assert(offsetof(struct mw_flow, seq_first) == 3 * MW_CACHE_LINE_BYTES, "line 3");

static inline uint32_t mw_flow_fact(const struct mw_flow *flow, unsigned at, unsigned bits)
{
	return flow->facts >> at & ((1u << bits) - 1);
}
#define MW_FLOW_FACT(flow, name) mw_flow_fact((flow), MW_FLOW_##name##_AT, MW_FLOW_##name##_BITS)

/** facts with one field replaced. */
static inline uint32_t mw_flow_facts_with(uint32_t facts, unsigned at, unsigned bits, uint32_t value)
{
	uint32_t mask = ((1u << bits) - 1) << at;

	return (facts & ~mask) | (value << at & mask);
}
#define MW_FLOW_WITH(facts, name, value)                                                                               \
	mw_flow_facts_with((facts), MW_FLOW_##name##_AT, MW_FLOW_##name##_BITS, (uint32_t)(value))

/** Changes a field that is the worker's own. Readers may load the word at the same time, so the store is atomic. */
static inline void entry_set_own(struct mw_flow *flow, uint32_t facts)
{
	__atomic_store_n(&flow->facts, facts, __ATOMIC_RELEASE);
}

/** Packets of a side. */
static inline uint64_t entry_packets(const struct mw_flow *flow, unsigned side)
{
	return (uint64_t)(flow->warm[side].packets_high >> 2) << 6 | (flow->hot[side].packets & MW_FLOW_HOT_PACKETS);
}

/** Data packets of a side, saturating at 3. */
static inline uint8_t entry_data_packets(const struct mw_flow *flow, unsigned side)
{
	return (uint8_t)mw_flow_fact(flow, MW_FLOW_DATA_AT + 2 * side, MW_FLOW_DATA_BITS);
}

/** A packet came that was no RST: next sequence number, TTL and route are valid. */
static inline bool entry_is_known(const struct mw_flow *flow, unsigned side)
{
	return (flow->hot[side].packets & MW_FLOW_HOT_ANY) != 0;
}

static inline bool entry_has_acked(const struct mw_flow *flow, unsigned side)
{
	return (flow->hot[side].packets & MW_FLOW_HOT_ACK) != 0;
}

#endif
