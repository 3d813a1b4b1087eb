// SPDX-License-Identifier: BSD-3-Clause
// Names and columns of findings.csv.
// Neighbours: mw_finding.h.
#include "mw_finding.h"

const char *const mw_severity_names[MW_SEVERITIES] = {"info", "notice", "warning", "critical"};

#define COLUMN(title, kind_of, member, text, ...)                                                                      \
	{                                                                                                                  \
		.name = title, .type = MW_COLUMN_##kind_of, MW_MEMBER(struct mw_finding, member), .help = text, __VA_ARGS__    \
	}

static const struct mw_column columns[] = {
	COLUMN("id", TEXT, id, "kind and 8 hex digits of the subject: the same in every run"),
	COLUMN("kind", NAME, kind, "what was found; all names: docs/reference/findings.md"),
	COLUMN("severity", ENUM, severity, "how bad it is", .names = mw_severity_names, .names_count = MW_SEVERITIES),
	COLUMN("confidence", I64, confidence, "how sure it is, 0 to 100"),
	COLUMN("subject", TEXT, subject, "whom or what it is about"),
	COLUMN("first", TIME, first_ns, "first packet that shows it"),
	COLUMN("last", TIME, last_ns, "last packet that shows it"),
	COLUMN("count", I64, count, "how often it was seen"),
	COLUMN("summary", TEXT, summary, "what happened, in a sentence or two"),
	COLUMN("evidence_file", TEXT, evidence_file, "capture file with the packets that prove it"),
};

const struct mw_record mw_finding_record = {
	.name = "findings",
	.help = "one row per finding",
	.schema = 1,
	.ts_offset = offsetof(struct mw_finding, first_ns),
	.row_bytes = sizeof(struct mw_finding),
	.columns = columns,
	.columns_count = MW_ARRAY_SIZE(columns),
};
