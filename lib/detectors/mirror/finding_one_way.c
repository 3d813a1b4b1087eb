// SPDX-License-Identifier: BSD-3-Clause
// The mirror shows one direction of connections: one side acknowledges more and more of what never passes here.
// Neighbours: mirror.h; finding_blind.c has the one that lasts for a while only.
#include <inttypes.h>

#include "mirror.h"

#define LOOKS_LEAST 20 // at connections
#define ALL_PCT     90 // of them: the mirror itself
#define SOME_PCT    20 // one of several ways

struct facts {
	int64_t one_way, both_ways;
};

static int64_t percent(int64_t one_way, int64_t both_ways)
{
	return one_way * 100 / MW_MAX(one_way + both_ways, 1);
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const int64_t pct = percent(facts->one_way, facts->both_ways);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text evidence = mw_text_in(finding->evidence, sizeof(finding->evidence));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = pct >= ALL_PCT ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = pct >= ALL_PCT ? 90 : 60;
	finding->count = facts->one_way;
	finding->hides = (double)pct / 100;
	finding->known = true;
	mw_text_add(&subject, "mirror");
	mw_text_add(&summary, "The mirror shows one direction of %s TCP connections: %" PRId64 " %% of those looked at.",
				pct >= ALL_PCT ? "all" : "some", pct);
	mw_text_add(&evidence,
				"- Looks at connections that showed one side alone, which acknowledged more and more: %" PRId64
				".\n- Looks at connections that showed both: %" PRId64 ".\n",
				facts->one_way, facts->both_ways);
	mw_text_add(&other, "- The other direction takes another way (asymmetric routing, a bundle of links).\n"
						"- The capture was filtered by direction, or by one end's address.\n");
	mw_text_add(&next,
				"- Mirror both directions of the port (rx and tx), and all members of a bundle.\n"
				"- Give both halves to midwatch: -i takes several ports, -r several files.\n"
				"- Until then nothing that needs both directions is judged: round trips, answers, black holes.\n");
}

// Without connections whose other side came later: each was looked at twice at most.
static int64_t one_way_of(const struct mirror_row *row)
{
	return MW_MAX(row->one_way - 2 * row->late_sides, INT64_C(0));
}

bool mirror_is_one_way(const struct mirror_row *row)
{
	return row->direction == MIRROR_BOTH && one_way_of(row) >= LOOKS_LEAST &&
		   percent(one_way_of(row), row->both_ways) >= SOME_PCT;
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mirror_row *row = data;
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (!mirror_is_one_way(row))
		return;
	entry =
		diagnosis_entry(diagnosis, &mirror_one_way_finding, "mirror", sizeof(*facts), write, row->from_ns, row->end_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	facts->one_way += one_way_of(row);
	facts->both_ways += row->both_ways;
}

const struct mw_diagnoser mirror_one_way_diagnoser = {.record = &mirror_record, .row = on_row};
