// SPDX-License-Identifier: BSD-3-Clause
// A line of the report's TRAFFIC part: how many questions there were, and how many stayed without an answer.
// Neighbours: health.h; health.c names it to the detector.
#include <inttypes.h>

#include "health.h"

void health_report_sum(struct mw_detector_control *control, const struct mw_detector_counts *counts,
					   struct mw_text *line)
{
	const uint64_t answered = counts->counter(counts->context, "exchanges", "answered");
	const uint64_t unanswered = counts->counter(counts->context, "exchanges", "unanswered");
	const uint64_t capped = counts->counter(counts->context, "exchanges", "capped");

	(void)control;
	if (answered + unanswered == 0)
		return;
	mw_text_add(line,
				"%" PRIu64 " questions (connects, DNS, echo, NTP, QUIC, data sent again), %.1f %% without an answer",
				answered + unanswered, 100.0 * (double)unanswered / (double)(answered + unanswered));
	if (capped > 0)
		mw_text_add(line, "; %" PRIu64 " not followed (exchange.asked-per-second)", capped);
}
