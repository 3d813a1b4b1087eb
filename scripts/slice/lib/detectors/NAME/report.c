// SPDX-License-Identifier: BSD-3-Clause
// A line of the report's TRAFFIC part for each row; mw_detector_record.h also has a line that sums up.
// Neighbours: NAME.h; NAME.c names it to the detector.
#include <inttypes.h>

#include "NAME.h"

bool NAME_report_line(const void *data, struct mw_text *line)
{
	const struct NAME_row *row = data;

	mw_address_add_text(line, &row->sender);
	mw_text_add(line, " sent %" PRId64 " ICMP error%s", row->errors, row->errors == 1 ? "" : "s");
	return true;
}
