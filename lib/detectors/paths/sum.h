// SPDX-License-Identifier: BSD-3-Clause
// What is known of one path, one direction of a pair: all that the workers told of it, added up.
// Neighbours: facts.h is what comes in; verdict.c judges, row.c writes, table.c keeps.
#ifndef PATHS_SUM_H
#define PATHS_SUM_H

#include "paths.h"
#include "mw_event.h"
#include "facts.h"
#include "mss.h"
#include "quotes.h"

/** What a connection can show of its path. A stuck one shows one of these, by how sure it is. */
enum path_show {
	PATH_SHOWS_SHRANK, // large packets got through as soon as they were smaller
	PATH_SHOWS_ALIVE, // gave up, while the receiver still spoke
	PATH_SHOWS_SILENT, // gave up after several large packets; small ones had come through
	PATH_SHOWS_MUTE, // the same, but only the handshake had come through
	PATH_SHOWS_HOLE, // large packets were lost before the tap
	PATH_SHOWS_FLIGHT, // gave up after one to three large packets, of whose burst a small one came through
	PATH_SHOWS_FEW, // the same, and small ones had come through just before
	PATH_SHOWS_SIZES, // UDP: small ones are answered, large ones never
	PATH_SHOWS_DOUBTFUL, // stuck, but as large ones may have passed before, the path may have failed as a whole
	PATH_SHOWS_MERGED, // packets that something merged before the tap, and that are lost so
	PATH_SHOWS_REPORTED, // stuck after a too-big report
	PATH_SHOWS_MISADDRESSED, // a report went to somebody else
	PATH_SHOWS_IGNORED,
	PATH_SHOWS_MISQUOTED, // stuck, and the reports on it quote it wrongly
	PATH_SHOWS_HONOURED,
	PATH_SHOWS_CLAMPED, // a reduced MSS
	PATH_SHOWS,
};

#define PATH_BLACK_HOLE_SHOWS PATH_SHOWS_DOUBTFUL // those before it speak for a black hole
#define PATH_MARKS            8 // connections that are known again

struct path_evidence {
	uint32_t flows; // connections that show it
	uint32_t clean; // of them, those that the tap saw whole
	uint32_t upstream; // of them, those whose large packets never passed the tap
	uint64_t segments; // different large packets that were lost
	uint32_t smallest_lost; // 0 not known
};

/** Zeroed memory is a path of which nothing is known. Sizes in bytes of whole IP packets, 0 not known. */
struct path_sum {
	uint64_t first_ns, last_ns; // packet time
	struct path_evidence evidence[PATH_SHOWS];
	uint64_t marks[PATH_MARKS]; // of connections and what they showed
	uint64_t reports; // all; the others only those that may be true
	uint64_t reports_right, reports_misaddressed; // right: to the sender of what was too big
	struct mw_path_reporter reporters[MW_PATH_REPORTERS];
	struct mw_address told; // where the latest misaddressed one went
	struct mw_path_quote quote; // of the latest that quotes wrongly
	uint64_t reports_misquoted;
	uint64_t segments_lost, sent_after, unanswered, fragmented;
	uint64_t disproved_ns; // when a report was shown to be wrong; 0 never
	uint32_t reporters_count, marks_next;
	uint32_t passed; // the largest that passed; forgotten when a newer report contradicts
	uint32_t bound; // the least that reports allow; forgotten when something larger passes
	uint32_t largest_acked, smallest_lost; // ever
	uint32_t smallest_quoted; // the smallest that a report says is too big
	uint32_t retransmits;
	uint32_t merged_bytes, merged_times; // the largest merged packet that was lost; how many were
	uint16_t mss_syn, mss_synack, mss_before; // latest
	uint16_t mss_limit; // the reduced one that limits this direction
	uint8_t mss_side; // enum path_mss_side: which of the two it is
	struct mw_address mss_near; // whom it reached
	bool mss_from_near; // its sender is near that one
	uint8_t reaction; // enum path_reaction, the latest of those that decide
	uint8_t reporters_proven; // bit i: one report of reporters[i] at least may be true
	bool v6, udp, tcp, other; // protocols of what was lost or reported
	bool acked_after; // what the sender cut after a report got through
	bool contradicted; // the path changed, or somebody lied
	bool receiver_alive, mirror_gaps;
	bool small_arrived; // packets of the bursts whose large ones were lost
	bool opens_on; // connections were opened after others were stuck
	uint64_t stuck_first_ns, stuck_last_ns; // the earliest and the latest loss of those that saw their handshake; 0
	uint64_t opened_last_ns; // the latest handshake of a connection that was stuck; 0
	bool answered; // the flow of a datagram in pieces was
};

/** Adds what event tells; facts is its body. PATH_HANDSHAKE is path_sum_handshake's. */
void path_sum_add(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
				  uint64_t retransmits_at_least);

/** Adds a handshake; side is the one whose MSS limits this direction. */
void path_sum_handshake(struct path_sum *sum, const struct mw_event *event, const struct path_facts *facts,
						enum path_mss_side side);

/**
 * Adds reports that quote a stuck packet of the path wrongly. is_other: they were counted by the ends that they quote.
 */
void path_sum_misquoted(struct path_sum *sum, const struct path_lost *lost, const struct path_stray *stray,
						bool is_other);

/**
 * Whether a too-big report may be true: the packet that it quotes is of a known connection and does not fit the MTU,
 * and its source may be a router. Others make a row and nothing else (RFC 5927): anybody can write them.
 */
bool path_sum_believes(const struct path_facts *facts, bool v6);

/**
 * Nothing is known of it but reports that nobody need believe, and pieces that nobody answered: anybody can send both.
 */
bool path_sum_is_hearsay(const struct path_sum *sum);

/** Whether the event says anything about a path. */
bool path_sum_uses(const struct path_facts *facts);

#endif
