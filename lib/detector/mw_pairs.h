// SPDX-License-Identifier: BSD-3-Clause
// Pairs of hosts in bounded memory: what is known of each, and which of them get a finding of their own.
// Neighbours: detectors/fragments/finding.c and detectors/ike/finding.c keep their facts so. A network that drops for
// many hosts gives few findings. Control thread.
#ifndef MW_PAIRS_H
#define MW_PAIRS_H

#include "mw_diagnosis.h"
#include "mw_address.h"
#include "mw_seen.h"

#define PAIRS_BUCKETS  256
#define PAIRS_WAYS     4
#define PAIRS_MAX      (PAIRS_BUCKETS * PAIRS_WAYS)
#define PAIRS_OF_HOST  8 // findings of one host's pairs
#define PAIRS_NAMED    64 // findings of pairs in all
#define PAIRS_EXAMPLES 3

struct pairs_ends {
	struct mw_address src, dst;
};

/** What a pair's facts begin with. */
struct pairs_head {
	struct pairs_ends ends;
	uint64_t used_ns; // latest row; 0 free
	int64_t weight; // the lightest gives way
};

/** The pairs that have a finding of their own, and what those are worth. Zeroed memory is empty. */
struct pairs_named {
	struct pairs_ends items[PAIRS_NAMED];
	struct mw_worth worths[PAIRS_NAMED];
	uint32_t count;
};

/** Whose finding a pair's rows belong to. */
enum pairs_place { PAIRS_ALONE, PAIRS_OF_SENDER, PAIRS_OF_RECEIVER, PAIRS_REST };

/** A pair that gave up its finding to one that is worth more. */
struct pairs_displaced {
	enum pairs_place place; // to which its rows belong now; PAIRS_ALONE: none gave way
	struct pairs_ends ends;
};

/** Facts of a finding of many pairs. */
struct pairs_many {
	uint8_t place; // enum pairs_place, not PAIRS_ALONE
	struct mw_address host; // that all have in common; not of PAIRS_REST
	struct seen seen;
	struct pairs_ends examples[PAIRS_EXAMPLES]; // the first
	uint64_t rows;
	int64_t confidence; // the largest
};

/**
 * The pair's facts among PAIRS_MAX of facts_bytes each, zeroed when it is new; a new one takes the place of the
 * lightest of its bucket, of equal ones that of the oldest.
 */
void *pairs_of(void *pairs, size_t facts_bytes, const struct pairs_ends *ends, uint64_t ts_ns, int64_t weight);

/** True when the pair has a finding of its own. */
bool pairs_is_named(const struct pairs_named *named, const struct pairs_ends *ends);

/**
 * Where a pair that is to be reported belongs. PAIRS_ALONE: it is named from now on. Where there is no room, among a
 * host's pairs or in all, the one that is worth least gives way when the new one is worth more (mw_worth.h).
 */
enum pairs_place pairs_admit(struct pairs_named *named, const struct pairs_ends *ends, const struct mw_worth *worth,
							 struct pairs_displaced *displaced);

/** Writes the key of the pair's finding, or of that of the many. */
void pairs_write_key(char *key, size_t size_bytes, enum pairs_place place, const struct pairs_ends *ends);

/** Adds rows of a pair to the finding of many. */
void pairs_add(struct pairs_many *many, enum pairs_place place, const struct pairs_ends *ends, uint64_t rows,
			   int64_t confidence);

/** Appends "192.0.2.1 to 198.51.100.7". */
void pairs_add_ends(struct mw_text *text, const struct pairs_ends *ends);

/** Appends "12 more receivers of 192.0.2.1", "3 more senders to ...", "40 more pairs of hosts". */
void pairs_add_many(struct mw_text *text, const struct pairs_many *many);

/** Appends "192.0.2.1 to 198.51.100.7, 192.0.2.1 to ... and others". */
void pairs_add_examples(struct mw_text *text, const struct pairs_many *many);

#endif
