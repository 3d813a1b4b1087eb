// SPDX-License-Identifier: BSD-3-Clause
// The pool and its list.
// Neighbours: pool.h.
#include "pool.h"

#include <string.h>

_Static_assert(RESET_POOL_EPISODES < UINT16_MAX, "links are 16 bits");

static uint16_t link_of(const struct reset_pool *pool, const struct reset_episode *episode)
{
	return (uint16_t)(episode - pool->episodes + 1);
}

static void append(struct reset_pool *pool, uint16_t link)
{
	mw_kit_list_append(&pool->ages[pool->places[link - 1].lone], pool->links, sizeof(pool->links[0]), link);
}

static void cut_out(struct reset_pool *pool, uint16_t link)
{
	mw_kit_list_remove(&pool->ages[pool->places[link - 1].lone], pool->links, sizeof(pool->links[0]), link);
}

void reset_pool_init(struct reset_pool *pool, const struct mw_hash_key *key)
{
	uint64_t secret;

	memcpy(&secret, key, sizeof(secret));
	// in a replay the key is known, but not where the pool lies
	pool->secret = ((secret ^ (uintptr_t)pool) * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

static uint16_t chain_of(const struct reset_pool *pool, const struct mw_flow *flow)
{
	const uint64_t number = (uintptr_t)flow / MW_CACHE_LINE_BYTES;

	return (uint16_t)((number * pool->secret ^ number) * pool->secret >> (64 - RESET_POOL_CHAIN_BITS));
}

void reset_pool_fetch(struct reset_pool *pool, const struct mw_flow *flow)
{
	mw_fetch_line(&pool->chains[chain_of(pool, flow)]);
}

struct reset_episode *reset_pool_take(struct reset_pool *pool, const struct mw_flow *flow, uint8_t direction, bool lone)
{
	const uint16_t chain = chain_of(pool, flow);
	uint16_t link = pool->free;

	if (link != 0)
		pool->free = (uint16_t)pool->links[link].newer;
	else if (pool->fresh < RESET_POOL_EPISODES)
		link = ++pool->fresh;
	else
		return NULL;
	pool->places[link - 1] = (struct reset_place){
		.flow = flow, .next = pool->chains[chain], .chain = chain, .direction = direction, .lone = lone};
	pool->chains[chain] = link;
	append(pool, link);
	return &pool->episodes[link - 1];
}

void reset_pool_find(struct reset_pool *pool, const struct mw_flow *flow, struct reset_episode *open[2])
{
	open[0] = open[1] = NULL;
	for (uint16_t link = pool->chains[chain_of(pool, flow)]; link != 0; link = pool->places[link - 1].next) {
		if (pool->places[link - 1].flow == flow)
			open[pool->places[link - 1].direction] = &pool->episodes[link - 1];
	}
}

uint8_t *reset_pool_payload(struct reset_pool *pool, const struct reset_episode *episode)
{
	return pool->payloads[episode - pool->episodes];
}

void reset_pool_touch(struct reset_pool *pool, const struct reset_episode *episode)
{
	uint16_t link = link_of(pool, episode);

	if (link == pool->ages[pool->places[link - 1].lone].newest)
		return;
	cut_out(pool, link);
	append(pool, link);
}

// What was opened next ends next, most often: its lines have gone cold since.
static void fetch(struct reset_pool *pool, uint32_t link)
{
	const struct reset_episode *episode;

	if (link == 0)
		return;
	episode = &pool->episodes[link - 1];
	mw_fetch_line(&pool->chains[pool->places[link - 1].chain]);
	for (size_t line = 0; line < sizeof(*episode); line += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const uint8_t *)episode + line);
}

void reset_pool_give(struct reset_pool *pool, const struct reset_episode *episode)
{
	uint16_t link = link_of(pool, episode), *chain = &pool->chains[pool->places[link - 1].chain];

	fetch(pool, pool->links[link].newer);
	cut_out(pool, link);
	while (*chain != link)
		chain = &pool->places[*chain - 1].next;
	*chain = pool->places[link - 1].next;
	pool->places[link - 1].flow = NULL;
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
