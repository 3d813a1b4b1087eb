// SPDX-License-Identifier: BSD-3-Clause
// Shares of a page, and sentences that need not be said twice.
// Neighbours: mw_page.h.
#include "mw_page.h"

#include <ctype.h>
#include <string.h>

#include "mw_digest.h"
#include "mw_worth.h"

/** Before a place is given: one of a kind that has no place yet. */
static bool waits(const struct mw_finding *const *findings, const uint8_t *places, uint32_t i, const char *kind)
{
	return places[i] == MW_PAGE_OUT && findings[i]->kind == kind;
}

/** The one worth most of those of a kind that have no place; of equal ones the first. @return count: none is left. */
static uint32_t next_of_kind(const struct mw_finding *const *findings, uint32_t count, const uint8_t *places,
							 const char *kind)
{
	uint32_t best = count;
	struct mw_worth best_worth = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct mw_worth worth;

		if (!waits(findings, places, i, kind))
			continue;
		worth = mw_worth_of(findings[i]);
		if (best != count && mw_worth_compare(&worth, &best_worth) <= 0)
			continue;
		best = i;
		best_worth = worth;
	}
	return best;
}

/** Long texts come first to each kind once, then to more of each. */
static void give_places(const struct mw_finding *const *findings, uint32_t count, uint8_t *places, const char *kind,
						uint32_t *long_left)
{
	for (uint32_t given = 0; given < MW_PAGE_OF_KIND; given++) {
		uint32_t next = next_of_kind(findings, count, places, kind);
		bool with_evidence = given == 0 || (given<MW_PAGE_EVIDENCE && * long_left> 0);

		if (next == count)
			return;
		places[next] = with_evidence ? MW_PAGE_LONG_TEXT : MW_PAGE_LINE;
		*long_left -= with_evidence && *long_left > 0;
	}
}

void mw_page_arrange(const struct mw_finding *const *findings, uint32_t count, uint8_t *places)
{
	uint32_t long_left = MW_PAGE_LONG;

	memset(places, MW_PAGE_OUT, count);
	for (uint32_t i = 0; i < count; i++) {
		bool seen = false;

		for (uint32_t j = 0; j < i && !seen; j++)
			seen = findings[j]->kind == findings[i]->kind;
		if (!seen)
			give_places(findings, count, places, findings[i]->kind, &long_left);
	}
}

/** A word that names an address stands for any. Numbers are what is to be done. */
static bool is_address(const char *word, size_t length)
{
	uint32_t dots = 0;

	for (size_t i = 0; i + 1 < length; i++) {
		if (word[i] == ':')
			return true;
		dots += word[i] == '.' && isdigit((unsigned char)word[i + 1]);
	}
	return dots == 3;
}

static uint32_t digest_of(const char *kind, const char *item, size_t length)
{
	uint64_t value = mw_digest_64(MW_DIGEST_64, kind, strlen(kind));

	while (length > 0) {
		size_t word = 0;

		while (word < length && item[word] != ' ')
			word++;
		value = is_address(item, word) ? mw_digest_64(value, "#", 1) : mw_digest_64(value, item, word);
		word += word < length;
		item += word;
		length -= word;
	}
	return (uint32_t)(value ^ value >> 32);
}

/** True when it is said for the first time. When memory is full, all is new. */
static bool is_new(struct mw_page_said *said, uint32_t digest)
{
	for (uint32_t i = 0; i < said->count; i++) {
		if (said->digests[i] == digest)
			return false;
	}
	if (said->count < MW_PAGE_SAID)
		said->digests[said->count++] = digest;
	return true;
}

/** Up to the next line that begins with "- ". */
static size_t item_length(const char *lines)
{
	const char *next = strstr(lines, "\n- ");

	return next == NULL ? strlen(lines) : (size_t)(next - lines) + 1;
}

void mw_page_add_new(struct mw_page_said *said, const char *kind, const char *lines, struct mw_text *text)
{
	while (*lines != '\0') {
		size_t length = item_length(lines);

		if (is_new(said, digest_of(kind, lines, length)))
			mw_text_add_chars(text, lines, length);
		lines += length;
	}
}
