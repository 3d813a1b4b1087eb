// SPDX-License-Identifier: BSD-3-Clause
// Resets that carry a text that no signature knows, and that nothing else accuses: told, not judged.
// Neighbours: finding.c gives the rows, texts.c gathers the texts; docs/adding-a-signature.md says what comes next.
#include <stdio.h>

#include "finding.h"

#define TEXT_CONFIDENCE 50 // that a device wrote it: the text speaks for one, the rest of the reset for its host

struct facts {
	uint64_t resets;
	struct seen connections;
	struct resets_example example;
	struct resets_texts texts;
};

static void write_words(struct mw_finding *finding, const struct facts *facts)
{
	struct mw_text text = mw_text_in(finding->summary, sizeof(finding->summary));
	struct lines lines = lines_in(finding->evidence, sizeof(finding->evidence), 0);

	snprintf(finding->subject, sizeof(finding->subject), "text in resets that no signature knows");
	mw_text_add(&text, "%llu reset%s on ", (unsigned long long)facts->resets, facts->resets == 1 ? "" : "s");
	seen_add_text(&text, &facts->connections, "connection", "connections");
	mw_text_add(&text,
				" carr%s text that no signature knows. Few hosts write any: a device may have sent %s, but "
				"nothing else shows it, so nobody is accused.",
				facts->resets == 1 ? "ies" : "y", facts->resets == 1 ? "it" : "them");
	resets_texts_write(&facts->texts, &lines);
	mw_text_add(&lines.text, "- The first: from ");
	resets_add_end(&lines.text, &facts->example.src, facts->example.sport);
	mw_text_add(&lines.text, " to ");
	resets_add_end(&lines.text, &facts->example.dst, facts->example.dport);
	mw_text_add(&lines.text, ".");
	lines_end(&lines);
}

static void write_finding(struct diagnosis_entry *entry)
{
	const struct facts *facts = (const struct facts *)entry->facts;
	struct mw_finding *finding = &entry->finding;

	finding->severity = MW_SEVERITY_INFO;
	finding->confidence = TEXT_CONFIDENCE;
	finding->count = (int64_t)facts->resets;
	write_words(finding, facts);
	snprintf(finding->alternatives, sizeof(finding->alternatives), "%s",
			 "- The host's own stack or application writes it.\n"
			 "- Data of the connection, repeated in the reset.\n");
	snprintf(
		finding->advice, sizeof(finding->advice), "%s",
		"- Find out who writes it: search for the text, ask the vendor of your firewall or proxy.\n"
		"- Then give it a rule (docs/adding-a-signature.md): \"means middlebox\" for a device, \"means benign\" for a "
		"host's stack.\n");
}

void resets_texts_row(struct mw_diagnosis *diagnosis, const struct mw_reset_row *row)
{
	struct diagnosis_entry *entry = diagnosis_entry(diagnosis, &finding_resets_text, "", sizeof(struct facts),
													write_finding, row->ts_ns, row->last_ns);
	struct facts *facts;

	if (entry == NULL)
		return;
	facts = (struct facts *)entry->facts;
	facts->resets += (uint64_t)row->count;
	seen_add(&facts->connections, row->flow, sizeof(row->flow));
	resets_texts_add(&facts->texts, row->payload);
	if (facts->example.ts_ns == 0 || row->ts_ns < facts->example.ts_ns)
		facts->example = (struct resets_example){row->ts_ns, row->src, row->dst, row->sport, row->dport};
}
