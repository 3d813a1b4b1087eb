// SPDX-License-Identifier: BSD-3-Clause
// The index: chains over a fixed array, heads by a keyed hash.
// Neighbours: table.h; lists.c keeps the same datagrams in order of time.
#include "table.h"

#include <string.h>

#define FULL_PIECE_SIGNS (1480 / UNIT_BYTES) // of a first piece on Ethernet

uint32_t datagram_hash(const struct mw_fragments *fragments, const struct key *key)
{
	const struct mw_hash_key *hash_key = &fragments->config.hash_key;
	const uint64_t src = mw_hash_address(hash_key, key->src.bytes), dst = mw_hash_address(hash_key, key->dst.bytes);
	const uint64_t rest = (uint64_t)key->id << 32 | (uint32_t)key->protocol << 8 | key->family;

	return (uint32_t)mw_hash_fold(mw_hash_ends(hash_key, src, dst, key->scope), mw_hash_secret(hash_key, 0) + rest);
}

struct datagram *datagram_find(const struct mw_fragments *fragments, const struct key *key, uint32_t hash)
{
	uint32_t number = fragments->buckets[hash & fragments->buckets_mask];

	for (; number != 0; number = datagram_at(fragments, number)->chain) {
		struct datagram *datagram = datagram_at(fragments, number);

		if (datagram->hash == hash && memcmp(&datagram->key, key, sizeof(*key)) == 0)
			return datagram;
	}
	return NULL;
}

static uint32_t new_number(struct mw_fragments *fragments)
{
	uint32_t number = fragments->free;

	if (number == 0)
		return ++fragments->fresh;
	fragments->free = datagram_at(fragments, number)->chain;
	return number;
}

// The lines of the datagram that will be added next are on their way while other packets are processed.
static void fetch_next(const struct mw_fragments *fragments)
{
	uint32_t number = fragments->free != 0 ? fragments->free : fragments->fresh + 1;

	if (number > fragments->max)
		return;
	for (size_t at = 0; at < offsetof(struct datagram, signs) + FULL_PIECE_SIGNS; at += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const char *)datagram_at(fragments, number) + at);
}

struct datagram *datagram_add(struct mw_fragments *fragments, const struct key *key, uint32_t hash)
{
	uint32_t number = new_number(fragments);
	uint32_t *bucket = &fragments->buckets[hash & fragments->buckets_mask];
	struct datagram *datagram = datagram_at(fragments, number);

	memset(datagram, 0, offsetof(struct datagram, ranges));
	datagram->key = *key;
	datagram->hash = hash;
	datagram->chain = *bucket;
	*bucket = number;
	fragments->used++;
	fetch_next(fragments);
	return datagram;
}

void datagram_remove(struct mw_fragments *fragments, struct datagram *datagram)
{
	uint32_t number = number_of(fragments, datagram);
	uint32_t *at = &fragments->buckets[datagram->hash & fragments->buckets_mask];

	datagram_unlist(fragments, datagram);
	while (*at != number)
		at = &datagram_at(fragments, *at)->chain;
	*at = datagram->chain;
	datagram->chain = fragments->free;
	fragments->free = number;
	fragments->used--;
}

void datagram_clear_all(struct mw_fragments *fragments)
{
	memset(fragments->buckets, 0, ((size_t)fragments->buckets_mask + 1) * sizeof(fragments->buckets[0]));
	memset(fragments->lists, 0, sizeof(fragments->lists));
	fragments->due_ns = 0;
	fragments->used = fragments->fresh = fragments->free = 0;
}
