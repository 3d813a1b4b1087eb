// SPDX-License-Identifier: BSD-3-Clause
// When a resolver failed, by its own start and end: a failure of half a minute is not thinned by the rest of it.
// Neighbours: rows.c asks for the rows of resolvers, finding_dns.c judges. Control thread.
#ifndef HEALTH_STRETCH_H
#define HEALTH_STRETCH_H

#include "control.h"

/**
 * The slices of an interval in a row in which most exchanges of cell had no answer: the surplus of failures over
 * answers is the largest there. Empty where nothing failed. count: of self->chosen, the interval's cells.
 */
void health_stretch_find(const struct health_control *self, uint32_t count, const struct health_cell *cell,
						 struct health_stretch *stretch);

#endif
