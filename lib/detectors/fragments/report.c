// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces in the report: what there was, also when all went well.
// Neighbours: row.h; fragments.c names it to the detector; lib/fragment counts.
#include <inttypes.h>

#include "row.h"

static uint64_t counted(const struct mw_detector_counts *counts, enum mw_fragment_counter number)
{
	return counts->counter(counts->context, "fragments", mw_fragment_counters[number].name);
}

void fragments_report_datagrams(struct mw_detector_control *control, const struct mw_detector_counts *counts,
								struct mw_text *line)
{
	uint64_t delivered = counts->counter(counts->context, "fragment", "delivered");

	(void)control;
	if (counted(counts, MW_FRAGMENT_COUNT_DATAGRAMS) == 0)
		return;
	mw_text_add(line,
				"%" PRIu64 " fragments of %" PRIu64 " datagrams: %" PRIu64 " whole, %" PRIu64
				" that lack bytes, %" PRIu64 " cut by the end",
				counted(counts, MW_FRAGMENT_COUNT_FRAGMENTS), counted(counts, MW_FRAGMENT_COUNT_DATAGRAMS),
				counted(counts, MW_FRAGMENT_COUNT_COMPLETE), counted(counts, MW_FRAGMENT_COUNT_INCOMPLETE),
				counted(counts, MW_FRAGMENT_COUNT_UNFINISHED));
	if (delivered > 0)
		mw_text_add(line, "; of those that lack bytes, the receiver had %" PRIu64 ": this capture misses pieces",
					delivered);
	if (counted(counts, MW_FRAGMENT_COUNT_EVICTED) > 0)
		mw_text_add(line, ", %" PRIu64 " given up for want of room", counted(counts, MW_FRAGMENT_COUNT_EVICTED));
}
