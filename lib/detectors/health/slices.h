// SPDX-License-Identifier: BSD-3-Clause
// An interval in slices, and the slices in a row that are worst.
// Neighbours: cells.h, common.h; stretch.c, losses.c.
#ifndef HEALTH_SLICES_H
#define HEALTH_SLICES_H

#include "health.h"

#define HEALTH_SLICES   16 // of an interval: of a longer one, those that are so many apart are one
#define HEALTH_SLICE_NS (5 * MW_NS_PER_SECOND)

/** A part of an interval: so many slices from its first-th one on. */
struct health_part {
	uint32_t first, count;
};

/** Where a time is counted. */
static inline uint32_t health_slice_of(uint64_t time_ns)
{
	return time_ns / HEALTH_SLICE_NS % HEALTH_SLICES;
}

/** Where the number-th slice of an interval lies. */
static inline uint32_t health_slice_at(uint64_t start_ns, uint32_t number)
{
	return (health_slice_of(start_ns) + number) % HEALTH_SLICES;
}

/** False when several slices of an interval lie in one place. */
static inline bool health_slices_are_whole(uint64_t start_ns, uint64_t end_ns)
{
	return end_ns - start_ns <= HEALTH_SLICES * HEALTH_SLICE_NS;
}

/**
 * Those with the largest sum (Bentley, Programming Pearls, CACM 1984: the maximum subarray); of equal ones the first.
 * Empty where no sum is above 0.
 */
static inline struct health_part health_slices_worst(const int64_t surplus[HEALTH_SLICES])
{
	struct health_part worst = {0, 0};
	int64_t sum = 0, most = 0;

	for (uint32_t slice = 0, first = 0; slice < HEALTH_SLICES; slice++) {
		if (sum <= 0) {
			sum = 0;
			first = slice;
		}
		sum += surplus[slice];
		if (sum > most) {
			most = sum;
			worst = (struct health_part){first, slice + 1 - first};
		}
	}
	return worst;
}

#endif
