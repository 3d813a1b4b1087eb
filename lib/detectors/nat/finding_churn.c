// SPDX-License-Identifier: BSD-3-Clause
// Which hosts are accused of eating a line's ports. A host's row and its line's row are joined here, whichever comes
// first. Neighbours: finding.h, finding.c; the habit is made in detectors/nat/habit.h.
#include <stdio.h>
#include <string.h>

#include "finding.h"
#include "mw_digest.h"

#define LEAST_HELD      20 // ports: fewer harm nobody
#define LEAST_SHARE_PCT 20 // of the limit, or of the line's ports in use
#define ROOM_PCT        50 // a line with fewer ports in use has room
#define ILL_PCT         50 // more failures than these, and it is the line that is ill
#define FRESH_NS        (900 * MW_NS_PER_SECOND) // as long as the usual timers hold a port, when it is not known

/** True when a is the one to give up: lines that concern no host go first, then those that were seen longest ago. */
static bool goes_before(const struct nats_line *a, const struct nats_line *b)
{
	bool a_needed = a->waiting_count > 0 || a->culprit.ts_ns != 0;
	bool b_needed = b->waiting_count > 0 || b->culprit.ts_ns != 0;

	return a_needed != b_needed ? b_needed : a->used_ns < b->used_ns;
}

struct nats_line *nats_line_of(struct mw_diagnosis *diagnosis, const char *name, uint64_t ts_ns)
{
	struct nats_memory *memory = diagnosis_memory(diagnosis, &diagnose_nat_lines);
	struct nats_line *lines = &memory->lines[mw_digest_text(name) % NATS_BUCKETS * (size_t)NATS_WAYS];
	struct nats_line *victim = &lines[0];

	for (uint32_t i = 0; i < NATS_WAYS; i++) {
		if (strcmp(lines[i].name, name) == 0) {
			lines[i].used_ns = MW_MAX(lines[i].used_ns, ts_ns);
			return &lines[i];
		}
		if (goes_before(&lines[i], victim))
			victim = &lines[i];
	}
	memset(victim, 0, sizeof(*victim));
	snprintf(victim->name, sizeof(victim->name), "%s", name);
	victim->used_ns = ts_ns;
	return victim;
}

bool nats_culprit_is_fresh(const struct nats_line *line)
{
	uint64_t hold_ns = nats_known(line->row.timer_s) && line->row.timer_s < 86400
						   ? (uint64_t)line->row.timer_s * MW_NS_PER_SECOND
						   : FRESH_NS;

	return line->culprit.ts_ns != 0 && line->row.ts_ns <= line->culprit.last_ns + hold_ns;
}

/** Ports in use, by the line; held is what a host holds of them for nothing. */
static void finish(struct nats_churn *churn, const struct mw_nat_line_row *row)
{
	if (nats_known(row->timer_s)) // no more than the rate and the timer can hold
		churn->held = MW_MIN(churn->held, churn->habit.per_s * (double)row->timer_s);
	if (nats_known(row->ports_used))
		churn->share_pct = MW_MIN(100, 100 * churn->held / (double)row->ports_used);
	churn->outside = !row->inside;
}

static bool is_in_danger(const struct nats_line *line)
{
	return line->row.state == MW_NAT_EXHAUSTED || nats_is_at_risk(line);
}

/** Whether what it holds is much: of a line with plenty of room it is not. */
static bool holds_much(const struct nats_line *line, const struct nats_churn *churn)
{
	bool of_limit =
		nats_known(line->row.ports_limit) && 100 * churn->held >= LEAST_SHARE_PCT * (double)line->row.ports_limit;
	bool room = nats_known(line->row.ports_limit) && nats_used_pct(&line->row) < ROOM_PCT && !is_in_danger(line);

	return churn->held >= LEAST_HELD && (of_limit || (churn->share_pct >= LEAST_SHARE_PCT && !room));
}

/** Answers of the line reach this tap: a mirror of one direction shows nothing answered, an outage neither. */
static bool hears_answers(const struct mw_nat_line_row *row)
{
	return row->new_v4_failed_pct < 95 || row->established_v4_failed_pct < ILL_PCT || row->new_v6_failed_pct < ILL_PCT;
}

/** What all others of the line try is answered: then silence is not the line's fault. Not known: false. */
static bool others_fare_well(const struct mw_nat_line_row *row, const struct nats_churn *churn)
{
	double others_per_s = row->new_per_s - churn->habit.per_s;
	double failed_per_s = row->new_per_s * row->new_v4_failed_pct / 100 - churn->habit.per_s;

	return others_per_s > 0 && 100 * failed_per_s < ILL_PCT * others_per_s;
}

/**
 * While a line is out of ports or down, everybody's packets stay unanswered. Only what goes to a private address could
 * not have been answered anyway.
 */
static bool is_its_own_fault(const struct mw_nat_line_row *row, const struct nats_churn *churn)
{
	if (churn->habit.dst_private)
		return row->state == MW_NAT_EXHAUSTED || hears_answers(row);
	return row->state != MW_NAT_EXHAUSTED && hears_answers(row) && others_fare_well(row, churn);
}

