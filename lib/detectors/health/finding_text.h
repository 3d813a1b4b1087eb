// SPDX-License-Identifier: BSD-3-Clause
// Words that both findings of this slice use.
// Neighbours: finding_dns.c, finding_family.c.
#ifndef HEALTH_FINDING_TEXT_H
#define HEALTH_FINDING_TEXT_H

#include "health.h"

/** "12 of 40 (30 %)". */
void health_add_share(struct mw_text *text, int64_t part, int64_t whole);

/** From first to last, in RFC 3339. */
void health_add_span(struct mw_text *text, const struct mw_finding *finding);

/** The 95 % interval of a share (Wilson 1927), 0 to 1. */
struct health_bounds {
	double low, high;
};
struct health_bounds health_share_bounds(int64_t part, int64_t whole);

#endif
