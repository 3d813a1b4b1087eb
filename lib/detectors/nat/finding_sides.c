// SPDX-License-Identifier: BSD-3-Clause
// One translator that is in view from both sides is one line: its exhaustion and its churner are told once, with the
// host that is in view inside and with what was seen outside.
// Neighbours: finding.h; sides.c finds out which lines they are.
#include <string.h>

#include "finding.h"

#define NEAR_NS (60 * MW_NS_PER_SECOND) // one side notices later

static struct nats_line_facts *facts_of(struct diagnosis_entry *entry)
{
	return (struct nats_line_facts *)(void *)entry->facts;
}

static const char *lan_line_of(const struct diagnosis_entry *entry)
{
	return ((const struct nats_line_facts *)(const void *)entry->facts)->last.lan_line;
}

/** The entry of the line inside, if it tells of the same time. */
static struct diagnosis_entry *told_inside(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind,
										   const struct diagnosis_entry *outside)
{
	struct diagnosis_entry *inside = diagnosis_find(diagnosis, kind, lan_line_of(outside));

	if (inside == NULL || inside == outside || inside->finding.first_ns > outside->finding.last_ns + NEAR_NS ||
		outside->finding.first_ns > inside->finding.last_ns + NEAR_NS)
		return NULL;
	return inside;
}

static void take_outside(struct nats_line_facts *inside, const struct diagnosis_entry *entry)
{
	const struct nats_line_facts *facts = (const struct nats_line_facts *)(const void *)entry->facts;
	struct nats_outside *outside = &inside->outside;
	bool first = outside->from_ns == 0;

	memcpy(outside->line, facts->last.line, sizeof(outside->line));
	if (first || facts->worst.ports_used >= outside->worst.ports_used)
		outside->worst = facts->worst;
	outside->from_ns = first ? entry->finding.first_ns : MW_MIN(outside->from_ns, entry->finding.first_ns);
	outside->to_ns = MW_MAX(outside->to_ns, entry->finding.last_ns);
	if (nats_known(facts->measured_timer_s))
		inside->measured_timer_s = facts->measured_timer_s;
}

/** The churner as it is seen inside: by its destination. NULL: there is none, or several. */
static struct nats_churn_facts *churner_inside(struct mw_diagnosis *diagnosis, const char *line,
											   const struct nats_churn *churn)
{
	struct nats_churn_facts *found = NULL;
	struct diagnosis_entry *entry = NULL;

	while ((entry = diagnosis_next(diagnosis, &finding_nat_churner, entry)) != NULL) {
		struct nats_churn_facts *facts = (struct nats_churn_facts *)(void *)entry->facts;
		const struct mw_nat_habit *habit = &facts->worst.habit;

		if (facts->worst.outside || strcmp(facts->line.line, line) != 0 || habit->dport != churn->habit.dport ||
			habit->protocol != churn->habit.protocol || mw_address_compare(&habit->dst, &churn->habit.dst) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = facts;
	}
	return found;
}

static void name_culprit(struct mw_diagnosis *diagnosis, struct nats_line_facts *facts)
{
	struct nats_churn *churn = &facts->culprit;
	const struct nats_churn_facts *inside;

	if (churn->ts_ns == 0 || !churn->outside)
		return;
	inside = churner_inside(diagnosis, facts->last.lan_line, churn);
	if (inside == NULL)
		return;
	churn->host = inside->worst.host;
	churn->outside = false;
}

static void join_lines(struct mw_diagnosis *diagnosis, const struct mw_finding_kind *kind)
{
	struct diagnosis_entry *entry = diagnosis_next(diagnosis, kind, NULL), *next;

	for (; entry != NULL; entry = next) {
		struct diagnosis_entry *inside;

		next = diagnosis_next(diagnosis, kind, entry);
		if ((entry->write != nats_write_exhaustion && entry->write != nats_write_risk) || lan_line_of(entry)[0] == '\0')
			continue;
		name_culprit(diagnosis, facts_of(entry));
		inside = told_inside(diagnosis, &finding_nat_exhaustion, entry);
		if (inside != NULL && kind == &finding_nat_exhaustion)
			take_outside(facts_of(inside), entry);
		if (inside == NULL && kind == &finding_nat_risk)
			inside = told_inside(diagnosis, kind, entry);
		if (inside == NULL)
			continue;
		diagnosis_forget(diagnosis, entry);
		next = diagnosis_next(diagnosis, kind, NULL); // others may have moved
	}
}

/** The host is in view inside: what is known of the line outside is told there. */
static void join_churners(struct mw_diagnosis *diagnosis)
{
	struct diagnosis_entry *entry = diagnosis_next(diagnosis, &finding_nat_churner, NULL), *next;

	for (; entry != NULL; entry = next) {
		const struct nats_churn_facts *facts = (const struct nats_churn_facts *)(const void *)entry->facts;
		struct nats_churn_facts *inside;

		next = diagnosis_next(diagnosis, &finding_nat_churner, entry);
		if (!facts->worst.outside || facts->line.lan_line[0] == '\0')
			continue;
		inside = churner_inside(diagnosis, facts->line.lan_line, &facts->worst);
		if (inside == NULL)
			continue;
		inside->danger |= facts->danger;
		inside->exhausted |= facts->exhausted;
		inside->missed |= facts->missed;
		diagnosis_forget(diagnosis, entry);
		next = diagnosis_next(diagnosis, &finding_nat_churner, NULL);
	}
}

void nats_join_sides(struct mw_diagnosis *diagnosis)
{
	join_lines(diagnosis, &finding_nat_risk);
	join_lines(diagnosis, &finding_nat_exhaustion);
	join_churners(diagnosis);
}
