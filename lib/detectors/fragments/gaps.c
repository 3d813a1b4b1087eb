// SPDX-License-Identifier: BSD-3-Clause
// A slot for each second, by its number.
// Neighbours: gaps.h.
#include "gaps.h"

// Of a longer span the last seconds count.
static uint64_t first_of(uint64_t from, uint64_t to)
{
	return to - from < FRAGMENT_GAP_SECONDS ? from : to - FRAGMENT_GAP_SECONDS + 1;
}

void fragment_gaps_add(struct fragment_gaps *gaps, uint32_t unsent, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t to = to_ns / MW_NS_PER_SECOND;

	for (uint64_t second = first_of(MW_MIN(from_ns / MW_NS_PER_SECOND, to), to); second <= to; second++)
		gaps->seconds[unsent][second % FRAGMENT_GAP_SECONDS] = second;
}

bool fragment_gaps_touch(const struct fragment_gaps *gaps, uint32_t unsent, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t to = to_ns / MW_NS_PER_SECOND + 1;
	uint64_t from = MW_MAX(MW_MIN(from_ns / MW_NS_PER_SECOND, to), 2u) - 1; // second 0 is an empty slot

	for (uint64_t second = first_of(from, to); second <= to; second++) {
		if (gaps->seconds[unsent][second % FRAGMENT_GAP_SECONDS] == second)
			return true;
	}
	return false;
}
