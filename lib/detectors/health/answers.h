// SPDX-License-Identifier: BSD-3-Clause
// Queries that found no answer in time, and responses that nothing waited for: which belong together.
// Neighbours: control.c. A response from the address that was asked is late; from another one, it came elsewhere. They
// are told in any order. Memory is fixed; of many, those are followed that find room. Control thread.
#ifndef HEALTH_ANSWERS_H
#define HEALTH_ANSWERS_H

#include "health.h"
#include "mw_hash.h"

#define HEALTH_ANSWERS_MAX 8192u // of each
#define HEALTH_LATEST_NS   (11 * MW_NS_PER_SECOND) // resolvers give up after ten; later nobody waits

/** One of both. */
struct health_half {
	uint64_t tag; // who asked what, from which port
	uint64_t time_ns; // asked first, or answered; 0: free
	uint64_t last_ns; // asked last
	struct mw_address peer; // who was asked, or who answered
};

struct health_answers {
	struct health_half failed[HEALTH_ANSWERS_MAX], unasked[HEALTH_ANSWERS_MAX];
};

/** Of an event about DNS. */
uint64_t health_answers_tag(const struct mw_hash_key *key, const struct mw_event *event,
							const struct health_brief *brief);

/**
 * A query failed. @return true when it is followed: either answer is its response, or it waits and answer is free.
 */
bool health_answers_failed(struct health_answers *answers, const struct health_half *query, struct health_half *answer);

/** Nothing waited for a response. @return true when a query that failed waits for it, which waits no more. */
bool health_answers_unasked(struct health_answers *answers, const struct health_half *answer,
							struct health_half *query);

/** Notes which answer came to a query that failed. */
void health_afterwards_note(struct health_afterwards *afterwards, const struct health_half *query,
							const struct health_half *answer);

#endif
