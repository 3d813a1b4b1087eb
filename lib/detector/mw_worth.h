// SPDX-License-Identifier: BSD-3-Clause
// What a finding is worth where there is no room for all: in the list of findings, in a detector's own, on the page of
// the report. Neighbours: mw_finding.h. Control thread.
#ifndef MW_WORTH_H
#define MW_WORTH_H

#include "mw_finding.h"

/**
 * Compared from the first member to the last. Time is none of them: who floods comes before or after the truth, as he
 * likes. What he cannot make is an answer, and what costs him most is to be seen twice.
 */
struct mw_worth {
	uint8_t severity; // enum mw_severity
	bool known; // as mw_finding
	bool repeated; // more than one case
	int64_t confidence;
	int64_t cases;
};

/** What a finding of a diagnosis is worth, whose texts are written. */
struct mw_worth mw_worth_of(const struct mw_finding *finding);

/** @return below 0 when a is worth less than b, above 0 when it is worth more. */
int mw_worth_compare(const struct mw_worth *a, const struct mw_worth *b);

#endif
