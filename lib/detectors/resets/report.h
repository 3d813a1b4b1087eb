// SPDX-License-Identifier: BSD-3-Clause
// Resets in the report and in the summary.
// Neighbours: resets.c names these functions to the detector; control.c counts the verdicts.
#ifndef RESETS_REPORT_H
#define RESETS_REPORT_H

#include "mw_detector.h"

/** Resets, episodes and their verdicts since start. */
void resets_report_episodes(struct mw_detector_control *control, const struct mw_detector_counts *counts,
							struct mw_text *line);

/** Adds the resets of a forged episode. */
void resets_summarise(const void *row, struct mw_detector_summary *summary);

#endif
