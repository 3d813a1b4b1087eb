// SPDX-License-Identifier: BSD-3-Clause
// The translated lines in the report: what kind they are taken for, their port set, and how much of it they needed.
// Neighbours: rows.h; nat.c names it to the detector.
#include <inttypes.h>

#include "rows.h"

static void add_limit(const struct mw_nat_line_row *row, struct mw_text *line)
{
	if (row->psid != MW_UNKNOWN_I64)
		mw_text_add(line, ", PSID %" PRId64 " (%" PRId64 " bits, offset %" PRId64 ")", row->psid, row->psid_bits,
					row->psid_offset);
	mw_text_add(line, ", by the model at most %" PRId64 " ports at a time", row->ports_peak);
	if (row->ports_limit == MW_UNKNOWN_I64)
		mw_text_add(line, " (how many it has is not known; set nat.ports-limit)");
	else
		mw_text_add(line, ", it has %s%" PRId64 "%s", row->limit_least != 0 ? "about " : "", row->ports_limit,
					row->limit_least != 0 ? ", inferred from what was refused"
					: row->limit_inferred ? ", inferred from the ports seen"
										  : "");
}

bool nat_report_line(const void *data, struct mw_text *line)
{
	const struct mw_nat_line_row *row = data;

	mw_text_add(line, "%s, %s", row->line, mw_nat_line_kind_names[row->kind]);
	add_limit(row, line);
	mw_text_add(line, "; %s", mw_nat_state_names[row->state]);
	return true;
}
