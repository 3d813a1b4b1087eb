// SPDX-License-Identifier: BSD-3-Clause
// What a detector says of each record that it writes: the CSV file, JSON, `show` and lines of the report follow from
// it.
// Neighbours: mw_detector.h lists them; aggregate/ keeps the sums, app/ shows. Control thread, as all of a control
// half.
#ifndef MW_DETECTOR_RECORD_H
#define MW_DETECTOR_RECORD_H

#include "mw_record.h"

struct mw_detector_control;

/** How long a row says something, and so who can still ask for it. */
enum mw_record_keep {
	MW_RECORD_EVENTS, // a row for each thing that happened: the latest rows are remembered
	MW_RECORD_INTERVALS, // rows of each interval: the latest are remembered; the report shows those of the last one
	MW_RECORD_STATE, // a row for each thing that lasts: on_report gives them at any time
};

#define MW_SUMMARY_SEGMENTS_LEAST 1100 // so many tell 3 % loss from 2 % and from 4 %; fewer say nothing

/** What the row of summary.csv takes from rows of detectors: sums since start. */
struct mw_detector_summary {
	int64_t resets_forged;
	int64_t mirror_acked, mirror_unseen; // bytes acknowledged; of these: never seen
	int64_t mirror_segments; // that carried them
};

/** Counters since start, summed over all workers. */
struct mw_detector_counts {
	uint64_t (*counter)(void *context, const char *module, const char *name); // 0 when there is none of that name
	void *context;
};

/** `show WORDS`: the rows that are kept; given the argument, rows of another record instead. */
struct mw_detector_show {
	const char *words; // "show ike"; NULL: no command
	const char *help;
	const char *argument, *argument_help; // NULL: it takes none
	const struct mw_record *detail; // of the same detector, kept like this one: what the argument asks for
	const char *detail_column; // whose text must be the argument
};

/** Lines in the report's TRAFFIC part. */
struct mw_detector_lines {
	const char *title; // up to 9 characters, before the first line; NULL: no lines
	/** Appends a line that sums up, before those of rows; nothing appended: no line. May be NULL. */
	void (*sum)(struct mw_detector_control *control, const struct mw_detector_counts *counts, struct mw_text *line);
	/** Appends the line of a row. May be NULL. @return false: this row has no line. */
	bool (*row)(const void *row, struct mw_text *line);
	uint32_t rows_max; // of MW_RECORD_EVENTS the latest, else the first
};

struct mw_detector_record {
	const struct mw_record *record;
	enum mw_record_keep keep;
	struct mw_detector_show show;
	struct mw_detector_lines lines;
	/** Of MW_RECORD_EVENTS: a row about midwatch itself, shown and reported after the others. May be NULL. */
	bool (*aside)(const void *row);
	/** With aside: how long such a row lasted, in seconds. The report has the longest. */
	double (*aside_s)(const void *row);
	/** Adds what the summary takes from a row. May be NULL. */
	void (*summarise)(const void *row, struct mw_detector_summary *summary);
};

#endif
