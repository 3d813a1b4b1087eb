// SPDX-License-Identifier: BSD-3-Clause
// The pool and its list.
// Neighbours: pool.h.
#include "pool.h"

_Static_assert(RESET_POOL_EPISODES < UINT16_MAX, "links are 16 bits");

static uint16_t link_of(const struct reset_pool *pool, const struct reset_episode *episode)
{
	return (uint16_t)(episode - pool->episodes + 1);
}

static void append(struct reset_pool *pool, uint16_t link)
{
	mw_kit_list_append(&pool->ages[pool->lone[link - 1]], pool->links, sizeof(pool->links[0]), link);
}

static void cut_out(struct reset_pool *pool, uint16_t link)
{
	mw_kit_list_remove(&pool->ages[pool->lone[link - 1]], pool->links, sizeof(pool->links[0]), link);
}

struct reset_episode *reset_pool_take(struct reset_pool *pool, const struct mw_flow *flow, bool lone, uint16_t *link)
{
	if (pool->free != 0) {
		*link = pool->free;
		pool->free = (uint16_t)pool->links[*link].newer;
	} else if (pool->fresh < RESET_POOL_EPISODES) {
		*link = ++pool->fresh;
	} else {
		return NULL;
	}
	pool->flows[*link - 1] = flow;
	pool->lone[*link - 1] = lone;
	append(pool, *link);
	return &pool->episodes[*link - 1];
}

struct reset_episode *reset_pool_find(struct reset_pool *pool, uint16_t link, const struct mw_flow *flow)
{
	return link == 0 || pool->flows[link - 1] != flow ? NULL : &pool->episodes[link - 1];
}

uint8_t *reset_pool_payload(struct reset_pool *pool, const struct reset_episode *episode)
{
	return pool->payloads[episode - pool->episodes];
}

void reset_pool_touch(struct reset_pool *pool, const struct reset_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	if (link == pool->ages[pool->lone[link - 1]].newest)
		return;
	cut_out(pool, link);
	append(pool, link);
}

void reset_pool_give(struct reset_pool *pool, const struct reset_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	cut_out(pool, link);
	pool->flows[link - 1] = NULL;
	pool->links[link].newer = pool->free;
	pool->free = link;
}

static struct reset_episode *episode_at(struct reset_pool *pool, uint32_t link)
{
	return link == 0 ? NULL : &pool->episodes[link - 1];
}

struct reset_episode *reset_pool_oldest(struct reset_pool *pool)
{
	struct reset_episode *answered = episode_at(pool, pool->ages[0].oldest);
	struct reset_episode *lone = episode_at(pool, pool->ages[1].oldest);

	if (answered == NULL || lone == NULL)
		return answered == NULL ? lone : answered;
	return lone->last_clock_ns < answered->last_clock_ns ? lone : answered;
}

struct reset_episode *reset_pool_victim(struct reset_pool *pool)
{
	struct reset_episode *lone = episode_at(pool, pool->ages[1].oldest);

	return lone != NULL ? lone : episode_at(pool, pool->ages[0].oldest);
}
