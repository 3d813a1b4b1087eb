// SPDX-License-Identifier: BSD-3-Clause
// The flow table of one worker: one writer, any number of readers that get a consistent copy or try again.
// Neighbours: pipeline/ drives it, detectors read flows, app/ walks snapshots. Follows RFC 9293, RFC 7323.
#ifndef MW_FLOW_H
#define MW_FLOW_H

#include "entry.h"
#include "mw_address.h"
#include "mw_base.h"
#include "entry.h"
#include "mw_hash.h"
#include "mw_packet.h"
#include "mw_stats.h"

/** A flow in its table. It has no members here: there are the accessors at the end, and mw_flow_view. */
struct mw_flow;

/** Both orders of a tuple are one flow: a is the smaller (address, port) in memcmp order. */
struct mw_flow_key {
	struct mw_address a, b;
	uint16_t a_port, b_port;
	uint32_t scope; // mw_packet.scope
	uint16_t vlan; // 0 unless flow.vlan_in_key
	uint8_t protocol;
	uint8_t padding[5]; // 0; 48 bytes are three whole blocks of the hash
};

enum mw_flow_tcp_state {
	MW_FLOW_TCP_NONE, // not TCP
	MW_FLOW_TCP_MIDSTREAM, // first seen without its handshake
	MW_FLOW_TCP_SYN,
	MW_FLOW_TCP_SYN_ACK,
	MW_FLOW_TCP_ESTABLISHED,
	MW_FLOW_TCP_FIN, // one side closed
	MW_FLOW_TCP_CLOSED, // both closed
	MW_FLOW_TCP_RESET,
	MW_FLOW_TCP_STATES,
};

enum mw_flow_end {
	MW_FLOW_END_IDLE, // its timer ran out
	MW_FLOW_END_REUSED, // a new SYN on the same tuple
	MW_FLOW_END_EVICTED, // the table was full
	MW_FLOW_END_SHUTDOWN, // end of input
};

/**
 * Bits of mw_flow_side.seen. MW_SIDE_ANY: a packet that was no RST, so the side's ttl and sequence numbers are valid.
 */
enum {
	MW_SIDE_ANY = 1,
	MW_SIDE_SYN = 2,
	MW_SIDE_SYN_ACK = 4,
	MW_SIDE_DATA = 8,
	MW_SIDE_FIN = 16,
	MW_SIDE_RST = 32,
	MW_SIDE_TIMESTAMPS = 64,
	MW_SIDE_ACK = 128,
};

/**
 * What one endpoint has sent, as seen at this tap. Index 0 is the key's a, 1 is b. Resets never move any field but
 * packets, bytes and seen: a forged one must not poison the baseline. Sequence numbers compare modulo 2^32.
 */
struct mw_flow_side {
	uint64_t packets, bytes; // wire bytes; saturating at 2^38 and 2^48
	uint64_t last_ns;
	uint32_t seq_first; // ISN, or first seen
	uint32_t seq_next; // highest seq + length seen (SYN and FIN count one)
	uint32_t ack_recent[4]; // last distinct ACK numbers sent, ack_recent[0] newest
	uint32_t ts_value; // newest TSval
	uint64_t ts_time_ns; // when, or later: last_ns; 0 without timestamps
	uint16_t ip_id; // last identification, its low half
	uint16_t window; // last advertised, unscaled
	uint16_t mss; // from SYN, 0 unknown
	uint8_t wscale; // of its windows as both SYNs agreed: mw_flow_wscale
	uint8_t ack_count; // valid entries of ack_recent
	uint8_t ttl; // last TTL or hop limit of a packet that was no RST
	uint8_t ttl_min, ttl_max;
	uint8_t seen; // MW_SIDE_*
	uint8_t data_packets; // saturating at 3
	uint32_t answer_least_ns, answer_most_ns; // its soonest acknowledgement of new data took so long; most 0: not known
	bool acks_cut; // of the older ones not all numbers are known, and a newer one stands in; see mw_flow_view
	bool gaps; // the peer acknowledged data that never passed the tap
	bool ahead; // its last segment brought new sequence numbers, so last_ns is the time of seq_next
};

