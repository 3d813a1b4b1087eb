// SPDX-License-Identifier: BSD-3-Clause
// The floor with a table of its own: buckets of one line with 16-bit tags, entries of one line, both prefetched.
// Neighbours: floor.h.
#include "floor.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 10u
#define LOAD  5u // flows a bucket on average

struct bucket {
	uint16_t tags[SLOTS]; // 0 is free
	uint16_t padding[2];
	uint32_t entries[SLOTS];
};
_Static_assert(sizeof(struct bucket) == MW_CACHE_LINE_BYTES, "a bucket is one line");

struct floor_table {
	struct block memory;
	struct bucket *buckets;
	uint64_t buckets_mask;
	struct floor_entry *entries;
	uint64_t entries_max, entries_count;
	struct mw_hash_key key;
};

static uint16_t load16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void tuple4(const uint8_t *ip, const uint8_t *end, struct tuple *tuple)
{
	const uint8_t *l4 = ip + (ip[0] & 15) * 4;
	uint32_t src, dst;
	uint16_t src_port, dst_port;

	if (l4 + 4 > end || (load16(ip + 6) & 0x1fff) != 0 || (ip[9] != 6 && ip[9] != 17))
		return;
	memcpy(&src, ip + 12, 4);
	memcpy(&dst, ip + 16, 4);
	src_port = load16(l4);
	dst_port = load16(l4 + 2);
	tuple->len_bytes = TUPLE4_BYTES;
	tuple->v4.protocol = ip[9];
	if (src < dst || (src == dst && src_port <= dst_port)) {
		tuple->v4.low = src;
		tuple->v4.high = dst;
		tuple->v4.low_port = src_port;
		tuple->v4.high_port = dst_port;
	} else {
		tuple->v4.low = dst;
		tuple->v4.high = src;
		tuple->v4.low_port = dst_port;
		tuple->v4.high_port = src_port;
	}
}

static void tuple6(const uint8_t *ip, const uint8_t *end, struct tuple *tuple)
{
	const uint8_t *l4 = ip + 40;
	int order = memcmp(ip + 8, ip + 24, 16);
	uint16_t src_port, dst_port;
	bool low_is_src;

	if (l4 + 4 > end || (ip[6] != 6 && ip[6] != 17))
		return;
	src_port = load16(l4);
	dst_port = load16(l4 + 2);
	low_is_src = order < 0 || (order == 0 && src_port <= dst_port);
	memcpy(tuple->v6.low, ip + (low_is_src ? 8 : 24), 16);
	memcpy(tuple->v6.high, ip + (low_is_src ? 24 : 8), 16);
	tuple->v6.low_port = low_is_src ? src_port : dst_port;
	tuple->v6.high_port = low_is_src ? dst_port : src_port;
	tuple->v6.protocol = ip[6];
	tuple->len_bytes = TUPLE6_BYTES;
}

void tuple_of(const struct mw_packet *packet, struct tuple *tuple)
{
	const uint8_t *ip = packet->data + 14, *end = packet->data + packet->captured_bytes;

	tuple->len_bytes = 0;
	if (packet->captured_bytes < 14 + 20)
		return;
	if (packet->data[12] == 0x08)
		tuple4(ip, end, tuple);
	else if (packet->captured_bytes >= 14 + 40 && ip[6] != 4)
		tuple6(ip, end, tuple);
	else if (packet->captured_bytes >= 14 + 40 + 20)
		tuple4(ip + 40, end, tuple);
}

struct floor_table *floor_new(uint64_t flows_max)
{
	struct floor_table *table = calloc(1, sizeof(*table));
	uint64_t buckets = 1;

	while (buckets * LOAD < flows_max)
		buckets *= 2;
	if (table == NULL ||
		!block_take(&table->memory, (buckets * sizeof(struct bucket)) + flows_max * sizeof(struct floor_entry))) {
		free(table);
		return NULL;
	}
	table->buckets = (struct bucket *)(void *)table->memory.base;
	table->buckets_mask = buckets - 1;
	table->entries = (struct floor_entry *)(void *)(table->memory.base + buckets * sizeof(struct bucket));
	table->entries_max = flows_max;
	mw_hash_key_from_seed(&table->key, 1);
	return table;
}

