// SPDX-License-Identifier: BSD-3-Clause
// What the files of this slice share: settings, what the worker half tells, the control half's memory, the row.
// Neighbours: NAME.c registers all of it; README.md says what is judged.
#ifndef NAME_H
#define NAME_H

#include "mw_detector.h"
#include "mw_diagnosis.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

/** Section "WORD". */
struct NAME_settings {
	bool enabled;
	uint64_t events_per_second; // of one worker
};

/** The events: number, and body. */
enum { EVENT_ERROR, EVENTS };
struct NAME_facts { // of EVENT_ERROR, whose flow is the error's
	uint8_t type, code;
};

/** The counters, in the order of their table in NAME.c. */
enum { COUNT_ERRORS, COUNT_CAPPED, COUNTS };

/** One sender of ICMP errors: a row of NAME.csv. */
struct NAME_row {
	uint64_t first_ns, last_ns;
	struct mw_address sender;
	int64_t errors;
	int64_t type, code; // of the latest
};

/** Senders that are remembered at a time. Of more, the one that was silent for longest gives way. */
#define SENDERS_MAX 1024

struct NAME_sender {
	struct mw_kit_link age;
	struct NAME_row row;
};

struct NAME_control {
	struct mw_kit_index index; // of senders, by address
	struct mw_kit_list by_age;
	struct NAME_sender senders[SENDERS_MAX + 1]; // numbers begin with 1
};

// worker.c
void NAME_see(struct mw_detector_ctx *ctx, const struct mw_packet *packet);

// control.c
int NAME_control_start(struct mw_detector_control *control);
void NAME_control_stop(struct mw_detector_control *control);
void NAME_on_event(struct mw_detector_control *control, const struct mw_event *event);
void NAME_on_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);

// row.c, report.c, finding.c
extern const struct mw_record NAME_record;
bool NAME_report_line(const void *row, struct mw_text *line);
extern const struct mw_diagnoser NAME_diagnoser;

// NAME.c
extern const struct mw_finding_kind NAME_finding;
extern const struct mw_detector mw_detector_NAME;

#endif
