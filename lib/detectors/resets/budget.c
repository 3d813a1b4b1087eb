// SPDX-License-Identifier: BSD-3-Clause
// The rows of a second, by verdict.
// Neighbours: budget.h.
#include "budget.h"

#include "judge.h"

bool reset_budget_take(struct reset_budget *budget, const struct mw_reset_settings *settings,
					   const struct reset_facts *facts, uint64_t clock_ns)
{
	uint8_t verdict = reset_judge_facts(facts, 0, (uint32_t)settings->forged_at).verdict;
	uint64_t second = clock_ns / MW_NS_PER_SECOND;

	return mw_kit_budget_take(&budget->seconds[second % RESET_BUDGET_SECONDS][verdict], clock_ns,
							  settings->reports_per_second);
}
