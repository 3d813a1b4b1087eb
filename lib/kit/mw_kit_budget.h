// SPDX-License-Identifier: BSD-3-Clause
// A budget: how much one worker may emit in a second of packet time.
// Neighbours: every detector whose worker half reports single packets. What is not reported, the detector counts.
#ifndef MW_KIT_BUDGET_H
#define MW_KIT_BUDGET_H

#include "mw_base.h"

/** Zeroed memory is ready. Of one worker. */
struct mw_kit_budget {
	uint64_t second; // of the packet clock
	uint64_t spent; // in it
};

/** True when less than most was spent in the second of clock_ns. A clock that goes back begins a second too. */
static inline bool mw_kit_budget_has(struct mw_kit_budget *budget, uint64_t clock_ns, uint64_t most)
{
	uint64_t second = clock_ns / MW_NS_PER_SECOND;

	if (budget->second != second)
		*budget = (struct mw_kit_budget){.second = second};
	return budget->spent < most;
}

/**
 * Spends one, unless most was spent in the second of clock_ns. Callers that may differ in most share one budget: it is
 * the same sum that is held against each.
 * @return false when nothing was left.
 */
static inline bool mw_kit_budget_take(struct mw_kit_budget *budget, uint64_t clock_ns, uint64_t most)
{
	bool has = mw_kit_budget_has(budget, clock_ns, most);

	budget->spent += has;
	return has;
}

#endif
