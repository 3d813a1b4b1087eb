// SPDX-License-Identifier: BSD-3-Clause
// Forged resets, control half: from one worker's event to one row.
// Neighbours: reset.c names it in the detector.
#ifndef RESET_ROW_H
#define RESET_ROW_H

#include "reset_facts.h"

/** Makes the row of an episode and gives it to the control half's sink. */
void reset_row_on_event(struct mw_detector_control *control, const struct mw_event *event);

#endif
