// SPDX-License-Identifier: BSD-3-Clause
// Evidence of resolvers that fail and families that suffer: questions without an answer, and some that had one.
// Neighbours: evidence.c; finding_dns.c and finding_family.c say which rows show it.
#ifndef HEALTH_EVIDENCE_H
#define HEALTH_EVIDENCE_H

#include "health.h"
#include "mw_evidence_kind.h"

/** Why a packet is kept, and how many of each: 128 a subject. */
enum health_evidence_part {
	HEALTH_EVIDENCE_QUESTIONS, // that nobody answered
	HEALTH_EVIDENCE_ANSWERS, // to others
	HEALTH_EVIDENCE_ERRORS, // a router calls the destination unreachable
	HEALTH_EVIDENCE_PARTS,
};

extern const struct mw_evidence_kind health_dns_evidence, health_family_evidence;

// finding_dns.c, finding_family.c
bool health_dns_is_failing(const struct health_row *row);
void health_dns_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct health_row *row);
bool health_family_suffers(const struct health_row *sum);
/** The finding that a sum belongs to: its family's, or that of one host alone. */
void health_family_write_key(char key[DIAGNOSIS_KEY_BYTES], const struct health_row *sum);
extern const char *const health_family_titles[HEALTH_FAMILIES];

#endif
