// SPDX-License-Identifier: BSD-3-Clause
// Lost authentications of many pairs of hosts, told once: more of one initiator, at one responder, or of all.
// Neighbours: finding.h; mw_pairs.h decides which pairs have no finding of their own.
#include "finding.h"

void ikes_write_many(struct diagnosis_entry *entry)
{
	const struct pairs_many *many = (const struct pairs_many *)(const void *)entry->facts;
	struct mw_finding *finding = &entry->finding;
	struct mw_text subject = mw_text_in(finding->subject, sizeof(finding->subject));
	struct mw_text summary = mw_text_in(finding->summary, sizeof(finding->summary));
	struct mw_text alternatives = mw_text_in(finding->alternatives, sizeof(finding->alternatives));
	struct lines evidence = lines_in(finding->evidence, sizeof(finding->evidence), 0);
	struct lines advice = lines_in(finding->advice, sizeof(finding->advice), 0);

	mw_text_add(&subject, "IKEv2 of ");
	pairs_add_many(&subject, many);
	mw_text_add(&summary, "IKEv2 authentication is lost for ");
	pairs_add_many(&summary, many);
	mw_text_add(&summary, ", beside those that have a finding of their own: %llu attempts.",
				(unsigned long long)many->rows);
	mw_text_add(&evidence.text, "- For example: ");
	pairs_add_examples(&evidence.text, many);
	mw_text_add(&evidence.text, ".");
	lines_end(&evidence);
	mw_text_add(&evidence.text, "- Each attempt: midwatchctl show ike, or ike.csv.");
	lines_end(&evidence);
	mw_text_add(&alternatives, "- A responder that is overloaded, or attacked by attempts that never end.\n"
							   "- A mirror that shows one direction only.\n");
	ikes_line_settings(&advice);
	mw_text_add(&advice.text, "- Look for what all have in common: a router, firewall or translator that drops "
							  "fragments, or the responder itself. Begin with its log.");
	lines_end(&advice);
	finding->confidence = MW_MAX(many->confidence, 0);
	finding->count = (int64_t)many->rows;
	finding->severity = MW_SEVERITY_WARNING;
}