void floor_reset(struct floor_table *table)
{
	memset(table->memory.base, 0, table->memory.size_bytes);
	table->entries_count = 0;
}

void floor_free(struct floor_table *table)
{
	if (table != NULL)
		block_give(&table->memory);
	free(table);
}

static uint16_t tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48 | 1);
}

static struct floor_entry *insert(struct floor_table *table, struct bucket *bucket, uint64_t hash,
								  const struct tuple *tuple)
{
	struct floor_entry *entry = &table->entries[table->entries_count];

	if (table->entries_count == table->entries_max)
		die("the floor's table is full");
	for (;; bucket = &table->buckets[(uint64_t)(bucket + 1 - table->buckets) & table->buckets_mask]) {
		for (uint32_t i = 0; i < SLOTS; i++) {
			if (bucket->tags[i] != 0)
				continue;
			bucket->tags[i] = tag_of(hash);
			bucket->entries[i] = (uint32_t)table->entries_count++;
			memcpy(entry->key, tuple->bytes, tuple->len_bytes);
			entry->len_bytes = tuple->len_bytes;
			return entry;
		}
	}
}

// A full bucket goes on in the next one.
static struct floor_entry *find(struct floor_table *table, uint64_t hash, const struct tuple *tuple)
{
	const uint16_t tag = tag_of(hash);
	struct bucket *bucket = &table->buckets[hash & table->buckets_mask];

	for (;; bucket = &table->buckets[(uint64_t)(bucket + 1 - table->buckets) & table->buckets_mask]) {
		for (uint32_t i = 0; i < SLOTS; i++) {
			struct floor_entry *entry = &table->entries[bucket->entries[i]];

			if (bucket->tags[i] == 0)
				return insert(table, bucket, hash, tuple);
			if (bucket->tags[i] == tag && entry->len_bytes == tuple->len_bytes &&
				memcmp(entry->key, tuple->bytes, tuple->len_bytes) == 0)
				return entry;
		}
	}
}

static void prefetch_entry(const struct floor_table *table, uint64_t hash)
{
	const struct bucket *bucket = &table->buckets[hash & table->buckets_mask];
	const uint16_t tag = tag_of(hash);

	for (uint32_t i = 0; i < SLOTS; i++) {
		if (bucket->tags[i] == tag) {
			__builtin_prefetch(&table->entries[bucket->entries[i]], 1);
			return;
		}
	}
}

static void run_batch(struct floor_table *table, struct mw_packet *const packets[], uint32_t count)
{
	struct tuple tuples[MW_BATCH_PACKETS];
	uint64_t hashes[MW_BATCH_PACKETS];

	for (uint32_t i = 0; i < count; i++) {
		tuple_of(packets[i], &tuples[i]);
		if (tuples[i].len_bytes == 0)
			continue;
		hashes[i] = mw_hash(&table->key, tuples[i].bytes, tuples[i].len_bytes);
		__builtin_prefetch(&table->buckets[hashes[i] & table->buckets_mask]);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (tuples[i].len_bytes != 0)
			prefetch_entry(table, hashes[i]);
	}
	for (uint32_t i = 0; i < count; i++) {
		if (tuples[i].len_bytes != 0)
			floor_update(find(table, hashes[i], &tuples[i]), packets[i]);
	}
}

void floor_run(struct floor_table *table, struct feed *feed, uint32_t first, uint32_t last)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];

	for (uint32_t at = first; at < last; at += MW_BATCH_PACKETS) {
		uint32_t count = MW_MIN(last - at, (uint32_t)MW_BATCH_PACKETS);

		feed_take(feed, at, count, packets);
		run_batch(table, packets, count);
		feed_give(feed, packets, count);
	}
}

uint64_t floor_flows(const struct floor_table *table)
{
	return table->entries_count;
}