/** All that is known of a flow, at one moment: a copy of what the table keeps packed. */
struct mw_flow_view {
	struct mw_flow_key key;
	uint64_t first_ns, last_ns;
	uint64_t syn_ns, syn_ack_ns, handshake_ns; // first of each, 0 unknown; handshake: the client's first ACK
	uint8_t tcp_state; // enum mw_flow_tcp_state
	uint8_t client; // side that opened: 0, 1; by SYN, else the first sender
	uint8_t service; // enum mw_service
	uint8_t tunnel; // enum mw_layer of the first packet
	uint16_t vlan; // of the first packet
	struct mw_flow_side side[2];
	// the worker's own; 0 in a snapshot
	uint8_t mac_known; // bit per side
	uint8_t mac[2][6]; // source MAC of each side's last packet that was no RST
	uint16_t watch; // bit i: detector i sees every packet
	uint8_t payloads_scanned; // first payloads given to the service signatures, saturating at 3
	bool mirrored_twice; // the mirror showed a packet of it twice
	bool timestamps; // both sides agreed on them: mw_flow_has_timestamps
};

#define MW_FLOW_SERVICES_MAX 64 // values of a flow's service
#define MW_FLOW_WAITS_BIT    15 // of a flow's watch: there is always room for this one
#define MW_FLOW_STATE_BYTES  8 // of detectors, in a flow's story

struct mw_flow_table;

struct mw_flow_config {
	uint32_t flows_max; // entries; memory is fixed by it
	uint32_t state_bytes; // detector state, zeroed at a flow's start; MW_FLOW_STATE_BYTES at most
	bool vlan_in_key;
	uint64_t tcp_idle_ns; // established
	uint64_t tcp_opening_ns; // SYN unanswered, or midstream with one direction only
	uint64_t tcp_closing_ns; // after FIN or RST
	uint64_t udp_idle_ns, other_idle_ns;
	struct mw_hash_key hash_key;
	/**
	 * Called for every flow that ends, before its entry is reused; flow is whole, state included. May not call back.
	 */
	void (*on_end)(void *context, struct mw_flow *flow, enum mw_flow_end why);
	void *context;
};

/** Counters of this module, in enum order, for mw_stats_register("flow", ...). */
enum mw_flow_counter {
	MW_FLOW_COUNTER_NEW,
	MW_FLOW_COUNTER_ENDED_IDLE,
	MW_FLOW_COUNTER_ENDED_REUSED,
	MW_FLOW_COUNTER_EVICTED,
	MW_FLOW_COUNTER_REFUSED,
	MW_FLOW_COUNTER_ACKS,
	MW_FLOW_COUNTER_ACK_GAPS,
	MW_FLOW_COUNTER_STORIES_MISSED,
	MW_FLOW_COUNTER_MACS_MISSED,
	MW_FLOW_COUNTERS,
};
extern const struct mw_counter mw_flow_counters[MW_FLOW_COUNTERS];

/** Bytes of memory that a table with this configuration needs, alignment included. */
size_t mw_flow_table_bytes(const struct mw_flow_config *config);

/**
 * Builds a table in memory (64-byte aligned, zeroed, at least mw_flow_table_bytes). No later call allocates.
 * stats and counters_base: where the counters go. @return the table, or NULL when memory_bytes is too small.
 */
struct mw_flow_table *mw_flow_table_init(void *memory, size_t memory_bytes, const struct mw_flow_config *config,
										 struct mw_stats_block *stats, uint32_t counters_base);

