// SPDX-License-Identifier: BSD-3-Clause
// A line's rows to findings: out of ports, soon out of ports, only one block of ports in use.
// Neighbours: finding.h; rows from rows.c; health_decide.c tells exhaustion from outage and loss.
#include "finding.h"

#define WARNED_PCT      70 // of the limit in use, when the detector warns too
#define HALF_PCT        50 // ... when the rate leads far
#define SAME_EPISODE_NS (10 * MW_NS_PER_SECOND) // a shorter pause is none: ports come and go one by one

double nats_used_pct(const struct mw_nat_line_row *row)
{
	int64_t used = nats_used(row);

	return nats_known(row->ports_limit) && nats_known(used) ? 100 * (double)used / (double)row->ports_limit : 0;
}

/** A rate that leads far is a burst, perhaps: it must last, or have filled half of the ports. */
bool nats_is_at_risk(const struct nats_line *line)
{
	double used_pct = nats_used_pct(&line->row);

	if (!nats_known(line->row.ports_limit) || line->row.state == MW_NAT_EXHAUSTED || line->row.limit_each_peer)
		return false;
	return used_pct >= NATS_RISK_PCT || (line->row.state == MW_NAT_WARNING && used_pct >= WARNED_PCT) ||
		   (line->leads_far && (line->led_far || used_pct >= HALF_PCT));
}

static void remember_row(struct nats_line *line, const struct mw_nat_line_row *row)
{
	bool next = row->ts_ns != line->row.ts_ns;

	line->row = *row;
	if (next)
		line->led_far = line->leads_far;
	line->leads_far = nats_leads_far(row);
}

void nats_follow(struct mw_nat_line_row *row, const struct mw_nat_line_row *later)
{
	if (nats_known(later->measured_timer_s))
		row->measured_timer_s = later->measured_timer_s;
	row->timer_from = later->timer_from;
	row->reused |= later->reused;
	if (!nats_known(later->timer_s) || later->timer_s == row->timer_s)
		return;
	if (nats_known(row->timer_s))
		row->steady_ports += (double)(later->timer_s - row->timer_s) * row->timed_per_s;
	row->timer_s = later->timer_s;
}

static struct nats_line_facts *facts_of(struct diagnosis_entry *entry)
{
	return entry == NULL ? NULL : (struct nats_line_facts *)(void *)entry->facts;
}

/** The facts of this kind about the line, made when new. @return NULL when there is no room. */
static struct nats_line_facts *open_facts(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										  const struct mw_nat_line_row *row,
										  void (*write)(struct diagnosis_entry *entry), uint64_t first_ns,
										  uint64_t last_ns)
{
	struct nats_line_facts *facts = facts_of(
		diagnosis_entry(diagnosis, kind, row->line, sizeof(*facts), write, first_ns, MW_MAX(first_ns, last_ns)));

	if (facts == NULL)
		return NULL;
	if (facts->episodes == 0)
		facts->measured_timer_s = MW_UNKNOWN_I64;
	facts->last = *row;
	return facts;
}

/** Another time when the last one is over; else it lasts longer. */
static void stretch(struct nats_line_facts *facts, uint64_t from_ns, uint64_t to_ns)
{
	to_ns = MW_MAX(from_ns, to_ns);
	if (facts->episodes > 0 && from_ns <= facts->to_ns + SAME_EPISODE_NS) {
		facts->to_ns = MW_MAX(facts->to_ns, to_ns);
		return;
	}
	facts->total_ns += facts->to_ns - facts->from_ns;
	facts->episodes++;
	facts->from_ns = from_ns;
	facts->to_ns = to_ns;
	facts->culprit.ts_ns = 0;
}

/** NaN is less than any number. */
static bool fails_more(const struct mw_nat_line_row *row, const struct mw_nat_line_row *than)
{
	return !(than->new_v4_failed_pct >= row->new_v4_failed_pct);
}

/** Which destination is short of ports: one that answers is missed. */
static bool shows_more(const struct mw_nat_line_row *row, const struct mw_nat_line_row *than)
{
	if (row->full_answers != than->full_answers)
		return row->full_answers;
	if (row->scarce.failed_pct >= 0 && than->scarce.ports > 0)
		return row->scarce.failed_pct > than->scarce.failed_pct;
	return row->scarce.ports > than->scarce.ports || (than->turn_ranges == 0 && row->turn_ranges != 0);
}

