// SPDX-License-Identifier: BSD-3-Clause
// One direction comes later than it can: what it says was acknowledged before it was shown. So it is where each
// direction was captured with a clock of its own.
// Neighbours: mirror.h; worker.c counts. finding_one_way.c leaves these connections out, finding_lossy.c all of it.
#include <inttypes.h>

#include "mirror.h"

#define LEAST    10 // connections
#define SOME_PCT 20 // of those looked at

struct facts {
	int64_t late, both_ways, late_ms;
};

static int64_t percent(int64_t late, int64_t both_ways)
{
	return late * 100 / MW_MAX(late + both_ways, 1);
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text evidence = mw_text_in(finding->evidence, sizeof(finding->evidence));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = MW_SEVERITY_NOTICE;
	finding->confidence = 80;
	finding->count = facts->late;
	finding->hides = (double)percent(facts->late, facts->both_ways) / 100;
	finding->known = true;
	mw_text_add(&subject, "clocks");
	mw_text_add(&summary,
				"One direction is shown later than the other: %" PRId64
				" TCP connections had it acknowledged before it was seen. The captures of both have clocks that "
				"differ.",
				facts->late);
	mw_text_add(&evidence,
				"- The first packet of one side came %" PRId64 " ms after that of the other, on average, which had "
				"acknowledged it again and again.\n- Looks at connections that showed both sides in order: %" PRId64
				".\n",
				facts->late_ms / MW_MAX(facts->late, 1), facts->both_ways);
	mw_text_add(&other, "- One mirror or tap that holds one direction back.\n");
	mw_text_add(&next,
				"- Move one file in time (editcap -t SECONDS), or set both clocks by one source (NTP, PTP).\n"
				"- Until then nothing that needs the order of both directions is sure: round trips, answers, who was "
				"first.\n");
}

bool mirror_clocks_differ(int64_t late_sides, int64_t both_ways)
{
	return late_sides >= LEAST && percent(late_sides, both_ways) >= SOME_PCT;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mirror_row *row = data;
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (row->direction != MIRROR_BOTH || !mirror_clocks_differ(row->late_sides, row->both_ways))
		return;
	entry =
		diagnosis_entry(diagnosis, &mirror_clocks_finding, "clocks", sizeof(*facts), write, row->from_ns, row->end_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->late += row->late_sides;
	facts->both_ways += row->both_ways;
	facts->late_ms += row->late_ms;
}

const struct mw_diagnoser mirror_clocks_diagnoser = {.record = &mirror_record, .row = on_row};
