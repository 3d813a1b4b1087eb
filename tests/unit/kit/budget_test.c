// SPDX-License-Identifier: BSD-3-Clause
// How much may be told in a second.
// Neighbours: lib/kit/mw_kit_budget.h.
#include "mw_kit_budget.h"
#include "mw_test.h"

#define SECOND_NS MW_NS_PER_SECOND

static void what_is_over_the_budget_is_refused_until_the_next_second(void **state)
{
	struct mw_kit_budget budget = {0};

	(void)state;
	assert_true(mw_kit_budget_take(&budget, 5 * SECOND_NS, 2));
	assert_true(mw_kit_budget_take(&budget, 5 * SECOND_NS + 1, 2));
	assert_false(mw_kit_budget_take(&budget, 6 * SECOND_NS - 1, 2));
	assert_true(mw_kit_budget_take(&budget, 6 * SECOND_NS, 2));
}

static void nothing_is_spent_by_asking(void **state)
{
	struct mw_kit_budget budget = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(mw_kit_budget_has(&budget, SECOND_NS, 1));
	assert_true(mw_kit_budget_take(&budget, SECOND_NS, 1));
	assert_false(mw_kit_budget_has(&budget, SECOND_NS, 1));
}

static void refusals_are_not_spent(void **state)
{
	struct mw_kit_budget budget = {0};

	(void)state;
	assert_true(mw_kit_budget_take(&budget, 0, 1));
	assert_false(mw_kit_budget_take(&budget, 0, 1));
	assert_false(mw_kit_budget_take(&budget, 0, 1));
	assert_true(mw_kit_budget_take(&budget, 0, 2)); // one who may have more
}

static void nothing_at_all_is_a_budget(void **state)
{
	struct mw_kit_budget budget = {0};

	(void)state;
	assert_false(mw_kit_budget_take(&budget, 0, 0));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(what_is_over_the_budget_is_refused_until_the_next_second),
	MW_TEST(nothing_is_spent_by_asking),
	MW_TEST(refusals_are_not_spent),
	MW_TEST(nothing_at_all_is_a_budget),
};

MW_TEST_MAIN("detector_kit_budget", tests)
