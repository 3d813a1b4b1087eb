// SPDX-License-Identifier: BSD-3-Clause
// Where entries are found: two candidate buckets a flow, ten places each, the second asked only if the first spilled.
// Neighbours: lookup.c and entry.c. Worker only.
#include "table.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static uint16_t tag_of(uint64_t hash)
{
	// the buckets take bits from 0 and from 32; the product depends on all of them
	return (uint16_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

// The slots whose tag fits, a bit each.
#if defined(__SSE2__)
static inline unsigned match(const struct flow_bucket *bucket, uint16_t tag)
{
	const __m128i wanted = _mm_set1_epi16((short)tag);
	__m128i low = _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)bucket->tags), wanted);
	// the last two tags and, behind them, what used masks out
	__m128i high = _mm_cmpeq_epi16(_mm_loadl_epi64((const __m128i *)&bucket->tags[8]), wanted);

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high)) & bucket->used;
}
#else
static inline unsigned match(const struct flow_bucket *bucket, uint16_t tag)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		bits |= (unsigned)(bucket->tags[i] == tag) << i;
	return bits & bucket->used;
}
#endif

uint32_t bucket_guess(const struct mw_flow_table *table, uint64_t hash)
{
	const struct flow_bucket *bucket = bucket_of(table, hash, 0);
	unsigned bits = match(bucket, tag_of(hash));

	return bits == 0 ? FLOW_NONE : bucket->entries[__builtin_ctz(bits)];
}

static bool is_wanted(const struct mw_flow *flow, const struct flow_wanted *wanted)
{
	uint64_t tails;
	uint32_t ports;

	memcpy(&tails, &flow->a_tail, sizeof(tails));
	memcpy(&ports, &flow->a_port, sizeof(ports));
	return tails == wanted->brief.tails && ports == wanted->brief.ports &&
		   MW_FLOW_FACT(flow, KIND) == wanted->brief.kind &&
		   (wanted->brief.kind != MW_FLOW_LONG || key_rest_equal(flow, wanted));
}

static uint32_t find_in(const struct mw_flow_table *table, const struct flow_bucket *bucket,
						const struct flow_wanted *wanted)
{
	for (unsigned bits = match(bucket, tag_of(wanted->hash)); bits != 0; bits &= bits - 1) {
		uint32_t index = bucket->entries[__builtin_ctz(bits)];

		if (is_wanted(entry_at(table, index), wanted))
			return index;
	}
	return FLOW_NONE;
}

uint32_t bucket_find(const struct mw_flow_table *table, const struct flow_wanted *wanted)
{
	const struct flow_bucket *first = bucket_of(table, wanted->hash, 0);
	uint32_t index;

	if (wanted->index != FLOW_NONE && MW_LIKELY(is_wanted(entry_at(table, wanted->index), wanted)))
		return wanted->index;
	index = find_in(table, first, wanted);
	if (index == FLOW_NONE && MW_UNLIKELY(first->spilled != 0))
		index = find_in(table, bucket_of(table, wanted->hash, 1), wanted);
	return index;
}

// Puts the entry into its first or second bucket if that has a free slot.
static bool put(struct mw_flow_table *table, uint32_t index, uint64_t hash, unsigned choice)
{
	struct flow_bucket *first = bucket_of(table, hash, 0), *bucket = bucket_of(table, hash, choice);
	unsigned open = ~(unsigned)bucket->used & ((1u << BUCKET_SLOTS) - 1);

	if (open == 0)
		return false;
	bucket->used = (uint16_t)(bucket->used | (open & -open));
	bucket->tags[__builtin_ctz(open)] = tag_of(hash);
	bucket->entries[__builtin_ctz(open)] = index;
	if (choice == 1 && bucket != first && first->spilled != UINT16_MAX)
		first->spilled++;
	return true;
}

static bool take_out(struct flow_bucket *bucket, uint32_t index, uint64_t hash)
{
	for (unsigned bits = match(bucket, tag_of(hash)); bits != 0; bits &= bits - 1) {
		if (bucket->entries[__builtin_ctz(bits)] == index) {
			bucket->used = (uint16_t)(bucket->used & ~(bits & -bits));
			return true;
		}
	}
	return false;
}

static uint64_t hash_of(const struct mw_flow_table *table, uint32_t index)
{
	struct mw_flow_key key;

	key_of(entry_at(table, index), &key);
	return mw_flow_key_hash(&table->config.hash_key, &key);
}

static void remove_hashed(struct mw_flow_table *table, uint32_t index, uint64_t hash)
{
	struct flow_bucket *first = bucket_of(table, hash, 0);

	if (take_out(first, index, hash))
		return;
	take_out(bucket_of(table, hash, 1), index, hash);
	if (first->spilled != UINT16_MAX)
		first->spilled--;
}

void bucket_remove(struct mw_flow_table *table, uint32_t index)
{
	remove_hashed(table, index, hash_of(table, index));
}

// Moves one entry of bucket to that entry's other choice. The bucket is full, so an entry whose choices are one and
// the same bucket stays.
static bool displace(struct mw_flow_table *table, const struct flow_bucket *bucket)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		uint32_t index = bucket->entries[i];
		uint64_t hash = hash_of(table, index);
		unsigned other = bucket_of(table, hash, 0) == bucket ? 1 : 0;

		if (bucket_of(table, hash, other)->used == (1u << BUCKET_SLOTS) - 1)
			continue;
		remove_hashed(table, index, hash);
		return put(table, index, hash, other);
	}
	return false;
}

bool bucket_place(struct mw_flow_table *table, uint32_t index, uint64_t hash)
{
	if (put(table, index, hash, 0) || put(table, index, hash, 1))
		return true;
	for (unsigned choice = 0; choice < 2; choice++) {
		if (displace(table, bucket_of(table, hash, choice)))
			return put(table, index, hash, choice);
	}
	return false;
}
