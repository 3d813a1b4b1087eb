// SPDX-License-Identifier: BSD-3-Clause
// The columns of NAME.csv; JSON, its schema, `show WORD` and the reference follow from them.
// Neighbours: NAME.h has the row, control.c fills it.
#include "NAME.h"

#define ROW struct NAME_row
#define COLUMN(title, kind, member, text)                                                                              \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind, MW_MEMBER(ROW, member), .help = text                                  \
	}

static const struct mw_column columns[] = {
	COLUMN("sender", ADDRESS, sender, "who sent the errors"),
	COLUMN("errors", I64, errors, "ICMP errors that were told of"),
	COLUMN("last", TIME, last_ns, "time of the latest"),
	COLUMN("type", I64, type, "ICMP or ICMPv6 type of the latest"),
	COLUMN("code", I64, code, "its code"),
};

const struct mw_record NAME_record = {
	.name = "NAME",
	.help = "one row per host that sent ICMP errors",
	.schema = 1,
	.ts_offset = offsetof(struct NAME_row, first_ns),
	.row_bytes = sizeof(struct NAME_row),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};
