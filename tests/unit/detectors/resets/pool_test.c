// SPDX-License-Identifier: BSD-3-Clause
// The pool of open episodes: bounded, in the order of the last reset, and found by the flow they belong to.
// Neighbours: lib/detectors/resets/pool.c.
#include "mw_test.h"

#include <stdlib.h>
#include <string.h>

#include "pool.h"

static struct reset_pool *new_pool(void)
{
	struct reset_pool *pool = aligned_alloc(MW_CACHE_LINE_BYTES, sizeof(*pool));
	struct mw_hash_key key;

	assert_non_null(pool);
	memset(pool, 0, sizeof(*pool));
	mw_hash_key_from_seed(&key, 1);
	reset_pool_init(pool, &key);
	return pool;
}

static struct reset_episode *found(struct reset_pool *pool, const struct mw_flow *flow, uint8_t direction)
{
	struct reset_episode *open[2];

	reset_pool_find(pool, flow, open);
	return open[direction];
}

// As many flows as there may be episodes.
static const struct mw_flow *flow_at(uint32_t number)
{
	static const uint8_t flows[RESET_POOL_EPISODES + 1][2 * MW_CACHE_LINE_BYTES];

	return (const void *)flows[number];
}

static void the_oldest_is_the_one_not_touched_longest(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *a = reset_pool_take(pool, flow_at(0), 0, false);
	struct reset_episode *b = reset_pool_take(pool, flow_at(0), 1, false);
	struct reset_episode *c = reset_pool_take(pool, flow_at(1), 0, false);

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

static void a_flow_finds_the_episode_of_each_direction_until_it_is_given_back(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *to = reset_pool_take(pool, flow_at(0), 0, false);
	struct reset_episode *back = reset_pool_take(pool, flow_at(0), 1, true);

	(void)state;
	assert_ptr_equal(found(pool, flow_at(0), 0), to);
	assert_ptr_equal(found(pool, flow_at(0), 1), back);
	assert_null(found(pool, flow_at(1), 0));
	reset_pool_give(pool, to);
	assert_null(found(pool, flow_at(0), 0));
	assert_ptr_equal(found(pool, flow_at(0), 1), back);
	assert_ptr_equal(reset_pool_take(pool, flow_at(1), 0, false), to);
	assert_null(found(pool, flow_at(0), 0));
	assert_ptr_equal(found(pool, flow_at(1), 0), to);
	free(pool);
}

static void all_are_found_as_long_as_they_are_open(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *episodes[RESET_POOL_EPISODES];

	(void)state;
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i++)
		episodes[i] = reset_pool_take(pool, flow_at(i), i & 1, false);
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i += 3)
		reset_pool_give(pool, episodes[i]);
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i++)
		assert_ptr_equal(found(pool, flow_at(i), i & 1), i % 3 == 0 ? NULL : episodes[i]);
	free(pool);
}

static void a_full_pool_refuses_until_an_episode_is_returned(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *episode;

	(void)state;
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i++)
		assert_non_null(reset_pool_take(pool, flow_at(i), 0, false));
	assert_null(reset_pool_take(pool, flow_at(RESET_POOL_EPISODES), 0, false));
	episode = reset_pool_oldest(pool);
	reset_pool_give(pool, episode);
	assert_ptr_equal(reset_pool_take(pool, flow_at(RESET_POOL_EPISODES), 0, false), episode);
	free(pool);
}

static void every_episode_has_a_payload_of_its_own(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *a = reset_pool_take(pool, flow_at(0), 0, false);
	struct reset_episode *b = reset_pool_take(pool, flow_at(0), 1, false);

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

	(void)state;
	answered = reset_pool_take(pool, flow_at(0), 0, false);
	answered->last_clock_ns = 1;
	for (uint32_t i = 1; i < RESET_POOL_EPISODES; i++)
		reset_pool_take(pool, flow_at(i), 0, true)->last_clock_ns = 1 + i;
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
	MW_TEST(a_flow_finds_the_episode_of_each_direction_until_it_is_given_back),
	MW_TEST(all_are_found_as_long_as_they_are_open),
	MW_TEST(a_full_pool_refuses_until_an_episode_is_returned),
	MW_TEST(full_pool_gives_up_lone_episodes_first),
	MW_TEST(every_episode_has_a_payload_of_its_own),
};

MW_TEST_MAIN("detect_reset_pool", tests)
