// SPDX-License-Identifier: BSD-3-Clause
// Two halves of a datagram, joined by its ends and its identification.
// Neighbours: outer.h.
#include "outer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_kit_event.h"
#include "paths.h"
#include "worker.h"

#define APART_NS (30 * MW_NS_PER_SECOND) // identifications come again (RFC 4963)

static void emit(struct mw_detector_ctx *ctx, enum path_event number, uint64_t time_ns,
				 const struct mw_event_flow *ends, const struct path_outer *outer)
{
	const struct mw_path_settings *settings = ctx->settings;
	struct path_worker *worker = ctx->worker_state;
	struct mw_event event;

	if (!mw_kit_budget_take(&worker->outers, ctx->clock_ns, settings->steps_per_second / 4)) {
		mw_detector_count(ctx, PATH_COUNT_CAPPED, 1);
		return;
	}
	mw_detector_count(ctx, PATH_COUNT_TOLD, 1);
	mw_kit_event_begin(&event, time_ns, ends);
	memcpy(event.brief, outer, sizeof(*outer));
	mw_detector_emit(ctx, (uint8_t)number, &event);
}

void path_outer_first(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mw_event_flow ends = {.src = packet->outer_src, .dst = packet->outer_dst, .tunnel = MW_LAYERS};
	const struct path_outer outer = {.id = packet->outer_ip_id, .bytes = packet->outer_fragment_bytes};

	if (packet->outer_is_fragment)
		emit(ctx, PATH_EVENT_FIRST, packet->time_ns, &ends, &outer);
}

void path_outer_later(struct mw_detector_ctx *ctx, const struct mw_fragment_datagram *datagram)
{
	const struct mw_event_flow ends = {.src = datagram->src, .dst = datagram->dst, .tunnel = MW_LAYERS};
	const struct path_outer outer = {.id = datagram->id, .bytes = datagram->missing[0].to};

	if (!datagram->first_seen && datagram->last_seen && datagram->missing_count == 1 && datagram->missing[0].from == 0)
		emit(ctx, PATH_EVENT_LATER, datagram->first_ns, &ends, &outer);
}

int path_outers_start(struct path_outers *outers, const struct mw_hash_key *key)
{
	outers->key = *key;
	outers->halves = calloc(PATH_OUTERS_MAX, sizeof(*outers->halves));
	return outers->halves == NULL ? -ENOMEM : mw_kit_index_new(&outers->index, PATH_OUTERS_MAX);
}

void path_outers_stop(struct path_outers *outers)
{
	free(outers->halves);
	outers->halves = NULL;
	mw_kit_index_free(&outers->index);
}

static uint64_t hash_of(const struct path_outers *outers, const struct path_outer_half *half)
{
	const struct {
		struct mw_address src, dst;
		uint32_t id;
	} key = {half->src, half->dst, half->outer.id};

	return mw_hash(&outers->key, &key, sizeof(key));
}

static bool fits(const struct path_outer_half *half, const struct path_outer_half *other)
{
	const struct path_outer_half *first = half->first ? half : other, *later = half->first ? other : half;
	uint64_t apart_ns = MW_MAX(half->time_ns, other->time_ns) - MW_MIN(half->time_ns, other->time_ns);

	return half->first != other->first && half->outer.id == other->outer.id && apart_ns <= APART_NS &&
		   first->outer.bytes >= later->outer.bytes && mw_address_compare(&half->src, &other->src) == 0 &&
		   mw_address_compare(&half->dst, &other->dst) == 0;
}

static void finish(struct path_outers *outers, struct path_outer_half *half)
{
	if (!half->done)
		mw_kit_index_take_out(&outers->index, (uint32_t)(half - outers->halves) + 1);
	half->done = true;
}

/** The oldest gives way. */
static void put(struct path_outers *outers, const struct path_outer_half *half)
{
	struct path_outer_half *place = &outers->halves[outers->next % PATH_OUTERS_MAX];

	if (outers->next >= PATH_OUTERS_MAX)
		finish(outers, place);
	*place = *half;
	mw_kit_index_put(&outers->index, outers->next % PATH_OUTERS_MAX + 1, hash_of(outers, half));
	outers->next = outers->next + 1 < 2 * PATH_OUTERS_MAX ? outers->next + 1 : PATH_OUTERS_MAX;
}

bool path_outers_take(struct path_outers *outers, const struct mw_event *event)
{
	struct path_outer_half half = {.src = event->flow.src,
								   .dst = event->flow.dst,
								   .time_ns = event->time_ns,
								   .first = (event->kind & 0xff) == PATH_EVENT_FIRST};
	struct mw_kit_walk walk;

	memcpy(&half.outer, event->brief, sizeof(half.outer));
	walk = mw_kit_walk(&outers->index, hash_of(outers, &half));
	for (; walk.number != 0; mw_kit_walk_next(&outers->index, &walk)) {
		struct path_outer_half *other = &outers->halves[walk.number - 1];

		if (!fits(&half, other))
			continue;
		finish(outers, other);
		return true;
	}
	put(outers, &half);
	return false;
}
