// SPDX-License-Identifier: BSD-3-Clause
// Instructions a packet: the same on every machine and however busy it is, unlike nanoseconds.
// Neighbours: instructions.c; workload.c has the function whose instructions are counted.
#ifndef INSTRUCTIONS_H
#define INSTRUCTIONS_H

#include "workload.h"

/** Of a small run of this program under valgrind's callgrind, delivery included. @return 0: valgrind is not here. */
double instructions_count(const struct plan *plan, const struct workload *workload);

#endif
