// SPDX-License-Identifier: BSD-3-Clause
// Which of two findings tells more.
// Neighbours: mw_worth.h.
#include "mw_worth.h"

#include "mw_diagnosis.h"

struct mw_worth mw_worth_of(const struct mw_finding *finding)
{
	const struct diagnosis_entry *entry = (const struct diagnosis_entry *)(const void *)finding;
	int64_t cases = finding->cases > 0 ? finding->cases : (int64_t)entry->rows;

	return (struct mw_worth){
		.severity = finding->severity,
		.known = finding->known,
		.repeated = cases > 1 || entry->came_back,
		.confidence = finding->confidence,
		.cases = cases,
	};
}

static int compare(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/** The confidence comes first: what nobody answered is less sure already where it matters. */
static int compare_sure(const struct mw_worth *a, const struct mw_worth *b)
{
	int order = compare(a->confidence, b->confidence);

	order = order != 0 ? order : compare(a->known, b->known);
	return order != 0 ? order : compare(a->cases, b->cases);
}

int mw_worth_compare(const struct mw_worth *a, const struct mw_worth *b)
{
	int order = compare(a->severity, b->severity);

	order = order != 0 ? order : compare(a->repeated, b->repeated);
	return order != 0 ? order : compare_sure(a, b);
}

int mw_worth_compare_growing(const struct mw_worth *a, const struct mw_worth *b)
{
	int order = compare(a->repeated, b->repeated);

	if (order == 0 && a->repeated)
		order = compare(a->severity, b->severity);
	order = order != 0 ? order : compare_sure(a, b);
	return order != 0 ? order : compare(a->severity, b->severity);
}
