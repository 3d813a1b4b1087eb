// SPDX-License-Identifier: BSD-3-Clause
// The table's memory: buckets of one cache line, cells of two for flows and what some have beside, timer slots.
// Private to flow/.
// Neighbours: every .c file here; docs/concurrency.md says who writes and who reads.
#ifndef FLOW_TABLE_H
#define FLOW_TABLE_H

#include <assert.h>

#include "mw_flow.h"

#define FLOW_NONE     UINT32_MAX // no entry
#define BUCKET_SLOTS  10 // what fits in a line
#define BUCKET_LOAD   5 // flows a bucket at most on average, so that places run out long after entries do
#define TIMER_SLOTS   4096 // one a second
#define TIMER_BACK_NS (2 * MW_NS_PER_SECOND) // so far the clocks of packets and of expiry may differ
#define EVICT_LOOKS   64 // entries that are asked whether somebody answered, 16 bytes each
#define EVICT_TRIES   4 // times that many, when the batch itself has found them all
#define FOUND_WORDS   16 // a bit for each of 1024 entries: what a batch finds shares few with others
#define EVICT_SAMPLE  16 // flows looked at beyond those of the two buckets

/** 16-bit tags decide which entry is worth a cache miss. Worker only. */
struct flow_bucket {
	uint16_t tags[BUCKET_SLOTS];
	uint16_t used; // bit per slot
	uint16_t spilled; // flows of this bucket that live in their second one; UINT16_MAX: some, for ever
	uint32_t entries[BUCKET_SLOTS];
};
static_assert(sizeof(struct flow_bucket) == MW_CACHE_LINE_BYTES, "a bucket is one line");

/** What a full table loses first. */
enum flow_worth { FLOW_WORTH_FREE, FLOW_WORTH_ALONE, FLOW_WORTH_ANSWERED, FLOW_WORTH_PARTS };

/** What a cell that holds no flow is divided into: see parts.h. */
enum flow_part_kind { FLOW_PART_STORY, FLOW_PART_LONG, FLOW_PART_KINDS };

#define FLOW_PAGE_BYTES     ((uintptr_t)1 << 16) // of cells, aligned; the first cell of each names the table
#define FLOW_PAGE_CELLS     (FLOW_PAGE_BYTES / sizeof(struct flow_entry))
#define FLOW_MAC_CHAIN_BITS 12
#define FLOW_MACS_MAX       8192
#define FLOW_MACS_LATEST    8 // a power of two

/** A MAC address that flows refer to by its number. */
struct flow_mac {
	uint8_t mac[6];
	uint16_t next; // in its chain, or in the free list; 0 none
	uint32_t holders;
};

/**
 * Where an entry hangs in the timer slots: ahead by no more than the least of all idle times, so that it is looked at
 * before any deadline that it may get. It stays there when its flow ends or another takes its place, until it is looked
 * at. Worker only; ordinary packets never come here.
 */
struct flow_timer {
	uint32_t next; // in the slot, or in the free list
	uint16_t slot; // its number plus 1; 0: in none
	uint16_t worth; // enum flow_worth: nobody answered, or both sides spoke; or no flow
};
static_assert(sizeof(struct flow_timer) == 8, "eight to a line");
static_assert(TIMER_SLOTS < UINT16_MAX, "a slot's number fits");

static_assert(offsetof(struct flow_entry, b_tail) == offsetof(struct flow_entry, a_tail) + 4, "compared as one word");
static_assert(MW_FLOW_SERVICES_MAX == 1 << FLOW_SERVICE_BITS, "what facts hold");
static_assert(sizeof(struct mw_flow_key) == 48, "the key is hashed as bytes: all of them named");

/** What a flow is looked up by: the short form of a key, and where the whole of it is for long ones. */
struct flow_wanted {
	struct flow_brief {
		uint64_t tails; // a_tail and b_tail
		uint32_t ports; // a_port and b_port
		uint32_t kind; // enum flow_kind; FLOW_FREE: the packet has no flow
	} brief; // hashed as 16 bytes when kind is SHORT
	uint64_t hash;
	uint32_t index; // of the entry, FLOW_NONE; between guess and find it may be wrong
	struct mw_flow_key *key; // room for one; filled for LONG ones
};

