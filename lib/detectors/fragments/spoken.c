// SPDX-License-Identifier: BSD-3-Clause
// Two bits a pair of hosts in each span.
// Neighbours: spoken.h.
#include "spoken.h"

#include <string.h>

#define SPAN_NS (300 * MW_NS_PER_SECOND)

// What collides shows in results, so a portable hash; the same for both directions.
static uint64_t hash_of(const struct mw_detector_ctx *ctx, const struct mw_address *a, const struct mw_address *b,
						uint32_t scope)
{
	return mw_hash_address(ctx->hash_key, a->bytes) + mw_hash_address(ctx->hash_key, b->bytes) +
		   scope * UINT64_C(0x9e3779b97f4a7c15);
}

static void go_on(struct fragment_spoken *spoken, uint64_t clock_ns)
{
	uint64_t span;

	if (MW_LIKELY(clock_ns - spoken->span_ns < SPAN_NS))
		return;
	span = clock_ns / SPAN_NS;
	if (span <= spoken->span)
		return;
	if (span > spoken->span + 1)
		memset(spoken->words[spoken->span & 1], 0, sizeof(spoken->words[0]));
	memset(spoken->words[span & 1], 0, sizeof(spoken->words[0]));
	spoken->span = span;
	spoken->span_ns = span * SPAN_NS;
}

static bool has_bit(const uint64_t *words, uint64_t bit)
{
	bit %= FRAGMENT_SPOKEN_BITS;
	return words[bit / 64] >> bit % 64 & 1;
}

static void set_bit(uint64_t *words, uint64_t bit)
{
	bit %= FRAGMENT_SPOKEN_BITS;
	words[bit / 64] |= UINT64_C(1) << bit % 64;
}

void fragment_spoken_note(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_packet *packet)
{
	uint64_t hash = hash_of(ctx, &packet->src, &packet->dst, packet->scope);

	go_on(spoken, ctx->clock_ns);
	set_bit(spoken->words[spoken->span & 1], hash);
	set_bit(spoken->words[spoken->span & 1], hash >> 32);
}

bool fragment_spoken_asks(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_fragment_datagram *datagram)
{
	uint64_t hash = hash_of(ctx, &datagram->src, &datagram->dst, datagram->scope);

	go_on(spoken, ctx->clock_ns);
	return (has_bit(spoken->words[0], hash) && has_bit(spoken->words[0], hash >> 32)) ||
		   (has_bit(spoken->words[1], hash) && has_bit(spoken->words[1], hash >> 32));
}
