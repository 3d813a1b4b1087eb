// SPDX-License-Identifier: BSD-3-Clause
// The budget of a second, and events that are about no single datagram.
// Neighbours: emit.h.
#include "emit.h"

#include "mw_kit_event.h"
#include "settings.h"

/** Tenths of the budget. Together those without value leave two for what has it. */
static const uint8_t TENTHS[FRAGMENT_SHARES] = {
	[FRAGMENT_SHARE_VALUED] = 10, [FRAGMENT_SHARE_SINGLE] = 1, [FRAGMENT_SHARE_OTHER] = 3,
	[FRAGMENT_SHARE_OUTER] = 3,   [FRAGMENT_SHARE_REPORT] = 1,
};

static bool has_room(struct mw_detector_ctx *ctx, enum fragment_share share)
{
	const struct fragment_settings *settings = ctx->settings;
	struct fragment_worker *worker = ctx->worker_state;
	uint64_t most = settings->reports_per_second;

	return mw_kit_budget_has(&worker->budget, ctx->clock_ns, most) &&
		   mw_kit_budget_take(&worker->shares[share], ctx->clock_ns, MW_MAX(most * TENTHS[share] / 10, 1u)) &&
		   mw_kit_budget_take(&worker->budget, ctx->clock_ns, most);
}

bool fragment_emit(struct mw_detector_ctx *ctx, enum fragment_share share, enum fragment_what what,
				   struct mw_event *event)
{
	if (!has_room(ctx, share)) {
		mw_detector_count(ctx, FRAGMENT_COUNT_CAPPED, 1);
		return false;
	}
	mw_detector_count(ctx, FRAGMENT_COUNT_TOLD, 1);
	return mw_detector_emit(ctx, (uint8_t)what, event);
}

void fragment_note_unsent(struct mw_detector_ctx *ctx, enum fragment_unsent unsent, uint64_t from_ns, uint64_t to_ns)
{
	struct fragment_worker *worker = ctx->worker_state;
	struct fragment_unsent_span *span = &worker->unsent[unsent];

	span->from_ns = span->to_ns == 0 ? from_ns : MW_MIN(span->from_ns, from_ns);
	span->to_ns = MW_MAX(span->to_ns, to_ns);
}

void fragment_emit_gaps(struct mw_detector_ctx *ctx)
{
	struct fragment_worker *worker = ctx->worker_state;

	for (uint32_t i = 0; i < FRAGMENT_UNSENTS; i++) {
		struct fragment_unsent_span *span = &worker->unsent[i];
		const struct fragment_gap gap = {.to_ns = span->to_ns, .unsent = (uint8_t)i};
		const struct mw_event_flow none = {0};

		if (span->to_ns != 0 && mw_kit_emit(ctx, FRAGMENT_GAP, span->from_ns, &none, &gap, sizeof(gap)))
			*span = (struct fragment_unsent_span){0};
	}
}

static bool emit_pair(struct mw_detector_ctx *ctx, const struct fragment_pair *pair)
{
	const struct fragment_pair_facts facts = {.scope = pair->scope, .counts = pair->counts};
	const struct mw_event_flow ends = {.src = pair->src, .dst = pair->dst, .tunnel = MW_LAYERS};

	return mw_kit_emit(ctx, FRAGMENT_PAIR, ctx->clock_ns, &ends, &facts, sizeof(facts));
}

void fragment_emit_pairs(struct mw_detector_ctx *ctx)
{
	struct fragment_worker *worker = ctx->worker_state;

	for (uint32_t i = 0; i < FRAGMENT_WORKER_PAIRS; i++) {
		struct fragment_pair *pair = &worker->pairs[i];
		uint32_t sum = fragment_counts_sum(&pair->counts);

		if (pair->counts.incomplete > 0 && pair->told != sum && emit_pair(ctx, pair))
			pair->told = sum;
	}
}
