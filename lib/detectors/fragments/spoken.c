// SPDX-License-Identifier: BSD-3-Clause
// Two bits a pair of hosts in each span.
// Neighbours: spoken.h.
#include "spoken.h"

#include <string.h>

#define LINE_BITS (8u * MW_CACHE_LINE_BYTES)

// Both bits of a pair lie in one line of the filter.
static uint64_t *line_of(uint64_t *words, uint64_t hash)
{
	return words + hash % (FRAGMENT_SPOKEN_BITS / LINE_BITS) * (LINE_BITS / 64);
}

static bool has_bits(uint64_t *words, uint64_t hash)
{
	const uint64_t *line = line_of(words, hash);
	const uint64_t a = (hash >> 32) % LINE_BITS, b = (hash >> 48) % LINE_BITS;

	return (line[a / 64] >> a % 64 & line[b / 64] >> b % 64 & 1) != 0;
}

static void set_bits(uint64_t *words, uint64_t hash)
{
	uint64_t *line = line_of(words, hash);
	const uint64_t a = (hash >> 32) % LINE_BITS, b = (hash >> 48) % LINE_BITS;

	line[a / 64] |= UINT64_C(1) << a % 64;
	line[b / 64] |= UINT64_C(1) << b % 64;
}

static void note_waiting(struct fragment_spoken *spoken)
{
	uint64_t *const words = spoken->words[spoken->span & 1];
	const uint32_t count = spoken->waiting_count;

	for (uint32_t i = 0; i < count; i++)
		set_bits(words, spoken->waiting[i]);
	spoken->waiting_count = 0;
}

static void go_on(struct fragment_spoken *spoken, uint64_t clock_ns)
{
	const uint64_t span = clock_ns / FRAGMENT_SPOKEN_SPAN_NS;

	if (span <= spoken->span)
		return;
	note_waiting(spoken);
	if (span > spoken->span + 1) // nobody spoke in the span before
		memset(spoken->words[~span & 1], 0, sizeof(spoken->words[0]));
	memset(spoken->words[span & 1], 0, sizeof(spoken->words[0]));
	spoken->span = span;
	spoken->span_ns = span * FRAGMENT_SPOKEN_SPAN_NS;
}

// What comes before the next pair: a new span, and room for it.
static __attribute__((noinline)) void note_before(struct fragment_spoken *spoken, uint64_t clock_ns)
{
	go_on(spoken, clock_ns);
	if (spoken->waiting_count == FRAGMENT_SPOKEN_WAIT)
		note_waiting(spoken);
}

void fragment_spoken_note(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx, uint64_t pair)
{
	if (MW_UNLIKELY(ctx->clock_ns - spoken->span_ns >= FRAGMENT_SPOKEN_SPAN_NS ||
					spoken->waiting_count == FRAGMENT_SPOKEN_WAIT))
		note_before(spoken, ctx->clock_ns);
	mw_fetch_line(line_of(spoken->words[spoken->span & 1], pair));
	spoken->waiting[spoken->waiting_count++] = pair;
}

bool fragment_spoken_asks(struct fragment_spoken *spoken, const struct mw_detector_ctx *ctx,
						  const struct mw_fragment_datagram *datagram)
{
	uint64_t hash = fragment_pair_hash(ctx, &datagram->src, &datagram->dst, datagram->scope);

	go_on(spoken, ctx->clock_ns);
	note_waiting(spoken);
	return has_bits(spoken->words[0], hash) || has_bits(spoken->words[1], hash);
}
