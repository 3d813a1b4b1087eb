// SPDX-License-Identifier: BSD-3-Clause
// Where entries are found: two candidate buckets a flow, ten places each, the second asked only if the first spilled.
// Neighbours: lookup.c and entry.c. Worker only.
#include "bucket.h"

static uint32_t find_in(const struct mw_flow_table *table, const struct flow_bucket *bucket,
						const struct flow_wanted *wanted)
{
	for (unsigned bits = bucket_match(bucket, bucket_tag(wanted->hash)); bits != 0; bits &= bits - 1) {
		uint32_t index = bucket->entries[__builtin_ctz(bits)];

		if (bucket_is_wanted(table, entry_at(table, index), wanted))
			return index;
	}
	return FLOW_NONE;
}

uint32_t bucket_find(const struct mw_flow_table *table, const struct flow_wanted *wanted)
{
	const struct flow_bucket *first = bucket_of(table, wanted->hash, 0);
	uint32_t index;

	if (wanted->index != FLOW_NONE && MW_LIKELY(bucket_is_wanted(table, entry_at(table, wanted->index), wanted)))
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
	bucket->tags[__builtin_ctz(open)] = bucket_tag(hash);
	bucket->entries[__builtin_ctz(open)] = index;
	if (choice == 1 && bucket != first && first->spilled != UINT16_MAX)
		first->spilled++;
	return true;
}

static bool take_out(struct flow_bucket *bucket, uint32_t index, uint64_t hash)
{
	for (unsigned bits = bucket_match(bucket, bucket_tag(hash)); bits != 0; bits &= bits - 1) {
		if (bucket->entries[__builtin_ctz(bits)] == index) {
			bucket->used = (uint16_t)(bucket->used & ~(bits & -bits));
			return true;
		}
	}
	return false;
}

static uint64_t hash_of(const struct mw_flow_table *table, uint32_t index)
{
	return key_hash_of(&table->config.hash_key, entry_at(table, index));
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

void bucket_remove(struct mw_flow_table *table, uint32_t index, uint64_t hash)
{
	remove_hashed(table, index, hash != 0 ? hash : hash_of(table, index));
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

static __attribute__((noinline)) bool place_elsewhere(struct mw_flow_table *table, uint32_t index, uint64_t hash)
{
	if (put(table, index, hash, 1))
		return true;
	for (unsigned choice = 0; choice < 2; choice++) {
		if (displace(table, bucket_of(table, hash, choice)))
			return put(table, index, hash, choice);
	}
	return false;
}

bool bucket_place(struct mw_flow_table *table, uint32_t index, uint64_t hash)
{
	return MW_LIKELY(put(table, index, hash, 0)) || place_elsewhere(table, index, hash);
}
