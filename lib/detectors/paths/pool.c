// SPDX-License-Identifier: BSD-3-Clause
// The pool and its two lists.
// Neighbours: pool.h.
#include "pool.h"

#include <string.h>

_Static_assert(PATH_POOL_EPISODES < PATH_LINK_SEVERAL, "links are 16 bits");

static uint16_t link_of(const struct path_pool *pool, const struct path_episode *episode)
{
	return (uint16_t)(episode - pool->episodes + 1);
}

static void append(struct path_pool *pool, uint16_t link)
{
	mw_kit_list_append(&pool->ages[pool->firm[link - 1]], pool->links, sizeof(pool->links[0]), link);
}

static void cut_out(struct path_pool *pool, uint16_t link)
{
	mw_kit_list_remove(&pool->ages[pool->firm[link - 1]], pool->links, sizeof(pool->links[0]), link);
}

struct path_episode *path_pool_take(struct path_pool *pool, struct mw_flow *flow, uint16_t *link)
{
	if (pool->free != 0) {
		*link = pool->free;
		pool->free = (uint16_t)pool->links[*link].newer;
	} else if (pool->fresh < PATH_POOL_EPISODES) {
		*link = ++pool->fresh;
	} else {
		return NULL;
	}
	pool->flows[*link - 1] = flow;
	pool->firm[*link - 1] = false;
	pool->due_ns[*link - 1] = UINT64_MAX;
	append(pool, *link);
	return memset(&pool->episodes[*link - 1], 0, sizeof(pool->episodes[0]));
}

struct path_episode *path_pool_find(struct path_pool *pool, uint16_t link, const struct mw_flow *flow)
{
	if (link == 0 || link > PATH_POOL_EPISODES || pool->flows[link - 1] != flow)
		return NULL;
	return &pool->episodes[link - 1];
}

struct mw_flow *path_pool_flow(const struct path_pool *pool, const struct path_episode *episode)
{
	return pool->flows[link_of(pool, episode) - 1];
}

void path_pool_make_firm(struct path_pool *pool, const struct path_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	if (pool->firm[link - 1])
		return;
	cut_out(pool, link);
	pool->firm[link - 1] = true;
	append(pool, link);
}

void path_pool_wake(struct path_pool *pool, const struct path_episode *episode, uint64_t clock_ns)
{
	uint64_t *due_ns = &pool->due_ns[link_of(pool, episode) - 1];

	*due_ns = MW_MIN(*due_ns, clock_ns);
}

void path_pool_give(struct path_pool *pool, const struct path_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	cut_out(pool, link);
	pool->flows[link - 1] = NULL;
	pool->links[link].newer = pool->free;
	pool->free = link;
}

struct path_episode *path_pool_victim(struct path_pool *pool)
{
	uint32_t link = pool->ages[0].oldest != 0 ? pool->ages[0].oldest : pool->ages[1].oldest;

	return link == 0 ? NULL : &pool->episodes[link - 1];
}
