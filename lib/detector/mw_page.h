// SPDX-License-Identifier: BSD-3-Clause
// How much of each finding goes on a page for people: a kind has its share of it, and says what to do once.
// Neighbours: mw_worth.h; app/midwatch/report/findings.c prints it. Control thread.
#ifndef MW_PAGE_H
#define MW_PAGE_H

#include "mw_finding.h"

#define MW_PAGE_OF_KIND  20 // findings; the rest are summed
#define MW_PAGE_EVIDENCE 4 // of them with what shows them
#define MW_PAGE_LONG     20 // with what shows them, of all kinds; the first of its kind always is

/** What of a finding is printed. */
enum mw_page_place { MW_PAGE_OUT, MW_PAGE_LINE, MW_PAGE_LONG_TEXT };

/**
 * Fills places[i] for each of the findings, sorted by mw_diagnosis_findings. Of a kind that has too many, those that
 * are worth most (mw_worth.h) are on the page.
 */
void mw_page_arrange(const struct mw_finding *const *findings, uint32_t count, uint8_t *places);

#define MW_PAGE_SAID 512 // sentences that are remembered

/** The sentences that were printed. Zeroed memory is empty. */
struct mw_page_said {
	uint32_t digests[MW_PAGE_SAID];
	uint32_t count;
};

/**
 * Copies to text those items of a finding's lines (each begins with "- ") that its kind has not said yet, whatever
 * addresses they name.
 */
void mw_page_add_new(struct mw_page_said *said, const char *kind, const char *lines, struct mw_text *text);

#endif
