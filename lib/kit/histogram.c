// SPDX-License-Identifier: BSD-3-Clause
// Percentiles of a histogram.
// Neighbours: mw_kit_histogram.h.
#include "mw_kit_histogram.h"

#define US_PER_MS 1000.0

// Where a step begins, us.
static double begin_of(uint32_t place)
{
	const uint32_t octave = place < 2 * MW_KIT_HISTOGRAM_STEPS ? 0 : place / MW_KIT_HISTOGRAM_STEPS - 1;

	return (double)((uint64_t)(place - octave * MW_KIT_HISTOGRAM_STEPS) << octave);
}

double mw_kit_histogram_ms(const struct mw_kit_histogram *histogram, uint32_t per_mille)
{
	const uint64_t rank = ((uint64_t)histogram->count * per_mille + 999) / 1000;
	uint64_t passed = 0;

	for (uint32_t i = 0; i < MW_KIT_HISTOGRAM_PLACES; i++) {
		passed += histogram->places[i];
		if (histogram->places[i] != 0 && passed >= rank)
			return (begin_of(i) + begin_of(i + 1)) / 2 / US_PER_MS;
	}
	return (double)__builtin_nan("");
}
