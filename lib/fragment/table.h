// SPDX-License-Identifier: BSD-3-Clause
// The tracker's memory: datagrams in a fixed array, found by a keyed hash; how its parts see them.
// Neighbours: the .c files of this folder. Datagrams have numbers from 1 up; 0 is none.
#ifndef FRAGMENT_TABLE_H
#define FRAGMENT_TABLE_H

#include "mw_fragment.h"
#include "piece.h"
#include "unit.h"

#define SIGNED_BYTES 4096
#define BOUNDS_WORDS 7

#define REMEMBER_NS (2 * MW_NS_PER_SECOND) // a complete datagram, since it became complete
#define YOUNG_NS    (2 * MW_NS_PER_SECOND) // at the end of input: a piece may still be under way
/**
 * The pieces of a datagram leave their sender one behind the other. One that contradicts the others after so long
 * belongs to another datagram with the same identification (RFC 4963); sooner, it overlaps.
 */
#define SILENT_NS (MW_NS_PER_SECOND / 2)

/** Lists by the time of the last piece, in order of eviction; which one says what a datagram is worth. */
enum list {
	LIST_COMPLETE, // by the time it became complete
	LIST_FIRST_ALONE, // not answered
	LIST_LATER_ALONE,
	LIST_OTHERS,
	LISTS,
};

struct list_ends {
	uint32_t oldest, newest;
};

/** Pieces of one datagram agree in all of it. RFC 8200 section 4.5: in IPv6 the protocol is not of it. */
struct key {
	struct mw_address src, dst;
	uint32_t id, scope;
	uint8_t protocol, family;
	uint8_t zero[2];
};

/** Bytes [from, to) that passed. */
struct range {
	uint16_t from, to;
};

struct datagram {
	// who
	struct key key;
	uint32_t hash;
	uint32_t chain; // next of its bucket, or of the free ones
	uint32_t older, newer; // of its list
	uint8_t list;
	uint8_t ranges_count;
	uint8_t head_bytes;
	bool first_seen : 1;
	bool ports_known : 1;
	bool answered : 1;
	bool mixed : 1; // may have pieces of another datagram with its identification
	bool doubtful : 1; // another datagram may have pieces of it
	bool followed : 1; // late.c: another began after a silence; it is asked when this one ends
	bool gone : 1; // late.c: told as part of another
	// what
	uint64_t clock_ns; // of the last piece; once complete, of completion
	uint64_t first_ns, last_ns; // packet times
	uint64_t waited_bytes;
	uint32_t waited_packets; // before the first piece
	uint32_t fragments;
	uint32_t bytes_seen;
	uint32_t anomalies;
	uint32_t largest_bytes;
	uint32_t end_bytes; // MW_FRAGMENT_OPEN until a last piece was seen
	uint32_t udp_bytes; // as the UDP header says; 0 not known
	uint16_t src_port, dst_port;
	// where
	uint16_t vlan;
	uint8_t protocol, tunnel;
	uint8_t first_header_bytes, later_header_bytes; // IPv4; 0 not seen
	uint16_t late; // anomalies that its first piece shows against the datagram before it; 0: none, or it is another one
	uint64_t bounds[BOUNDS_WORDS]; // a Bloom filter of pieces: "not seen with these bounds" is always true
	struct range ranges[MW_FRAGMENT_RANGES]; // sorted, apart
	uint8_t head[MW_FRAGMENT_HEAD_BYTES];
	uint8_t signs[SIGNED_BYTES / UNIT_BYTES]; // of units that a range touches; 0 not known
};
_Static_assert(sizeof(struct datagram) == 13 * MW_CACHE_LINE_BYTES, "what mw_fragment.h says");
_Static_assert(offsetof(struct datagram, clock_ns) == MW_CACHE_LINE_BYTES, "who: one line");
_Static_assert(offsetof(struct datagram, vlan) == 2 * MW_CACHE_LINE_BYTES, "what: one line");

struct mw_fragments {
	struct datagram *datagrams; // by number
	uint32_t *buckets; // heads of chains
	uint32_t buckets_mask;
	uint32_t max, used, fresh, free; // fresh: numbers above were never given out
	struct list_ends lists[LISTS];
	uint64_t clock_ns; // latest time heard of
	uint64_t due_ns; // until then none is due
	struct mw_fragment_config config;
	struct mw_fragment_settings settings;
	struct mw_stats_block *stats;
	uint32_t counters_base;
	struct mw_fragment_tunnels own_tunnels;
};

