// SPDX-License-Identifier: BSD-3-Clause
// Worker half: what arrived and what was lost in each moment of the last seconds, told once a second.
// Neighbours: follow.c finds what was lost; load.c compares the moments of all workers.
#include <string.h>

#include "follow.h"

#define LATE_NS          (3 * MW_NS_PER_SECOND) // known so late: of a moment that may be judged already
#define HOLES_PER_SECOND 1000 // that are told one by one

static bool emit(struct mw_detector_ctx *ctx, uint8_t kind, uint64_t number, const void *body, uint32_t body_bytes)
{
	struct mw_event *event = mw_detector_begin(ctx, kind, body_bytes);

	if (event == NULL)
		return false;
	event->time_ns = number * MW_MOMENT_NS;
	memset(&event->flow, 0, sizeof(event->flow));
	memset(event->brief, 0, sizeof(event->brief));
	event->body_bytes = body_bytes;
	memcpy(event->body, body, body_bytes);
	mw_detector_send(ctx);
	return true;
}

static void tell(struct mw_detector_ctx *ctx, const struct mirror_moment *moment)
{
	emit(ctx, MIRROR_EVENT_MOMENT, moment->number, moment, sizeof(*moment));
}

static bool is_empty(const struct mirror_moment *moment)
{
	return (moment->packets | moment->lost.holes | moment->unplaced.holes) == 0;
}

// Whoever asks adds something to it.
static struct mirror_moment *moment_of(struct mw_detector_ctx *ctx, uint64_t number)
{
	struct mirror_worker *self = ctx->worker_state;
	const uint16_t place = (uint16_t)(number % MIRROR_MOMENTS);
	struct mirror_moment *moment = &self->moments[place];

	if (is_empty(moment)) {
		self->used[self->used_count++] = place;
	} else if (moment->number != number) {
		tell(ctx, moment);
		*moment = (struct mirror_moment){0};
	}
	moment->number = number;
	return moment;
}

void mirror_moment(struct mw_detector_ctx *ctx, const struct mw_moment *arrived)
{
	const struct mirror_settings *settings = ctx->settings;
	struct mirror_moment *moment;

	if (!settings->enabled)
		return;
	moment = moment_of(ctx, arrived->number);
	moment->packets += arrived->packets;
	moment->bytes += arrived->bytes;
	moment->segment_bytes += arrived->segment_bytes;
}

// In one of several moments. @return false: too many of these.
static bool tell_hole(struct mw_detector_ctx *ctx, const struct mirror_lost *lost)
{
	struct mirror_worker *self = ctx->worker_state;

	return mw_kit_budget_take(&self->holes, ctx->clock_ns, HOLES_PER_SECOND) &&
		   emit(ctx, MIRROR_EVENT_HOLE, lost->until, lost, sizeof(*lost));
}

void mirror_moments_lost(struct mw_detector_ctx *ctx, const struct mirror_hole *hole, uint64_t seen_ns)
{
	const struct mirror_lost lost = {
		.from = hole->from_ns / MW_MOMENT_NS, .until = hole->until_ns / MW_MOMENT_NS, .bytes = hole->end - hole->begin};
	const bool known = seen_ns - hole->until_ns <= LATE_NS && lost.until - lost.from <= MIRROR_LOST_MOMENTS;
	struct mirror_moment *moment;
	struct mirror_missed *missed;

	if (known && lost.from != lost.until && tell_hole(ctx, &lost))
		return;
	moment = moment_of(ctx, lost.until);
	missed = known && lost.from == lost.until ? &moment->lost : &moment->unplaced;
	missed->holes++;
	missed->bytes += lost.bytes;
	missed->squares += lost.bytes * lost.bytes;
}

void mirror_moments_tell(struct mw_detector_ctx *ctx)
{
	struct mirror_worker *self = ctx->worker_state;

	for (uint32_t i = 0; i < self->used_count; i++) {
		struct mirror_moment *moment = &self->moments[self->used[i]];

		tell(ctx, moment);
		*moment = (struct mirror_moment){0};
	}
	self->used_count = 0;
}
