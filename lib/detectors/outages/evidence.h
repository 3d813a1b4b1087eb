// SPDX-License-Identifier: BSD-3-Clause
// Evidence of outages: what came last, what was asked in vain, what came first, and what links and routers say of it.
// Neighbours: evidence.c; finding.c has the keys.
#ifndef OUTAGES_EVIDENCE_H
#define OUTAGES_EVIDENCE_H

#include "mw_evidence_kind.h"
#include "outages.h"

/** Why a packet is kept, and how many of each: 72 an outage. */
enum outages_evidence_part {
	OUTAGES_EVIDENCE_LAST, // that came before
	OUTAGES_EVIDENCE_ASKED, // in vain
	OUTAGES_EVIDENCE_BACK, // the first that came afterwards
	OUTAGES_EVIDENCE_ERRORS, // a router calls destinations unreachable
	OUTAGES_EVIDENCE_LINK, // ARP, neighbour discovery and DHCP
	OUTAGES_EVIDENCE_FIRST, // the first without an answer: they bound the start
	OUTAGES_EVIDENCE_PARTS,
};

extern const struct mw_evidence_kind outages_evidence;

/** The key of a finding of this outage alone; finding.c. */
void outages_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct outages_row *row);

#endif
