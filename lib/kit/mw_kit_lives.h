// SPDX-License-Identifier: BSD-3-Clause
// When something far away was heard last, and how fast it answers: what never answers says nothing by being silent.
// Neighbours: health, outages. Who was silent for longest gives way. Memory is fixed at start. Control thread.
#ifndef MW_KIT_LIVES_H
#define MW_KIT_LIVES_H

#include "mw_address.h"
#include "mw_hash.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

/** An address, in a sense that is the caller's (a service, a family). */
struct mw_kit_life {
	struct mw_kit_link age;
	struct mw_address address;
	uint32_t sort;
	uint32_t rtt_us; // mw_kit_rtt_add; 0 not known
	uint64_t heard_ns;
};

struct mw_kit_lives {
	struct mw_kit_index index;
	struct mw_kit_list by_age;
	struct mw_kit_life *lives; // by number; 0 is nobody's
};

/** @return 0 or -ENOMEM; mw_kit_lives_stop is due in both cases. */
int mw_kit_lives_start(struct mw_kit_lives *lives, uint32_t lives_max);
void mw_kit_lives_stop(struct mw_kit_lives *lives);

/** It was heard at time_ns. @return it, until the next call. */
struct mw_kit_life *mw_kit_lives_heard(struct mw_kit_lives *lives, const struct mw_hash_key *key,
									   const struct mw_address *address, uint32_t sort, uint64_t time_ns);

/** @return NULL when nothing is remembered of it. */
const struct mw_kit_life *mw_kit_lives_find(const struct mw_kit_lives *lives, const struct mw_hash_key *key,
											const struct mw_address *address, uint32_t sort);

/** True when it was heard after asked_ns, or within within_ns before. life may be NULL. */
static inline bool mw_kit_life_lived(const struct mw_kit_life *life, uint64_t asked_ns, uint64_t within_ns)
{
	return life != NULL && (asked_ns < life->heard_ns || asked_ns - life->heard_ns <= within_ns);
}

/**
 * Follows the 95th percentile of round trips, about: up by an eighth of the distance, down by a 128th (a quantile by
 * steps of unlike size, as in Ma, Muthukrishnan, Sandler, Frugal Streaming, 2013). 0: there was none.
 */
static inline void mw_kit_rtt_add(uint32_t *p95_us, uint32_t us)
{
	if (*p95_us == 0)
		*p95_us = MW_MAX(us, 1u);
	else if (us > *p95_us)
		*p95_us += (us - *p95_us) / 8;
	else
		*p95_us -= (*p95_us - us) / 128;
}

#endif
