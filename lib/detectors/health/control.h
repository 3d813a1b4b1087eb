// SPDX-License-Identifier: BSD-3-Clause
// The control half's memory: the intervals that are open, their cells, the peers that answered.
// Neighbours: control.c counts, rows.c writes an interval's rows.
#ifndef HEALTH_CONTROL_H
#define HEALTH_CONTROL_H

#include "answers.h"
#include "cells.h"
#include "hosts.h"
#include "losses.h"
#include "mw_kit_blind.h"
#include "mw_kit_lives.h"

#define HEALTH_PEERS_MAX 16384u
#define HEALTH_LIVES_NS  (600 * MW_NS_PER_SECOND) // since its last answer

/** Intervals have running numbers; those from oldest to latest are open, and latest has no end yet. */
struct health_control {
	struct health_cells cells;
	struct mw_kit_lives peers; // that answered, by family and service
	uint32_t oldest, latest;
	struct {
		uint64_t start_ns, end_ns;
	} intervals[HEALTH_INTERVALS_MAX];
	bool ended; // the input
	struct health_hosts hosts;
	struct health_losses losses;
	struct mw_kit_blind times; // in which midwatch did not see
	struct health_answers answers;
	struct health_cell *chosen[HEALTH_CELLS_MAX]; // of the interval that is written
};

/**
 * Of a family what had answered before, or did within the interval: what never answers tells nothing of the line.
 */
static inline bool health_counts_for_line(const struct health_cell *cell)
{
	return cell->lived || cell->counts.answered > cell->counts.refused;
}

/** Writes the rows of an interval and forgets its cells. */
void health_rows_write(struct mw_detector_control *control, uint32_t interval);

#endif
