// SPDX-License-Identifier: BSD-3-Clause
// Rows of paths for tests: a black hole of 1380 bytes, and a sender that does not heed a router.
// Neighbours: finding_test.c, finding_many_test.c, finding_ignored_test.c.
#ifndef PATHS_FINDING_ROWS_H
#define PATHS_FINDING_ROWS_H

#include "finding_world.h"
#include "paths.h"

#define HOUR_NS (3600 * MW_NS_PER_SECOND)

/** Nothing is known of it but its ends and times. */
static inline struct mw_path_row bare_row(const char *src, const char *dst)
{
	struct mw_path_row row = {.ts_ns = NOON_NS,
							  .last_ns = NOON_NS + 50 * MW_NS_PER_SECOND,
							  .mtu_low = MW_UNKNOWN_I64,
							  .mtu_high = MW_UNKNOWN_I64,
							  .icmp_reports = MW_UNKNOWN_I64,
							  .mss_syn = MW_UNKNOWN_I64,
							  .mss_synack = MW_UNKNOWN_I64,
							  .largest_acked = MW_UNKNOWN_I64,
							  .smallest_lost = MW_UNKNOWN_I64,
							  .retransmits = MW_UNKNOWN_I64,
							  .confidence = 85,
							  .fragmented = MW_UNKNOWN_I64,
							  .flows = MW_UNKNOWN_I64,
							  .flows_confirmed = MW_UNKNOWN_I64,
							  .segments_lost = MW_UNKNOWN_I64,
							  .sent_after_report = MW_UNKNOWN_I64,
							  .mss_before = MW_UNKNOWN_I64};

	snprintf(row.src, sizeof(row.src), "%s", src);
	snprintf(row.dst, sizeof(row.dst), "%s", dst);
	return row;
}

/** Two connections hang at 1380 bytes, one of them went on with smaller packets. */
static inline struct mw_path_row hole_row(const char *src, const char *dst)
{
	struct mw_path_row row = bare_row(src, dst);

	row.verdict = MW_PATH_BLACK_HOLE;
	row.mtu_low = row.mtu_high = 1380;
	row.icmp_reports = 0;
	row.mss_syn = row.mss_synack = 1460;
	row.largest_acked = 1380;
	row.smallest_lost = 1381;
	row.retransmits = 12;
	row.protocol = 6;
	row.flows = 2;
	row.flows_confirmed = 1;
	row.segments_lost = 4;
	row.fragmented = 0;
	row.receiver_alive = true;
	return row;
}

/** A router says 1440, another 1380; the sender goes on with 1500. */
static inline struct mw_path_row ignored_row(const char *src, const char *dst)
{
	struct mw_path_row row = bare_row(src, dst);

	row.verdict = MW_PATH_IGNORED;
	row.mtu_high = 1380;
	row.icmp_reports = 5;
	row.smallest_lost = 1500;
	row.mss_syn = 1460;
	row.protocol = 6;
	row.flows = 1;
	row.sent_after_report = 14;
	row.reporter[0] = (struct mw_path_reporter){v4(203, 0, 113, 1), 1440};
	row.reporter[1] = (struct mw_path_reporter){v4(203, 0, 113, 9), 1380};
	row.reporters_count = 2;
	return row;
}

static inline void give(struct mw_diagnosis *diagnosis, struct mw_path_row row)
{
	mw_diagnosis_row(diagnosis, &mw_path_record, &row);
}

/** The finding of this subject, or NULL. */
static inline const struct mw_finding *finding_of(struct mw_diagnosis *diagnosis, const char *subject)
{
	const struct mw_finding *const *findings;
	uint32_t count = mw_diagnosis_findings(diagnosis, &findings);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(findings[i]->subject, subject) == 0)
			return findings[i];
	}
	return NULL;
}

/** Every text is whole: no line is cut, no number is garbage. */
static inline void assert_whole(const struct mw_finding *finding)
{
	const char *texts[] = {finding->evidence, finding->alternatives, finding->advice};

	assert_int_equal(finding->summary[strlen(finding->summary) - 1], '.');
	assert_lacks(finding->summary, "-9223");
	for (size_t i = 0; i < MW_ARRAY_SIZE(texts); i++) {
		assert_int_equal(texts[i][strlen(texts[i]) - 1], '\n');
		assert_int_equal(texts[i][0], '-');
		assert_lacks(texts[i], "-9223");
		assert_lacks(texts[i], "\n ");
		assert_lacks(texts[i], "  ");
		assert_lacks(texts[i], " -1 ");
	}
}

FINDING_WORLD(256, &diagnose_paths)

#endif
