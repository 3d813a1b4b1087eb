// SPDX-License-Identifier: BSD-3-Clause
// Worker half: counts ICMP errors, and tells of as many in a second as the settings allow.
// Neighbours: NAME.h; control.c gets the events.
#include "NAME.h"

#include "mw_kit_budget.h"
#include "mw_kit_event.h"

void NAME_see(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct NAME_settings *settings = ctx->settings;
	const struct NAME_facts facts = {.type = packet->icmp_type, .code = packet->icmp_code};
	const struct mw_event_flow ends = mw_kit_ends_of(packet);

	if (!settings->enabled || packet->kinds & MW_KIND_DUPLICATE)
		return;
	mw_detector_count(ctx, COUNT_ERRORS, 1);
	if (mw_kit_budget_take(ctx->worker_state, packet->clock_ns, settings->events_per_second))
		mw_kit_emit(ctx, EVENT_ERROR, packet->time_ns, &ends, &facts, sizeof(facts));
	else
		mw_detector_count(ctx, COUNT_CAPPED, 1);
}
