// SPDX-License-Identifier: BSD-3-Clause
// What many workers counted, made into one story: events to the detectors' control halves, interval rows of summary
// and classes, and the findings.
// Neighbours: app/ calls it from the control loop (live) or between barriers (replay). One thread.
#ifndef MW_AGGREGATE_H
#define MW_AGGREGATE_H

#include "mw_detector.h"
#include "mw_event_ring.h"
#include "mw_finding.h"
#include "mw_pipeline.h"
#include "mw_record.h"
#include "mw_stats.h"

extern const struct mw_record mw_summary_record; // summary.csv
extern const struct mw_record mw_classes_record; // classes.csv

/** One row of summary.csv; the columns' meaning is in the record. */
struct mw_summary_row {
	uint64_t ts_ns;
	double interval_s;
	int64_t packets, bytes, analysed, filtered, malformed, truncated, dropped_nic, dropped_ring, events_lost;
	double mirror_loss_pct, duplicate_pct;
	uint8_t overload;
	int64_t flows_active, flows_new, flows_evicted, ipv4, ipv6, tcp, udp, icmp, other, tunnelled, fragments, resets,
		resets_forged, findings;
	double mirror_unseen_pct;
	int64_t mirror_segments;
	double blind_s; // of mw_aggregate_totals alone
};

/** One row of classes.csv. */
struct mw_classes_row {
	uint64_t ts_ns;
	char name[32];
	int64_t packets, bytes, flows;
	char dimension[16];
};

struct mw_aggregate;

/** A point of the packet stream that all workers have passed. They may go on while control is still at it. */
struct mw_aggregate_point {
	struct mw_event_positions events[MW_WORKERS_MAX]; // mw_event_ring_sent of each worker
	int64_t flows; // alive, in all tables
	const struct mw_stats_block *blocks; // copies of the workers' counters; NULL: as they are now
};

struct mw_aggregate_config {
	struct mw_detector_set detectors; // those of the pipelines, in the same order
	const struct mw_stats_block *const *blocks; // one a worker
	const struct mw_flow_table *const *flows; // one a worker
	struct mw_event_ring *const *rings; // one a worker
	uint32_t workers_count;
	const struct mw_pipeline_counters *counters;
	const struct mw_settings *settings;
	const struct mw_signatures *signatures;
	struct mw_hash_key hash_key; // of the control halves' tables
	uint32_t findings_max;
	struct mw_row_sink rows; // every finished row, of every record
	/** Each event in order, for followers; may be NULL. */
	void (*on_event)(void *context, const struct mw_event *event);
	/** Packets that the NICs lost since start; may be NULL. */
	uint64_t (*dropped_nic)(void *context);
	void *context;
};

/** Copies config. @return 0, -EINVAL (more than MW_WORKERS_MAX workers), -ENOMEM, or a control half's error. */
int mw_aggregate_new(const struct mw_aggregate_config *config, struct mw_aggregate **aggregate_out);
void mw_aggregate_free(struct mw_aggregate *aggregate);

/**
 * From now on events behind the point wait, and counters and flows are those of the point, which must live until the
 * next call. NULL, as at the beginning: all that is there.
 */
void mw_aggregate_see(struct mw_aggregate *aggregate, const struct mw_aggregate_point *point);

/**
 * Empties the event rings into the detectors' control halves, in an order that does not depend on the workers. @return
 * how many events.
 */
uint32_t mw_aggregate_drain(struct mw_aggregate *aggregate, uint64_t clock_ns);

/**
 * The records that are written in every run: findings, those of these detectors in their order, summary, classes.
 * @return how many.
 */
#define MW_AGGREGATE_RECORDS_MAX (MW_DETECTOR_RECORDS_MAX + 3)
uint32_t mw_aggregate_records(const struct mw_detector_set *detectors,
							  const struct mw_record *records[MW_AGGREGATE_RECORDS_MAX]);

/** Tells the control halves of a time in which midwatch did not see. */
void mw_aggregate_blind(struct mw_aggregate *aggregate, const struct mw_blind *blind);

/**
 * The input has ended at now_ns: drains, and lets the control halves write what still waits. Before the last interval.
 */
void mw_aggregate_end(struct mw_aggregate *aggregate, uint64_t now_ns);

/**
 * Closes the interval that began at start_ns and of which covered_ns were seen; now_ns is its end. Drains, then
 * writes the control halves' rows, classes and summary.
 */
void mw_aggregate_interval(struct mw_aggregate *aggregate, uint64_t start_ns, uint64_t covered_ns, uint64_t now_ns);

/** Gives rows the detectors' devices and the like: one row a thing of those seen last at since_ns or later. */
void mw_aggregate_report(struct mw_aggregate *aggregate, uint64_t since_ns, const struct mw_row_sink *rows);

/** The time of all that the detectors watch, as it stands at the latest drain. */
void mw_aggregate_watched(struct mw_aggregate *aggregate, struct mw_detector_watched *watched);

/** The control half of detector number of the set, for lines of the report. */
struct mw_detector_control *mw_aggregate_control(struct mw_aggregate *aggregate, uint32_t number);

/**
 * Writes the rows of mw_aggregate_report, then one for each finding seen last at since_ns or later, or known only since
 * the last call: what takes long to judge is older than its interval. @return how many.
 */
uint32_t mw_aggregate_write_findings(struct mw_aggregate *aggregate, uint64_t since_ns);

/** What was counted since start: a summary row whose interval_s is left to the caller. */
void mw_aggregate_totals(struct mw_aggregate *aggregate, struct mw_summary_row *totals);

/** One class from start to the latest mw_aggregate_totals; index below mw_pipeline_classes_count. */
void mw_aggregate_class(struct mw_aggregate *aggregate, uint32_t index, struct mw_classes_row *row);

/** The findings so far; owned by the aggregate. */
struct mw_diagnosis *mw_aggregate_diagnosis(struct mw_aggregate *aggregate);

/** New settings for the control halves; must live until the next call or mw_aggregate_free. */
void mw_aggregate_settings(struct mw_aggregate *aggregate, const struct mw_settings *settings);

#endif
