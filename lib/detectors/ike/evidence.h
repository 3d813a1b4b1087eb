// SPDX-License-Identifier: BSD-3-Clause
// Evidence of VPN handshakes whose authentication is lost: all messages, pieces and ICMP errors of an attempt.
// Neighbours: evidence.c.
#ifndef IKE_EVIDENCE_H
#define IKE_EVIDENCE_H

#include "mw_evidence_kind.h"

/** Why a packet is kept, and how many of each: 64 an attempt. */
enum evidence_ike_part {
	EVIDENCE_MESSAGES, // in one packet each
	EVIDENCE_IKE_PIECES, // of datagrams in fragments
	EVIDENCE_ERRORS, // ICMP about them
	EVIDENCE_IKE_PARTS,
};

#endif
