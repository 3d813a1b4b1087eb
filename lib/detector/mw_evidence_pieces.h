// SPDX-License-Identifier: BSD-3-Clause
// Pieces of datagrams among the packets that were kept: which bytes they are, which bytes are missing between them.
// Neighbours: detectors/fragments/evidence.c and detectors/ike/evidence.c. What was lost is decided by lib/fragment,
// not here. Control thread.
#ifndef MW_EVIDENCE_PIECES_H
#define MW_EVIDENCE_PIECES_H

#include "mw_evidence_packets.h"

/** Notes in about whether the packet is a piece, of whom, and which bytes of the IP payload it has. */
void mw_evidence_pieces_note(const struct mw_packet *packet, struct mw_evidence_packet *about);

/** True when both are pieces of one datagram. */
bool mw_evidence_pieces_same(const struct mw_evidence_packet *a, const struct mw_evidence_packet *b);

/**
 * True when the packet says that its sender never had all pieces of a datagram from the subject's src to its dst
 * (RFC 792, RFC 4443).
 */
bool mw_evidence_pieces_exceeded(const struct mw_evidence_subject *subject, const struct mw_packet *packet);

/** Appends "first piece, bytes 0-1479 of 3480"; without the total when it is MW_UNKNOWN_I64 or less than 1. */
void mw_evidence_pieces_add(struct mw_text *text, const struct mw_evidence_packet *piece, int64_t total_bytes);

/** Appends "1480-2959;4440-": bytes of its datagram that no piece among the packets has. @return false for none. */
bool mw_evidence_pieces_missing(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece,
								struct mw_text *text);

/** Appends that the piece repeats or overlaps one that was kept before it. */
void mw_evidence_pieces_add_overlap(const struct mw_evidence_packets *packets, const struct mw_evidence_packet *piece,
									struct mw_text *text);

#endif
