// SPDX-License-Identifier: BSD-3-Clause
// Open episodes of one worker: a fixed pool, and a list in the order of the last reset. No allocation.
// Neighbours: reset.c.
#ifndef RESET_POOL_H
#define RESET_POOL_H

#include "reset_evidence.h"
#include "reset_facts.h"

#define RESET_POOL_EPISODES 4096

/** An open episode: resets of one direction of one flow. */
struct reset_episode {
	struct mw_flow *flow;
	uint64_t first_ns; // time of its first reset
	uint64_t last_clock_ns; // clock at its last one: what deadlines are counted from
	struct mw_event_flow ends;
	struct reset_previous previous;
	uint32_t outcomes; // of the most suspicious reset
	uint32_t suspicion; // of it
	uint16_t older, newer; // index + 1
	uint8_t direction;
	bool one_way;
	bool reopened; // a SYN came after: what follows belongs to another attempt
	struct reset_facts facts;
};

/** Zeroed memory is an empty pool. Links are index + 1, 0 is none. */
struct reset_pool {
	uint16_t oldest, newest, free, fresh; // fresh: entries never used begin here
	struct reset_episode episodes[RESET_POOL_EPISODES];
};

/** A zeroed episode at the newest end, its index + 1 in *link; NULL when all are open. */
struct reset_episode *reset_pool_take(struct reset_pool *pool, uint16_t *link);

/** The episode of a link; NULL for 0. */
struct reset_episode *reset_pool_at(struct reset_pool *pool, uint16_t link);

/** Moves an episode to the newest end. */
void reset_pool_touch(struct reset_pool *pool, struct reset_episode *episode);

/** Gives an episode back. */
void reset_pool_give(struct reset_pool *pool, struct reset_episode *episode);

/** The one whose last reset is longest ago; NULL when there is none. */
struct reset_episode *reset_pool_oldest(struct reset_pool *pool);

#endif
