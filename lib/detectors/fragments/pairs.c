// SPDX-License-Identifier: BSD-3-Clause
// Finding a pair's place, and whose place a new one takes.
// Neighbours: pairs.h.
#include "pairs.h"

#define STALE_NS (60 * MW_NS_PER_SECOND)

// What gives way shows in results, so the portable hash.
static uint64_t hash_of(const struct mw_hash_key *hash_key, const struct mw_address *src, const struct mw_address *dst,
						uint32_t scope)
{
	const struct {
		struct mw_address src, dst;
		uint64_t scope;
	} key = {*src, *dst, scope};

	return mw_hash_portable(hash_key, &key, sizeof(key));
}

/** True when a is the better one to give up. */
static bool goes_before(const struct fragment_pair *a, const struct fragment_pair *b)
{
	bool a_proven = a->counts.complete > 0, b_proven = b->counts.complete > 0;

	if (a->last_ns == 0 || b->last_ns == 0)
		return b->last_ns != 0;
	return a_proven != b_proven ? b_proven : a->last_ns < b->last_ns;
}

static bool may_take(const struct fragment_pair *place, uint64_t now_ns, bool proven)
{
	return place->counts.complete == 0 || proven || place->last_ns + STALE_NS < now_ns;
}

struct fragment_pair *fragment_pairs_get(struct fragment_pair *pairs, uint32_t count,
										 const struct mw_hash_key *hash_key, const struct mw_address *src,
										 const struct mw_address *dst, uint32_t scope, uint64_t now_ns, bool proven)
{
	uint64_t hash = hash_of(hash_key, src, dst, scope);
	struct fragment_pair *set = &pairs[hash % (count / FRAGMENT_PAIR_WAYS) * FRAGMENT_PAIR_WAYS];
	struct fragment_pair *place = set;

	for (uint32_t i = 0; i < FRAGMENT_PAIR_WAYS; i++) {
		struct fragment_pair *pair = &set[i];

		if (pair->last_ns != 0 && pair->scope == scope && mw_address_compare(&pair->src, src) == 0 &&
			mw_address_compare(&pair->dst, dst) == 0) {
			pair->last_ns = MW_MAX(now_ns, 1u);
			return pair;
		}
		if (goes_before(pair, place))
			place = pair;
	}
	if (!may_take(place, now_ns, proven))
		return NULL;
	*place = (struct fragment_pair){.src = *src, .dst = *dst, .scope = scope, .last_ns = MW_MAX(now_ns, 1u)};
	return place;
}
