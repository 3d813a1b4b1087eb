// SPDX-License-Identifier: BSD-3-Clause
// Paths whose MTU matters in the report.
// Neighbours: control.h; paths.c names it to the detector; findings tell what went wrong.
#include <inttypes.h>

#include "control.h"

static void add_mtu(const struct mw_path_row *row, struct mw_text *line)
{
	if (row->mtu_low == row->mtu_high && row->mtu_low != MW_UNKNOWN_I64)
		mw_text_add(line, ", MTU %" PRId64, row->mtu_low);
	else if (row->mtu_low != MW_UNKNOWN_I64 && row->mtu_high != MW_UNKNOWN_I64)
		mw_text_add(line, ", MTU from %" PRId64 " to %" PRId64, row->mtu_low, row->mtu_high);
	else if (row->mtu_low != MW_UNKNOWN_I64)
		mw_text_add(line, ", MTU at least %" PRId64, row->mtu_low);
	else if (row->mtu_high != MW_UNKNOWN_I64)
		mw_text_add(line, ", MTU at most %" PRId64, row->mtu_high);
}

bool path_report_line(const void *data, struct mw_text *line)
{
	const struct mw_path_row *row = data;

	if (row->verdict == MW_PATH_OK)
		return false;
	mw_text_add(line, "%s > %s: %s", row->src, row->dst, mw_path_verdict_names[row->verdict]);
	add_mtu(row, line);
	if (row->reporters[0] != '\0')
		mw_text_add(line, ", said by %s", row->reporters);
	return true;
}
