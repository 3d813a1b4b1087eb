// SPDX-License-Identifier: BSD-3-Clause
// What every detector's worker half may ask for: to watch a flow, to send an event.
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
