// SPDX-License-Identifier: BSD-3-Clause
// A line of the report's TRAFFIC part for each of the latest outages.
// Neighbours: outages.h; outages.c names it to the detector.
#include "mw_time.h"
#include "outages.h"

bool outages_report_line(const void *data, struct mw_text *line)
{
	const struct outages_row *row = data;

	if (outages_is_own(row)) {
		mw_text_add(line, "midwatch itself did not see for %.1f s from ", row->duration_s);
		mw_time_add_rfc3339(line, row->start_ns);
		return true;
	}
	mw_text_add(line, "%s ", outages_verdict_names[row->verdict]);
	mw_time_add_rfc3339(line, row->start_ns);
	if (row->end_ns == 0)
		mw_text_add(line, ", not over when the capture ended");
	else
		mw_text_add(line, " for %.1f s", row->duration_s);
	mw_text_add(line, " (%s, %s)", outages_scope_names[row->scope], row->line);
	return true;
}