struct mw_flow_table {
	// never written after init; any thread
	struct mw_flow_config config;
	struct flow_entry *entries; // cells
	uint32_t cells;
	struct flow_timer *timers;
	struct flow_bucket *buckets;
	uint64_t buckets_mask;
	uint64_t idle_ns[4][4][MW_FLOW_TCP_STATES]; // by kind, sides that spoke, TCP state; not of LONG ones
	uint64_t idle_least_ns; // of all
	uint64_t quiet_ns; // the same, of flows that the quick way takes: at most what lag_ns holds
	uint64_t timer_ahead_s; // an entry is linked so many seconds ahead at most
	struct mw_stats_block *stats;
	uint32_t counters_base;
	_Atomic uint64_t *acks; // MW_FLOW_COUNTER_ACKS of stats
	struct flow_mac *macs; // number 0 is none
	uint16_t macs_max;
	// worker; live is read by any thread
	_Alignas(MW_CACHE_LINE_BYTES) uint32_t live;
	uint32_t fresh; // entries from here on were never used
	uint32_t free_head; // list of used ones
	uint32_t spare; // one that is free and hangs in a slot, FLOW_NONE; taken before any other
	struct mw_packet *const *found; // during a lookup: its packets, of which found_count may have their flows
	uint32_t found_count;
	uint64_t found_bits[FOUND_WORDS]; // by the lowest bits of the entries found: with a 0 an entry is surely none
	uint32_t hand; // next entry that is asked whether somebody answered
	uint32_t alone_first, alone_hashed, alone_count; // of alone: entries chosen to go, and whose hashes are known
	uint32_t alone_wanted; // as many are chosen before the next lookup, MW_BATCH_PACKETS at most
	uint32_t alone[MW_BATCH_PACKETS];
	uint64_t alone_hashes[MW_BATCH_PACKETS]; // of their keys during this lookup; 0 not known
	uint32_t sample; // next entry of the eviction sample
	uint32_t sample_step; // never changes; coprime to cells
	uint32_t parts[FLOW_PART_KINDS]; // first cell with room, FLOW_NONE
	uint32_t parts_left[FLOW_PART_KINDS]; // in all cells with room
	uint16_t mac_free, macs_fresh; // list of used numbers; those above were never used
	uint16_t mac_latest[FLOW_MACS_LATEST]; // held last of those with this last byte, 0 when nobody holds it any more
	uint16_t mac_chains[1u << FLOW_MAC_CHAIN_BITS];
	uint8_t blank[MW_FLOW_STATE_BYTES]; // what a flow without a story writes into
	uint16_t nobodys_steps[4]; // where a packet's steps go that acknowledges nothing new
	bool disturbed; // a flow ended since the last lookup: its pointers may be stale
	uint64_t timer_s; // first second whose slot was not emptied
	uint64_t timer_back_ns; // a clock before this went back: what is linked may be looked at too late
	uint32_t timer_heads[TIMER_SLOTS];
};

static inline struct flow_entry *entry_at(const struct mw_flow_table *table, uint32_t index)
{
	return &table->entries[index];
}

/** Where the page of an entry names the table: in its first cell, behind what readers take for an entry's state. */
static inline struct mw_flow_table **page_table(const struct flow_entry *flow)
{
	uint8_t *page = (uint8_t *)((uintptr_t)flow & ~(FLOW_PAGE_BYTES - 1));

	return (struct mw_flow_table **)(void *)(page + MW_CACHE_LINE_BYTES);
}

/** The table of an entry. */
static inline struct mw_flow_table *table_of(const struct flow_entry *flow)
{
	return *page_table(flow);
}

/** What packets and detectors get of an entry. */
static inline struct mw_flow *flow_of(struct flow_entry *entry)
{
	return (struct mw_flow *)(void *)entry;
}

static inline uint32_t entry_index(const struct mw_flow_table *table, const struct flow_entry *entry)
{
	return (uint32_t)(entry - table->entries);
}

/** During a lookup: a packet points at this entry. */
static inline void note_found(struct mw_flow_table *table, uint32_t index)
{
	table->found_bits[index / 64 % FOUND_WORDS] |= UINT64_C(1) << index % 64;
}

static inline void tally(struct mw_flow_table *table, enum mw_flow_counter number)
{
	mw_stats_add(table->stats, table->counters_base + number, 1);
}

// bucket.c

