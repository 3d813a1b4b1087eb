// SPDX-License-Identifier: BSD-3-Clause
// Evidence of datagrams that lost pieces, and of pieces made to harm.
// Neighbours: evidence.c.
#ifndef FRAGMENTS_EVIDENCE_H
#define FRAGMENTS_EVIDENCE_H

#include "mw_evidence_kind.h"

/** Why a packet is kept, and how many of each: 64 a datagram. */
enum evidence_fragments_part {
	EVIDENCE_PIECES, // all of the datagram
	EVIDENCE_EXCEEDED, // what the receiver says about it
	EVIDENCE_WHOLE, // a datagram between the same hosts whose pieces all passed
	EVIDENCE_UNCUT_BEFORE, // what passed in one packet, shortly before
	EVIDENCE_UNCUT_AFTER,
	EVIDENCE_FRAGMENTS_PARTS,
};

#endif
