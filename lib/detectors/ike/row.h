// SPDX-License-Identifier: BSD-3-Clause
// How an attempt that has ended becomes a row of ike.csv.
// Neighbours: control.c; ike.h has the row.
#ifndef IKE_ROW_H
#define IKE_ROW_H

#include "decide.h"

/** other_response_bytes: largest response of this responder to somebody else; 0 not known. */
void ike_row_fill(const struct ike_attempt *attempt, const struct ike_decision *decision, uint32_t other_response_bytes,
				  struct mw_ike_row *row);

/** Appends the line of a row of mw_ike_record in the report. @return true. */
bool ike_report_line(const void *row, struct mw_text *line);

#endif