static inline struct datagram *datagram_at(const struct mw_fragments *fragments, uint32_t number)
{
	return &fragments->datagrams[number];
}

static inline uint32_t number_of(const struct mw_fragments *fragments, const struct datagram *datagram)
{
	return (uint32_t)(datagram - fragments->datagrams);
}

static inline void count(struct mw_fragments *fragments, enum mw_fragment_counter counter)
{
	mw_stats_add(fragments->stats, fragments->counters_base + (uint32_t)counter, 1);
}

// table.c
uint32_t datagram_hash(const struct mw_fragments *fragments, const struct key *key);
struct datagram *datagram_find(const struct mw_fragments *fragments, const struct key *key, uint32_t hash);
/** A zeroed datagram (ranges, head and signs have no value) in the index and in no list. The table must not be full. */
struct datagram *datagram_add(struct mw_fragments *fragments, const struct key *key, uint32_t hash);
/** Takes it from its list and from the index. */
void datagram_remove(struct mw_fragments *fragments, struct datagram *datagram);
void datagram_clear_all(struct mw_fragments *fragments);

// lists.c
void datagram_enlist(struct mw_fragments *fragments, struct datagram *datagram, enum list list);
void datagram_unlist(struct mw_fragments *fragments, struct datagram *datagram);
enum list datagram_list(const struct datagram *datagram);
bool datagram_is_due(const struct mw_fragments *fragments, const struct datagram *datagram);
/** When the next one may be due, whatever comes until then. */
uint64_t datagrams_due_ns(const struct mw_fragments *fragments);

// ranges.c
/** Bytes of [from, to) that passed before. */
uint32_t ranges_covered(const struct datagram *datagram, uint32_t from, uint32_t to);
/** @return the bytes of [from, to) that are new. Without room for a range MW_FRAGMENT_SCATTERED is noted. */
uint32_t ranges_add(struct datagram *datagram, uint32_t from, uint32_t to);
bool ranges_complete(const struct datagram *datagram);
/** The end of what passed. */
uint32_t ranges_end(const struct datagram *datagram);
/** Gaps before end_bytes (MW_FRAGMENT_OPEN: not known). @return their number. */
uint32_t ranges_missing(const struct datagram *datagram, uint32_t end_bytes, struct mw_fragment_range *missing);

// sign.c
/** How a piece meets what passed before it. */
struct meeting {
	bool overlaps; // some byte passed before
	bool within; // all of them
	bool same_bounds; // so did a piece with its bounds
	uint32_t compared, differing; // units
};
struct meeting meet_piece(const struct datagram *datagram, const struct piece *piece);
/** Signs the piece's units that no byte of passed before: to be called before ranges_add. */
void sign_piece(struct datagram *datagram, const struct piece *piece, const struct meeting *meeting);
void bounds_add(struct datagram *datagram, const struct piece *piece);

// check.c
/** Bits of the anomalies that the piece shows, the datagram as it was before it. */
uint32_t check_piece(const struct datagram *datagram, const struct piece *piece, const struct meeting *meeting);

// end.c
void notify_end(struct mw_fragments *fragments, const struct datagram *datagram, enum mw_fragment_end end);
/** Calls on_end for a datagram whose time is over, complete or not. */
void notify_over(struct mw_fragments *fragments, const struct datagram *datagram);
void end_over(struct mw_fragments *fragments, struct datagram *datagram);
void evict_least(struct mw_fragments *fragments);

// late.c
/** datagram begins after before, with a piece that shows these anomalies against it. */
void late_begin(struct datagram *before, struct datagram *datagram, uint32_t shows, const struct meeting *meeting);
/** The oldest one that it may be late pieces of, or itself. */
struct datagram *late_first(struct mw_fragments *fragments, struct datagram *datagram);
/** The datagram ends. @return true when those that followed make it whole: it is told, and they are gone. */
bool late_joins(struct mw_fragments *fragments, const struct datagram *datagram);
/** Removes those that are gone and stand before datagram in its chain. */
void late_remove(struct mw_fragments *fragments, const struct datagram *datagram);
/** The same of all, at the end of the input; nothing is removed. */
void late_finish(struct mw_fragments *fragments);

// tunnels.c
void tunnels_note(struct mw_fragments *fragments, const struct mw_packet *packet);
/** Whether the first piece of a datagram that is not complete may have been entered by decode. */
bool tunnels_may_have_first(const struct mw_fragments *fragments, const struct datagram *datagram);

#endif
