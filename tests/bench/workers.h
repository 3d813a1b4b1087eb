// SPDX-License-Identifier: BSD-3-Clause
// What needs two threads: two workers side by side, hand-over to the owner, a reader of the live table.
// Neighbours: workers.c, handover_cost.c.
#ifndef WORKERS_H
#define WORKERS_H

#include "rig.h"

/** Two workers on two cores, each with the packets it owns in a queue of its own, beside one with all. */
struct workers_cost {
	double two_over_one; // rate over rate; 0: no second core or no memory
	double of_two_ns; // CPU time a packet of one of them
	double floors_two_over_one; // the same of two floors, which share nothing: what the machine's second core is worth
};
void workers_measure(struct rig_shared *shared, const struct trace *trace, unsigned runs, struct workers_cost *cost);

/** Percent of its time that a thread costs a worker which walks a whole table once a second. */
struct reader_cost {
	double own_pct; // the worker's live table
	double other_pct; // another one, that nobody writes: what any such thread on the second core costs it
};
void workers_reader_cost(struct rig_shared *shared, const struct trace *trace, unsigned runs, struct reader_cost *cost);

/** All packets arrive at worker 0, two workers own them. ns per packet handed over; 0: not measured. */
struct handover_cost {
	double give_ns, take_ns;
	double both_ns; // wall time per packet of the whole
	uint64_t handed_over;
};
void handover_measure(struct rig_shared *shared, const struct trace *trace, struct handover_cost *cost);

#endif
