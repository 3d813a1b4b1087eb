// SPDX-License-Identifier: BSD-3-Clause
// Why a resolver is not dead though its queries fail: others answer for it, a domain is dead, a host is limited, it is
// slow. What shows it is in a row of health.csv.
// Neighbours: finding_dns.c; answers.h and common.h have what it is judged by. Control thread.
#ifndef HEALTH_CAUSES_H
#define HEALTH_CAUSES_H

#include "health.h"

/** The first that holds of most is told. */
enum {
	HEALTH_CAUSE_ELSEWHERE,
	HEALTH_CAUSE_BOTH, // NAMES and HOST
	HEALTH_CAUSE_NAMES,
	HEALTH_CAUSE_HOST,
	HEALTH_CAUSE_SLOW,
	HEALTH_CAUSES
};

struct health_cause {
	const char *what; // the resolver does
	const char *advice;
};

/** Of all rows of a finding; zeroed memory is empty. */
struct health_causes {
	int64_t of[HEALTH_CAUSES], any, none; // queries without an answer, of rows in which it is so
	struct health_afterwards afterwards;
	struct mw_address host;
};

/** Adds a row. most: of all that was asked in its interval failed; else nothing says that it is dead, either. */
void health_causes_add(struct health_causes *causes, const struct health_row *row, bool most);

/** The cause of most of so many queries without an answer; NULL: none. */
const struct health_cause *health_cause_of(const struct health_causes *causes, int64_t unanswered);

/** Appends lines of evidence. */
void health_causes_write(const struct health_causes *causes, struct mw_text *text);

#endif
