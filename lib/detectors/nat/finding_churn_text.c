// SPDX-License-Identifier: BSD-3-Clause
// A host that eats ports for packets that nobody answers, in plain words.
// Neighbours: finding.h; finding_churn.c accuses.
#include "mw_time.h"
#include "finding.h"

/** What it holds serves other destinations too, and nobody misses it at its own. */
static bool spares(const struct nats_churn_facts *facts)
{
	return nats_reuses(&facts->line, facts->worst.habit.protocol) && !facts->missed;
}

/** What the line has left, in a few words. */
static const char *state_words(const struct nats_churn_facts *facts)
{
	if (spares(facts))
		return "No harm to others: each of these ports serves other destinations too.";
	if (facts->exhausted)
		return "The line has run out of ports.";
	if (facts->danger)
		return "The line is running short of ports.";
	return nats_known(facts->line.ports_limit) ? "No harm yet: the line has room."
											   : "How many ports the line has is not known.";
}

/** "holds about 168 of the line's 240 ports". */
static void add_held(struct mw_text *text, const struct nats_churn_facts *facts)
{
	mw_text_add(text, "about ");
	nats_add_ports(text, facts->worst.held);
	if (nats_known(facts->line.ports_limit)) {
		mw_text_add(text, " of the line's ");
		nats_add_limit(text, &facts->line);
	}
	mw_text_add(text, " ports");
	if (spares(facts))
		mw_text_add(text, " towards it");
}

static void write_subject(struct mw_finding *finding, const struct nats_churn_facts *facts)
{
	struct mw_text text = mw_text_in(finding->subject, sizeof(finding->subject));

	nats_add_host(&text, &facts->worst);
	mw_text_add(&text, " on line %s", facts->line.line);
}

/** @return false when it did not fit. */
static bool try_summary(struct mw_finding *finding, const struct nats_churn_facts *facts, bool state, bool hint)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	const struct mw_nat_habit *habit = &facts->worst.habit;

	if (facts->worst.outside)
		mw_text_add(&text, "A host behind ");
	mw_address_add_text(&text, &facts->worst.host);
	mw_text_add(&text, " opens ");
	nats_add_rate(&text, habit->per_s);
	mw_text_add(&text, " sessions/s to ");
	nats_add_place(&text, habit);
	mw_text_add(&text, " that are never answered: they hold ");
	add_held(&text, facts);
	mw_text_add(&text, ".");
	if (hint && habit->hint[0] != '\0')
		mw_text_add(&text, " Perhaps %s.", habit->hint);
	if (state)
		mw_text_add(&text, " %s", state_words(facts));
	return !text.cut;
}

static void line_where(struct lines *lines, const struct mw_nat_habit *habit)
{
	mw_text_add(&lines->text, "- To ");
	nats_add_place(&lines->text, habit);
	mw_text_add(&lines->text, ": %s.",
				habit->dst_private ? "a private address, which nothing beyond the translator can answer"
								   : "a public address; nothing ever came back, while others of this line got answers");
	lines_end(lines);
}

static void line_held(struct lines *lines, const struct nats_churn_facts *facts)
{
	struct mw_text *text = &lines->text;

	mw_text_add(text, "- Held by this: ");
	add_held(text, facts);
	if (facts->worst.share_pct > 0 && !spares(facts)) {
		mw_text_add(text, ", ");
		nats_add_pct(text, facts->worst.share_pct);
		mw_text_add(text, " of what the line had in use");
	}
	mw_text_add(text, " (by the model).");
	lines_end(lines);
}

/** Where its rate leads by itself. */
static void line_arithmetic(struct lines *lines, const struct nats_churn_facts *facts)
{
	const struct mw_nat_line_row *row = &facts->line;
	struct mw_text *text = &lines->text;
	double per_s = facts->worst.habit.per_s;

	if (!nats_known(row->timer_s) || !facts->worst.habit.rotating_port)
		return;
	mw_text_add(text, "- Where it leads: ");
	nats_add_steady(text, per_s, row->timer_s, per_s * (double)row->timer_s);
	mw_text_add(text, " held by this host alone");
	if (nats_known(row->ports_limit)) {
		mw_text_add(text, "; the line has ");
		nats_add_limit(text, row);
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

static void lines_habit(struct lines *lines, const struct mw_nat_habit *habit)
{
	struct mw_text *text = &lines->text;

	if (habit->rotating_port)
		nats_line_words(lines, "- A new source port each time: each takes another outside port, until its timer ends.");
	if (habit->period_ms > 0) {
		mw_text_add(text, "- In a rhythm: every %.1f s. That is a program, not a person.", habit->period_ms / 1000.0);
		lines_end(lines);
	}
	if (habit->hint[0] != '\0') {
		mw_text_add(text, "- Port %u is known of: %s. A hint by the number, no proof.", habit->dport, habit->hint);
		lines_end(lines);
	}
}

static void write_evidence(struct mw_finding *finding, const struct nats_churn_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- ");
	nats_add_rate(text, facts->worst.habit.per_s);
	mw_text_add(text, " unanswered sessions/s; seen in %llu interval%s from ", (unsigned long long)facts->intervals,
				facts->intervals == 1 ? "" : "s");
	nats_add_second(text, finding->first_ns);
	mw_text_add(text, " to ");
	nats_add_second(text, finding->last_ns);
	mw_text_add(text, ".");
	lines_end(&lines);
	line_where(&lines, &facts->worst.habit);
	line_held(&lines, facts);
	line_arithmetic(&lines, facts);
	lines_habit(&lines, &facts->worst.habit);
	if (facts->exhausted && !spares(facts))
		nats_line_words(&lines,
						"- Others of this line pay for it: what needs a new port fails (finding nat-exhaustion).");
}

static void write_alternatives(struct mw_finding *finding, const struct nats_churn_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (facts->worst.habit.dst_private)
		nats_line_words(&lines,
						"- A network behind a VPN or a second router: it is down, or its answers take a way that "
						"this tap does not see. Then no outside port is taken either.");
	else
		nats_line_words(&lines, "- A server or resolver that is down: its clients try again and again. Or a scan.");
	if (facts->worst.outside)
		nats_line_words(&lines, "- Several hosts: this tap is outside the translator and sees them as one.");
	nats_line_doubts(&lines, &facts->line, facts->line.measured_timer_s);
}

/** A habit that can be named makes it surer; of a public address silence is all there is. */
static int64_t confidence_of(const struct nats_churn_facts *facts)
{
	const struct mw_nat_habit *habit = &facts->worst.habit;

	return 55 + (habit->dst_private ? 20 : 0) + (habit->rotating_port ? 5 : 0) + (habit->period_ms > 0 ? 5 : 0) +
		   (facts->intervals > 1 ? 5 : 0) + (facts->exhausted && !spares(facts) ? 5 : 0);
}

void nats_write_churner(struct diagnosis_entry *entry)
{
	const struct nats_churn_facts *facts = (const struct nats_churn_facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_nat_line_row row = facts->line;

	finding->severity = facts->danger && !spares(facts) ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = confidence_of(facts);
	finding->count = (int64_t)facts->intervals;
	write_subject(finding, facts);
	if (!try_summary(finding, facts, true, true) && !try_summary(finding, facts, true, false))
		try_summary(finding, facts, false, false);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	if (spares(facts))
		row.state = MW_NAT_OK; // to clear the table gives nothing back that is missed
	nats_write_advice(finding, &row, &facts->worst);
}
