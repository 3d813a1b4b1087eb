// SPDX-License-Identifier: BSD-3-Clause
// Evidence of forged resets: connections, with what came before the resets and after.
// Neighbours: evidence.c.
#ifndef RESETS_EVIDENCE_H
#define RESETS_EVIDENCE_H

#include "mw_evidence_kind.h"

/** Why a packet is kept, and how many of each: 64 an episode. */
enum evidence_resets_part {
	EVIDENCE_BEGINNING, // the first of the connection: its handshake
	EVIDENCE_BEFORE, // the last before the resets: what they answer, and what their named sender looked like
	EVIDENCE_RESETS, // the first of the episode
	EVIDENCE_DECIDING, // later ones that look like the one that decided
	EVIDENCE_AFTER, // what became of the connection
	EVIDENCE_RESETS_PARTS,
};

/** What is remembered of an episode: of the reset that decided, if nothing else is said. */
struct evidence_resets_detail {
	int64_t ttl, ttl_expected; // of its named sender
	int64_t window, ip_id;
	uint32_t evidence; // bits of enum mw_reset_evidence
};
_Static_assert(sizeof(struct evidence_resets_detail) <= MW_EVIDENCE_DETAIL_BYTES, "it has its place in a subject");

#endif
