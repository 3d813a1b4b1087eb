// SPDX-License-Identifier: BSD-3-Clause
// Registration and sums of counters.
// Neighbours: mw_stats.h.
#include "mw_stats.h"

#include <errno.h>
#include <string.h>

int mw_stats_register(struct mw_stats_names *names, const char *module, const struct mw_counter *counters,
					  uint32_t count)
{
	uint32_t first = names->count;

	if (count > MW_STATS_MAX - first)
		return -ENOSPC;
	for (uint32_t i = 0; i < count; i++) {
		names->entries[first + i].module = module;
		names->entries[first + i].counter = counters[i];
	}
	names->count += count;
	return (int)first;
}

uint64_t mw_stats_sum(const struct mw_stats_block *const blocks[], uint32_t blocks_count, uint32_t index)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < blocks_count; i++)
		sum += mw_stats_read(blocks[i], index);
	return sum;
}
