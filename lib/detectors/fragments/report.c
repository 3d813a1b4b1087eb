// SPDX-License-Identifier: BSD-3-Clause
// Datagrams in pieces in the report: what there was, also when all went well.
// Neighbours: row.h; fragments.c names it to the detector; lib/fragment counts.
#include <inttypes.h>

#include "control.h"
#include "row.h"

static uint64_t counted(const struct mw_detector_counts *counts, enum mw_fragment_counter number)
{
	return counts->counter(counts->context, "fragments", mw_fragment_counters[number].name);
}

/** Datagrams by what became of them, first pieces around a tunnel joined. */
struct ended {
	uint64_t datagrams, whole, lacking, cut, unknown, evicted;
};

static uint64_t moved(const struct fragment_tally *tally, enum fragment_told told)
{
	return tally->whole[told] + tally->lacking[told] + tally->unknown[told];
}

static struct ended sum_up(const struct fragment_tally *tally, const struct mw_detector_counts *counts)
{
	uint64_t unknown = counted(counts, MW_FRAGMENT_COUNT_UNKNOWN);
	struct ended ended = {
		.datagrams = counted(counts, MW_FRAGMENT_COUNT_DATAGRAMS) - counted(counts, MW_FRAGMENT_COUNT_LATE) +
					 tally->outers_lacking + tally->outers_unknown + tally->outers_cut,
		.whole = counted(counts, MW_FRAGMENT_COUNT_COMPLETE),
		.lacking =
			counted(counts, MW_FRAGMENT_COUNT_INCOMPLETE) - moved(tally, FRAGMENT_TOLD_LACKING) + tally->outers_lacking,
		.cut = counted(counts, MW_FRAGMENT_COUNT_UNFINISHED) - unknown - moved(tally, FRAGMENT_TOLD_CUT) +
			   tally->outers_cut,
		.unknown = unknown - moved(tally, FRAGMENT_TOLD_UNKNOWN) + tally->outers_unknown,
		.evicted = counted(counts, MW_FRAGMENT_COUNT_EVICTED) - moved(tally, FRAGMENT_TOLD_EVICTED),
	};

	for (uint32_t i = 0; i < FRAGMENT_TOLDS; i++) {
		ended.whole += tally->whole[i];
		ended.lacking += tally->lacking[i];
		ended.unknown += tally->unknown[i];
	}
	return ended;
}

static uint64_t own(const struct mw_detector_counts *counts, const char *name)
{
	return counts->counter(counts->context, mw_detector_fragments.name, name);
}

void fragments_report_datagrams(struct mw_detector_control *control, const struct mw_detector_counts *counts,
								struct mw_text *line)
{
	const struct fragment_control *self = control->state;
	struct ended ended = sum_up(&self->tally, counts);
	uint64_t delivered = own(counts, "delivered");

	if (ended.datagrams == 0)
		return;
	mw_text_add(line,
				"%" PRIu64 " fragments of %" PRIu64 " datagrams: %" PRIu64 " whole, %" PRIu64
				" that lack bytes, %" PRIu64 " cut by the end",
				counted(counts, MW_FRAGMENT_COUNT_FRAGMENTS) + own(counts, "outer-first"), ended.datagrams, ended.whole,
				ended.lacking, ended.cut);
	if (ended.unknown > 0)
		mw_text_add(line, ", %" PRIu64 " undecided (the first fragment may have passed around a tunnel)",
					ended.unknown);
	if (delivered > 0)
		mw_text_add(line, "; of those that lack bytes, the receiver had %" PRIu64 ": this capture misses pieces",
					delivered);
	if (ended.evicted > 0)
		mw_text_add(line, ", %" PRIu64 " given up for want of room", ended.evicted);
}
