// SPDX-License-Identifier: BSD-3-Clause
// Path MTU, control half: joins what all workers tell of each path, and has rows written when somebody asks.
// Neighbours: paths.c names these functions to the detector; sum.h, table.h, mss.h, verdict.h.
#ifndef PATHS_CONTROL_H
#define PATHS_CONTROL_H

#include "hosts.h"
#include "outer.h"
#include "paths.h"
#include "table.h"
#include "verdict.h"

/** All but the tables, which are allocated at start. */
struct path_control {
	struct path_table table;
	struct path_mss_table *mss;
	struct path_quotes *quotes;
	struct path_hosts *hosts;
	struct path_outers outers;
	uint64_t given_up_logged; // how many were logged
};

/** @return 0 or -ENOMEM. */
int path_control_start(struct mw_detector_control *control);
void path_control_stop(struct mw_detector_control *control);

/** Takes one event; its body is struct path_facts. */
void path_control_event(struct mw_detector_control *control, const struct mw_event *event);

/** One row of mw_path_record for each path that was told of at since_ns or later and of which a size is known. */
void path_control_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows);

/** Fills the row of a path as it is judged now. For control.c. @return false when nothing of it is worth a row. */
bool path_row_fill(const struct path *path, const struct path_verdict *verdict, struct mw_path_row *row);

/** Appends the line of a row of mw_path_record in the report. @return false: nothing is wrong with that path. */
bool path_report_line(const void *row, struct mw_text *line);

#endif
