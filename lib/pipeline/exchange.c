// SPDX-License-Identifier: BSD-3-Clause
// What was asked, and whether it was answered: packets to lib/exchange, ends of exchanges to the detectors.
// Neighbours: pipeline.c calls; related.c does the same for datagrams in pieces.
#include "pipeline.h"

bool exchanges_are_wanted(const struct mw_detector_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		if (set->items[i]->on_exchange != NULL)
			return true;
	}
	return false;
}

void exchanges_add_to_dispatch(struct dispatch *dispatch)
{
	dispatch_add(dispatch, MW_EXCHANGE_WANTS, EXCHANGES_BIT);
	dispatch->by_service[MW_SERVICE_DNS] |= 1u << EXCHANGES_BIT;
	dispatch->by_service[MW_SERVICE_NTP] |= 1u << EXCHANGES_BIT;
}

// What may be anything: apart, for the registers that it takes.
static __attribute__((noinline)) void take(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const uint16_t watch = packet->flow == NULL ? 0 : mw_flow_watch(packet->flow);
	const bool watched = (watch >> EXCHANGES_BIT & 1) != 0;
	const bool waits = mw_exchanges_take(pipeline->exchanges, packet, watched);

	if (waits != watched && packet->flow != NULL)
		mw_flow_set_watch(packet->flow, (uint16_t)(watch ^ 1u << EXCHANGES_BIT));
}

// Of a flood most questions are counted alone, and what answers none is done with.
static inline bool is_idle(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const uint32_t begins = MW_KIND_SYN | MW_KIND_FLOW_START;

	if ((packet->kinds & begins) == begins)
		return !mw_exchanges_may_ask(pipeline->exchanges, packet->clock_ns);
	return (packet->kinds & (MW_KIND_SYN_ACK | MW_KIND_RST)) != 0 && (packet->kinds & MW_KIND_SYN) == 0 &&
		   packet->flow != NULL && !mw_flow_waits(packet->flow);
}

__attribute__((noinline)) void exchanges_take(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	if (packet->kinds & MW_KIND_DUPLICATE)
		return;
	pipeline->clock_ns = packet->clock_ns;
	if (!is_idle(pipeline, packet))
		take(pipeline, packet);
}

void exchanges_end(void *context, const struct mw_exchange *exchange, enum mw_exchange_end end)
{
	struct mw_pipeline *pipeline = context;
	const struct mw_detector_set *set = &pipeline->config.detectors;

	for (uint32_t i = 0; i < set->count; i++) {
		if (set->items[i]->on_exchange == NULL)
			continue;
		pipeline->detectors[i].clock_ns = pipeline->clock_ns;
		set->items[i]->on_exchange(&pipeline->detectors[i], exchange, end);
	}
}
