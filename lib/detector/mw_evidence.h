// SPDX-License-Identifier: BSD-3-Clause
// What is worth showing: a few subjects for each finding (an episode of resets, a datagram, a path, an attempt at a
// VPN), remembered while rows pass.
// Neighbours: app/ gives it rows and the packets of a second reading; mw_evidence_kind.h has what differs with the kind
// of finding. Memory is fixed. Control thread.
#ifndef MW_EVIDENCE_H
#define MW_EVIDENCE_H

#include "mw_address.h"
#include "mw_detector.h"
#include "mw_diagnosis.h"

#define MW_EVIDENCE_GROUPS       512 // rows with a key in common; when full, those that say least give way
#define MW_EVIDENCE_SUBJECTS     8 // a finding
#define MW_EVIDENCE_DETAIL_BYTES 128

/** What is to be known of a subject to find and to explain its packets. Padding is 0. */
struct mw_evidence_subject {
	uint64_t first_ns, last_ns; // of what it is about
	uint64_t from_ns, to_ns; // no packet before or after is wanted
	struct mw_address src, dst; // who sent what it is about, or is named as its sender; where it went
	uint8_t src_bits, dst_bits; // of a prefix, in the 128-bit form; 128: one host
	uint16_t sport, dport; // 0 any
	uint16_t vlan; // 0 untagged
	uint32_t id; // identification of a datagram
	int64_t confidence;
	_Alignas(8) uint8_t detail[MW_EVIDENCE_DETAIL_BYTES]; // a struct of the kind's own
};

struct mw_evidence;
struct mw_evidence_kind;

/** Subjects of what these detectors find. @return 0 or -ENOMEM. */
int mw_evidence_new(const struct mw_detector_set *detectors, struct mw_evidence **evidence);
/** Frees all; NULL is allowed. */
void mw_evidence_free(struct mw_evidence *evidence);

/** Takes a row of any record; most concern nothing that has evidence. */
void mw_evidence_row(struct mw_evidence *evidence, const struct mw_record *record, const void *row);

/**
 * A finding that this kind shows, with this key, has its rows for itself: those of many hosts ("192.0.2.1 *") leave
 * them out.
 */
void mw_evidence_claim(struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key);

/**
 * The subjects that show best what a finding is about: the surest of each group of rows and of each network that they
 * name (IPv4 /16, IPv6 /32), then the surest others. A word "*" of key stands for any. The same for any order of rows
 * as long as no group gave way.
 * @return how many; 0 when no row is remembered.
 */
uint32_t mw_evidence_choose(const struct mw_evidence *evidence, const struct mw_evidence_kind *kind, const char *key,
							struct mw_evidence_subject subjects[MW_EVIDENCE_SUBJECTS]);

#endif
