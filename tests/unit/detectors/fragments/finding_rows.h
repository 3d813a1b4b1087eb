// SPDX-License-Identifier: BSD-3-Clause
// Rows of datagrams in pieces to build findings from, and how tests look at the findings.
// Neighbours: finding_test.c, finding_attack_test.c.
#ifndef FRAGMENTS_FINDING_ROWS_H
#define FRAGMENTS_FINDING_ROWS_H

#include "finding_world.h"
#include "fragments.h"

#define HAS(symbol) (1u << MW_FRAGMENT_##symbol)

/** Of 3480 bytes in three pieces, the first came; the pair's number-th such, number from 1, of complete others. */
static inline struct mw_fragment_row lost_row(uint32_t number, int64_t complete)
{
	return (struct mw_fragment_row){.ts_ns = NOON_NS + number * MW_NS_PER_SECOND / 2,
									.last_ns = NOON_NS + number * MW_NS_PER_SECOND / 2,
									.src = v4(192, 0, 2, 1),
									.dst = v4(192, 0, 2, 9),
									.proto = "udp",
									.sport = 4500,
									.dport = 4500,
									.ip_id = number,
									.fragments_seen = 1,
									.bytes_seen = 1480,
									.bytes_total = 3480,
									.missing = "1480-3479",
									.verdict = MW_FRAGMENTS_INCOMPLETE,
									.word = 255,
									.protocol = 17,
									.family = 4,
									.first_seen = true,
									.largest_bytes = 1500,
									.pair_complete = complete,
									.pair_incomplete = number,
									.pair_exceeded = 0};
}

/** ... the first is lost. */
static inline struct mw_fragment_row headless_row(uint32_t number, int64_t complete)
{
	struct mw_fragment_row row = lost_row(number, complete);

	row.first_seen = false;
	row.last_seen = true;
	row.fragments_seen = 2;
	row.bytes_seen = 2000;
	row.sport = row.dport = MW_UNKNOWN_I64;
	strcpy(row.missing, "0-1479");
	return row;
}

/** ... the one in the middle is lost. */
static inline struct mw_fragment_row holed_row(uint32_t number, int64_t complete)
{
	struct mw_fragment_row row = lost_row(number, complete);

	row.last_seen = true;
	row.fragments_seen = 2;
	row.bytes_seen = 2000;
	strcpy(row.missing, "1480-2959");
	return row;
}

static inline void give(struct mw_diagnosis *diagnosis, struct mw_fragment_row row)
{
	mw_diagnosis_row(diagnosis, &mw_fragment_record, &row);
}

FINDING_WORLD(256, &diagnose_fragments, &diagnose_fragment_attack)

#endif
