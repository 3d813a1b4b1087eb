// SPDX-License-Identifier: BSD-3-Clause
// What forged resets say themselves: their text, the causes in it and what they mean.
// Neighbours: finding.h, finding_evidence.c; detectors/resets/cause.c takes the text apart.
#include "finding.h"

#define PAYLOAD_CHARS  100
#define TEMPLATE_CHARS 60
#define CAUSES_SHOWN   3

void resets_add_payload(struct lines *lines, const struct resets_facts *facts)
{
	struct mw_text *text = &lines->text;

	resets_texts_write(&facts->texts, lines);
	if (facts->payload[0] == '\0' || (facts->texts.count > 0 && !resets_has_text(facts)))
		return;
	mw_text_add(text, "%s",
				resets_has_text(facts) ? "- They carry text that no server writes (a normal reset is empty): \""
									   : "- They carry data that no known device writes: \"");
	lines_add_short(text, facts->payload, PAYLOAD_CHARS);
	mw_text_add(text, "\"");
	if (facts->payloads && facts->causes_count == 0 && facts->template[0] != '\0') {
		mw_text_add(text, "; alike in all: \"");
		lines_add_short(text, facts->template, TEMPLATE_CHARS);
		mw_text_add(text, "\"");
	}
	mw_text_add(text, ".");
	lines_end(lines);
}

/** The most frequent cause that was not shown yet. */
static uint32_t next_cause(const struct resets_facts *facts, uint32_t shown)
{
	uint32_t most = RESETS_CAUSES;

	for (uint32_t i = 0; i < facts->causes_count; i++) {
		if (!(shown & 1u << i) && (most == RESETS_CAUSES || facts->causes[i].episodes > facts->causes[most].episodes))
			most = i;
	}
	return most;
}

void resets_add_causes(struct lines *lines, const struct resets_facts *facts)
{
	uint64_t others = facts->other_causes;
	uint32_t shown = 0;

	for (uint32_t n = 0; n < facts->causes_count; n++) {
		uint32_t i = next_cause(facts, shown);
		const struct resets_cause *cause = &facts->causes[i];

		shown |= 1u << i;
		if (n >= CAUSES_SHOWN) {
			others += cause->episodes;
			continue;
		}
		mw_text_add(&lines->text, "- Its reason on ");
		resets_add_share(&lines->text, facts, cause->episodes);
		mw_text_add(&lines->text, ": \"%s%s\". It means: %s.", cause->peer ? "{peer} " : "", cause->text,
					cause->meaning != NULL ? cause->meaning : "not known");
		if (cause->peer)
			mw_text_add(&lines->text, " {peer}: on the far side of the box.");
		lines_end(lines);
	}
	if (others > 0) {
		mw_text_add(&lines->text, "- Other reasons on %llu.", (unsigned long long)others);
		lines_end(lines);
	}
}
