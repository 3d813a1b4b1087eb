// SPDX-License-Identifier: BSD-3-Clause
// Numbers from 1 up, given out and taken back, and found by a hash: chains over fixed arrays.
// Neighbours: table.h keeps hosts, sessions and groups in arrays by these numbers.
#ifndef NAT_MODEL_INDEX_H
#define NAT_MODEL_INDEX_H

#include "mw_base.h"

struct nat_index {
	struct nat_index_node {
		uint32_t next; // of its chain, or of the free ones
		uint32_t hash;
	} * nodes;
	uint32_t *heads;
	uint32_t mask, max, used, fresh, free;
};

/** Room for max numbers. @return 0 or -ENOMEM; nat_index_free is due in both cases. */
int nat_index_new(struct nat_index *index, uint32_t max);
void nat_index_free(struct nat_index *index);

static inline bool nat_index_full(const struct nat_index *index)
{
	return index->used == index->max;
}

/** @return a number for a thing with this hash. It must not be full. */
uint32_t nat_index_add(struct nat_index *index, uint64_t hash);
void nat_index_remove(struct nat_index *index, uint32_t number);

static inline void nat_index_prefetch(const struct nat_index *index, uint64_t hash)
{
	__builtin_prefetch(&index->heads[hash & index->mask]);
}

static inline void nat_index_prefetch_node(const struct nat_index *index, uint32_t number)
{
	__builtin_prefetch(&index->nodes[number]);
}

/** The number at the head of the hash's chain, or 0. */
static inline uint32_t nat_index_head(const struct nat_index *index, uint64_t hash)
{
	return index->heads[hash & index->mask];
}

static inline uint32_t nat_index_same(const struct nat_index *index, uint32_t number, uint64_t hash)
{
	while (number != 0 && index->nodes[number].hash != (uint32_t)hash)
		number = index->nodes[number].next;
	return number;
}

/** The first number with this hash, or 0; the caller compares what it stands for. */
static inline uint32_t nat_index_first(const struct nat_index *index, uint64_t hash)
{
	return nat_index_same(index, nat_index_head(index, hash), hash);
}

static inline uint32_t nat_index_next(const struct nat_index *index, uint32_t number, uint64_t hash)
{
	return nat_index_same(index, index->nodes[number].next, hash);
}

#endif