/** The bucket of a hash: choice 0 or 1. */
static inline struct flow_bucket *bucket_of(const struct mw_flow_table *table, uint64_t hash, unsigned choice)
{
	return &table->buckets[(choice == 0 ? hash : hash >> 32) & table->buckets_mask];
}

/** The entry wanted, or FLOW_NONE. wanted->index: where to look first, or FLOW_NONE. */
uint32_t bucket_find(const struct mw_flow_table *table, const struct flow_wanted *wanted);
/** Puts an entry with this hash into a bucket, moving one other if need be. @return false when there is no place. */
bool bucket_place(struct mw_flow_table *table, uint32_t index, uint64_t hash);
/** hash: as above. */
void bucket_remove(struct mw_flow_table *table, uint32_t index, uint64_t hash);

// key.c

/** Fills wanted->brief, of long keys *wanted->key, and the packet's direction. */
void key_want(const struct mw_flow_table *table, struct mw_packet *packet, struct flow_wanted *wanted);
/** Fills wanted->brief and *wanted->key for ends. @return the direction of a packet from src to dst. */
uint8_t key_want_ends(const struct mw_flow_table *table, const struct mw_flow_ends *ends, struct flow_wanted *wanted);
/** The key of an entry that holds a flow. */
void key_of(const struct flow_entry *flow, struct mw_flow_key *key);
struct flow_long;
/** The same of a copy; rest: of LONG ones. */
void key_expand(const struct flow_entry *flow, const struct flow_long *rest, struct mw_flow_key *key);
/** The hash of its key. */
uint64_t key_hash_of(const struct mw_hash_key *hash_key, const struct flow_entry *flow);
/** Those of count cells, MW_BATCH_PACKETS at most: side by side. Of one that holds no flow it is anything. */
void key_hashes_of(const struct mw_flow_table *table, const uint32_t indexes[], uint64_t hashes[], uint32_t count);
/** True when flow, of the same kind and the same words in line 0, is the one wanted: LONG ones. */
bool key_rest_equal(const struct mw_flow_table *table, const struct flow_entry *flow, const struct flow_wanted *wanted);

// timer.c

/** Fills idle_ns, idle_least_ns, quiet_ns and timer_ahead_s, and empties the slots. */
void timer_init(struct mw_flow_table *table);
/** What the state of a LONG flow grants. */
uint64_t timer_idle_of_long(const struct mw_flow_table *table, const struct flow_entry *flow);
/** When the flow ends if no packet comes: what its state grants after clock_ns. */
static inline uint64_t timer_deadline(const struct mw_flow_table *table, const struct flow_entry *flow)
{
	const uint32_t kind = FLOW_FACT(flow, KIND);
	const uint64_t idle_ns = MW_LIKELY(kind != FLOW_LONG)
								 ? table->idle_ns[kind][FLOW_FACT(flow, SPOKE)][FLOW_FACT(flow, STATE)]
								 : timer_idle_of_long(table, flow);

	return MW_UNLIKELY(idle_ns > UINT64_MAX - flow->clock_ns) ? UINT64_MAX : flow->clock_ns + idle_ns;
}
/** False when it surely does not end at clock_ns: of those that a packet came for a moment ago, line 0 alone tells. */
static inline bool timer_may_be_over(const struct mw_flow_table *table, const struct flow_entry *flow,
									 uint64_t clock_ns)
{
	return clock_ns - flow->clock_ns >= table->idle_least_ns || clock_ns == UINT64_MAX;
}
/** True when it ends at clock_ns. */
static inline bool timer_is_over(const struct mw_flow_table *table, const struct flow_entry *flow, uint64_t clock_ns)
{
	return MW_UNLIKELY(timer_may_be_over(table, flow, clock_ns)) && timer_deadline(table, flow) <= clock_ns;
}
/** Links an entry that is in no slot and holds a flow. clock_ns: now. */
void timer_link(struct mw_flow_table *table, uint32_t index, uint64_t clock_ns);
/** A cell was taken out of its slot: links a flow again, gives back what is free. */
void timer_unhang(struct mw_flow_table *table, uint32_t index, uint64_t clock_ns);
/** The clock went back to clock_ns: links every entry anew. */
void timer_go_back(struct mw_flow_table *table, uint64_t clock_ns);

// entry.c

