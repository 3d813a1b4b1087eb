// SPDX-License-Identifier: BSD-3-Clause
// The rows of a second, by verdict and by whether its connection was seen.
// Neighbours: budget.h.
#include "budget.h"

#include "judge.h"

#define ASKED_AT 61 // above the outcomes: what else decides
_Static_assert(RESET_TESTS <= ASKED_AT, "room for it");

static uint8_t verdict_on(struct reset_budget *budget, const struct reset_facts *facts, uint64_t forged_at)
{
	const bool plain = (facts->tcp_flags & MW_TCP_ACK) == 0;
	const uint64_t asked =
		facts->outcomes | (uint64_t)(facts->one_way | (unsigned)facts->lossy << 1 | (unsigned)plain << 2) << ASKED_AT;

	if (budget->asked != asked || budget->forged_at_plus_1 != forged_at + 1) {
		budget->asked = asked;
		budget->forged_at_plus_1 = forged_at + 1;
		budget->verdict = reset_judge_facts(facts, 0, (uint32_t)forged_at).verdict;
	}
	return budget->verdict;
}

bool reset_budget_take(struct reset_budget *budget, const struct mw_reset_settings *settings,
					   const struct reset_facts *facts, uint64_t clock_ns)
{
	uint8_t verdict = verdict_on(budget, facts, settings->forged_at);
	struct mw_kit_budget *second = budget->seconds[clock_ns / MW_NS_PER_SECOND % RESET_BUDGET_SECONDS][verdict];

	return mw_kit_budget_take(&second[reset_connection_seen(facts)], clock_ns, settings->reports_per_second);
}