static void add_facts(struct nats_churn_facts *facts, const struct nats_line *line, const struct nats_churn *churn)
{
	facts->intervals++;
	facts->danger |= is_in_danger(line);
	facts->exhausted |= line->row.state == MW_NAT_EXHAUSTED;
	facts->missed |= line->row.scarce.ports > 0 && !nats_spares(&line->row, &churn->habit);
	if (facts->intervals > 1 && churn->held < facts->worst.held)
		return;
	facts->worst = *churn;
	facts->line = line->row;
}

/** Findings about the line name the culprit. */
static void report_line(struct mw_diagnosis *diagnosis, const struct nats_line *line)
{
	static const struct mw_finding_kind *const kinds[] = {&finding_nat_exhaustion, &finding_nat_risk};

	for (size_t i = 0; i < MW_ARRAY_SIZE(kinds); i++) {
		struct diagnosis_entry *entry = diagnosis_find(diagnosis, kinds[i], line->name);
		struct nats_line_facts *facts = entry == NULL ? NULL : (struct nats_line_facts *)(void *)entry->facts;

		if (facts != NULL && (!facts->over || facts->to_ns >= line->row.ts_ns))
			facts->culprit = line->culprit;
	}
}

static void judge(struct mw_diagnosis *diagnosis, struct nats_line *line, struct nats_churn churn)
{
	char key[DIAGNOSIS_KEY_BYTES];
	struct mw_text text = mw_text_in(key, sizeof(key));
	struct diagnosis_entry *entry;

	finish(&churn, &line->row);
	if (!holds_much(line, &churn) || !is_its_own_fault(&line->row, &churn))
		return;
	mw_text_add(&text, "%s ", line->name);
	mw_address_add_text(&text, &churn.host);
	entry = diagnosis_entry(diagnosis, &finding_nat_churner, key, sizeof(struct nats_churn_facts), nats_write_churner,
							churn.ts_ns, MW_MAX(churn.ts_ns, churn.last_ns));
	if (entry != NULL)
		add_facts((struct nats_churn_facts *)(void *)entry->facts, line, &churn);
	if (line->culprit.ts_ns == churn.ts_ns && line->culprit.habit.per_s >= churn.habit.per_s)
		return;
	line->culprit = churn;
	report_line(diagnosis, line);
}

void nats_follow_churners(struct mw_diagnosis *diagnosis, const struct mw_nat_line_row *later)
{
	struct diagnosis_entry *entry = NULL;

	if (later->timer_from == MW_NAT_TIMER_ASSUMED && later->reused == 0)
		return; // as before
	while ((entry = diagnosis_next(diagnosis, &finding_nat_churner, entry)) != NULL) {
		struct nats_churn_facts *facts = (struct nats_churn_facts *)(void *)entry->facts;

		if (strcmp(facts->line.line, later->line) != 0)
			continue;
		nats_follow(&facts->line, later);
		if (nats_known(facts->line.timer_s))
			facts->worst.held = MW_MIN(facts->worst.held, facts->worst.habit.per_s * (double)facts->line.timer_s);
	}
}

void nats_judge_waiting(struct mw_diagnosis *diagnosis, struct nats_line *line)
{
	for (uint32_t i = 0; i < line->waiting_count && line->waiting_ns == line->row.ts_ns; i++)
		judge(diagnosis, line, line->waiting[i]);
	line->waiting_count = 0;
}

/** Waits for the line's row; of too many those with the highest rates. */
static void wait_for_line(struct nats_line *line, const struct nats_churn *churn)
{
	struct nats_churn *slot = &line->waiting[0];

	if (line->waiting_ns != churn->ts_ns)
		line->waiting_count = 0;
	line->waiting_ns = churn->ts_ns;
	if (line->waiting_count < NATS_WAITING) {
		line->waiting[line->waiting_count++] = *churn;
		return;
	}
	for (uint32_t i = 1; i < NATS_WAITING; i++) {
		if (line->waiting[i].habit.per_s < slot->habit.per_s)
			slot = &line->waiting[i];
	}
	if (slot->habit.per_s < churn->habit.per_s)
		*slot = *churn;
}

static void on_host_row(struct mw_diagnosis *diagnosis, const void *data)
{
	const struct mw_nat_host_row *row = data;
	struct nats_churn churn = {.ts_ns = row->ts_ns, .last_ns = row->last_ns, .host = row->host, .habit = row->habit};
	struct nats_line *line;

	churn.held = (double)row->ports_peak * MW_MIN(100, row->unanswered_pct) / 100;
	churn.share_pct = row->share_pct;
	if (!row->habit.known || !(row->habit.per_s > 0) || !nats_known(row->ports_peak) || !(churn.held >= LEAST_HELD))
		return; // most hosts
	line = nats_line_of(diagnosis, row->line, row->ts_ns);
	if (line->row.ts_ns == row->ts_ns)
		judge(diagnosis, line, churn);
	else
		wait_for_line(line, &churn);
}

const struct mw_diagnoser diagnose_nat_hosts = {.record = &mw_nat_host_record, .row = on_host_row};
