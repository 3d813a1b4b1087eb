// SPDX-License-Identifier: BSD-3-Clause
// What a finding is worth where there is no room for all: in the list of findings, in a detector's own, on the page of
// the report. Neighbours: mw_finding.h. Control thread.
#ifndef MW_WORTH_H
#define MW_WORTH_H

#include "mw_finding.h"

/**
 * Time is no part of it: who floods comes before or after the truth, as he likes. What he cannot make is an answer, and
 * what costs him most is to be seen twice.
 */
struct mw_worth {
	uint8_t severity; // enum mw_severity
	bool repeated; // more than one case
	bool known; // as mw_finding
	int64_t confidence;
	int64_t cases;
};

/** What a finding of a diagnosis is worth, whose texts are written. */
struct mw_worth mw_worth_of(const struct mw_finding *finding);

/**
 * Once all was seen: severity, then repeated, confidence, known, cases.
 * @return below 0 when a is worth less than b, above 0 when it is worth more.
 */
int mw_worth_compare(const struct mw_worth *a, const struct mw_worth *b);

/**
 * While rows come: repeated, and only of what is repeated severity before confidence, for a single case has yet to grow
 * severe; then as above. @return as mw_worth_compare.
 */
int mw_worth_compare_growing(const struct mw_worth *a, const struct mw_worth *b);

#endif
