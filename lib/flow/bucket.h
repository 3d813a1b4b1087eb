// SPDX-License-Identifier: BSD-3-Clause
// The looks into a bucket that every packet takes, in line: which slots have the tag, is this the entry wanted?
// Neighbours: bucket.c fills and empties buckets, lookup.c looks.
#ifndef FLOW_BUCKET_H
#define FLOW_BUCKET_H

#include "table.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline uint16_t bucket_tag(uint64_t hash)
{
	// the buckets take bits from 0 and from 32; the product depends on all of them
	return (uint16_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 48);
}

/** The used slots whose tag fits, a bit each. */
#if defined(__SSE2__)
static inline unsigned bucket_match(const struct flow_bucket *bucket, uint16_t tag)
{
	const __m128i wanted = _mm_set1_epi16((short)tag);
	__m128i low = _mm_cmpeq_epi16(_mm_load_si128((const __m128i *)bucket->tags), wanted);
	// the last two tags and, behind them, what used masks out
	__m128i high = _mm_cmpeq_epi16(_mm_loadl_epi64((const __m128i *)&bucket->tags[8]), wanted);

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high)) & bucket->used;
}
#else
static inline unsigned bucket_match(const struct flow_bucket *bucket, uint16_t tag)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		bits |= (unsigned)(bucket->tags[i] == tag) << i;
	return bits & bucket->used;
}
#endif

/** The first entry whose tag fits, to prefetch; FLOW_NONE for none. */
static inline uint32_t bucket_guess(const struct mw_flow_table *table, uint64_t hash)
{
	const struct flow_bucket *bucket = bucket_of(table, hash, 0);
	unsigned bits = bucket_match(bucket, bucket_tag(hash));

	return bits == 0 ? FLOW_NONE : bucket->entries[__builtin_ctz(bits)];
}

/** True when no flow of this hash can be in the table: one line says so, nearly always. */
static inline bool bucket_is_without(const struct mw_flow_table *table, uint64_t hash)
{
	const struct flow_bucket *bucket = bucket_of(table, hash, 0);

	return bucket_match(bucket, bucket_tag(hash)) == 0 && bucket->spilled == 0;
}

/** True when the entry is the flow wanted. Reads line 0, and of a long key the rest, which has all of b. */
static inline bool bucket_is_wanted(const struct mw_flow_table *table, const struct flow_entry *flow,
									const struct flow_wanted *wanted)
{
	const bool is_long = wanted->brief.kind == FLOW_LONG;
	uint64_t tails;
	uint32_t ports;

	memcpy(&tails, &flow->a_tail, sizeof(tails));
	memcpy(&ports, &flow->a_port, sizeof(ports));
	return ((tails ^ wanted->brief.tails) & mw_lane_tails(UINT32_MAX, is_long ? 0 : UINT32_MAX)) == 0 &&
		   ports == wanted->brief.ports && FLOW_FACT(flow, KIND) == wanted->brief.kind &&
		   (!is_long || key_rest_equal(table, flow, wanted));
}

#endif
