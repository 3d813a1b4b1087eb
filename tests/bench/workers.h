// SPDX-License-Identifier: BSD-3-Clause
// What needs two threads: two workers side by side, hand-over to the owner, a reader of the live table.
// Neighbours: workers.c, handover_cost.c.
#ifndef WORKERS_H
#define WORKERS_H

#include "rig.h"

/**
 * Rate of two workers, each with the packets it owns, over the rate of one with all. 0: no second core or no memory.
 * floor_two_over_one: the same of two floors, which share nothing: what the machine's second core is worth.
 */
double workers_two_over_one(struct rig_shared *shared, const struct trace *trace, unsigned runs,
							double *floor_two_over_one);

/** Percent that a thread costs a worker which walks its whole live table once a second. */
double workers_reader_cost_pct(struct rig_shared *shared, const struct trace *trace, unsigned runs);

/** All packets arrive at worker 0, two workers own them. ns per packet handed over; 0: not measured. */
struct handover_cost {
	double give_ns, take_ns;
	double both_ns; // wall time per packet of the whole
	uint64_t handed_over;
};
void handover_measure(struct rig_shared *shared, const struct trace *trace, struct handover_cost *cost);

#endif
