// SPDX-License-Identifier: BSD-3-Clause
// When a family lost what it asked of peers that live: a finding is of that time, not of the interval around it.
// Neighbours: control.c notes, rows.c takes the sum. Control thread.
#ifndef HEALTH_LOSSES_H
#define HEALTH_LOSSES_H

#include "cells.h"

struct health_losses {
	struct health_loss {
		uint64_t first_ns, last_ns; // of what was lost; 0 nothing
		uint32_t asked, lost; // transmissions
	} slices[HEALTH_INTERVALS_MAX][HEALTH_FAMILIES][HEALTH_SLICES];
};

/** So many transmissions from first_ns to last_ns ended with an answer, or with none. */
void health_losses_note(struct health_losses *losses, uint32_t interval, const struct health_brief *brief,
						uint64_t first_ns, uint64_t last_ns);

/**
 * The times of the sum of a family become those of its losses, when it has any: of the slices in a row that lost most
 * beyond what a healthy family does. start_ns, end_ns: the interval's.
 */
void health_losses_span(const struct health_losses *losses, uint32_t interval, uint64_t start_ns, uint64_t end_ns,
						struct health_row *sum);

/** The interval is written. */
void health_losses_forget(struct health_losses *losses, uint32_t interval);

#endif