/** The row with most failures; how the router chooses its ports, and who holds them, is told whichever that is. */
static void take_worst(struct nats_line_facts *facts, const struct mw_nat_line_row *row)
{
	struct mw_nat_line_row *worst = &facts->worst;
	const struct mw_nat_line_row before = *worst;
	const struct mw_nat_line_row *shown = shows_more(row, &before) ? row : &before;

	if (facts->episodes == 0 || fails_more(row, &before) || (shown == row && !fails_more(&before, row)))
		*worst = *row;
	worst->turn_ranges = shown->turn_ranges;
	worst->turn_range_ports = shown->turn_range_ports;
	worst->full_peer = shown->full_peer;
	worst->full_port = shown->full_port;
	worst->full_answers = shown->full_answers;
	worst->scarce = shown->scarce;
	worst->reused |= before.reused;
}

static void add_exhausted(struct mw_diagnosis *diagnosis, const struct nats_line *line)
{
	const struct mw_nat_line_row *row = &line->row;
	uint64_t from_ns = row->exhausted_from_ns != 0 ? row->exhausted_from_ns : row->ts_ns;
	uint64_t to_ns = row->exhausted_to_ns != 0 ? row->exhausted_to_ns : row->last_ns;
	struct nats_line_facts *risk = facts_of(diagnosis_find(diagnosis, &finding_nat_risk, row->line));
	struct nats_line_facts *facts =
		open_facts(diagnosis, &finding_nat_exhaustion, row, nats_write_exhaustion, from_ns, to_ns);

	if (risk != NULL && risk->came_true_ns == 0)
		risk->came_true_ns = from_ns;
	if (facts == NULL)
		return;
	take_worst(facts, row);
	stretch(facts, from_ns, to_ns);
	facts->over = to_ns + SAME_EPISODE_NS < row->last_ns;
	if (nats_culprit_is_fresh(line))
		facts->culprit = line->culprit;
}

/** What became of a line that has been exhausted. */
static void add_exhaustion(struct mw_diagnosis *diagnosis, const struct nats_line *line)
{
	const struct mw_nat_line_row *row = &line->row;
	struct nats_line_facts *facts;

	if (row->state == MW_NAT_EXHAUSTED)
		add_exhausted(diagnosis, line);
	facts = facts_of(diagnosis_find(diagnosis, &finding_nat_exhaustion, row->line));
	if (facts == NULL)
		return;
	if (row->state != MW_NAT_EXHAUSTED)
		facts->over = true;
	facts->last = *row;
	if (nats_known(row->measured_timer_s))
		facts->measured_timer_s = row->measured_timer_s;
}

/** A line that has run out needs no warning more. */
static void add_risk(struct mw_diagnosis *diagnosis, const struct nats_line *line)
{
	const struct mw_nat_line_row *row = &line->row;
	struct nats_line_facts *facts = facts_of(diagnosis_find(diagnosis, &finding_nat_risk, row->line));

	if (facts != NULL && facts->worst.reused != row->reused) { // what was in use counted by another measure
		diagnosis_forget(diagnosis, diagnosis_find(diagnosis, &finding_nat_risk, row->line));
		facts = NULL;
	}
	if (facts != NULL)
		facts->last = *row;
	if (diagnosis_find(diagnosis, &finding_nat_exhaustion, row->line) != NULL ||
		diagnosis_find(diagnosis, &finding_nat_exhaustion, row->lan_line) != NULL)
		return;
	if (!nats_is_at_risk(line)) {
		if (facts != NULL)
			facts->over = true;
		return;
	}
	facts = open_facts(diagnosis, &finding_nat_risk, row, nats_write_risk, row->ts_ns, row->last_ns);
	if (facts == NULL)
		return;
	stretch(facts, row->ts_ns, row->last_ns);
	facts->worst = *row;
	facts->over = false;
	if (nats_culprit_is_fresh(line))
		facts->culprit = line->culprit;
}

static void add_first_block(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *row)
{
	struct nats_line_facts *facts;

	if (!row->first_block_only || row->blocks == 1)
		return;
	facts = open_facts(diagnosis, &finding_nat_first_block, row, nats_write_first_block, row->ts_ns, row->last_ns);
	if (facts == NULL)
		return;
	stretch(facts, row->ts_ns, row->last_ns);
	facts->worst = *row;
}

static void on_line_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_nat_line_row *row = data;
	struct nats_memory *memory = diagnosis_memory(diagnosis, &diagnose_nat_lines);
	struct nats_line *line = nats_line_of(diagnosis, row->line, row->ts_ns);

	remember_row(line, row);
	nats_judge_waiting(diagnosis, line);
	nats_follow_churners(diagnosis, row);
	add_exhaustion(diagnosis, line);
	nats_add_peers(diagnosis, row);
	add_risk(diagnosis, line);
	add_first_block(diagnosis, row);
	memory->both_sides |= row->lan_line[0] != '\0';
	if (memory->both_sides)
		nats_join_sides(diagnosis);
}

const struct mw_diagnoser diagnose_nat_lines = {
	.record = &mw_nat_line_record, .row = on_line_row, .memory_bytes = sizeof(struct nats_memory)};
