// SPDX-License-Identifier: BSD-3-Clause
// The rows of fragments.csv: of a datagram, of a first piece alone, of a receiver's report. The pair's counts are left
// to the caller. Neighbours: settle.c.
#ifndef FRAGMENTS_ROW_H
#define FRAGMENTS_ROW_H

#include "control.h"
#include "fragments.h"

void fragment_row_datagram(const struct fragment_waiting *waiting, struct mw_fragment_row *row);
void fragment_row_outer(const struct fragment_mark *outer, struct mw_fragment_row *row);
void fragment_row_report(const struct fragment_mark *report, struct mw_fragment_row *row);

/** Appends a line of the report: the datagrams in pieces since start, and what became of them. */
void fragments_report_datagrams(struct mw_detector_control *control, const struct mw_detector_counts *counts,
								struct mw_text *line);

#endif
