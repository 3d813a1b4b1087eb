// SPDX-License-Identifier: BSD-3-Clause
// The rows of an interval: what each line and each of its hosts held and needed.
// Neighbours: control.c has them written; row.c has the columns.
#ifndef NAT_ROWS_H
#define NAT_ROWS_H

#include "control.h"

/** Room to sort the hosts in. @return NULL without memory. */
struct nat_rows *nat_rows_new(uint32_t hosts_max);
void nat_rows_free(struct nat_rows *rows);

/**
 * Writes the rows of the interval from its first step to clock_ns, and begins the next: lines and hosts that are gone
 * are forgotten, changed settings apply.
 */
void nat_rows_write(struct mw_detector_control *control, uint64_t interval_start_ns);

/**
 * Appends a line of the report: what a row of mw_nat_line_record is taken for, and how many ports it needed. @return
 * true.
 */
bool nat_report_line(const void *row, struct mw_text *line);

#endif
