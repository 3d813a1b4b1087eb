// SPDX-License-Identifier: BSD-3-Clause
// Counters: named once at start, then one block a worker that only this worker writes and anybody may read.
// Neighbours: decode, flow, detectors count; aggregate/ sums. Memory order: relaxed, each value stands for itself.
// Any thread reads; who may write stands at each.
#ifndef MW_STATS_H
#define MW_STATS_H

#include <stdatomic.h>

#include "mw_base.h"

#define MW_STATS_MAX 512 // counters of all modules together

/** One counter's name within its module, and what it counts with the unit. */
struct mw_counter {
	const char *name;
	const char *help;
};

/** The names of all counters: filled at start by one thread, then read-only. */
struct mw_stats_names {
	uint32_t count;
	struct {
		const char *module;
		struct mw_counter counter;
	} entries[MW_STATS_MAX];
};

/** A worker's counters. Writer: the worker. Readers: anybody, through mw_stats_read. */
struct mw_stats_block {
	_Alignas(MW_CACHE_LINE_BYTES) _Atomic uint64_t values[MW_STATS_MAX];
};

/**
 * Registers count counters of a module and returns the index of the first; the others follow.
 * The strings must live as long as names. One thread, at start. @return index, or -ENOSPC beyond MW_STATS_MAX.
 */
int mw_stats_register(struct mw_stats_names *names, const char *module, const struct mw_counter *counters,
					  uint32_t count);

/** Adds to a counter: load and store, no locked instruction. Only the owner of its block may call it. */
static inline void mw_stats_bump(_Atomic uint64_t *value, uint64_t amount)
{
	atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + amount, memory_order_relaxed);
}

/** Adds amount to the counter at index of a block. Only the owner of the block may call it. */
static inline void mw_stats_add(struct mw_stats_block *block, uint32_t index, uint64_t amount)
{
	mw_stats_bump(&block->values[index], amount);
}

/** The counter at index of a block, now. Any thread. */
static inline uint64_t mw_stats_read(const struct mw_stats_block *block, uint32_t index)
{
	return atomic_load_explicit(&block->values[index], memory_order_relaxed);
}

/** Sum of one counter over blocks_count blocks. Any thread. */
uint64_t mw_stats_sum(const struct mw_stats_block *const blocks[], uint32_t blocks_count, uint32_t index);

#endif
