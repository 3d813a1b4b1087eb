// SPDX-License-Identifier: BSD-3-Clause
// A MAP-E line whose router uses one block of its ports only, in plain words.
// Neighbours: finding.h; finding.c gathers. Known of routers on Linux whose rules do not fall through to the next block
// when one is full (openwrt/openwrt#14449, fakemanhk/openwrt-jp-ipoe#8).
#include "finding.h"

/** What is not known of a line that never left its first block: only the CE's address could tell. */
static bool knows_set(const struct mw_nat_line_row *row)
{
	return row->blocks > 1 && nats_known(row->ports_limit);
}

static double block_ports(const struct mw_nat_line_row *row)
{
	return (double)row->ports_limit / (double)row->blocks;
}

static void write_summary(struct mw_finding *finding, const struct mw_nat_line_row *row)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));

	mw_text_add(&text, "The router of line %s uses only one block of its outside ports", row->line);
	if (!knows_set(row)) {
		mw_text_add(&text, ", as it seems: those in use (");
		nats_add_ports(&text, (double)row->ports_used);
		mw_text_add(&text, " at most) lie side by side, and it takes no others when they are used up.");
		return;
	}
	mw_text_add(&text, ": ");
	nats_add_ports(&text, block_ports(row));
	mw_text_add(&text, " of ");
	nats_add_ports(&text, (double)row->ports_limit);
	mw_text_add(&text, ". They are used up, and the other %lld blocks lie idle: new IPv4 connections fail early.",
				(long long)row->blocks - 1);
}

/** What the line bears with one block, and could bear with all. */
static void line_budget(struct lines *lines, const struct mw_nat_line_row *row)
{
	struct mw_text *text = &lines->text;

	if (!knows_set(row) || !nats_known(row->timer_s))
		return;
	mw_text_add(text, "- So the line bears ");
	nats_add_rate(text, block_ports(row) / (double)row->timer_s);
	mw_text_add(text, " new ports/s (");
	nats_add_ports(text, block_ports(row));
	mw_text_add(text, " / %lld s) where it could bear ", (long long)row->timer_s);
	nats_add_rate(text, (double)row->ports_limit / (double)row->timer_s);
	mw_text_add(text, ".");
	lines_end(lines);
}

static void write_evidence(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	const struct mw_nat_line_row *row = &facts->worst;
	struct mw_text *text = &lines.text;

	mw_text_add(text, "- Blocks of ports in use: 1");
	if (knows_set(row))
		mw_text_add(text, " of %lld", (long long)row->blocks);
	mw_text_add(text, ", from ");
	nats_add_second(text, finding->first_ns);
	mw_text_add(text, " to ");
	nats_add_second(text, finding->last_ns);
	mw_text_add(text, ", though ports were short.");
	lines_end(&lines);
	line_budget(&lines, row);
	if (row->new_v4_failed_pct >= 0) {
		mw_text_add(text, "- New IPv4 connections that failed: ");
		nats_add_pct(text, row->new_v4_failed_pct);
		mw_text_add(text, ".");
		lines_end(&lines);
	}
}

static void write_alternatives(struct mw_finding *finding, const struct nats_line_facts *facts)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	if (!knows_set(&facts->worst))
		nats_line_words(&lines, "- A provider that gives one block of ports and no more: then the router does well.");
	nats_line_words(&lines, "- A router that fills its blocks one by one: it takes the next when the load grows.");
	nats_line_words(&lines, "- Two routers or hosts that share the port set, with one of them in view.");
	nats_line_doubts(&lines, &facts->worst, MW_UNKNOWN_I64);
}

static void write_advice(struct mw_finding *finding)
{
	struct lines lines = lines_in(finding->advice, sizeof(finding->advice), 0);

	nats_line_words(&lines, "- Update the router's firmware or its MAP-E package: this is a known fault.");
	nats_line_words(&lines, "- On Linux: one SNAT rule per block does not go on to the next when its block is full. "
							"Spread connections over all blocks (nftables: numgen or jhash with a map).");
	nats_line_words(&lines, "- Check that ICMP is mapped into the port set too; else IPv4 ping dies with it.");
	nats_line_words(&lines, "- Check the port set: midwatchctl map-e calc");
	nats_line_words(&lines, "- Watch it: midwatchctl show nat");
}

static int64_t confidence_of(const struct mw_nat_line_row *row)
{
	int64_t sure = !knows_set(row) ? 50 : row->limit_inferred ? 70 : 80;

	return sure + (row->new_v4_failed_pct >= 20 ? 10 : 0);
}

void nats_write_first_block(struct diagnosis_entry *entry)
{
	const struct nats_line_facts *facts = (const struct nats_line_facts *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->severity = knows_set(&facts->worst) ? MW_SEVERITY_WARNING : MW_SEVERITY_NOTICE;
	finding->confidence = confidence_of(&facts->worst);
	finding->count = (int64_t)facts->episodes;
	nats_write_subject(finding, &facts->worst);
	write_summary(finding, &facts->worst);
	write_evidence(finding, facts);
	write_alternatives(finding, facts);
	write_advice(finding);
}
