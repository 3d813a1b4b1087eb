// SPDX-License-Identifier: BSD-3-Clause
// How many rows of resets.csv a worker may ask for: of each second and verdict so many, whatever the others take; and
// as many for lone resets, of which nothing else passed and anybody can make any number.
// Neighbours: resets.c. A flood of resets must not fill the disk, nor its rows keep out those of forged ones.
#ifndef RESETS_BUDGET_H
#define RESETS_BUDGET_H

#include "facts.h"
#include "mw_kit_budget.h"

/** Open episodes are of seconds at most resets.gap and a tick apart: each has a place of its own. */
#define RESET_BUDGET_SECONDS 64

/** Zeroed memory is ready. Of one worker. */
struct reset_budget {
	struct mw_kit_budget seconds[RESET_BUDGET_SECONDS][MW_RESET_VERDICTS][2]; // [1]: connections that were seen
	// those of a flood are alike: what was asked of the judge last, and what he said
	uint64_t asked, forged_at_plus_1;
	uint8_t verdict;
};

/**
 * Asks for the row of an episode that ends. clock_ns: packet time of its last reset. It counts by the verdict on what
 * the worker saw; devices and claims may change that. @return false when that second has had its rows of this verdict.
 */
bool reset_budget_take(struct reset_budget *budget, const struct mw_reset_settings *settings,
					   const struct reset_facts *facts, uint64_t clock_ns);

#endif
