// SPDX-License-Identifier: BSD-3-Clause
// What is found about datagrams in IP fragments: pieces that are lost on the way, pieces that are made to harm.
// Neighbours: finding.c gathers losses, finding_text.c, finding_many.c and advice.c write them;
// finding_attack.c has the attacks. Rows come from settle.c.
#ifndef FRAGMENTS_FINDING_H
#define FRAGMENTS_FINDING_H

#include "mw_diagnosis.h"
#include "mw_lines.h"
#include "fragments.h"
#include "mw_pairs.h"

#define FRAGS_LEAST         3 // incomplete datagrams: fewer show no pattern, and prove nothing
#define FRAGS_EXAMPLES      3
#define FRAGS_MISSING_BYTES 64

/** Which pieces came. A datagram of two pieces can fit more than one. */
enum frags_pattern { FRAGS_ELSEWHERE, FRAGS_FIRST_ONLY, FRAGS_FIRST_LOST, FRAGS_LAST_ONLY, FRAGS_PATTERNS };

/** One datagram that lacks bytes. Numbers: MW_UNKNOWN_I64 not known. */
struct frags_example {
	uint64_t ts_ns; // 0 none
	int64_t sport, dport, bytes_seen, bytes_total;
	char missing[FRAGS_MISSING_BYTES]; // the first ranges
};

/** Facts of fragments-lost, and what is known of a pair before. */
struct frags_facts {
	struct pairs_head pair;
	uint64_t first_ns, last_ns; // rows that show loss
	uint64_t first_incomplete_ns, last_incomplete_ns;
	uint64_t incomplete; // rows: bytes never passed here
	uint64_t whole; // rows: passed here whole, and the receiver lacked bytes
	uint64_t said; // rows that the receiver complained of
	uint64_t evicted; // rows
	uint64_t delivered; // rows that lack bytes here, and whose receiver had all of it
	uint64_t patterns[FRAGS_PATTERNS]; // of incomplete
	uint64_t pieces; // that the incomplete ones had, about
	int64_t pair_complete, pair_incomplete, pair_delivered,
		pair_exceeded; // of the newest row; MW_UNKNOWN_I64 not known
	int64_t bytes_low, bytes_high; // of whole datagrams; 0 not known
	int64_t largest_piece; // IP packet; 0 not known
	int64_t sport, dport; // of the newest row that has them; 0 not known
	struct mw_address other; // FRAGS_ELSEWHERE: the source of the later pieces of the newest
	bool others; // there are more such sources
	uint8_t protocol;
	bool known; // somebody answered
	char proto[8];
	struct frags_example examples[FRAGS_EXAMPLES]; // a ring: the newest of them all
	uint32_t examples_count;
};

/** What the diagnoser of losses keeps. Zeroed memory is empty. */
struct frags_memory {
	struct pairs_named named;
	struct frags_facts pairs[PAIRS_MAX];
};

/** Pieces that no honest host sends so: rows of these make a finding fragment-attack, and none of loss. */
bool frags_is_attack(const struct mw_fragment_row *row);

/** It makes a finding fragment-attack. An identification that came again excuses it: two honest datagrams met. */
bool frags_accuses(const struct mw_fragment_row *row);

/** It counts for a finding fragments-lost. */
bool frags_shows_loss(const struct mw_fragment_row *row);

/** The receiver had all of it: the capture misses pieces. */
bool frags_is_delivered(const struct mw_fragment_row *row);

/** The receiver said that it never had all of the datagram. */
static inline bool frags_row_is_said(const struct mw_fragment_row *row)
{
	return row->anomaly >> MW_FRAGMENT_RECEIVER & 1;
}

/** The key of the sender's finding of these; src NULL: of that of many senders. */
void frags_write_attack_key(char key[DIAGNOSIS_KEY_BYTES], const struct mw_address *src);

/** The finding of a sender gives way: that of many tells it. */
void frags_gather_attack(struct mw_diagnosis *diagnosis, const struct diagnosis_entry *entry);

/** Datagrams of the pair that lack bytes here; rows may be fewer than were counted. */
int64_t frags_incomplete(const struct frags_facts *facts);

/** The receiver complained at least once. */
bool frags_is_said(const struct frags_facts *facts);

/** The pattern that nearly all incomplete datagrams fit, or FRAGS_PATTERNS. */
enum frags_pattern frags_pattern_of(const struct frags_facts *facts);

/** So many first pieces in so short a time, and nothing else: somebody sends nothing but first pieces. */
bool frags_is_flood(const struct frags_facts *facts);

/** Later pieces came, and bear another source. */
static inline bool frags_row_is_elsewhere(const struct mw_fragment_row *row)
{
	return row->anomaly >> MW_FRAGMENT_TWO_SOURCES & 1;
}

/** How sure the loss is, 0 to 100. */
int64_t frags_confidence(const struct frags_facts *facts);

/** What the finding is worth where there is no room for all. */
struct mw_worth frags_worth(const struct frags_facts *facts);

/** Facts to texts, severity and confidence. */
void frags_write(struct diagnosis_entry *entry);
void frags_write_many(struct diagnosis_entry *entry);

/** The parts of a finding that stand in advice.c. */
void frags_write_alternatives(struct mw_finding *finding, const struct frags_facts *facts);
void frags_write_advice(struct mw_finding *finding, const struct frags_facts *facts);

/** Lines of advice that hold for every loss of fragments. */
void frags_line_general(struct lines *lines);

#endif
