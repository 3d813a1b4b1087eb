// SPDX-License-Identifier: BSD-3-Clause
// When something happened: a bounded list of spans of time, in order, apart from each other.
// Neighbours: diagnosis.c keeps one a finding, explain.c asks whether one lies within another. Control thread.
#ifndef MW_SPANS_H
#define MW_SPANS_H

#include <stdbool.h>
#include <stdint.h>

#define MW_SPANS_MAX 64

struct mw_span {
	uint64_t first_ns, last_ns;
	bool mixed; // two became one for want of room: nothing is known of the time between them
};

struct mw_spans {
	uint32_t count;
	struct mw_span at[MW_SPANS_MAX];
};

/** Adds first_ns to last_ns. Those that touch become one; so do the two that are closest when there is no room. */
void mw_spans_add(struct mw_spans *spans, uint64_t first_ns, uint64_t last_ns);

/**
 * True when spans that are not mixed, and no further than later_ns apart, hold span but for sooner_ns at its beginning
 * and later_ns at its end.
 */
bool mw_spans_cover(const struct mw_spans *spans, const struct mw_span *span, uint64_t sooner_ns, uint64_t later_ns);

/**
 * Part of the time of spans, 0 to 1, that others were going on, those that are mixed left out; of each of these at most
 * most_ns, unless it is 0.
 */
double mw_spans_share(const struct mw_spans *spans, const struct mw_spans *others, uint64_t most_ns);

#endif
