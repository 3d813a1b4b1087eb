// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces: which bytes of each were seen, whose ports they are, what became of it. Holds no packet.
// Neighbours: pipeline/ gives every fragment and hands the ends to the detectors. Follows RFC 791, 815, 8200 section
// 4.5.
//
// A worker has one tracker, which one thread uses; tunnels alone is shared. A datagram is known by source, destination,
// identification, scope and, in IPv4, protocol.
// It ends once as complete (every byte of it passed) or not at all; besides, it ends at most once as incomplete,
// irregular, evicted or unfinished. A complete one is remembered for a moment, so that copies of its pieces are known.
// Cost: one keyed hash and about eight cache lines a fragment; the first 4096 bytes are signed, a byte for eight.
// Memory: 832 bytes and a place of the index a datagram.
#ifndef MW_FRAGMENT_H
#define MW_FRAGMENT_H

#include "mw_address.h"
#include "mw_base.h"
#include "mw_hash.h"
#include "mw_packet.h"
#include "mw_settings.h"
#include "mw_stats.h"

#define MW_FRAGMENT_RANGES     16 // separate ranges of bytes that a datagram can have at a time
#define MW_FRAGMENT_HEAD_BYTES 64 // of the first piece's payload
#define MW_FRAGMENT_OPEN       UINT32_MAX // the end of a datagram whose last piece was never seen

// clang-format off
/**
 * What is not regular about a datagram: X(symbol, name, help). Bits of mw_fragment_datagram.anomalies, in this order.
 */
#define MW_FRAGMENT_ANOMALY_TABLE(X)                                                                                   \
	X(OVERLAP_SAME, "overlap-same", "pieces overlap, with equal bytes where they could be compared")                   \
	X(OVERLAP_DIFFERENT, "overlap-different", "pieces overlap and their bytes differ (RFC 5722)")                      \
	X(OVERLAP_UNSEEN, "overlap-not-compared", "pieces overlap where their bytes are no longer known")                  \
	X(TEARDROP, "teardrop", "a piece that lies within another one, at other bounds")                                   \
	X(BEYOND_LIMIT, "beyond-65535", "a piece that ends beyond the largest datagram (ping of death)")                   \
	X(TINY, "tiny", "a first piece smaller than any network makes it (RFC 1858, RFC 3128)")                            \
	X(ZERO, "zero-length", "a piece without bytes")                                                                    \
	X(NOT_MULTIPLE, "not-multiple-of-8", "a piece, not the last, whose length is no multiple of eight")                \
	X(LAST_TWICE, "several-last", "last pieces that end at different bytes")                                           \
	X(BEYOND_LAST, "beyond-last", "bytes behind the end that the last piece gives")                                    \
	X(HEADER, "header-differs", "pieces whose IP headers disagree (protocol, header length)")                          \
	X(DONT_FRAGMENT, "dont-fragment", "a piece that forbids fragmentation")                                            \
	X(ATOMIC, "atomic", "an IPv6 fragment header on a whole datagram (RFC 6946, RFC 8021)")                            \
	X(ID_REUSE, "id-reuse", "the identification came again for another datagram (RFC 4963)")                           \
	X(SCATTERED, "too-many-gaps", "more gaps at a time than are followed: no bytes are said to be missing")            \
	X(RECEIVER, "reassembly-time-exceeded", "the receiver said that it never had all pieces (ICMP)")                   \
	X(UNASKED, "unasked", "an answer to a host that had asked nothing: a reflected attack, or its backscatter")        \
	X(TWO_SOURCES, "two-sources", "its first piece bears one source address, the later ones another (RFC 4787 REQ-14)")
// clang-format on
enum mw_fragment_anomaly {
#define X(symbol, name, help) MW_FRAGMENT_##symbol,
	MW_FRAGMENT_ANOMALY_TABLE(X)
#undef X
		MW_FRAGMENT_ANOMALIES
};
extern const char *const mw_fragment_anomaly_names[MW_FRAGMENT_ANOMALIES];

