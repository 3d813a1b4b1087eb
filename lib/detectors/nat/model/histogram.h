// SPDX-License-Identifier: BSD-3-Clause
// The largest of many counts that go up and down by one: a bin for each count that occurs, with how many have it.
// Neighbours: tally.c needs it for ports that are used again towards other peers. O(1).
#ifndef NAT_MODEL_HISTOGRAM_H
#define NAT_MODEL_HISTOGRAM_H

#include "mw_base.h"

/** The bins of all histograms. */
struct nat_bins {
	struct nat_bin {
		uint32_t count, members, below, above; // above: next free one while it is free
	} * bins;
	uint32_t fresh, free;
};

struct nat_histogram {
	uint32_t lowest, highest; // bins; 0 none
};

/** max: the sum of all counts of all histograms never exceeds it. @return 0 or -ENOMEM. */
int nat_bins_new(struct nat_bins *bins, uint32_t max);
void nat_bins_free(struct nat_bins *bins);

/** One more for a count that stands on a bin (0: it was zero). @return its new bin. */
uint32_t nat_histogram_raise(struct nat_bins *bins, struct nat_histogram *histogram, uint32_t bin);
/** One less. @return its new bin; 0: it is zero now. */
uint32_t nat_histogram_lower(struct nat_bins *bins, struct nat_histogram *histogram, uint32_t bin);

static inline uint32_t nat_histogram_top(const struct nat_bins *bins, const struct nat_histogram *histogram)
{
	return bins->bins[histogram->highest].count; // bin 0 has count 0
}

#endif
