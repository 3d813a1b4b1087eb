// SPDX-License-Identifier: BSD-3-Clause
// The floor with a table of its own: buckets of one line with 16-bit tags, entries of one line, both prefetched.
// Neighbours: floor.h; floor_tuple.c. The key is one shuffle, no branch asks for the direction, tags are compared at
// once.
#include "floor.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#define AES_TARGET __attribute__((target("aes,sse4.1")))
#endif

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

struct batch {
	struct tuple tuples[MW_BATCH_PACKETS];
	uint64_t hashes[MW_BATCH_PACKETS];
	uint32_t found[MW_BATCH_PACKETS]; // whose tag is right
};

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

// The slots of a bucket with this tag, a bit each.
#if defined(__SSE2__)
static inline unsigned slots_with(const struct bucket *bucket, uint16_t tag)
{
	const __m128i wanted = _mm_set1_epi16((short)tag);
	int last; // tags 8 and 9

	memcpy(&last, &bucket->tags[8], sizeof(last));
	return (unsigned)_mm_movemask_epi8(
			   _mm_packs_epi16(_mm_cmpeq_epi16(_mm_load_si128((const __m128i *)(const void *)bucket->tags), wanted),
							   _mm_cmpeq_epi16(_mm_cvtsi32_si128(last), wanted))) &
		   ((1u << SLOTS) - 1);
}
#else
static inline unsigned slots_with(const struct bucket *bucket, uint16_t tag)
{
	unsigned slots = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		slots |= (unsigned)(bucket->tags[i] == tag) << i;
	return slots;
}
#endif

static inline bool holds(const struct floor_entry *entry, const struct tuple *tuple)
{
	if (entry->len_bytes != tuple->len_bytes || memcmp(entry->key, tuple->bytes, TUPLE4_BYTES) != 0)
		return false;
	return tuple->len_bytes == TUPLE4_BYTES ||
		   (tuple->len_bytes == TUPLE6_BYTES &&
			memcmp(entry->key + TUPLE4_BYTES, tuple->bytes + TUPLE4_BYTES, TUPLE6_BYTES - TUPLE4_BYTES) == 0);
}

static struct floor_entry *insert(struct floor_table *table, struct bucket *bucket, unsigned slot, uint64_t hash,
								  const struct tuple *tuple)
{
	struct floor_entry *entry = &table->entries[table->entries_count];

	if (table->entries_count == table->entries_max)
		die("the floor's table is full");
	bucket->tags[slot] = tag_of(hash);
	bucket->entries[slot] = (uint32_t)table->entries_count++;
	memcpy(entry->key, tuple->bytes, tuple->len_bytes);
	entry->len_bytes = tuple->len_bytes;
	return entry;
}

// A full bucket goes on in the next one.
static struct floor_entry *find(struct floor_table *table, uint64_t hash, const struct tuple *tuple)
{
	struct bucket *bucket = &table->buckets[hash & table->buckets_mask];

	for (;; bucket = &table->buckets[(uint64_t)(bucket + 1 - table->buckets) & table->buckets_mask]) {
		unsigned free = slots_with(bucket, 0);

		for (unsigned slots = slots_with(bucket, tag_of(hash)); slots != 0; slots &= slots - 1) {
			struct floor_entry *entry = &table->entries[bucket->entries[__builtin_ctz(slots)]];

			if (holds(entry, tuple))
				return entry;
		}
		if (free != 0)
			return insert(table, bucket, (unsigned)__builtin_ctz(free), hash, tuple);
	}
}

static void read_any(struct floor_table *table, struct mw_packet *const packets[], uint32_t count, struct batch *batch)
{
	for (uint32_t i = 0; i < count; i++) {
		tuple_of(packets[i], &batch->tuples[i]);
		if (batch->tuples[i].len_bytes != 0)
			batch->hashes[i] = mw_hash(&table->key, batch->tuples[i].bytes, batch->tuples[i].len_bytes);
		else
			batch->hashes[i] = 0;
		__builtin_prefetch(&table->buckets[batch->hashes[i] & table->buckets_mask], 1);
	}
}

#if defined(__x86_64__)
// The CPU has AES and SSE 4.1; set before main().
static bool is_quick;

