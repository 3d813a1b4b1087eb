// SPDX-License-Identifier: BSD-3-Clause
// What every detector's worker half may ask for: to watch a flow, to send an event; and what an event is called.
// Neighbours: mw_detector.h.
#include "mw_detector.h"

bool mw_detector_watch(struct mw_detector_ctx *ctx, struct mw_flow *flow, bool on)
{
	unsigned bit = 1u << ctx->index;

	mw_flow_set_watch(flow, (uint16_t)(on ? mw_flow_watch(flow) | bit : mw_flow_watch(flow) & ~bit));
	return (mw_flow_watch(flow) & bit) != 0;
}

bool mw_detector_emit(struct mw_detector_ctx *ctx, uint8_t number, struct mw_event *event)
{
	event->kind = (uint16_t)(ctx->index << 8 | number);
	event->worker = (uint8_t)ctx->worker;
	event->class = ctx->event_class;
	return mw_event_send(&ctx->events, event);
}

// NULL: none of the detector's.
static const struct mw_detector_event *event_of(const struct mw_detector *detector, const struct mw_event *event)
{
	const uint32_t number = event->kind & 0xff;

	return number < detector->events_count ? &detector->events[number] : NULL;
}

const char *mw_detector_event_name(const struct mw_detector *detector, const struct mw_event *event)
{
	const struct mw_detector_event *kind = event_of(detector, event);

	return kind != NULL && kind->name != NULL ? kind->name : "?";
}

bool mw_detector_event_says(const struct mw_detector *detector, const struct mw_event *event, struct mw_text *text)
{
	const struct mw_detector_event *kind = event_of(detector, event);

	if (detector->event_says != NULL)
		return detector->event_says(event, text);
	if (kind == NULL || kind->says == NULL)
		return false;
	if (text != NULL)
		mw_text_add(text, "%s", kind->says);
	return true;
}