/** A cell for a flow; FLOW_NONE when none is left, or when there are as many flows as there may be. */
uint32_t entry_take(struct mw_flow_table *table);
/** A cell for anything, or FLOW_NONE. */
uint32_t cell_take(struct mw_flow_table *table);
/** Gives back a cell that holds nothing. */
void cell_give_back(struct mw_flow_table *table, uint32_t index);
/**
 * Makes a taken cell the flow of key, first seen with packet. rest: a part of its kind for a LONG one's key, else 0.
 */
void entry_open(struct mw_flow_table *table, uint32_t index, uint32_t rest, const struct flow_wanted *wanted,
				const struct mw_packet *packet);
/** The flow ends and a new one with the same key starts with packet, in the same entry. */
void entry_restart(struct mw_flow_table *table, uint32_t index, const struct mw_packet *packet, enum mw_flow_end why);
/** The flow ends with the input, and its links are left as they are: entry_forget_all follows. */
void entry_shut(struct mw_flow_table *table, uint32_t index);
/** No entry is in use any more: the table is as at its start. */
void entry_forget_all(struct mw_flow_table *table);
/**
 * The flow ends and leaves its bucket; its entry is the caller's. hash: of its key, 0 when that is not known.
 * @return index.
 */
uint32_t entry_end(struct mw_flow_table *table, uint32_t index, uint64_t hash, enum mw_flow_end why);

// evict.c

/** Ends one flow for one with this hash; near: of its two buckets. @return its entry; FLOW_NONE when none may go. */
uint32_t evict_one(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns, bool near);
/** Fetches the lines of the entries that count new flows will take, and of the flows that they push out. */
void room_fetch(struct mw_flow_table *table, uint32_t count);
/** Once those are there: the buckets of the flows that go. */
void room_fetch_buckets(struct mw_flow_table *table);
/** At the end of a lookup: for the next one as many are to be chosen as had to go in this. */
void room_look_ahead(struct mw_flow_table *table);
/** Chooses one more, and fetches its lines. @return false when none was found. */
bool room_choose(struct mw_flow_table *table);
/** At the beginning of a lookup: chooses those that are wanted still. */
void room_choose_rest(struct mw_flow_table *table);

/** With each new flow, amid other work: all at once the fetches would wait for each other. */
static inline void room_choose_ahead(struct mw_flow_table *table)
{
	if (MW_UNLIKELY(table->alone_count < table->alone_wanted))
		room_choose(table);
}

// lookup.c

/** Finds or inserts the flow of one packet, slowly. */
void lookup_one(struct mw_flow_table *table, struct mw_packet *packet);

// view.c

struct flow_story;
/** Expands a consistent copy, but for MAC addresses. rest: of LONG ones; story: NULL for none. */
void view_expand(const struct flow_entry *flow, const struct flow_long *rest, const struct flow_story *story,
				 struct mw_flow_view *view);

// track.c, tcp.c

/** What one packet adds to the table's counters. */
struct track_counts {
	uint32_t acks, ack_gaps;
};

static inline void table_count_acks(struct mw_flow_table *table, const struct track_counts *counts)
{
	mw_stats_bump(table->acks, counts->acks);
	if (MW_UNLIKELY(counts->ack_gaps != 0))
		mw_stats_add(table->stats, table->counters_base + MW_FLOW_COUNTER_ACK_GAPS, counts->ack_gaps);
}

/** Publishes the packet's facts in its flow. Between publish_begin and publish_end. */
void track_packet(struct flow_entry *flow, const struct mw_packet *packet, struct track_counts *counts);
/** The same of the first packet of a flow, where nothing about it is rare. @return false, and no change, for others. */
bool begin_track(struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet);
/** The same of the first packet of the other side. */
bool first_track(struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet,
				 struct track_counts *counts);
/** Adds to the sums of a side. Between publish_begin and publish_end. */
void track_counts(struct flow_entry *flow, unsigned side, uint32_t more_packets, uint64_t more_bytes);
void tcp_track(struct flow_entry *flow, const struct mw_packet *packet, struct track_counts *counts);
/** Of a SYN or SYN-ACK: what its sender offers. Between publish_begin and publish_end. */
void tcp_track_offer(struct flow_entry *flow, unsigned side, const struct mw_packet_tcp *tcp);
/** True when packet is a SYN that cannot belong to flow any more. */
bool tcp_opens_again(const struct flow_entry *flow, const struct mw_packet *packet);

#endif
