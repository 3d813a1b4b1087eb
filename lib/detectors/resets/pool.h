// SPDX-License-Identifier: BSD-3-Clause
// Open episodes of one worker: a fixed pool, found by flow, and a list in the order of the last reset. No allocation.
// Neighbours: resets.c.
#ifndef RESETS_POOL_H
#define RESETS_POOL_H

#include "weights.h"
#include "facts.h"
#include "pattern.h"
#include "mw_hash.h"
#include "mw_kit_list.h"

#define RESET_POOL_EPISODES 4096

/**
 * An open episode: resets of one direction of one flow. Three cache lines; a payload lies apart, few resets have one.
 */
struct reset_episode {
	_Alignas(MW_CACHE_LINE_BYTES) uint64_t first_ns; // time of its first reset
	uint64_t judged_ns; // of its first reset since it was reopened: what comes later is held against this
	uint64_t last_clock_ns; // clock at its last one: what deadlines are counted from
	struct mw_event_flow ends;
	struct reset_facts facts;
	struct reset_previous previous;
	struct reset_mix mix;
	uint8_t direction;
	bool over; // a SYN-ACK of another connection came after: its resets are another episode
	bool reopened; // a SYN came after, or what is of no connection here: until the next reset nothing tells of this one
};

_Static_assert(sizeof(struct reset_episode) == 3 * MW_CACHE_LINE_BYTES, "three lines");

#define RESET_POOL_CHAIN_BITS 15 // eight chains an episode: most have none

/** What an episode is found by. */
struct reset_place {
	const struct mw_flow *flow; // whose; NULL: not open
	uint16_t next; // in its chain, index + 1
	uint16_t chain; // which that is
	uint8_t direction;
	bool lone; // which list it is in
};

/**
 * What lookups and the list need lies dense: the lines of an episode are touched by its own resets and by its end
 * alone.
 */
struct reset_pool {
	struct mw_kit_list
		ages[2]; // by the last reset, index + 1. 1: lone episodes, of connections of which one end or both never passed
	uint64_t secret; // which chain a flow has: no result depends on it
	uint16_t free, fresh; // index + 1; fresh: entries never used begin here
	uint16_t chains[1u << RESET_POOL_CHAIN_BITS]; // by flow, index + 1
	struct reset_place places[RESET_POOL_EPISODES];
	struct mw_kit_link links[RESET_POOL_EPISODES + 1];
	struct reset_episode episodes[RESET_POOL_EPISODES];
	uint8_t payloads[RESET_POOL_EPISODES][MW_RESET_PAYLOAD_BYTES];
};

/** An empty pool, in zeroed memory on a cache line. */
void reset_pool_init(struct reset_pool *pool, const struct mw_hash_key *key);

/** True when all episodes are open. */
static inline bool reset_pool_is_full(const struct reset_pool *pool)
{
	return pool->free == 0 && pool->fresh == RESET_POOL_EPISODES;
}

/** On its way into the cache: what reset_pool_take of this flow will touch. */
void reset_pool_fetch(struct reset_pool *pool, const struct mw_flow *flow);

/**
 * An episode of a direction of flow, which has none, at the newest end, for the caller to fill; NULL when all are open.
 * lone: one end of the connection or both never passed, so there is less to judge.
 */
struct reset_episode *reset_pool_take(struct reset_pool *pool, const struct mw_flow *flow, uint8_t direction,
									  bool lone);

/** The episodes of flow, by direction; NULL for none. */
void reset_pool_find(struct reset_pool *pool, const struct mw_flow *flow, struct reset_episode *open[2]);

/** Where the payload of an episode is kept: facts.payload_bytes of it are valid. */
uint8_t *reset_pool_payload(struct reset_pool *pool, const struct reset_episode *episode);

/** Moves an episode to the newest end. */
void reset_pool_touch(struct reset_pool *pool, const struct reset_episode *episode);

/** Gives an episode back. */
void reset_pool_give(struct reset_pool *pool, const struct reset_episode *episode);

/** The one whose last reset is longest ago; NULL when there is none. */
struct reset_episode *reset_pool_oldest(struct reset_pool *pool);

/** The one to give up for another: the oldest lone one, so that a flood of made-up resets ends no other; NULL: none. */
struct reset_episode *reset_pool_victim(struct reset_pool *pool);

#endif