/** What became of a datagram. */
enum mw_fragment_end {
	MW_FRAGMENT_COMPLETE, // its last missing byte has just passed
	MW_FRAGMENT_INCOMPLETE, // no piece came for the time-out, and bytes are missing
	MW_FRAGMENT_IRREGULAR, // complete, and anomalies is not 0; comes after its COMPLETE (ATOMIC: alone)
	MW_FRAGMENT_EVICTED, // incomplete when its place was needed for another
	MW_FRAGMENT_UNFINISHED, // incomplete, and nobody can say that a piece was lost: see mw_fragments_finish
	MW_FRAGMENT_ENDS,
};

/** Bytes [from, to) of the IP payload. */
struct mw_fragment_range {
	uint32_t from, to; // to: MW_FRAGMENT_OPEN when the end is not known
};

/** A datagram as it ends. Bytes count from the beginning of the IP payload (IPv6: behind the fragment header). */
struct mw_fragment_datagram {
	uint64_t first_ns, last_ns; // first and last piece
	struct mw_address src, dst;
	uint32_t id; // IPv4 identification, or the IPv6 fragment header's
	uint32_t scope; // mw_packet.scope
	uint16_t vlan; // of the first piece seen
	uint8_t family, protocol; // protocol of the first piece; of any other until that is known
	uint8_t tunnel; // enum mw_layer around it, MW_LAYERS for none
	bool ports_known; // the first piece was seen and has them
	bool answered; // the flow of its first piece was answered before
	bool first_seen, last_seen;
	uint16_t src_port, dst_port;
	uint32_t fragments; // pieces seen, exact copies left out
	uint32_t bytes_seen; // different bytes
	uint32_t bytes_total; // from the last piece, else from the UDP length in the first; 0 not known
	uint32_t largest_bytes; // largest piece: the IP packet, headers included
	uint32_t anomalies; // bit i: enum mw_fragment_anomaly
	uint32_t missing_count; // ranges that never passed; 0 with MW_FRAGMENT_SCATTERED
	struct mw_fragment_range missing[MW_FRAGMENT_RANGES + 1];
	uint8_t head_bytes; // valid bytes of head
	uint8_t head[MW_FRAGMENT_HEAD_BYTES]; // the first piece's payload, transport header first
};

/**
 * The tracker's part of the section "fragment". Whoever adds keys of his own to the section begins its struct with this
 * one and its table with MW_FRAGMENT_SETTINGS; the pipeline reads this part alone.
 */
struct mw_fragment_settings {
	uint64_t datagrams_max; // a worker; restart
	uint64_t timeout_ns; // since the last piece
};

/** Rows of a settings table. AT(member) gives the offset of a member of struct mw_fragment_settings. */
#define MW_FRAGMENT_SETTINGS(AT)                                                                                       \
	{.name = "datagrams-max",                                                                                          \
	 .type = MW_SETTING_UINT,                                                                                          \
	 .offset = AT(datagrams_max),                                                                                      \
	 .needs_restart = true,                                                                                            \
	 .default_text = "64Ki",                                                                                           \
	 .min = 1024,                                                                                                      \
	 .max = UINT64_C(1) << 24,                                                                                         \
	 .help = "datagrams in pieces that each worker follows at a time, 840 bytes each"},                                \
	{                                                                                                                  \
		.name = "timeout", .type = MW_SETTING_DURATION, .offset = AT(timeout_ns), .default_text = "30s",               \
		.min = MW_NS_PER_SECOND, .max = 600 * MW_NS_PER_SECOND,                                                        \
		.help = "a datagram is incomplete when no piece of it came for this long"                                      \
	}

/** The section where nobody adds to it. */
extern const struct mw_settings_module mw_fragment_settings_module;

/** Counters, in enum order, for mw_stats_register("fragments", ...). */
enum mw_fragment_counter {
	MW_FRAGMENT_COUNT_FRAGMENTS, // pieces taken
	MW_FRAGMENT_COUNT_COPIES, // exact copies of a piece
	MW_FRAGMENT_COUNT_DATAGRAMS, // begun
	MW_FRAGMENT_COUNT_COMPLETE,
	MW_FRAGMENT_COUNT_INCOMPLETE,
	MW_FRAGMENT_COUNT_IRREGULAR,
	MW_FRAGMENT_COUNT_EVICTED,
	MW_FRAGMENT_COUNT_UNFINISHED,
	MW_FRAGMENT_COUNT_UNKNOWN, // of those: not for want of time
	MW_FRAGMENT_COUNT_LATE, // begun, and found to be of another one
	MW_FRAGMENT_COUNTERS,
};
extern const struct mw_counter mw_fragment_counters[MW_FRAGMENT_COUNTERS];

