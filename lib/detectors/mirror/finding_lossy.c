// SPDX-License-Identifier: BSD-3-Clause
// The mirror loses packets: windows of enough segments in which it surely lost more than it may.
// Neighbours: mirror.h; control.c makes the rows. What else is told of this time is less sure.
#include <inttypes.h>

#include "mirror.h"
#include "mw_time.h"

#define LOSS_LEAST  0.005
#define FLOWS_LEAST 5 // connections that lost something: one is a story of its own

/** Intervals of one window. */
struct memory {
	uint64_t first_ns, last_ns;
	struct mirror_row rows[MIRROR_BOTH + 1];
};

struct facts {
	struct mirror_row rows[MIRROR_BOTH + 1];
};

static double share(const struct mirror_row *row)
{
	const int64_t acked = row->amounts[MIRROR_ACKED] - row->amounts[MIRROR_BLIND];

	return acked <= 0 ? 0 : MW_MIN(1.0, (double)row->amounts[MIRROR_UNSEEN] / (double)acked);
}

static struct mirror_bounds bounds_of(const struct mirror_row *row)
{
	return mirror_share_bounds(share(row), (double)row->amounts[MIRROR_SEGMENTS]);
}

static void add(struct mirror_row *to, const struct mirror_row *row)
{
	for (unsigned i = 0; i < MIRROR_AMOUNTS; i++)
		to->amounts[i] += row->amounts[i];
}

static void add_direction(struct mw_text *text, const struct mirror_row *row, const char *title)
{
	const struct mirror_bounds bounds = bounds_of(row);

	mw_text_add(text, "- %s: %" PRId64 " of %" PRId64 " acknowledged bytes never passed here", title,
				row->amounts[MIRROR_UNSEEN], row->amounts[MIRROR_ACKED] - row->amounts[MIRROR_BLIND]);
	if (row->amounts[MIRROR_SEGMENTS] >= MIRROR_SEGMENTS_LEAST)
		mw_text_add(text, ": %.2f %%, 95 %% interval %.2f to %.2f", 100 * share(row), 100 * bounds.low,
					100 * bounds.high);
	mw_text_add(text, " (%" PRId64 " segments; %" PRId64 " of %" PRId64 " connections).\n",
				row->amounts[MIRROR_SEGMENTS], row->amounts[MIRROR_FLOWS_LOSSY], row->amounts[MIRROR_FLOWS]);
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	const struct mirror_row *both = &facts->rows[MIRROR_BOTH];
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	add_direction(&text, &facts->rows[MIRROR_FROM_SERVERS], "From servers");
	add_direction(&text, &facts->rows[MIRROR_FROM_CLIENTS], "From clients");
	mw_text_add(&text,
				"- The receivers had these bytes: they acknowledged them, and nobody sent them again.\n"
				"- Not in these numbers, lost on the line: %" PRId64 " bytes before the tap, at most %" PRId64
				" beyond it.\n",
				both->amounts[MIRROR_BEFORE], both->amounts[MIRROR_BEYOND]);
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const struct mirror_row *both = &facts->rows[MIRROR_BOTH];
	const struct mirror_bounds bounds = bounds_of(both);
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	finding->severity = MW_SEVERITY_WARNING;
	finding->confidence = MW_MIN(95, 70 + both->amounts[MIRROR_FLOWS_LOSSY]);
	finding->count = both->amounts[MIRROR_FLOWS_LOSSY];
	finding->hides = bounds.high;
	finding->known = true;
	mw_text_add(&subject, "mirror");
	mw_text_add(&summary,
				"The mirror loses packets: %.1f %% (%.1f to %.1f) of what was acknowledged never passed here, ",
				100 * share(both), 100 * bounds.low, 100 * bounds.high);
	mw_time_add_rfc3339(&summary, finding->first_ns);
	mw_text_add(&summary, " to ");
	mw_time_add_rfc3339(&summary, finding->last_ns);
	mw_text_add(&summary, ". The line is not to blame.");
	write_evidence(finding, facts);
	mw_text_add(&other, "- The capture was filtered by something else than addresses and ports, or thinned out.\n"
						"- This machine lost them: see dropped_nic and dropped_ring in summary.csv.\n"
						"- Part of these connections takes another way (several links, a mirror of one).\n");
	mw_text_add(&next, "- Look at the mirror port's drops: both directions of a full link are twice what it carries.\n"
					   "- Mirror fewer ports, or over a faster one; a tap loses nothing.\n"
					   "- Until then, black holes, lost fragments and forged resets are less sure than they say.\n");
}

static void judge(struct mw_diagnosis *diagnosis, const struct memory *memory)
{
	const struct mirror_row *both = &memory->rows[MIRROR_BOTH];
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (bounds_of(both).low < LOSS_LEAST || both->amounts[MIRROR_FLOWS_LOSSY] < FLOWS_LEAST)
		return;
	entry = diagnosis_entry(diagnosis, &mirror_lossy_finding, "mirror", sizeof(*facts), write, memory->first_ns,
							memory->last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	for (unsigned i = 0; i <= MIRROR_BOTH; i++)
		add(&facts->rows[i], &memory->rows[i]);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	struct memory *memory = diagnosis_memory(diagnosis, &mirror_lossy_diagnoser);
	const struct mirror_row *row = data;

	memory->first_ns = memory->first_ns == 0 ? row->from_ns : memory->first_ns;
	memory->last_ns = row->end_ns;
	add(&memory->rows[row->direction], row);
	if (row->direction != MIRROR_BOTH || memory->rows[MIRROR_BOTH].amounts[MIRROR_SEGMENTS] < MIRROR_SEGMENTS_LEAST)
		return;
	judge(diagnosis, memory);
	*memory = (struct memory){0};
}

const struct mw_diagnoser mirror_lossy_diagnoser = {
	.record = &mirror_record, .row = on_row, .memory_bytes = sizeof(struct memory)};
