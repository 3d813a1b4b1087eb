// SPDX-License-Identifier: BSD-3-Clause
// Lost fragments of many pairs of hosts, told once: more of one sender, to one receiver, or of the whole network.
// Neighbours: finding.h; mw_pairs.h decides which pairs have no finding of their own.
#include "finding.h"

static void write_alternatives(struct mw_finding *finding)
{
	struct lines lines = lines_in(finding->alternatives, sizeof(finding->alternatives), 0);

	mw_text_add(&lines.text, "- One device in common drops fragments: a router, firewall or translator, or the "
							 "provider's. So many pairs do not fail apart from each other.");
	lines_end(&lines);
	mw_text_add(&lines.text, "- A mirror that shows one of several links: first pieces and later ones can take "
							 "different links, as only the first has ports.");
	lines_end(&lines);
	mw_text_add(&lines.text, "- A flood of fragments under false addresses.");
	lines_end(&lines);
}

void frags_write_many(struct diagnosis_entry *entry)
{
	const struct pairs_many *many = (const struct pairs_many *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct lines evidence = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	struct lines advice = lines_in(finding->advice, sizeof(finding->advice), 0);

	pairs_add_many(&subject, many);
	mw_text_add(&summary, "Fragments are lost for ");
	pairs_add_many(&summary, many);
	mw_text_add(&summary, ", beside those that have a finding of their own: %llu datagrams.",
				(unsigned long long)many->rows);
	mw_text_add(&evidence.text, "- For example: ");
	pairs_add_examples(&evidence.text, many);
	mw_text_add(&evidence.text, ".");
	lines_end(&evidence);
	mw_text_add(&evidence.text, "- Each datagram: midwatchctl show fragments, or fragments.csv.");
	lines_end(&evidence);
	frags_line_general(&advice);
	finding->confidence = many->confidence;
	finding->count = (int64_t)many->rows;
	finding->severity = MW_SEVERITY_WARNING;
	write_alternatives(finding);
}
