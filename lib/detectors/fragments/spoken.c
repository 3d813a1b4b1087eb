// SPDX-License-Identifier: BSD-3-Clause
// Two bits a pair of hosts in each span.
// Neighbours: spoken.h.
#include "spoken.h"

#include <string.h>

#define SPAN_NS (300 * MW_NS_PER_SECOND)

// What collides shows in results, so the portable hash.
static uint64_t hash_of(const struct mw_detector_ctx *ctx, const struct mw_address *a, const struct mw_address *b,
						uint32_t scope)
{
	bool ordered = mw_address_compare(a, b) <= 0;
	struct {
		struct mw_address low, high;
		uint64_t scope;
	} key = {ordered ? *a : *b, ordered ? *b : *a, scope};

	return mw_hash_portable(ctx->hash_key, &key, sizeof(key));
}

static void go_on(struct fragment_spoken *spoken, uint64_t clock_ns)
{
	uint64_t span = clock_ns / SPAN_NS;

	if (span <= spoken->span)
		return;
	if (span > spoken->span + 1)
		memset(spoken->words[spoken->span & 1], 0, sizeof(spoken->words[0]));
	memset(spoken->words[span & 1], 0, sizeof(spoken->words[0]));
	spoken->span = span;
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