/**
 * Finds or inserts the flow of each packet (fate analysed, family set, neither a later fragment nor an ICMP error);
 * sets packet->flow, NULL when the packet has none or the table refuses, and packet->direction. No flow found in this
 * call is evicted by it. A full table evicts, as far as a bounded look finds one, a flow whose timer ran out, then one
 * that nobody answered, the oldest first, then of a sample the one idle for longest. Worker only.
 */
void mw_flow_lookup(struct mw_flow_table *table, struct mw_packet *const packets[], uint32_t count);

/**
 * Before the detectors see the packet: ends and restarts the flow when its timer had run out or a new SYN opens it
 * again; sets MW_KIND_FLOW_START, MW_KIND_FLOW_AGAIN, MW_KIND_LARGE, MW_KIND_OUT_OF_ORDER, MW_KIND_ACK_AHEAD and
 * MW_KIND_ACK_AGAIN. The flow still shows what was known before this packet.
 */
void mw_flow_enter(struct mw_flow_table *table, struct mw_packet *packet);

/** The ends of a packet whose flow is looked for. */
struct mw_flow_ends {
	struct mw_address src, dst;
	uint16_t src_port, dst_port;
	uint32_t scope; // mw_packet.scope
	uint16_t vlan; // mw_packet.vlan_outer
	uint8_t protocol;
};

/**
 * The flow between these ends that is alive at clock_ns, or NULL; none is made. direction_out: of a packet from src to
 * dst. For packets that name a flow and are none of it: ICMP errors, later fragments. Worker only.
 */
struct mw_flow *mw_flow_find(const struct mw_flow_table *table, const struct mw_flow_ends *ends, uint64_t clock_ns,
							 uint8_t *direction_out);

/**
 * True when the side's last packet that was no reset went to this MAC address, as far as one byte tells: of other
 * addresses one in 256 passes for it. Worker only.
 */
bool mw_flow_went_to(const struct mw_flow *flow, unsigned side, const uint8_t mac[6]);

/** Adds packets that were seen before it was known whose they are; bytes on the wire. Worker only. */
void mw_flow_add_waited(struct mw_flow *flow, uint8_t direction, uint32_t packets, uint64_t bytes);

/** After the detectors: writes the packet's facts into its flow and moves its timer. */
void mw_flow_update(struct mw_flow_table *table, struct mw_packet *packet);

/**
 * For an ordinary packet (MW_LANE_ORDINARY) with a flow, in place of mw_flow_enter and mw_flow_update: when it changes
 * neither the flow's state nor its idle time, or ends a handshake, and when mw_flow_enter would set no kind, its facts
 * are written. Whether a detector watches the flow is not asked. learnt: mw_flow_learnt, or 0. @return false, and no
 * change, for others. Worker only.
 */
bool mw_flow_update_lane(struct mw_flow_table *table, const struct mw_packet *packet, uint32_t learnt);

/** That one more payload was given to the signatures, and a service where none was known: for mw_flow_update_lane. */
static inline uint32_t mw_flow_learnt(const struct mw_flow *flow, uint8_t service)
{
	return (1u << FLOW_SCANNED_AT) + ((service - FLOW_FACT(entry_of(flow), SERVICE)) << FLOW_SERVICE_AT);
}

/** True for most of what mw_flow_update_lane takes: so it will after detectors have seen it. Worker only. */
bool mw_flow_takes_lane(const struct mw_flow_table *table, const struct mw_packet *packet);

/** Sets the service of a flow so that readers see it whole. */
void mw_flow_set_service(struct mw_flow *flow, uint8_t service);

/**
 * Ends flows whose timer ran out at clock_ns (deadline <= clock_ns). With budget UINT32_MAX: exactly those. Else at
 * most budget of them, looking at no more than four times as many; flows due within the running second may wait for the
 * next one. mw_flow_enter does not depend on it. @return false when the budget ended before the seconds did.
 */
bool mw_flow_expire(struct mw_flow_table *table, uint64_t clock_ns, uint32_t budget);

