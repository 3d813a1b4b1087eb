// SPDX-License-Identifier: BSD-3-Clause
// Finds things by a hash. A thing is a number from 1 on, its place in the caller's array; the index deals them out.
// Neighbours: mw_hash.h gives the hash, under the run's key; mw_kit_list.h keeps the same numbers by age. Memory is
// laid out once. One thread.
#ifndef MW_KIT_INDEX_H
#define MW_KIT_INDEX_H

#include "mw_base.h"

/**
 * How deep a chain is walked. With a key that nobody knows no chain comes near it. Where the key is public (a replay),
 * keys that were chosen to collide lie deeper: they are not found again, and go when their time comes; the work stays
 * bounded.
 */
#define MW_KIT_INDEX_CHAIN 64

struct mw_kit_index {
	struct mw_kit_index_node {
		uint32_t next, before; // of its chain; next also of the free ones; 0 none
		uint32_t hash;
	} * zero; // of number 0, which is no thing's; the others lie node_bytes apart
	uint32_t *heads;
	uint32_t node_bytes;
	uint32_t mask, max, used, fresh, free; // fresh: the largest number ever dealt out
};

/** An index for the numbers 1 to max in zeroed memory of mw_kit_index_bytes, for words. Not to be freed. */
size_t mw_kit_index_bytes(uint32_t max);
void mw_kit_index_init(struct mw_kit_index *index, void *memory, uint32_t max);

/** The same in memory of its own. @return 0 or -ENOMEM; mw_kit_index_free is due in both cases. */
int mw_kit_index_new(struct mw_kit_index *index, uint32_t max);
/**
 * The same, with the nodes in the caller's things, in the line that is read next: zero is that of number 0, they lie so
 * many bytes apart, and need not be zeroed. The caller leaves alone what is in them.
 * @return as mw_kit_index_new.
 */
int mw_kit_index_new_in(struct mw_kit_index *index, uint32_t max, struct mw_kit_index_node *zero, size_t node_bytes);
/** Zeroed memory is allowed. */
void mw_kit_index_free(struct mw_kit_index *index);

/** The index's own entry for a number. */
static inline struct mw_kit_index_node *mw_kit_index_node(const struct mw_kit_index *index, uint32_t number)
{
	return (struct mw_kit_index_node *)(void *)((char *)index->zero + (size_t)index->node_bytes * number);
}

/** True when all numbers are dealt out. */
static inline bool mw_kit_index_full(const struct mw_kit_index *index)
{
	return index->used == index->max;
}

/** @return a number for a thing with this hash: the one given back last, else the least fresh. It must not be full. */
uint32_t mw_kit_index_add(struct mw_kit_index *index, uint64_t hash);
/** Gives a number back. */
void mw_kit_index_remove(struct mw_kit_index *index, uint32_t number);
/** From now on a number that is in the index is found by another hash. */
void mw_kit_index_move(struct mw_kit_index *index, uint32_t number, uint64_t hash);

/** The same for an index over numbers that come from elsewhere, another index or a ring: of one in it none is added. */
void mw_kit_index_put(struct mw_kit_index *index, uint32_t number, uint64_t hash);
void mw_kit_index_take_out(struct mw_kit_index *index, uint32_t number);

/** Fetches the head of the hash's chain, before mw_kit_index_head or a walk. */
static inline void mw_kit_index_prefetch(const struct mw_kit_index *index, uint64_t hash)
{
	mw_fetch_line(&index->heads[hash & index->mask]);
}

/** Fetches the index's own entry for a number, before a walk comes by. */
static inline void mw_kit_index_prefetch_node(const struct mw_kit_index *index, uint32_t number)
{
	mw_fetch_line(mw_kit_index_node(index, number));
}

/** Fetches what taking out this number touches besides its own entry, which should have been fetched. */
static inline void mw_kit_index_prefetch_around(const struct mw_kit_index *index, uint32_t number)
{
	const struct mw_kit_index_node *node = mw_kit_index_node(index, number);

	mw_fetch_line(mw_kit_index_node(index, node->next));
	if (node->before != 0)
		mw_fetch_line(mw_kit_index_node(index, node->before));
	else
		mw_fetch_line(&index->heads[node->hash & index->mask]);
}

/**
 * Fetches the second number of the hash's chain, when the first, which should have been fetched, is of another hash.
 */
static inline void mw_kit_index_prefetch_second(const struct mw_kit_index *index, uint64_t hash)
{
	const struct mw_kit_index_node *node = mw_kit_index_node(index, index->heads[hash & index->mask]);

	if (node->hash != (uint32_t)hash)
		mw_fetch_line(mw_kit_index_node(index, node->next));
}

/** The number at the head of the hash's chain, or 0: to prefetch what it stands for. */
static inline uint32_t mw_kit_index_head(const struct mw_kit_index *index, uint64_t hash)
{
	return index->heads[hash & index->mask];
}

/** A walk over the numbers with one hash, the newest first. The caller compares what they stand for. */
struct mw_kit_walk {
	uint32_t number; // 0: none is left
	uint32_t hash, steps;
};

/** Moves the walk to number or, along its chain, to the next one with the walk's hash. For the functions below. */
static inline void mw_kit_walk_to(const struct mw_kit_index *index, struct mw_kit_walk *walk, uint32_t number)
{
	while (number != 0 && mw_kit_index_node(index, number)->hash != walk->hash)
		number = ++walk->steps < MW_KIT_INDEX_CHAIN ? mw_kit_index_node(index, number)->next : 0;
	walk->number = number;
}

/** Begins with the newest number of this hash. Of the hash the lower 32 bits count. */
static inline struct mw_kit_walk mw_kit_walk(const struct mw_kit_index *index, uint64_t hash)
{
	struct mw_kit_walk walk = {.hash = (uint32_t)hash};

	mw_kit_walk_to(index, &walk, mw_kit_index_head(index, hash));
	return walk;
}

/** Goes on to the next older number with the hash. The one it stands at, not 0, must still be in the index. */
static inline void mw_kit_walk_next(const struct mw_kit_index *index, struct mw_kit_walk *walk)
{
	mw_kit_walk_to(index, walk, ++walk->steps < MW_KIT_INDEX_CHAIN ? mw_kit_index_node(index, walk->number)->next : 0);
}

/** Goes on behind a number that is in the index. */
static inline struct mw_kit_walk mw_kit_walk_behind(const struct mw_kit_index *index, uint32_t number)
{
	struct mw_kit_walk walk = {.number = number, .hash = mw_kit_index_node(index, number)->hash};

	mw_kit_walk_next(index, &walk);
	return walk;
}

/** Numbers in the longest chain: looks at all of them. For tests. */
uint32_t mw_kit_index_longest(const struct mw_kit_index *index);

#endif