__attribute__((constructor)) static void choose(void)
{
	__builtin_cpu_init();
	is_quick = __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

static inline uint16_t load16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t load32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t load64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

// A branch on TCP or UDP would be wrong half of the time.
static inline bool has_ports(uint8_t protocol)
{
	return protocol < 32 && ((1u << 6 | 1u << 17) >> protocol & 1) != 0;
}

// From the protocol field to the ports in one load; the low address first.
AES_TARGET static inline bool read4(const uint8_t *ip, uint32_t room_bytes, struct tuple *tuple)
{
	static const _Alignas(16) uint8_t order[2][16] = {
		{8, 9, 10, 11, 4, 5, 6, 7, 15, 14, 13, 12, 1, 0x80, 0x80, 0x80},
		{4, 5, 6, 7, 8, 9, 10, 11, 13, 12, 15, 14, 1, 0x80, 0x80, 0x80},
	};
	uint64_t source, target;
	__m128i bytes;

	if (room_bytes < 24 || ip[0] != 0x45 || (load16(ip + 6) & 0xff1f) != 0 || !has_ports(ip[9]))
		return false;
	source = (uint64_t)load32(ip + 12) << 16 | __builtin_bswap16(load16(ip + 20));
	target = (uint64_t)load32(ip + 16) << 16 | __builtin_bswap16(load16(ip + 22));
	bytes = _mm_loadu_si128((const __m128i *)(const void *)(ip + 8));
	bytes = _mm_shuffle_epi8(bytes, _mm_load_si128((const __m128i *)order[source <= target]));
	_mm_storeu_si128((__m128i *)(void *)tuple->bytes, bytes);
	tuple->len_bytes = TUPLE4_BYTES;
	return true;
}

AES_TARGET static inline bool read6(const uint8_t *ip, uint32_t room_bytes, struct tuple *tuple)
{
	unsigned __int128 source, target;
	uint32_t ports;
	unsigned low_is_source;

	if (room_bytes < 44 || !has_ports(ip[6]))
		return false;
	source = (unsigned __int128)__builtin_bswap64(load64(ip + 8)) << 64 | __builtin_bswap64(load64(ip + 16));
	target = (unsigned __int128)__builtin_bswap64(load64(ip + 24)) << 64 | __builtin_bswap64(load64(ip + 32));
	ports = __builtin_bswap32(load32(ip + 40));
	low_is_source =
		(unsigned)(source < target) | ((unsigned)(source == target) & (unsigned)(ports >> 16 <= (ports & 0xffff)));
	ports = ports << (low_is_source * 16) | (uint32_t)((uint64_t)ports >> (32 - low_is_source * 16));
	memcpy(tuple->v6.low, ip + 24 - low_is_source * 16, 16);
	memcpy(tuple->v6.high, ip + 8 + low_is_source * 16, 16);
	memcpy(&tuple->v6.low_port, &ports, sizeof(ports));
	tuple->v6.protocol = ip[6];
	tuple->len_bytes = TUPLE6_BYTES;
	return true;
}

AES_TARGET static inline bool read_usual(const struct mw_packet *packet, struct tuple *tuple)
{
	const uint8_t *ip = packet->data + 14;
	uint32_t room_bytes = packet->captured_bytes - 14;

	if (packet->captured_bytes < 14 + 24)
		return false;
	if (load16(ip - 2) == 0x0008)
		return read4(ip, room_bytes, tuple);
	if (load16(ip - 2) != 0xdd86)
		return false;
	return ip[6] == 4 && room_bytes > 40 ? read4(ip + 40, room_bytes - 40, tuple) : read6(ip, room_bytes, tuple);
}

// mw_hash with its loop unrolled for the two lengths.
AES_TARGET static inline uint64_t hash_of(__m128i k0, __m128i k1, const struct tuple *tuple)
{
	__m128i mask = _mm_aesenc_si128(_mm_xor_si128(k0, _mm_cvtsi32_si128((int)tuple->len_bytes)), k1);
	__m128i block = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)tuple->bytes), mask);
	__m128i sum = _mm_xor_si128(k0, _mm_aesenc_si128(_mm_aesenc_si128(_mm_aesenc_si128(block, k1), k0), k1));

	if (tuple->len_bytes == TUPLE6_BYTES) {
		mask = _mm_aesenc_si128(mask, k1);
		block = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(tuple->bytes + 16)), mask);
		sum = _mm_xor_si128(sum, _mm_aesenc_si128(_mm_aesenc_si128(_mm_aesenc_si128(block, k1), k0), k1));
		mask = _mm_aesenc_si128(mask, k1);
		block = _mm_xor_si128(_mm_loadl_epi64((const __m128i *)(const void *)(tuple->bytes + 32)), mask);
		sum = _mm_xor_si128(sum, _mm_aesenc_si128(_mm_aesenc_si128(_mm_aesenc_si128(block, k1), k0), k1));
	}
	sum = _mm_aesenc_si128(_mm_aesenc_si128(sum, k1), k0);
	return (uint64_t)_mm_cvtsi128_si64(sum) ^ (uint64_t)_mm_extract_epi64(sum, 1);
}

AES_TARGET static void read_quickly(struct floor_table *table, struct mw_packet *const packets[], uint32_t count,
									struct batch *batch)
{
	const __m128i k0 = _mm_load_si128((const __m128i *)(const void *)table->key.bytes);
	const __m128i k1 = _mm_load_si128((const __m128i *)(const void *)(table->key.bytes + 16));

	for (uint32_t i = 0; i < count; i++) {
		struct tuple *tuple = &batch->tuples[i];

		if (MW_UNLIKELY(!read_usual(packets[i], tuple)))
			tuple_of(packets[i], tuple);
		batch->hashes[i] = hash_of(k0, k1, tuple);
		__builtin_prefetch(&table->buckets[batch->hashes[i] & table->buckets_mask], 1);
	}
}
#else
#define is_quick     false
#define read_quickly read_any
#endif

static void run_batch(struct floor_table *table, struct mw_packet *const packets[], uint32_t count)
{
	struct batch batch;

	(is_quick ? read_quickly : read_any)(table, packets, count, &batch);
	for (uint32_t i = 0; i < count; i++) {
		const struct bucket *bucket = &table->buckets[batch.hashes[i] & table->buckets_mask];

		// without one: any
		batch.found[i] =
			bucket->entries[__builtin_ctz(slots_with(bucket, tag_of(batch.hashes[i])) | 1u << (SLOTS - 1))];
		__builtin_prefetch(&table->entries[batch.found[i]], 1);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct floor_entry *entry = &table->entries[batch.found[i]];

		if (MW_UNLIKELY(!holds(entry, &batch.tuples[i]))) {
			if (batch.tuples[i].len_bytes == 0)
				continue;
			entry = find(table, batch.hashes[i], &batch.tuples[i]);
		}
		floor_update(entry, packets[i]);
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
