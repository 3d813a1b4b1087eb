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
	struct mirror_load load; // the latest that is known
	int64_t late_sides, both_ways; // of all intervals
};

struct facts {
	struct mirror_row rows[MIRROR_BOTH + 1];
	struct mirror_load load; // that shows most of those that agree with the most
	uint32_t compared, over; // windows whose moments were compared; of these: the mirror got more than it carries
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

// What is too little to be sure shows the contrary of nothing.
static bool is_over(const struct facts *facts)
{
	return facts->compared > 0 && facts->over * 2 >= facts->compared;
}

static void add_full(struct mw_text *text, const struct mirror_load *load)
{
	if (load->full_mbit_s != load->full_mbit_s) // NaN
		return;
	mw_text_add(text, "- It did not get beyond %.0f Mbit/s: %" PRId64 " moments are about there", load->full_mbit_s,
				load->full);
	if (load->port_mbit_s > 0)
		mw_text_add(text, ", close to what a port of %" PRId64 " Mbit/s carries", load->port_mbit_s);
	mw_text_add(text, ".\n");
}

static void add_load(struct mw_text *text, const struct facts *facts)
{
	const struct mirror_load *load = &facts->load;

	if (!load->known)
		return;
	mw_text_add(
		text,
		"- In the busiest %.1f %% of moments (10 ms each, by what came) %.2f %% never passed here, in the others "
		"%.2f %%. Of %" PRId64 " moments with loss %" PRId64 " are among the busiest; at random some %" PRId64
		" would be.\n",
		load->busy_pct, load->busy_loss_pct, load->calm_loss_pct, load->lossy, load->busy_lossy, load->chance_lossy);
	if (is_over(facts))
		add_full(text, load);
	if (load->dropped > 0)
		mw_text_add(text, "- This machine itself lost %" PRId64 " packets meanwhile.\n", load->dropped);
}

static void write_evidence(struct mw_finding *finding, const struct facts *facts)
{
	const struct mirror_row *both = &facts->rows[MIRROR_BOTH];
	struct mw_text text = mw_text_in(finding->evidence, sizeof(finding->evidence));

	add_direction(&text, &facts->rows[MIRROR_FROM_SERVERS], "From servers");
	add_direction(&text, &facts->rows[MIRROR_FROM_CLIENTS], "From clients");
	add_load(&text, facts);
	mw_text_add(&text,
				"- The receivers had these bytes: they acknowledged them, and nobody sent them again.\n"
				"- Not in these numbers, lost on the line: %" PRId64 " bytes before the tap, at most %" PRId64
				" beyond it.\n",
				both->amounts[MIRROR_BEFORE], both->amounts[MIRROR_BEYOND]);
}

static void write_summary(struct mw_finding *finding, const struct facts *facts)
{
	const struct mirror_row *both = &facts->rows[MIRROR_BOTH];
	const struct mirror_bounds bounds = bounds_of(both);
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&summary, is_over(facts) ? "The mirror port is oversubscribed" : "The mirror loses packets");
	mw_text_add(&summary, ": %.1f %% (%.1f to %.1f) of what was acknowledged never passed here, ", 100 * share(both),
				100 * bounds.low, 100 * bounds.high);
	if (is_over(facts))
		mw_text_add(&summary, "%.1f %% in the busiest moments and %.2f %% in the others, ", facts->load.busy_loss_pct,
					facts->load.calm_loss_pct);
	mw_time_add_rfc3339(&summary, finding->first_ns);
	mw_text_add(&summary, " to ");
	mw_time_add_rfc3339(&summary, finding->last_ns);
	mw_text_add(&summary, ". The line is not to blame.");
}

