// SPDX-License-Identifier: BSD-3-Clause
// A round trip is the time from a segment to the acknowledgement of exactly its end; after a retransmission nothing
// that is open is timed (Karn's algorithm, RFC 6298 section 3). So does tcptrace, with which these are compared.
// Neighbours: trips.h; scripts/evaluation/tcptrace.py compares.
#include "trips.h"

#include <string.h>

#include "mw_kit_event.h"
#include "mw_kit_side.h"

#define LONGEST_US 10000000 // exchange.timeout: intervals are written when no answer can come any more

static uint32_t us_of(uint64_t time_ns)
{
	return (uint32_t)(time_ns / MW_NS_PER_US);
}

static uint8_t family_of(const struct mw_packet *packet)
{
	if (packet->tunnel == MW_LAYER_IPV4_IN_IPV6)
		return HEALTH_4IN6;
	return packet->family == 4 ? HEALTH_IPV4 : HEALTH_IPV6;
}

/** ack: the packet that ended it. */
static void tell(struct mw_detector_ctx *ctx, const struct mw_packet *ack, uint32_t us)
{
	const struct mw_event_flow ends = mw_kit_ends_of(ack), asked = mw_kit_ends_turned(&ends);
	const struct health_brief brief = {.family = family_of(ack) & 3u,
									   .service = HEALTH_TCP,
									   .end = MW_EXCHANGE_ANSWERED,
									   .transmissions = 1,
									   .us = us & HEALTH_US_MAX};
	struct mw_event event; // what is not used of its body is never looked at

	if (us > LONGEST_US)
		return;
	mw_detector_count(ctx, HEALTH_COUNT_TRIPS, 1);
	mw_kit_event_begin(&event, ack->time_ns - us * MW_NS_PER_US, &asked);
	memcpy(event.brief, &brief, sizeof(brief));
	mw_detector_emit(ctx, 0, &event);
}

static void open_segment(struct health_flow *self, unsigned side, uint32_t end, uint64_t time_ns)
{
	const uint32_t at = self->sides[side].first + self->sides[side].count;

	self->sides[side].segments[at % HEALTH_OPEN_MAX] = (struct health_segment){end, us_of(time_ns)};
	if (self->sides[side].count < HEALTH_OPEN_MAX)
		self->sides[side].count++;
	else
		self->sides[side].first++;
}

static void close_segments(struct mw_detector_ctx *ctx, struct health_flow *self, const struct mw_packet *packet)
{
	const unsigned side = packet->direction ^ 1u;
	struct health_segment last = {0};
	bool any = false;

	while (self->sides[side].count > 0) {
		const struct health_segment *segment = &self->sides[side].segments[self->sides[side].first % HEALTH_OPEN_MAX];

		if (mw_seq_after(segment->end, packet->tcp.ack))
			break;
		last = *segment;
		any = true;
		self->sides[side].first++;
		self->sides[side].count--;
	}
	if (any && last.end == packet->tcp.ack)
		tell(ctx, packet, us_of(packet->time_ns) - last.us);
}

static uint32_t length_of(const struct mw_packet *packet)
{
	return packet->payload_wire_bytes + ((packet->tcp.flags & MW_TCP_SYN) != 0) +
		   ((packet->tcp.flags & MW_TCP_FIN) != 0);
}

static void take(struct mw_detector_ctx *ctx, struct health_flow *self, const struct mw_packet *packet,
				 const struct mw_flow *flow)
{
	const unsigned side = packet->direction;
	const uint32_t length = length_of(packet);

	if ((packet->tcp.flags & MW_TCP_ACK) != 0)
		close_segments(ctx, self, packet);
	if (length == 0)
		return;
	if (mw_flow_is_known(flow, side) && mw_seq_after(mw_flow_seq_next(flow, side), packet->tcp.seq))
		self->sides[side].count = 0; // sent again
	else
		open_segment(self, side, packet->tcp.seq + length, packet->time_ns);
}

// A SYN that was sent once; it passed before the flow was followed.
static void take_handshake(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow)
{
	struct mw_flow_view view; // but for what no segment is judged by

	if ((packet->kinds & MW_KIND_SYN_ACK) == 0 || mw_flow_packets_low(flow, packet->direction ^ 1u) != 1)
		return;
	mw_flow_view_talk(flow, &view);
	if (view.syn_ns != 0 && view.syn_ns <= packet->time_ns &&
		packet->tcp.ack == mw_flow_seq_next(flow, packet->direction ^ 1u))
		tell(ctx, packet, us_of(packet->time_ns) - us_of(view.syn_ns));
}

static void forget(struct mw_detector_ctx *ctx, struct mw_flow *flow)
{
	mw_kit_side_forget(ctx->side, flow);
	if ((mw_flow_watch(flow) >> ctx->index & 1) != 0)
		mw_detector_watch(ctx, flow, false);
}

static struct health_flow *begin(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct mw_flow *gone = NULL;
	struct health_flow *entry;

	if (!mw_detector_watch(ctx, flow, true))
		return NULL;
	entry = mw_kit_side_begin(ctx->side, flow, 0, &gone);
	if (gone != NULL) // whatever flow is in its place now: none that is not in the table is watched
		mw_detector_watch(ctx, gone, false);
	if (entry == NULL) {
		mw_detector_watch(ctx, flow, false);
		return NULL;
	}
	entry->first_ns = mw_flow_first_ns(flow);
	take_handshake(ctx, packet, flow);
	return entry;
}

static __attribute__((noinline)) void look_closely(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
												   struct mw_flow *flow)
{
	struct health_flow *entry = mw_kit_side_find(ctx->side, flow);

	if (entry == NULL || entry->first_ns != mw_flow_first_ns(flow))
		entry = begin(ctx, packet, flow);
	if (entry != NULL)
		take(ctx, entry, packet, flow);
}

void health_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct health_settings *settings = ctx->settings;
	struct health_worker *self = ctx->worker_state;

	// Of a first packet nothing can be told but later, and a forged reset ends nothing.
	if (flow == NULL || !settings->enabled || (packet->kinds & MW_KIND_TCP) == 0 ||
		(packet->kinds & (MW_KIND_FLOW_START | MW_KIND_RST | MW_KIND_DUPLICATE | MW_KIND_ICMP_ERROR)) != 0 ||
		packet->fragment_offset_bytes != 0)
		return;
	if (mw_kit_budget_take(&self->looks, packet->clock_ns, settings->segments_per_second))
		look_closely(ctx, packet, flow);
	else if ((mw_flow_watch(flow) >> ctx->index & 1) != 0)
		forget(ctx, flow);
}

void health_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	(void)why;
	mw_kit_side_forget(ctx->side, flow);
}
