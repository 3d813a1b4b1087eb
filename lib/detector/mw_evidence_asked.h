// SPDX-License-Identifier: BSD-3-Clause
// For kinds of evidence that rest on questions without an answer: which packet asks, which answers, and what is left.
// Neighbours: mw_evidence_kind.h; lib/exchange follows questions and answers while packets are judged. Control thread.
#ifndef MW_EVIDENCE_ASKED_H
#define MW_EVIDENCE_ASKED_H

#include "mw_evidence_packets.h"

enum mw_evidence_asked { MW_EVIDENCE_NEITHER, MW_EVIDENCE_QUESTION, MW_EVIDENCE_ANSWER };

/** What a packet is: SYN, DNS, NTP, echo, and a client's first QUIC datagrams ask. */
enum mw_evidence_asked mw_evidence_asked_of(const struct mw_packet *packet);

/** An answer: the latest question in the part that it answers is marked in its slot. */
void mw_evidence_asked_answered(struct mw_evidence_packets *packets, const struct mw_evidence_part *part,
								const struct mw_packet *answer);

/** Gives up questions of the part that were answered. */
void mw_evidence_asked_finish(struct mw_evidence_packets *packets, const struct mw_evidence_part *part);

/** Appends "a DNS query" and the like. */
void mw_evidence_asked_add(struct mw_text *text, const struct mw_evidence_packet *packet);

#endif
