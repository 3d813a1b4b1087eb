// SPDX-License-Identifier: BSD-3-Clause
// The rows of a second, by verdict and by whether its connection was seen.
// Neighbours: budget.h.
#include "budget.h"

#include "judge.h"

bool reset_budget_take(struct reset_budget *budget, const struct mw_reset_settings *settings,
					   const struct reset_facts *facts, uint64_t clock_ns)
{
	uint8_t verdict = reset_judge_facts(facts, 0, (uint32_t)settings->forged_at).verdict;
	struct mw_kit_budget *second = budget->seconds[clock_ns / MW_NS_PER_SECOND % RESET_BUDGET_SECONDS][verdict];

	return mw_kit_budget_take(&second[reset_connection_seen(facts)], clock_ns, settings->reports_per_second);
}
