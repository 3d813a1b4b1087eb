// SPDX-License-Identifier: BSD-3-Clause
// The columns of tampering.csv, and how an interval's counters become its rows.
// Neighbours: tampering.h.
#include "tampering.h"

#define COLUMN(title, kind, member, text, ...)                                                                         \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(struct mw_tampering_row, member), .help = text, __VA_ARGS__ \
	}
#define NAMES(list, count) .names = list, .names_count = count

static const struct mw_column columns[] = {
	COLUMN("pattern", ENUM, pattern,
		   "what the client had sent, then what came in the name of the named side; none is silence",
		   NAMES(mw_reset_pattern_names, MW_RESET_PATTERNS)),
	COLUMN("stage", ENUM, stage, "how far the client had got", NAMES(mw_reset_stage_names, MW_RESET_STAGES)),
	COLUMN("named", ENUM, named, "whom the resets name as their sender, or who fell silent",
		   NAMES(mw_reset_side_names, MW_RESET_SIDES)),
	COLUMN("count", I64, count, "reset episodes, or connections that ended in silence, whoever caused it"),
};

const struct mw_record mw_tampering_record = {
	.name = "tampering",
	.help = "one row per pattern of a connection's end and side, and interval",
	.schema = 1,
	.ts_offset = offsetof(struct mw_tampering_row, ts_ns),
	.row_bytes = sizeof(struct mw_tampering_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};

void reset_tampering_rows(struct mw_detector_control *control, uint32_t counters_first, uint64_t start_ns)
{
	for (uint32_t i = 0; i < RESET_TAMPERING_COUNTS; i++) {
		uint8_t pattern = (uint8_t)(i % MW_RESET_PATTERNS);
		struct mw_tampering_row row = {
			.ts_ns = start_ns,
			.pattern = pattern,
			.stage = mw_reset_pattern_stages[pattern],
			.named = (uint8_t)(i / MW_RESET_PATTERNS),
			.count = (int64_t)control->counted[counters_first + i],
		};

		if (row.count != 0)
			control->rows.row(control->rows.context, &mw_tampering_record, &row);
	}
}
