// SPDX-License-Identifier: BSD-3-Clause
// Which forged episodes are worth showing: a few for each finding, remembered while rows of resets.csv pass.
// Neighbours: replay.c gives it rows; evidence_write.c finds the packets in a second reading. Memory is fixed.
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "mw_detect_reset.h"

#define EVIDENCE_GROUPS    64 // findings; those of later ones have no evidence
#define EVIDENCE_EPISODES  8 // a finding
#define EVIDENCE_KEY_BYTES 32

/** What is to be known of a forged episode to find and to explain its packets. */
struct evidence_episode {
	uint64_t first_ns, last_ns; // first and last reset
	struct mw_address src, dst; // whom the resets name; whom they went to
	uint16_t sport, dport;
	uint16_t vlan; // 0 untagged
	int64_t confidence;
	int64_t ttl, ttl_expected; // of the reset that decided; of its named sender
	int64_t window, ip_id; // of the reset that decided
	int64_t count;
	uint32_t evidence; // bits of enum mw_reset_evidence
};

struct evidence;

/** @return 0 or -ENOMEM. */
int evidence_new(struct evidence **evidence);
void evidence_free(struct evidence *evidence);

/** Takes forged rows of resets.csv, and no others. */
void evidence_row(struct evidence *evidence, const struct mw_record *record, const void *data);

/**
 * The episodes that show best what a finding with this key is about: the surest of each network that the resets name
 * (IPv4 /16, IPv6 /32; a device is known by many), then the surest others. The same for any order of rows.
 * @return how many; 0 for a key that no row had.
 */
uint32_t evidence_choose(const struct evidence *evidence, const char *key,
						 const struct evidence_episode *episodes[EVIDENCE_EPISODES]);

#endif
