// SPDX-License-Identifier: BSD-3-Clause
// What is counted of each sender and receiver of datagrams in pieces: a table of fixed size.
// Neighbours: fragments.c has one a worker, control.c one for all. The hash has no key: what goes when the table
// is full must not depend on chance.
#ifndef FRAGMENTS_PAIRS_H
#define FRAGMENTS_PAIRS_H

#include "facts.h"
#include "mw_hash.h"

#define FRAGMENT_PAIR_WAYS 8

struct fragment_pair {
	struct mw_address src, dst;
	uint64_t last_ns; // asked for last; 0: free
	uint32_t scope;
	struct fragment_counts counts;
	bool proven; // complete, and answered
	uint32_t told; // worker: sum of counts when they were told last
	// control
	uint32_t joined; // complete with a first piece that another worker saw
	uint32_t doubtful; // counted as incomplete, and not told as such: joined, or nobody can know
	uint32_t contradicted; // counted as delivered, and their receiver says by ICMP that they were not
	uint32_t added; // incomplete ones that no worker counted
};

/**
 * The pair of src, dst and scope, made when it is new. hash_key: of the run. count: places, a power of two, at least
 * FRAGMENT_PAIR_WAYS. proven: something complete was seen of it, and somebody answered: false senders can do the one,
 * never the other. Full: what was seen once goes first, then what was seen more often, of alike ones the oldest; a pair
 * that is not proven drives out a proven one only after a minute of silence.
 * @return NULL when there is no place.
 */
struct fragment_pair *fragment_pairs_get(struct fragment_pair *pairs, uint32_t count,
										 const struct mw_hash_key *hash_key, const struct mw_address *src,
										 const struct mw_address *dst, uint32_t scope, uint64_t now_ns, bool proven);

/** The pair, or NULL: what counts nothing takes no place from those that do. */
struct fragment_pair *fragment_pairs_find(struct fragment_pair *pairs, uint32_t count,
										  const struct mw_hash_key *hash_key, const struct mw_address *src,
										  const struct mw_address *dst, uint32_t scope);

static inline uint32_t fragment_counts_sum(const struct fragment_counts *counts)
{
	return counts->complete + counts->incomplete + counts->exceeded;
}

#endif