static void write_doubts(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text other = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct mw_text next = mw_text_in(finding->advice, sizeof(finding->advice));

	if (is_over(facts))
		mw_text_add(&other,
					"- The port is not full, but what lies behind it is: the path of a remote mirror, or a "
					"mirror made in software.\n"
					"- Whoever captured this was too slow in busy moments: live see dropped_nic and dropped_ring "
					"in summary.csv, of a file what tcpdump said at its end.\n"
					"- Large transfers take another way in part.\n");
	else
		mw_text_add(&other,
					"- The capture was filtered by something else than addresses and ports, or thinned out.\n"
					"- Whoever captured this lost them: live see dropped_nic and dropped_ring in summary.csv, of a "
					"file what tcpdump said at its end.\n"
					"- Part of these connections takes another way (several links, a mirror of one).\n");
	mw_text_add(&next, "- Look at the mirror port's drops: both directions of a full link are twice what it carries.\n"
					   "- Mirror fewer ports, or over a faster one; a tap loses nothing.\n"
					   "- Until then, black holes, lost fragments and forged resets are less sure than they say.\n");
}

static void write(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)(const void *)entry->facts;
	const struct mirror_row *both = &facts->rows[MIRROR_BOTH];
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));

	finding->severity = MW_SEVERITY_WARNING;
	finding->confidence = MW_MIN(95, 70 + both->amounts[MIRROR_FLOWS_LOSSY]);
	finding->count = both->amounts[MIRROR_FLOWS_LOSSY];
	if (is_over(facts))
		finding->confidence = MW_MIN(finding->confidence, facts->load.port_mbit_s > 0 ? 90 : 80);
	finding->hides = bounds_of(both).high;
	finding->known = true;
	mw_text_add(&subject, "mirror");
	write_summary(finding, facts);
	write_evidence(finding, facts);
	write_doubts(finding, facts);
}

static void add_compared(struct facts *facts, const struct mirror_load *load)
{
	if (!load->known)
		return;
	facts->compared++;
	facts->over += load->is_over;
	if (!facts->load.known || load->is_over != facts->load.is_over ? load->is_over == is_over(facts)
																   : load->busy_lossy > facts->load.busy_lossy)
		facts->load = *load;
}

static void judge(struct mw_diagnosis *diagnosis, const struct memory *memory)
{
	const struct mirror_row *both = &memory->rows[MIRROR_BOTH];
	struct diagnosis_entry *entry;
	struct facts *facts;

	if (bounds_of(both).low < LOSS_LEAST || both->amounts[MIRROR_FLOWS_LOSSY] < FLOWS_LEAST ||
		mirror_clocks_differ(memory->late_sides, memory->both_ways)) // then it is shown, but later
		return;
	entry = diagnosis_entry(diagnosis, &mirror_lossy_finding, "mirror", sizeof(*facts), write, memory->first_ns,
							memory->last_ns);
	if (entry == NULL)
		return;
	facts = (struct facts *)(void *)entry->facts;
	for (unsigned i = 0; i <= MIRROR_BOTH; i++)
		add(&facts->rows[i], &memory->rows[i]);
	add_compared(facts, &memory->load);
}

static void on_row(struct mw_diagnosis *diagnosis, const void *data)
{
	struct memory *memory = diagnosis_memory(diagnosis, &mirror_lossy_diagnoser);
	const struct mirror_row *row = data;

	memory->first_ns = memory->first_ns == 0 ? row->from_ns : memory->first_ns;
	memory->last_ns = row->end_ns;
	add(&memory->rows[row->direction], row);
	if (row->load.known)
		memory->load = row->load;
	memory->late_sides += row->late_sides;
	memory->both_ways += row->direction == MIRROR_BOTH ? row->both_ways : 0;
	if (row->direction != MIRROR_BOTH || memory->rows[MIRROR_BOTH].amounts[MIRROR_SEGMENTS] < MIRROR_SEGMENTS_LEAST)
		return;
	judge(diagnosis, memory);
	*memory = (struct memory){.late_sides = memory->late_sides, .both_ways = memory->both_ways};
}

const struct mw_diagnoser mirror_lossy_diagnoser = {
	.record = &mirror_record, .row = on_row, .memory_bytes = sizeof(struct memory)};
