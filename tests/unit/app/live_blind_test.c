// SPDX-License-Identifier: BSD-3-Clause
// What a live run did not see: gaps of a worker reach control, all of them; losses count by their share.
// Neighbours: app/midwatch/live/blind.c.
#include "live/blind.h"

#include "mw_test.h"

#define S MW_NS_PER_SECOND

static void a_stopped_worker_is_told_from_look_to_look(void **state)
{
	static struct live_gaps gaps;
	struct mw_blind blind;

	(void)state;
	assert_false(live_gaps_take(&gaps, &blind));
	live_gaps_note(&gaps, 10 * S, 13 * S);
	assert_true(live_gaps_take(&gaps, &blind));
	assert_int_equal(blind.from_ns, 10 * S);
	assert_int_equal(blind.to_ns, 13 * S);
	assert_int_equal(blind.why, MW_BLIND_STOPPED);
	assert_false(live_gaps_take(&gaps, &blind));
}

static void gaps_that_find_no_room_are_within_the_next(void **state)
{
	static struct live_gaps gaps;
	struct mw_blind blind;
	uint64_t last_ns = 0;

	(void)state;
	for (uint64_t i = 0; i < LIVE_BLIND_GAPS + 3; i++)
		live_gaps_note(&gaps, (2 * i + 1) * S, (2 * i + 2) * S);
	for (uint64_t i = 0; i < LIVE_BLIND_GAPS; i++)
		assert_true(live_gaps_take(&gaps, &blind));
	assert_false(live_gaps_take(&gaps, &blind));
	live_gaps_note(&gaps, 1001 * S, 1002 * S);
	assert_true(live_gaps_take(&gaps, &blind));
	last_ns = (2 * (uint64_t)LIVE_BLIND_GAPS + 1) * S; // of the first one without room
	assert_int_equal(blind.from_ns, last_ns);
	assert_int_equal(blind.to_ns, 1002 * S);
}

static void losses_blind_by_their_share(void **state)
{
	struct live_blind self = {0};
	struct mw_blind blind;

	(void)state;
	assert_false(live_blind_lost(&self, 100 * S, 5000, 10000, &blind)); // since the start: of what time is not known
	assert_false(live_blind_lost(&self, 101 * S, 5010, 20000, &blind)); // one in a thousand
	assert_true(live_blind_lost(&self, 102 * S, 5210, 30000, &blind)); // two in a hundred
	assert_int_equal(blind.from_ns, 101 * S);
	assert_int_equal(blind.to_ns, 102 * S);
	assert_int_equal(blind.why, MW_BLIND_LOST);
	assert_false(live_blind_lost(&self, 103 * S, 5210, 30000, &blind)); // nothing came, nothing was lost
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_stopped_worker_is_told_from_look_to_look),
	MW_TEST(gaps_that_find_no_room_are_within_the_next),
	MW_TEST(losses_blind_by_their_share),
};

MW_TEST_MAIN("app_live_blind", tests)
