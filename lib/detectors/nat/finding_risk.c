// SPDX-License-Identifier: BSD-3-Clause
// A line that is about to run out of ports, in plain words: how full it is, where the present rate leads.
// Neighbours: finding.h; finding.c gathers.
#include "mw_time.h"
#include "finding.h"

#define LONG_S (30 * 86400)

/** "0.33 new sessions/s x 900 s = 300 ports, the line has 240." */
static void add_arithmetic(struct mw_text *text, const struct mw_nat_line_row *row)
{
	nats_add_steady(text, row->new_per_s, row->timer_s, row->steady_ports);
	mw_text_add(text, ", the line has ");
	nats_add_limit(text, row);
	mw_text_add(text, ".");
}

/** What came of it: it ran out, or how long there is. */
static void add_end(struct mw_text *text, const struct nats_line_facts *facts)
{
	int64_t left_s = facts->worst.exhaustion_in_s;

	if (facts->came_true_ns != 0) {
		mw_text_add(text, " It did run out at ");
		nats_add_second(text, facts->came_true_ns);
		mw_text_add(text, ".");
	} else if (!facts->over && left_s == 0) {
		mw_text_add(text, " By the model it is full now.");
	} else if (!facts->over && left_s > 0 && left_s <= LONG_S) {
		mw_text_add(text, " At this rate it is full in ");
		nats_add_duration(text, (uint64_t)left_s * MW_NS_PER_SECOND);
		mw_text_add(text, ".");
	}
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct nats_line_facts *facts, bool culprit)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const struct mw_nat_line_row *row = &facts->worst;

	mw_text_add(&text, "Line %s %s short of outside ports: ", row->line, facts->over ? "was" : "is");
	nats_add_used(&text, row);
	mw_text_add(&text, " in use (");
	nats_add_pct(&text, nats_used_pct(row));
	mw_text_add(&text, ").");
	if (nats_leads_far(row)) {
		mw_text_add(&text, " ");
		add_arithmetic(&text, row);
	}
	add_end(&text, facts);
	if (culprit && nats_culprit(facts) != NULL) {
		mw_text_add(&text, " Likely cause: ");
		nats_add_host(&text, nats_culprit(facts));
		mw_text_add(&text, ".");
	}
	return !text.cut;
}

static void line_over(struct lines *lines, const struct nats_line_facts *facts)
{
	if (!facts->over || !nats_known(facts->last.ports_used))
		return;
	mw_text_add(&lines->text, "- At the last look it was better: ");
	nats_add_used(&lines->text, &facts->last);
	mw_text_add(&lines->text, " ports in use.");
	lines_end(lines);
}

static void write_risk_evidence(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	const struct mw_nat_line_row *row = &facts->worst;
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- Outside ports in use: ");
	nats_add_used(text, row);
	mw_text_add(text, " in the interval from ");
	nats_add_second(text, row->ts_ns);
	mw_text_add(text, "; short of them since ");
	nats_add_second(text, finding->first_ns);
	mw_text_add(text, ".");
	lines_end(&lines);
	if (nats_leads_far(row)) {
		mw_text_add(text, "- Where it leads: ");
		add_arithmetic(text, row);
		add_end(text, facts);
		lines_end(&lines);
	}
	nats_line_culprit(&lines, facts);
	line_over(&lines, facts);
	nats_line_words(&lines,
					"- When all are taken, new IPv4 connections and IPv4 ping fail, while open ones and IPv6 go "
					"on. It looks like half an outage.");
}

static void write_risk_alternatives(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	nats_line_words(&lines, "- Many users at peak hours: then it ends by itself, and comes back tomorrow.");
	nats_line_words(&lines, "- A scan or a download of many parts: it ends with it.");
	nats_line_doubts(&lines, &facts->worst, facts->worst.measured_timer_s);
}

void nats_write_risk(struct diagnosis_entry *entry)
{
	const struct nats_line_facts *told = (const struct nats_line_facts *)(const void *)entry->facts;
	const struct nats_churn *churn = nats_culprit(told);
	struct mw_finding *finding = &entry->finding;
	struct nats_line_facts now = *told;
	const struct nats_line_facts *facts = &now;

	nats_follow(&now.worst, &told->last);
	finding->severity = facts->over || facts->came_true_ns != 0 ? MW_SEVERITY_NOTICE : MW_SEVERITY_WARNING;
	finding->confidence = (facts->worst.limit_least != 0 ? 55
						   : facts->worst.limit_inferred ? 65
														 : 75) +
						  (facts->came_true_ns != 0 ? 15 : 0);
	finding->count = (int64_t)facts->episodes;
	nats_write_subject(finding, &facts->worst);
	if (!try_summary(finding, facts, true))
		try_summary(finding, facts, false);
	write_risk_evidence(finding, facts);
	write_risk_alternatives(finding, facts);
	nats_write_advice(finding, &facts->worst, churn);
}
