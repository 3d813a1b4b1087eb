// SPDX-License-Identifier: BSD-3-Clause
// The latest times of blindness: whoever concludes from what did not come asks whether it could have been seen.
// Neighbours: mw_blind.h; mw_detector.h has the hook that fills it. Control thread, nothing is allocated.
#ifndef MW_KIT_BLIND_H
#define MW_KIT_BLIND_H

#include "mw_base.h"

#define MW_KIT_BLIND_MAX 64u

/** Zeroed memory is empty. Spans that touch are one; the earliest gives way. */
struct mw_kit_blind {
	struct {
		uint64_t from_ns, to_ns;
	} spans[MW_KIT_BLIND_MAX]; // apart from each other, in order of time
	uint32_t count;
};

/** Adds a span. */
void mw_kit_blind_add(struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns);

/** How much of the time between is blind, ns. */
uint64_t mw_kit_blind_within(const struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns);

/** True when some of the time between, or one of its edges, is blind. */
bool mw_kit_blind_touches(const struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns);

#endif
