// SPDX-License-Identifier: BSD-3-Clause
// Finding a pair's place, and whose place a new one takes.
// Neighbours: pairs.h.
#include "pairs.h"

#define STALE_NS (60 * MW_NS_PER_SECOND)

// What gives way shows in results, so a portable hash.
static uint64_t hash_of(const struct mw_hash_key *hash_key, const struct mw_address *src, const struct mw_address *dst,
						uint32_t scope)
{
	return mw_hash_ends(hash_key, mw_hash_address(hash_key, src->bytes), mw_hash_address(hash_key, dst->bytes), scope);
}

/** How much a pair is worth keeping. */
enum worth { WORTH_NOTHING, WORTH_ONCE, WORTH_AGAIN, WORTH_PROVEN };

static enum worth worth_of(const struct fragment_pair *pair, uint64_t now_ns)
{
	if (pair->last_ns == 0 || pair->last_ns + STALE_NS < now_ns)
		return WORTH_NOTHING;
	if (pair->proven)
		return WORTH_PROVEN;
	return fragment_counts_sum(&pair->counts) > 1 ? WORTH_AGAIN : WORTH_ONCE;
}

/** True when a is the better one to give up. */
static bool goes_before(const struct fragment_pair *a, const struct fragment_pair *b, uint64_t now_ns)
{
	enum worth a_worth = worth_of(a, now_ns), b_worth = worth_of(b, now_ns);

	return a_worth != b_worth ? a_worth < b_worth : a->last_ns < b->last_ns;
}

static bool may_take(const struct fragment_pair *place, uint64_t now_ns, bool proven)
{
	return proven || worth_of(place, now_ns) < WORTH_PROVEN;
}

/** The places where it may be. */
static struct fragment_pair *set_of(struct fragment_pair *pairs, uint32_t count, const struct mw_hash_key *hash_key,
									const struct mw_address *src, const struct mw_address *dst, uint32_t scope)
{
	return &pairs[hash_of(hash_key, src, dst, scope) % (count / FRAGMENT_PAIR_WAYS) * FRAGMENT_PAIR_WAYS];
}

static bool is_pair(const struct fragment_pair *pair, const struct mw_address *src, const struct mw_address *dst,
					uint32_t scope)
{
	return pair->last_ns != 0 && pair->scope == scope && mw_address_compare(&pair->src, src) == 0 &&
		   mw_address_compare(&pair->dst, dst) == 0;
}

struct fragment_pair *fragment_pairs_find(struct fragment_pair *pairs, uint32_t count,
										  const struct mw_hash_key *hash_key, const struct mw_address *src,
										  const struct mw_address *dst, uint32_t scope)
{
	struct fragment_pair *set = set_of(pairs, count, hash_key, src, dst, scope);

	for (uint32_t i = 0; i < FRAGMENT_PAIR_WAYS; i++) {
		if (is_pair(&set[i], src, dst, scope))
			return &set[i];
	}
	return NULL;
}

struct fragment_pair *fragment_pairs_get(struct fragment_pair *pairs, uint32_t count,
										 const struct mw_hash_key *hash_key, const struct mw_address *src,
										 const struct mw_address *dst, uint32_t scope, uint64_t now_ns, bool proven)
{
	struct fragment_pair *set = set_of(pairs, count, hash_key, src, dst, scope);
	struct fragment_pair *place = set;

	for (uint32_t i = 0; i < FRAGMENT_PAIR_WAYS; i++) {
		struct fragment_pair *pair = &set[i];

		if (is_pair(pair, src, dst, scope)) {
			pair->last_ns = MW_MAX(now_ns, 1u);
			pair->proven |= proven;
			return pair;
		}
		if (goes_before(pair, place, now_ns))
			place = pair;
	}
	if (!may_take(place, now_ns, proven))
		return NULL;
	*place = (struct fragment_pair){
		.src = *src, .dst = *dst, .scope = scope, .last_ns = MW_MAX(now_ns, 1u), .proven = proven};
	return place;
}
