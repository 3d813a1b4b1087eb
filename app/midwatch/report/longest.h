// SPDX-License-Identifier: BSD-3-Clause
// Of rows that last, those that lasted longest: many short ones must not hide them.
// Neighbours: report/detectors.c prints what is aside so; recent.h.
#ifndef REPORT_LONGEST_H
#define REPORT_LONGEST_H

#include "recent.h"

#define LONGEST_MAX 16u

struct longest {
	const void *rows[LONGEST_MAX]; // the longest first, of equal ones the earlier
	uint32_t count;
	uint64_t others; // that were not picked
	double others_s; // together
};

/** Picks up to most of the remembered rows for which is_one is true; length_s: how long a row lasted. */
void longest_pick(const struct recent_rows *recent, bool (*is_one)(const void *row),
				  double (*length_s)(const void *row), uint32_t most, struct longest *longest);

#endif
