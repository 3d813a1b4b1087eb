// SPDX-License-Identifier: BSD-3-Clause
// The control half alone: steps of connections out of the event rings into the books.
// Neighbours: control.c; bench.c calls it with --control, report.c prints it.
#ifndef BENCH_CONTROL_H
#define BENCH_CONTROL_H

#include "report.h"
#include "workload.h"

/**
 * Feeds connections that are opened and answered to an aggregate with all detectors, as workers would, and times the
 * draining alone. Every event must come out again, and every connection must be in the books: else the program ends.
 */
void control_measure(const struct plan *plan, struct rig_shared *shared, struct control_result *result);

#endif
