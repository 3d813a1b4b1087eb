// SPDX-License-Identifier: BSD-3-Clause
// Which addresses spoke of a new IKE SA not long ago: a small memory, for pieces of which the first never came.
// Neighbours: ike.c. Pieces between two other addresses are ordinary UDP and cost one look.
#ifndef IKE_PAIRS_H
#define IKE_PAIRS_H

#include "mw_address.h"
#include "mw_hash.h"

#define IKE_PAIRS_SETS 128
#define IKE_PAIRS_WAYS 8

struct ike_pair {
	struct mw_address low, high; // in the order of their bytes: both directions are one
	uint64_t last_ns; // packet time; 0: free
	uint32_t scope; // mw_packet.scope
};

/** Zeroed at start. hash_key: of the run, always the same. A full set gives up the pair that was silent for longest. */
struct ike_pairs {
	struct ike_pair pairs[IKE_PAIRS_SETS][IKE_PAIRS_WAYS];
};

/** a and b spoke at time_ns. */
void ike_pairs_note(struct ike_pairs *pairs, const struct mw_hash_key *hash_key, const struct mw_address *a,
					const struct mw_address *b, uint32_t scope, uint64_t time_ns);

/** When a and b spoke last, or 0: never, or forgotten. */
uint64_t ike_pairs_last_ns(const struct ike_pairs *pairs, const struct mw_hash_key *hash_key,
						   const struct mw_address *a, const struct mw_address *b, uint32_t scope);

#endif
