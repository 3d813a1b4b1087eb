// SPDX-License-Identifier: BSD-3-Clause
// From an episode and its judgement to the row of resets.csv.
// Neighbours: control.c fills the case; row.c has the columns.
#ifndef RESETS_ROW_H
#define RESETS_ROW_H

#include "facts.h"
#include "judge.h"

/** An episode as it came from a worker. */
struct reset_case {
	uint64_t first_ns;
	struct mw_event_flow ends; // src is the named sender
	struct reset_facts facts;
	uint8_t payload[MW_RESET_PAYLOAD_BYTES]; // facts.payload_bytes of it
};

/** Fills a row but for its verdict, its device and its Community ID. Text from packets is escaped. */
void reset_row_fill(const struct reset_case *reset, const struct mw_signatures *signatures, struct mw_reset_row *row);

/** Writes a verdict into a row, over the one that it has. */
void reset_row_judge(const struct reset_judgement *judgement, struct mw_reset_row *row);

/**
 * Gives a row that was judged its Community ID, which costs as much as the rest of it. A row that nobody reads has
 * none: it is not written, and findings count the connections of forged and unknown resets alone.
 */
void reset_row_name(const struct reset_case *reset, struct mw_reset_row *row);

#endif
