// SPDX-License-Identifier: BSD-3-Clause
// What is worth showing: a few subjects for each finding (an episode of resets, a datagram, a path, an attempt at a
// VPN), remembered while rows pass.
// Neighbours: replay.c gives it rows; evidence_kind.h has what differs with the kind of finding; evidence_write.c finds
// the packets in a second reading. Memory is fixed.
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "mw_address.h"
#include "mw_finding.h"

#define EVIDENCE_GROUPS        512 // rows with a key in common; when full, those that tell least give way
#define EVIDENCE_SUBJECTS      8 // a finding
#define EVIDENCE_KEY_BYTES     160
#define EVIDENCE_MISSING_BYTES 96
#define EVIDENCE_SPI_TEXT      17 // 16 hex digits

/** What is to be known of a subject to find and to explain its packets. Padding is 0. */
struct evidence_subject {
	uint64_t first_ns, last_ns; // of what it is about
	uint64_t from_ns, to_ns; // no packet before or after is wanted
	struct mw_address src, dst; // who sent what it is about, or is named as its sender; where it went
	uint8_t src_bits, dst_bits; // of a prefix, in the 128-bit form; 128: one host
	uint16_t sport, dport; // 0 any
	uint16_t vlan; // 0 untagged
	uint32_t id; // identification of a datagram
	int64_t confidence;
	union {
		struct {
			int64_t ttl, ttl_expected; // of the reset that decided; of its named sender
			int64_t window, ip_id; // of the reset that decided
			int64_t count;
			uint32_t evidence; // bits of enum mw_reset_evidence
		} reset;
		struct {
			int64_t total_bytes; // of the IP payload; MW_UNKNOWN_I64 not known
			uint32_t anomaly; // bits of enum mw_fragment_anomaly
			bool lacks_bytes; // some never passed
			bool unseen; // nobody told of its pieces; first_ns is when the receiver complained
			char missing[EVIDENCE_MISSING_BYTES]; // "1480-2959;4440-"
		} datagram;
		struct {
			uint32_t limit_bytes; // packets of this size and more are too large
			bool upstream; // they are lost before this place
		} path;
		struct {
			char spi_i[EVIDENCE_SPI_TEXT]; // "" not known
		} attempt;
	};
};

struct evidence;

/** @return 0 or -ENOMEM. */
int evidence_new(struct evidence **evidence);
void evidence_free(struct evidence *evidence);

/** Takes a row of any record; most tell of nothing that has evidence. */
void evidence_row(struct evidence *evidence, const struct mw_record *record, const void *row);

/** The finding with this kind and key has its rows for itself: those of many hosts ("192.0.2.1 *") leave them out. */
void evidence_claim(struct evidence *evidence, uint8_t finding_kind, const char *key);

/**
 * The subjects that show best what a finding is about: the surest of each group of rows and of each network that they
 * name (IPv4 /16, IPv6 /32), then the surest others. A word "*" of key stands for any. The same for any order of rows
 * as long as no group gave way.
 * @return how many; 0 when no row is remembered.
 */
uint32_t evidence_choose(const struct evidence *evidence, uint8_t finding_kind, const char *key,
						 struct evidence_subject subjects[EVIDENCE_SUBJECTS]);

#endif
