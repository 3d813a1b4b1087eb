// SPDX-License-Identifier: BSD-3-Clause
// The pool of open episodes: bounded, in the order of the last reset.
// Neighbours: lib/detect/reset_pool.c.
#include "mw_test.h"

#include <stdlib.h>

#include "reset_pool.h"

static struct reset_pool *new_pool(void)
{
	struct reset_pool *pool = calloc(1, sizeof(*pool));

	assert_non_null(pool);
	return pool;
}

static void the_oldest_is_the_one_not_touched_longest(void **state)
{
	struct reset_pool *pool = new_pool();
	uint16_t links[3];
	struct reset_episode *a = reset_pool_take(pool, &links[0]);
	struct reset_episode *b = reset_pool_take(pool, &links[1]);
	struct reset_episode *c = reset_pool_take(pool, &links[2]);

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

static void links_find_their_episode(void **state)
{
	struct reset_pool *pool = new_pool();
	uint16_t link;
	struct reset_episode *episode = reset_pool_take(pool, &link);

	(void)state;
	assert_ptr_equal(reset_pool_at(pool, link), episode);
	assert_null(reset_pool_at(pool, 0));
	free(pool);
}

static void a_full_pool_refuses_and_a_returned_episode_is_clean(void **state)
{
	struct reset_pool *pool = new_pool();
	struct reset_episode *episode;
	uint16_t link;

	(void)state;
	for (uint32_t i = 0; i < RESET_POOL_EPISODES; i++)
		assert_non_null(reset_pool_take(pool, &link));
	assert_null(reset_pool_take(pool, &link));
	episode = reset_pool_oldest(pool);
	episode->facts.count = 9;
	reset_pool_give(pool, episode);
	assert_ptr_equal(reset_pool_take(pool, &link), episode);
	assert_int_equal(episode->facts.count, 0);
	free(pool);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_oldest_is_the_one_not_touched_longest),
	MW_TEST(links_find_their_episode),
	MW_TEST(a_full_pool_refuses_and_a_returned_episode_is_clean),
};

MW_TEST_MAIN("detect_reset_pool", tests)