struct mw_fragments; // a worker's tracker

#define MW_FRAGMENT_TUNNELS 16384

/**
 * Between whom first pieces with a tunnel inside passed, and when. Decode enters such a piece, so that it belongs to
 * the pair inside, and the tracker that has the later pieces never sees it. One for all workers, zeroed; each slot is
 * the second of the clock that a pair had one last.
 */
struct mw_fragment_tunnels {
	_Atomic uint32_t seconds[MW_FRAGMENT_TUNNELS];
};

struct mw_fragment_config {
	const struct mw_fragment_settings *settings; // of the start; datagrams_max fixes the memory
	struct mw_hash_key hash_key;
	/** The datagram lives during the call only. May not call back. */
	void (*on_end)(void *context, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end);
	void *context;
	struct mw_fragment_tunnels *tunnels; // shared by the trackers of all workers; NULL: the tracker has its own
};

/** Bytes of memory for a tracker, alignment included. */
size_t mw_fragments_bytes(const struct mw_fragment_config *config);

/**
 * Builds a tracker in memory (64-byte aligned, zeroed, at least mw_fragments_bytes). No later call allocates.
 * @return the tracker, or NULL when memory_bytes is too small.
 */
struct mw_fragments *mw_fragments_init(void *memory, size_t memory_bytes, const struct mw_fragment_config *config,
									   struct mw_stats_block *stats, uint32_t counters_base);

/** New settings between two batches; datagrams_max is ignored. */
void mw_fragments_settings(struct mw_fragments *fragments, const struct mw_fragment_settings *settings);

/** What a piece learned from its datagram. */
struct mw_fragment_match {
	bool ports_known; // a later piece: src_port and dst_port are those of the first, which had come before
	uint16_t src_port, dst_port;
	uint32_t waited_packets; // the first piece: later ones that had come before it, and their bytes on the wire
	uint64_t waited_bytes;
};

/**
 * Takes a packet with MW_KIND_FRAGMENT that is no copy by the mirror, whatever its fate: a header that was cut or is
 * wrong behind the IP header does not unmake the piece. The innermost IP header must be the fragment's
 * (fragment_offset_bytes, more_fragments, or an atomic header); others are left alone, but a first piece around a
 * tunnel is remembered in tunnels. answered: the flow of a first piece was answered. Full: evicts, in this order, the
 * oldest that is complete, that is one unanswered first piece alone, one later piece alone, and any other.
 */
struct mw_fragment_match mw_fragments_take(struct mw_fragments *fragments, const struct mw_packet *packet,
										   bool answered);

/** Fetches what tells the datagram of such a packet, some packets ahead. @return its hash. Worker only. */
uint32_t mw_fragments_fetch(const struct mw_fragments *fragments, const struct mw_packet *packet);

/** Fetches the datagram itself, once what mw_fragments_fetch asked for has come. Worker only. */
void mw_fragments_fetch_datagram(const struct mw_fragments *fragments, uint32_t hash);

/**
 * Ends at most budget datagrams whose time is over at now_ns, a time of mw_packet.clock_ns; it does not go back.
 * @return false when some that are due were left.
 */
bool mw_fragments_expire(struct mw_fragments *fragments, uint64_t now_ns, uint32_t budget);

/**
 * End of input: ends all, in the order of their first piece. Unfinished are, here and before: those younger than 2 s at
 * the latest time heard of (give it to mw_fragments_expire, and to all workers the same); those without a first piece
 * whose first piece may have been entered as a tunnel; those that took the identification of another one, pieces of
 * which may have been theirs.
 */
void mw_fragments_finish(struct mw_fragments *fragments);

/** Datagrams that are followed now, those that are complete and remembered included. */
uint32_t mw_fragments_count(const struct mw_fragments *fragments);

#endif
