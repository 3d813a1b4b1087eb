// SPDX-License-Identifier: BSD-3-Clause
// Resets in the report and in the summary.
// Neighbours: report.h.
#include "report.h"

#include <inttypes.h>

#include "control.h"

void resets_report_episodes(struct mw_detector_control *control, const struct mw_detector_counts *counts,
							struct mw_text *line)
{
	const struct reset_control *self = control->state;
	uint64_t capped = counts->counter(counts->context, mw_detector_resets.name, "capped");
	uint64_t all = 0;

	for (uint32_t i = 0; i < MW_RESET_VERDICTS; i++)
		all += self->episodes[i];
	mw_text_add(line,
				"%" PRIu64 " in %" PRIu64 " episodes: %" PRIu64 " forged, %" PRIu64 " by the endpoint itself, %" PRIu64
				" undecided",
				counts->counter(counts->context, "pipeline", "resets"), all, self->episodes[MW_RESET_FORGED],
				self->episodes[MW_RESET_ENDPOINT], self->episodes[MW_RESET_UNKNOWN]);
	if (capped > 0)
		mw_text_add(
			line, "; %" PRIu64 " of them have no row in resets.csv: too many in one second (resets.reports-per-second)",
			capped);
}

void resets_summarise(const void *row, struct mw_detector_summary *summary)
{
	const struct mw_reset_row *reset = row;

	if (reset->verdict == MW_RESET_FORGED)
		summary->resets_forged += reset->count;
}
