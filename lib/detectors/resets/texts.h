// SPDX-License-Identifier: BSD-3-Clause
// Texts of resets that no signature knows, gathered for a finding: a signature is written from them.
// Neighbours: texts.c; finding.h and finding_texts.c keep them. Control half.
#ifndef RESETS_TEXTS_H
#define RESETS_TEXTS_H

#include "mw_lines.h"

#define RESETS_TEXTS      4 // shown; others are counted
#define RESETS_TEXT_CHARS 120 // shown of each

struct resets_text {
	char chars[RESETS_TEXT_CHARS + 8]; // escaped, shortened
	uint64_t episodes;
};

/** Zeroed memory is an empty list. */
struct resets_texts {
	struct resets_text list[RESETS_TEXTS]; // the first different ones
	uint32_t count;
	uint64_t others; // episodes with yet another text
};

/** Adds the payload of an episode, escaped. */
void resets_texts_add(struct resets_texts *texts, const char *payload);

/** A line for each text, with how many episodes had it. */
void resets_texts_write(const struct resets_texts *texts, struct lines *lines);

#endif
