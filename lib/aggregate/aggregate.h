// SPDX-License-Identifier: BSD-3-Clause
// What the files of this folder share.
// Neighbours: aggregate.c (events, findings), interval.c (counters).
#ifndef AGGREGATE_H
#define AGGREGATE_H

#include "lot.h"
#include "mw_aggregate.h"

struct mw_aggregate {
	struct mw_aggregate_config config; // its lists are those below
	const struct mw_stats_block *blocks[MW_WORKERS_MAX];
	const struct mw_flow_table *flows[MW_WORKERS_MAX];
	struct mw_event_ring *rings[MW_WORKERS_MAX];
	struct mw_detector_control controls[MW_DETECTORS_MAX];
	const struct mw_diagnoser *diagnosers[MW_DETECTOR_FINDINGS_MAX];
	struct mw_diagnosis *diagnosis;
	const struct mw_aggregate_point *point; // how far to see; NULL: everything
	struct aggregate_lot lot;
	uint64_t current[MW_STATS_MAX]; // counters at the latest look
	uint64_t previous[MW_STATS_MAX]; // counters at the end of the last interval
	uint64_t previous_dropped_nic;
	uint64_t counted[MW_STATS_MAX]; // what they grew by
	struct mw_detector_summary summary, previous_summary;
	const struct mw_detector_record *summarised[MW_DETECTOR_RECORDS_MAX]; // those that add to it
	uint32_t summarised_count;
	uint64_t blind_ns; // since start
	uint64_t clock_ns; // packet time of the latest drain
};

/** Hands a row to the diagnosis and to the configured sink; counts what the summary needs of it. */
void aggregate_row(void *context, const struct mw_record *record, const void *row);

#endif
