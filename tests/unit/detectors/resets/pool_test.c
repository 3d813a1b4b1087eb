// SPDX-License-Identifier: BSD-3-Clause
// The pool of open episodes: bounded, in the order of the last reset, and found by the flow they belong to alone.
// Neighbours: lib/detectors/resets/pool.c.
#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "pool.h"

// Of a flow the pool knows the address.
static const uint8_t places[2];
static const struct mw_flow *const flow_a = (const void *)&places[0], *const flow_b = (const void *)&places[1];

static struct reset_pool *new_pool(void)
{
	struct reset_pool *pool = aligned_alloc(MW_CACHE_LINE_BYTES, sizeof(*pool));

	assert_non_null(pool);
	return memset(pool, 0, sizeof(*pool));
}

static void the_oldest_is_the_one_not_touched_longest(void **state)
{
	struct reset_pool *pool = new_pool();
	uint16_t links[3];
	struct reset_episode *a = reset_pool_take(pool, flow_a, false, &links[0]);
	struct reset_episode *b = reset_pool_take(pool, flow_a, false, &links[1]);
	struct reset_episode *c = reset_pool_take(pool, flow_a, false, &links[2]);

	(void)state;
	assert_ptr_equal(reset_pool_oldest(pool), a);
	reset_pool_touch(pool, a);
	assert_ptr_equal(reset_pool_oldest(pool), b);
	reset_pool_touch(pool, c);
	reset_pool_give(pool, b);
	assert_ptr_equal(reset_pool_oldest(pool), a);
	reset_pool_give(pool, a);
	reset_pool_give(pool, c);
	assert_null(reset_pool_oldest(pool));
	free(pool);
}

static void a_link_finds_its_episode_for_its_own_flow_until_it_is_given_back(void **state)
{
	struct reset_pool *pool = new_pool();
	uint16_t link, again;
	struct reset_episode *episode = reset_pool_take(pool, flow_a, false, &link);

	(void)state;
	assert_ptr_equal(reset_pool_find(pool, link, flow_a), episode);
	assert_null(reset_pool_find(pool, link, flow_b));
	assert_null(reset_pool_find(pool, 0, flow_a));
	reset_pool_give(pool, episode);
	assert_null(reset_pool_find(pool, link, flow_a));
	assert_ptr_equal(reset_pool_take(pool, flow_b, false, &again), episode);
	assert_int_equal(again, link);
	assert_null(reset_pool_find(pool, link, flow_a));
	assert_ptr_equal(reset_pool_find(pool, link, flow_b), episode);
	free(pool);
}

static void a_full_pool_refuses_until_an_episode_is_returned(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *episode;
	uint16_t link;

	(void)state;
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i++)
		assert_non_null(reset_pool_take(pool, flow_a, false, &link));
	assert_null(reset_pool_take(pool, flow_a, false, &link));
	episode = reset_pool_oldest(pool);
	reset_pool_give(pool, episode);
	assert_ptr_equal(reset_pool_take(pool, flow_a, false, &link), episode);
	free(pool);
}

static void every_episode_has_a_payload_of_its_own(void **state)
{
	struct reset_pool *pool = new_pool();
	uint16_t link;
	struct reset_episode *a = reset_pool_take(pool, flow_a, false, &link);
	struct reset_episode *b = reset_pool_take(pool, flow_a, false, &link);

	(void)state;
	memset(reset_pool_payload(pool, a), 'a', MW_RESET_PAYLOAD_BYTES);
	memset(reset_pool_payload(pool, b), 'b', MW_RESET_PAYLOAD_BYTES);
	assert_int_equal(reset_pool_payload(pool, a)[MW_RESET_PAYLOAD_BYTES - 1], 'a');
	assert_int_equal(reset_pool_payload(pool, b)[0], 'b');
	free(pool);
}

static void full_pool_gives_up_lone_episodes_first(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *answered;
	uint16_t link;

	(void)state;
	answered = reset_pool_take(pool, flow_a, false, &link);
	answered->last_clock_ns = 1;
	for (uint32_t i = 1; i < RESET_POOL_EPISODES; i++)
		reset_pool_take(pool, flow_b, true, &link)->last_clock_ns = 1 + i;
	assert_ptr_equal(reset_pool_oldest(pool), answered);
	for (uint32_t i = 1; i < RESET_POOL_EPISODES; i++) {
		struct reset_episode *victim = reset_pool_victim(pool);

		assert_ptr_not_equal(victim, answered);
		reset_pool_give(pool, victim);
	}
	assert_ptr_equal(reset_pool_victim(pool), answered);
	free(pool);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_oldest_is_the_one_not_touched_longest),
	MW_TEST(a_link_finds_its_episode_for_its_own_flow_until_it_is_given_back),
	MW_TEST(a_full_pool_refuses_until_an_episode_is_returned),
	MW_TEST(full_pool_gives_up_lone_episodes_first),
	MW_TEST(every_episode_has_a_payload_of_its_own),
};

MW_TEST_MAIN("detect_reset_pool", tests)
