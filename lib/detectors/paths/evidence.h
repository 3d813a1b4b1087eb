// SPDX-License-Identifier: BSD-3-Clause
// Evidence of paths that lose large packets, and of senders that do not heed a router's word on it.
// Neighbours: evidence.c chooses, evidence_text.c has the words.
#ifndef PATHS_EVIDENCE_H
#define PATHS_EVIDENCE_H

#include "mw_evidence_kind.h"

#define EVIDENCE_FLOWS 12u // connections of a path that are followed at a time

/** Why a packet is kept, and how many of each; all but the reports for each connection. */
enum evidence_paths_part {
	EVIDENCE_HANDSHAKE, // with the MSS
	EVIDENCE_SENT, // large ones, before it is known that they are lost: the oldest that are not acknowledged
	EVIDENCE_AGAIN, // large ones after that: sent again, or after a report
	EVIDENCE_ANSWERS, // of the receiver, after the first loss
	EVIDENCE_SMALLER, // of the sender, after the first loss
	EVIDENCE_FLOW_PARTS,
	EVIDENCE_REPORTS = EVIDENCE_FLOW_PARTS, // ICMP
	EVIDENCE_PATHS_PARTS,
};

/** What is remembered of a path's row. */
struct evidence_paths_detail {
	uint32_t limit_bytes; // packets of this size and more are too large
	bool upstream; // they are lost before this place
	bool misquoted; // reports quote other packets
};
_Static_assert(sizeof(struct evidence_paths_detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

static inline const struct evidence_paths_detail *evidence_paths_detail(const struct mw_evidence_subject *subject)
{
	return (const void *)subject->detail;
}

/** One connection. Its sender is the one of the large packets. */
struct evidence_flow {
	struct mw_address src, dst;
	uint16_t sport, dport;
	uint8_t protocol;
	bool used;
	bool shown; // it shows what the path does: its packets are evidence
	bool reported; // by ICMP
	bool over; // another connection of the same ends has begun
	uint64_t latest_ns; // of any packet
	uint64_t trouble_ns; // when it was first shown
	uint32_t seen[EVIDENCE_FLOW_PARTS];
};

/** What is remembered of a path. */
struct evidence_paths_state {
	struct evidence_flow flows[EVIDENCE_FLOWS];
};

/** The words beside a packet: see struct mw_evidence_kind. */
void evidence_paths_comment(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *packet,
							struct mw_text *text);

#endif
