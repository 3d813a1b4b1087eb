// SPDX-License-Identifier: BSD-3-Clause
// The largest of many counts that go up and down by one: a rung for each count that occurs, with how many have it.
// Neighbours: tally.c needs it for ports that are used again towards other peers. O(1).
#ifndef NAT_MODEL_LADDER_H
#define NAT_MODEL_LADDER_H

#include "mw_base.h"

/** The rungs of all ladders. */
struct nat_rungs {
	struct nat_rung {
		uint32_t count, members, below, above; // above: next free one while it is free
	} * rungs;
	uint32_t fresh, free;
};

struct nat_ladder {
	uint32_t lowest, highest; // rungs; 0 none
};

/** max: the sum of all counts of all ladders never exceeds it. @return 0 or -ENOMEM. */
int nat_rungs_new(struct nat_rungs *rungs, uint32_t max);
void nat_rungs_free(struct nat_rungs *rungs);

/** One more for a count that stands on a rung (0: it was zero). @return its new rung. */
uint32_t nat_ladder_raise(struct nat_rungs *rungs, struct nat_ladder *ladder, uint32_t rung);
/** One less. @return its new rung; 0: it is zero now. */
uint32_t nat_ladder_lower(struct nat_rungs *rungs, struct nat_ladder *ladder, uint32_t rung);

static inline uint32_t nat_ladder_top(const struct nat_rungs *rungs, const struct nat_ladder *ladder)
{
	return rungs->rungs[ladder->highest].count; // rung 0 has count 0
}

#endif
