// SPDX-License-Identifier: BSD-3-Clause
// The translated lines in the report: what kind they are taken for, their port set, and how much of it they needed.
// Neighbours: report.h; rows of nat_lines.csv, of the latest interval that had any.
#include <inttypes.h>
#include <stdio.h>

#include "nat.h"
#include "report.h"

#define LINES_SHOWN 10u

static void print_limit(const struct mw_nat_line_row *row)
{
	if (row->psid != MW_UNKNOWN_I64)
		printf(", PSID %" PRId64 " (%" PRId64 " bits, offset %" PRId64 ")", row->psid, row->psid_bits,
			   row->psid_offset);
	printf(", by the model at most %" PRId64 " ports at a time", row->ports_peak);
	if (row->ports_limit == MW_UNKNOWN_I64)
		printf(" (how many it has is not known; set nat.ports-limit)");
	else
		printf(", it has %" PRId64 "%s", row->ports_limit, row->limit_inferred ? ", inferred from the ports seen" : "");
}

static void print_line(const struct mw_nat_line_row *row, bool first)
{
	printf("  %s%s, %s", first ? "lines     " : "          ", row->line, mw_nat_line_kind_names[row->kind]);
	print_limit(row);
	printf("; %s\n", mw_nat_state_names[row->state]);
}

void report_print_lines(const struct engine *engine)
{
	const struct recent_rows *rows = recent_find(&engine->recent, mw_nat_line_record.name);
	uint64_t number = rows->total > RECENT_ROWS ? rows->total - RECENT_ROWS : 0;
	const struct mw_nat_line_row *last = rows->total == 0 ? NULL : recent_row(rows, rows->total - 1);
	uint32_t count = 0;

	for (; number < rows->total; number++) {
		const struct mw_nat_line_row *row = recent_row(rows, number);

		if (row->ts_ns == last->ts_ns && count++ < LINES_SHOWN)
			print_line(row, count == 1);
	}
	if (count > LINES_SHOWN)
		printf("            ... and %u more: nat_lines.csv has all\n", count - LINES_SHOWN);
}
