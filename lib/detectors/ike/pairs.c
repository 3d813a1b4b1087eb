// SPDX-License-Identifier: BSD-3-Clause
// The pairs, in sets of eight.
// Neighbours: pairs.h.
#include "pairs.h"

static struct ike_pair pair_of(const struct mw_address *a, const struct mw_address *b, uint32_t scope)
{
	bool swap = mw_address_compare(a, b) > 0;

	return (struct ike_pair){.low = swap ? *b : *a, .high = swap ? *a : *b, .scope = scope};
}

// What gives way shows in results, so the portable hash.
static uint32_t set_of(const struct mw_hash_key *hash_key, const struct ike_pair *pair)
{
	const struct mw_address ends[2] = {pair->low, pair->high};

	return (uint32_t)(mw_hash_portable(hash_key, ends, sizeof(ends)) % IKE_PAIRS_SETS);
}

static bool is_same(const struct ike_pair *a, const struct ike_pair *b)
{
	return a->scope == b->scope && mw_address_compare(&a->low, &b->low) == 0 &&
		   mw_address_compare(&a->high, &b->high) == 0;
}

void ike_pairs_note(struct ike_pairs *pairs, const struct mw_hash_key *hash_key, const struct mw_address *a,
					const struct mw_address *b, uint32_t scope, uint64_t time_ns)
{
	struct ike_pair wanted = pair_of(a, b, scope);
	struct ike_pair *set = pairs->pairs[set_of(hash_key, &wanted)];
	struct ike_pair *place = &set[0];

	for (uint32_t i = 0; i < IKE_PAIRS_WAYS; i++) {
		if (set[i].last_ns != 0 && is_same(&set[i], &wanted)) {
			set[i].last_ns = MW_MAX(set[i].last_ns, time_ns);
			return;
		}
		if (set[i].last_ns < place->last_ns)
			place = &set[i];
	}
	wanted.last_ns = time_ns;
	*place = wanted;
}

uint64_t ike_pairs_last_ns(const struct ike_pairs *pairs, const struct mw_hash_key *hash_key,
						   const struct mw_address *a, const struct mw_address *b, uint32_t scope)
{
	struct ike_pair wanted = pair_of(a, b, scope);
	const struct ike_pair *set = pairs->pairs[set_of(hash_key, &wanted)];

	for (uint32_t i = 0; i < IKE_PAIRS_WAYS; i++) {
		if (set[i].last_ns != 0 && is_same(&set[i], &wanted))
			return set[i].last_ns;
	}
	return 0;
}
