// SPDX-License-Identifier: BSD-3-Clause
// What a resolver's queries have in common, those that failed and those that were answered: who asked, and what the
// names end in. A domain whose servers are dead fails for everybody, and a limit of queries for one host.
// Neighbours: cells.h has one of each resolver, stretch.c asks. Control thread.
#ifndef HEALTH_COMMON_H
#define HEALTH_COMMON_H

#include "mw_exchange.h"
#include "slices.h"

#define HEALTH_COMMON_KINDS 16u // of hosts, and of what names end in: by hash, so several may be one
enum { HEALTH_COMMON_HOST, HEALTH_COMMON_SUFFIX, HEALTH_COMMONS = HEALTH_COMMON_SUFFIX + MW_EXCHANGE_SUFFIXES };

struct health_common {
	struct {
		uint32_t exchanges, unanswered;
	} kinds[HEALTH_COMMONS][HEALTH_COMMON_KINDS];
	uint16_t answered[HEALTH_SLICES][HEALTH_COMMONS]; // a bit for each kind
	struct mw_address host; // the only one that can be more than half of what failed
	uint32_t host_votes; // Boyer, Moore, MJRTY, 1991
};

/** A query that was asked by asker in a slice has ended; host is the hash of asker. */
void health_common_add(struct health_common *common, const struct health_brief *brief, uint32_t slice,
					   const struct mw_address *asker, uint64_t host);

/**
 * What nearly all that failed shares, while nearly all that does not share it was answered, also within the part (of
 * slices that begin at start). @return bits of enum health_shared.
 */
uint8_t health_common_shared(const struct health_common *common, uint32_t start, struct health_part part);

#endif
