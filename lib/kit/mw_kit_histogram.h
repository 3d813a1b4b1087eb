// SPDX-License-Identifier: BSD-3-Clause
// A log-linear histogram of durations: sixteen steps an octave, so a percentile is right within 3 %.
// Neighbours: detectors that tell of round trips. As HdrHistogram has it (Tene). One thread, nothing is allocated.
#ifndef MW_KIT_HISTOGRAM_H
#define MW_KIT_HISTOGRAM_H

#include "mw_base.h"

#define MW_KIT_HISTOGRAM_STEPS  16u // an octave
#define MW_KIT_HISTOGRAM_PLACES (24u * MW_KIT_HISTOGRAM_STEPS) // up to 134 s; longer ones count as that

/** Zeroed memory is empty. 1,544 bytes. */
struct mw_kit_histogram {
	uint32_t count; // of all
	uint16_t end; // behind the highest place that holds some
	uint16_t from_end; // the lowest one, counted from the end of all; 0: none does
	uint32_t places[MW_KIT_HISTOGRAM_PLACES];
};

/** Adds a duration, us. */
static inline void mw_kit_histogram_add(struct mw_kit_histogram *histogram, uint32_t us)
{
	const unsigned octave = us < MW_KIT_HISTOGRAM_STEPS ? 0 : 31u - (unsigned)__builtin_clz(us) - 4; // of 16 to 31: 0
	const unsigned place = MW_MIN(octave * MW_KIT_HISTOGRAM_STEPS + (us >> octave), MW_KIT_HISTOGRAM_PLACES - 1);

	histogram->places[place]++;
	histogram->count++;
	histogram->end = MW_MAX(histogram->end, (uint16_t)(place + 1));
	histogram->from_end = MW_MAX(histogram->from_end, (uint16_t)(MW_KIT_HISTOGRAM_PLACES - place));
}

/** Adds all of another one. */
static inline void mw_kit_histogram_join(struct mw_kit_histogram *to, const struct mw_kit_histogram *from)
{
	to->count += from->count;
	for (uint32_t i = MW_KIT_HISTOGRAM_PLACES - from->from_end; i < from->end; i++)
		to->places[i] += from->places[i];
	to->end = MW_MAX(to->end, from->end);
	to->from_end = MW_MAX(to->from_end, from->from_end);
}

/** Makes it empty again, and touches no more of it than held some. */
static inline void mw_kit_histogram_clear(struct mw_kit_histogram *histogram)
{
	for (uint32_t i = MW_KIT_HISTOGRAM_PLACES - histogram->from_end; i < histogram->end; i++)
		histogram->places[i] = 0;
	histogram->count = 0;
	histogram->end = histogram->from_end = 0;
}

/** The middle of the step that holds the per-mille'th of all, in ms; NaN (not known) of an empty one. */
double mw_kit_histogram_ms(const struct mw_kit_histogram *histogram, uint32_t per_mille);

#endif
