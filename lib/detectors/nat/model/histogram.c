// SPDX-License-Identifier: BSD-3-Clause
// The histograms.
// Neighbours: histogram.h.
#include "histogram.h"

#include <errno.h>
#include <stdlib.h>

int nat_bins_new(struct nat_bins *bins, uint32_t max)
{
	*bins = (struct nat_bins){.bins = calloc((size_t)max + 1, sizeof(*bins->bins))};
	return bins->bins == NULL ? -ENOMEM : 0;
}

void nat_bins_free(struct nat_bins *bins)
{
	free(bins->bins);
}

static uint32_t insert(struct nat_bins *bins, struct nat_histogram *histogram, struct nat_bin fresh)
{
	uint32_t bin = bins->free;

	if (bin != 0)
		bins->free = bins->bins[bin].above;
	else
		bin = ++bins->fresh;
	bins->bins[bin] = fresh;
	*(fresh.below != 0 ? &bins->bins[fresh.below].above : &histogram->lowest) = bin;
	*(fresh.above != 0 ? &bins->bins[fresh.above].below : &histogram->highest) = bin;
	return bin;
}

static void leave(struct nat_bins *bins, struct nat_histogram *histogram, uint32_t bin)
{
	struct nat_bin *left = &bins->bins[bin];

	if (--left->members > 0)
		return;
	*(left->below != 0 ? &bins->bins[left->below].above : &histogram->lowest) = left->above;
	*(left->above != 0 ? &bins->bins[left->above].below : &histogram->highest) = left->below;
	left->above = bins->free;
	bins->free = bin;
}

uint32_t nat_histogram_raise(struct nat_bins *bins, struct nat_histogram *histogram, uint32_t bin)
{
	struct nat_bin *from = &bins->bins[bin];
	uint32_t to = bin != 0 ? from->above : histogram->lowest, count = from->count + 1;

	if (to == 0 || bins->bins[to].count != count)
		to = insert(bins, histogram, (struct nat_bin){.count = count, .below = bin, .above = to});
	bins->bins[to].members++;
	if (bin != 0)
		leave(bins, histogram, bin);
	return to;
}

uint32_t nat_histogram_lower(struct nat_bins *bins, struct nat_histogram *histogram, uint32_t bin)
{
	struct nat_bin *from = &bins->bins[bin];
	uint32_t to = from->below, count = from->count - 1;

	if (count > 0 && (to == 0 || bins->bins[to].count != count))
		to = insert(bins, histogram, (struct nat_bin){.count = count, .below = to, .above = bin});
	if (count > 0)
		bins->bins[to].members++;
	leave(bins, histogram, bin);
	return count > 0 ? to : 0;
}