/** Ends every flow (MW_FLOW_END_SHUTDOWN), in order of first_ns, then of the key's bytes. */
void mw_flow_end_all(struct mw_flow_table *table);

/** Live flows. Any thread. */
uint32_t mw_flow_count(const struct mw_flow_table *table);

/** Slots to walk with mw_flow_snapshot: 0 to this minus 1. Any thread. */
uint32_t mw_flow_slots(const struct mw_flow_table *table);

/**
 * About where the entry will lie that is taken when so many more flows are there, at most the last one: for who touches
 * memory beforehand. Any thread.
 */
const void *mw_flow_ahead(const struct mw_flow_table *table, uint32_t flows);

/**
 * A consistent copy of the flow in slot (beyond the last: free). Any thread, at any time; never makes the writer wait.
 * @return 1 copied, 0 free, -EAGAIN when the writer changed it each time of a bounded number of tries.
 */
int mw_flow_snapshot(const struct mw_flow_table *table, uint32_t slot, struct mw_flow_view *copy);

/**
 * Everything the table knows of a flow. For packets that are rare: it reads all that there is of it. Of older
 * acknowledgements whose number is not known (64 KiB from the next one or further) a newer one stands in. The steps of
 * a handshake are exact to the ns below 1 ms, to the us below 1 s, to the ms beyond. Worker only.
 */
void mw_flow_view(const struct mw_flow *flow, struct mw_flow_view *view);

/**
 * Of the same what a segment is judged by: first_ns to handshake_ns, the sides but for their sums, tcp_state, client,
 * timestamps and MAC addresses. The rest of the view is left as it is. Worker only.
 */
void mw_flow_view_talk(const struct mw_flow *flow, struct mw_flow_view *view);

/** Of the same the key alone. Worker only. */
void mw_flow_key_of(const struct mw_flow *flow, struct mw_flow_key *key);

/** The hash that chooses the two buckets of a key, from its lower and its upper half. */
uint64_t mw_flow_key_hash(const struct mw_hash_key *hash_key, const struct mw_flow_key *key);

/**
 * The detector state of a flow, to change, at the offset that this detector was given. Takes room for it; when none is
 * left that is counted, and what is written is lost. Valid until the flow ends or mw_flow_state of another is asked
 * for. Worker only.
 */
void *mw_flow_state(struct mw_flow *flow, uint32_t offset);

/** The same, to look at; zeros as long as nobody asked for it to change it. Worker only. */
const void *mw_flow_state_seen(const struct mw_flow *flow, uint32_t offset);

/** True when a comes after b in sequence space (RFC 9293 section 3.4). */
static inline bool mw_seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

// What every packet may ask of a flow: each reads the line named, of the two. The flow shows what was known before the
// packet. side: 0 for the key's a, 1 for b. Worker only.

/** enum mw_service. Line 0. */
static inline uint8_t mw_flow_service(const struct mw_flow *flow)
{
	return (uint8_t)FLOW_FACT(entry_of(flow), SERVICE);
}

/** enum mw_flow_tcp_state. Line 0. */
static inline uint8_t mw_flow_tcp_state(const struct mw_flow *flow)
{
	return (uint8_t)FLOW_FACT(entry_of(flow), STATE);
}

/** The side that opened: by SYN, else the first sender. Line 0. */
static inline uint8_t mw_flow_client(const struct mw_flow *flow)
{
	return (uint8_t)FLOW_FACT(entry_of(flow), CLIENT);
}

/** True when any packet of the side came, resets and duplicates too. Line 0. */
static inline bool mw_flow_spoke(const struct mw_flow *flow, unsigned side)
{
	return (FLOW_FACT(entry_of(flow), SPOKE) >> side & 1) != 0;
}

/** True when both sides have sent something. Line 0. */
static inline bool mw_flow_is_answered(const struct mw_flow *flow)
{
	return FLOW_FACT(entry_of(flow), SPOKE) == 3;
}

