// SPDX-License-Identifier: BSD-3-Clause
// The pool and its list.
// Neighbours: reset_pool.h.
#include "reset_pool.h"

#include <string.h>

_Static_assert(RESET_POOL_EPISODES < UINT16_MAX, "links are 16 bits");

static uint16_t link_of(const struct reset_pool *pool, const struct reset_episode *episode)
{
	return (uint16_t)(episode - pool->episodes + 1);
}

struct reset_episode *reset_pool_at(struct reset_pool *pool, uint16_t link)
{
	return link == 0 ? NULL : &pool->episodes[link - 1];
}

static void append(struct reset_pool *pool, struct reset_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	episode->older = pool->newest;
	episode->newer = 0;
	if (pool->newest != 0)
		pool->episodes[pool->newest - 1].newer = link;
	else
		pool->oldest = link;
	pool->newest = link;
}

static void cut_out(struct reset_pool *pool, struct reset_episode *episode)
{
	if (episode->older != 0)
		pool->episodes[episode->older - 1].newer = episode->newer;
	else
		pool->oldest = episode->newer;
	if (episode->newer != 0)
		pool->episodes[episode->newer - 1].older = episode->older;
	else
		pool->newest = episode->older;
}

struct reset_episode *reset_pool_take(struct reset_pool *pool, uint16_t *link)
{
	struct reset_episode *episode;

	if (pool->free != 0) {
		episode = &pool->episodes[pool->free - 1];
		pool->free = episode->newer;
	} else if (pool->fresh < RESET_POOL_EPISODES) {
		episode = &pool->episodes[pool->fresh++];
	} else {
		return NULL;
	}
	memset(episode, 0, sizeof(*episode));
	append(pool, episode);
	*link = link_of(pool, episode);
	return episode;
}

void reset_pool_touch(struct reset_pool *pool, struct reset_episode *episode)
{
	if (link_of(pool, episode) == pool->newest)
		return;
	cut_out(pool, episode);
	append(pool, episode);
}

void reset_pool_give(struct reset_pool *pool, struct reset_episode *episode)
{
	cut_out(pool, episode);
	episode->newer = pool->free;
	pool->free = link_of(pool, episode);
}

struct reset_episode *reset_pool_oldest(struct reset_pool *pool)
{
	return reset_pool_at(pool, pool->oldest);
}
