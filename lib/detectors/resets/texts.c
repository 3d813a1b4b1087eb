// SPDX-License-Identifier: BSD-3-Clause
// A bounded list of different texts.
// Neighbours: texts.h.
#include "texts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void resets_texts_add(struct resets_texts *texts, const char *payload)
{
	char shown[sizeof(texts->list[0].chars)];
	struct mw_text text = mw_text_in(shown, sizeof(shown));

	lines_add_short(&text, payload, RESETS_TEXT_CHARS);
	for (uint32_t i = 0; i < texts->count; i++) {
		if (strcmp(texts->list[i].chars, shown) == 0) {
			texts->list[i].episodes++;
			return;
		}
	}
	if (texts->count == RESETS_TEXTS) {
		texts->others++;
		return;
	}
	memcpy(texts->list[texts->count].chars, shown, sizeof(shown));
	texts->list[texts->count++].episodes = 1;
}

void resets_texts_write(const struct resets_texts *texts, struct lines *lines)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		mw_text_add(&lines->text, "- Text that no signature knows, %" PRIu64 " time%s: \"%s\".",
					texts->list[i].episodes, texts->list[i].episodes == 1 ? "" : "s", texts->list[i].chars);
		lines_end(lines);
	}
	if (texts->others == 0)
		return;
	mw_text_add(&lines->text, "- Yet other texts, %" PRIu64 " time%s: the column payload of resets.csv has them.",
				texts->others, texts->others == 1 ? "" : "s");
	lines_end(lines);
}