/** Packet time of the first packet. Lines 0 and 1. */
static inline uint64_t mw_flow_first_ns(const struct mw_flow *flow)
{
	return entry_first_ns(entry_of(flow));
}

/** The clock at the last packet that was no duplicate. Line 0. */
static inline uint64_t mw_flow_clock_ns(const struct mw_flow *flow)
{
	return entry_of(flow)->clock_ns;
}

/**
 * True when a packet of the flow came in the same window as one at clock_ns, of those that MW_KIND_FLOW_AGAIN counts
 * by, and the window began at since_ns or later. Line 0.
 */
static inline bool mw_flow_shares_window(const struct mw_flow *flow, uint64_t clock_ns, uint64_t since_ns)
{
	return (entry_of(flow)->clock_ns ^ clock_ns) >> FLOW_AGAIN_SHIFT == 0 &&
		   clock_ns >> FLOW_AGAIN_SHIFT << FLOW_AGAIN_SHIFT >= since_ns;
}

/** True when a packet of the side came that was no RST: then its next sequence number is valid. Line 0. */
static inline bool mw_flow_is_known(const struct mw_flow *flow, unsigned side)
{
	return entry_is_known(entry_of(flow), side);
}

/** TCP: true when the side has acknowledged something: then mw_flow_ack is valid. Line 0. */
static inline bool mw_flow_has_acked(const struct mw_flow *flow, unsigned side)
{
	return entry_has_acked(entry_of(flow), side);
}

/** TCP: the highest sequence number and length seen of the side; 0 when it is not known. Line 0. */
static inline uint32_t mw_flow_seq_next(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->hot[side].seq_next;
}

/** TCP: the newest acknowledgement that the side sent; 0 when it has sent none. Line 0. */
static inline uint32_t mw_flow_ack(const struct mw_flow *flow, unsigned side)
{
	return entry_has_acked(entry_of(flow), side) ? entry_of(flow)->hot[side].ack : 0;
}

/** TCP: the window that the side advertised last, unscaled. Line 0. */
static inline uint16_t mw_flow_window(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->hot[side].window;
}

/** Packets of the side with data, saturating at 3. Line 0. */
static inline uint8_t mw_flow_data_packets(const struct mw_flow *flow, unsigned side)
{
	return entry_data_packets(entry_of(flow), side);
}

/** Packets of the side, saturating at 2^38. Lines 0 and 1, and the story. */
uint64_t mw_flow_packets(const struct mw_flow *flow, unsigned side);

/** Packets of the side modulo 64. Line 0. */
static inline uint8_t mw_flow_packets_low(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->hot[side].packets & FLOW_HOT_PACKETS;
}

/** Bytes on the wire of the side modulo 2^16. Line 0. */
static inline uint16_t mw_flow_bytes_low(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->hot[side].bytes;
}

/** TCP: the ISN of the side, or the first number seen. Line 1. */
static inline uint32_t mw_flow_seq_first(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->seq_first[side];
}

/** TCP: the MSS in the side's SYN, bytes; 0 unknown. Line 1. */
static inline uint16_t mw_flow_mss(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->mss[side];
}

/** TTL or hop limit of the side's last packet that was no RST; 0: there was none. Line 3. */
static inline uint8_t mw_flow_ttl(const struct mw_flow *flow, unsigned side)
{
	return entry_of(flow)->ttl[side];
}

/**
 * TCP: the scale of the side's windows after the SYNs, 0 to 14; 255 unknown. One SYN without the option and neither
 * side scales; a SYN-ACK has it only in answer to one (RFC 7323 section 2.2). Line 1.
 */
static inline uint8_t mw_flow_wscale(const struct mw_flow *flow, unsigned side)
{
	return entry_wscale(entry_of(flow), side);
}

/**
 * TCP: true when timestamps are in use: both sides have sent one. Of a side that never passed the tap, the other's
 * segments tell, but for a SYN alone, which only offers them (RFC 7323 section 3.2). Lines 0 and 1.
 */
static inline bool mw_flow_has_timestamps(const struct mw_flow *flow)
{
	return entry_has_timestamps(entry_of(flow));
}

/** TCP: which of bits the side has sent: MW_SIDE_SYN, SYN_ACK, FIN, RST and TIMESTAMPS alone. Line 1. */
static inline uint8_t mw_flow_seen(const struct mw_flow *flow, unsigned side, uint8_t bits)
{
	return (uint8_t)(entry_of(flow)->seen[side] & bits);
}

/** TCP: the peer acknowledged what of this side never passed the tap. Line 1. */
static inline bool mw_flow_has_gaps(const struct mw_flow *flow, unsigned side)
{
	return (entry_of(flow)->seen[side] & FLOW_SEEN_GAPS) != 0;
}

/** First payloads given to the service signatures, saturating at 3. Line 0. */
static inline uint8_t mw_flow_scanned(const struct mw_flow *flow)
{
	return (uint8_t)FLOW_FACT(entry_of(flow), SCANNED);
}

/** Sets how many first payloads were given to the signatures; more than 3 counts as 3. */
static inline void mw_flow_set_scanned(struct mw_flow *flow, uint8_t count)
{
	entry_set_own(entry_of_own(flow), FLOW_WITH(entry_of(flow)->facts, SCANNED, MW_MIN(count, 3)));
}

/**
 * Time of the side's last packet that was neither a reset nor a copy; 0: there was none. Line 0, of some flows another.
 * Worker only.
 */
uint64_t mw_flow_side_last_ns(const struct mw_flow *flow, unsigned side);

/** True when the side's newest acknowledgement is ahead of the oldest of the last four. Lines 0 and 1. Worker only. */
bool mw_flow_acks_advance(const struct mw_flow *flow, unsigned side);

/** True once the mirror showed a packet of it twice. Line 0. */
static inline bool mw_flow_mirrored_twice(const struct mw_flow *flow)
{
	return FLOW_FACT(entry_of(flow), MIRRORED) != 0;
}

/** From now on mw_flow_mirrored_twice is true, until the flow ends. */
static inline void mw_flow_set_mirrored_twice(struct mw_flow *flow)
{
	entry_set_own(entry_of_own(flow), FLOW_WITH(entry_of(flow)->facts, MIRRORED, 1));
}

/** The bits of mw_flow_watch below MW_FLOW_WAITS_BIT, of a flow that has any. */
uint16_t mw_flow_watch_of(const struct mw_flow *flow);

/** True when a detector watches it: then mw_flow_watch has more than MW_FLOW_WAITS_BIT. Line 0. */
static inline bool mw_flow_is_watched(const struct mw_flow *flow)
{
	return FLOW_FACT(entry_of(flow), WATCHED) != 0;
}

/**
 * Bit i: detector i sees every packet of it; MW_FLOW_WAITS_BIT: what the flow asked waits for its answer. Line 0; the
 * story when a detector watches.
 */
static inline uint16_t mw_flow_watch(const struct mw_flow *flow)
{
	const struct flow_entry *entry = entry_of(flow);
	const uint32_t waits = FLOW_FACT(entry, WAITS) << MW_FLOW_WAITS_BIT;

	return (uint16_t)(MW_LIKELY(FLOW_FACT(entry, WATCHED) == 0) ? waits : waits | mw_flow_watch_of(flow));
}

/** Its MW_FLOW_WAITS_BIT alone. Line 0. */
static inline bool mw_flow_waits(const struct mw_flow *flow)
{
	return FLOW_FACT(entry_of(flow), WAITS) != 0;
}

/**
 * Sets which detectors see every packet of it; a detector changes its own bit by mw_detector_watch. Without room for a
 * story nobody does, which is counted.
 */
void mw_flow_set_watch(struct mw_flow *flow, uint16_t watch);

#endif
