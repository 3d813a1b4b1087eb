// SPDX-License-Identifier: BSD-3-Clause
// Worker half: chooses the connections that are followed, and counts copies. Everything is a counter; no event is sent.
// Neighbours: follow.c follows; control.c makes rows of the counters.
#include "follow.h"

#define WINDOW_NS (UINT64_C(1) << 31) // of MW_KIND_FLOW_AGAIN

// More beginnings in a second: every second flow is followed from now on. Fewer than a quarter: twice as many again.
static bool may_begin(struct mw_detector_ctx *ctx, const struct mw_packet *packet)
{
	const struct mirror_settings *settings = ctx->settings;
	struct mirror_worker *self = ctx->worker_state;

	if (mw_kit_budget_take(&self->begun, packet->clock_ns, settings->flows_per_second))
		return true;
	self->begun.spent = 0;
	self->mask = self->mask << 1 | 1;
	return false;
}

void mirror_tick(struct mw_detector_ctx *ctx, uint64_t now_ns)
{
	const struct mirror_settings *settings = ctx->settings;
	struct mirror_worker *self = ctx->worker_state;

	if (now_ns / MW_NS_PER_SECOND > self->begun.second + 1 || self->begun.spent < settings->flows_per_second / 4)
		self->mask >>= 1;
	mirror_moments_tell(ctx);
}

// From its SYN-ACK, when the SYN was seen; else once both sides have acknowledged something and nothing is open.
static bool may_follow(const struct mw_packet *packet, const struct mw_flow *flow, uint32_t acked[2])
{
	const unsigned side = packet->direction, peer = side ^ 1u;

	if ((packet->kinds & MW_KIND_FLOW_START) != 0 || !mw_flow_is_known(flow, peer))
		return false;
	if ((packet->kinds & MW_KIND_SYN_ACK) != 0 && mw_flow_tcp_state(flow) == MW_FLOW_TCP_SYN) {
		acked[peer] = packet->tcp.ack;
		acked[side] = packet->tcp.seq + 1;
		return mw_flow_seq_next(flow, peer) == packet->tcp.ack;
	}
	acked[0] = mw_flow_ack(flow, 1);
	acked[1] = mw_flow_ack(flow, 0);
	return (packet->kinds & MW_KIND_FLOW_AGAIN) != 0 && (packet->kinds & (MW_KIND_OUT_OF_ORDER | MW_KIND_FIN)) == 0 &&
		   mw_flow_is_known(flow, side) && mw_flow_has_acked(flow, side) && mw_flow_has_acked(flow, peer) &&
		   mw_flow_seq_next(flow, side) == acked[side] && mw_flow_tcp_state(flow) != MW_FLOW_TCP_RESET;
}

static void watch(struct mw_detector_ctx *ctx, struct mw_flow *flow, bool on)
{
	if ((mw_flow_watch(flow) >> ctx->index & 1) != on)
		mw_detector_watch(ctx, flow, on);
}

/** The flow's entry, new when it has none and may be followed. */
static struct mirror_flow *entry_for(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	struct mirror_flow *entry = mw_kit_side_find(ctx->side, flow);
	struct mw_flow *gone = NULL;
	uint32_t acked[2];

	if (entry != NULL && entry->first_ns == mw_flow_first_ns(flow))
		return entry;
	if ((packet->kinds & MW_KIND_RST) != 0 || !may_follow(packet, flow, acked) || !may_begin(ctx, packet))
		return NULL;
	entry = mw_kit_side_begin(ctx->side, flow, 0, &gone);
	if (gone != NULL) // whatever flow is in its place now: none that is not in the table is watched
		watch(ctx, gone, false);
	if (entry != NULL)
		mirror_flow_begin(ctx, entry, flow, acked);
	return NULL; // nothing of this packet is judged
}

// The first delay that is a power of two of us and no shorter.
static unsigned delay_of(uint32_t after_ns)
{
	const uint32_t after_us = (uint32_t)((after_ns + MW_NS_PER_US - 1) / MW_NS_PER_US);

	return after_us <= 1 ? 0 : MW_MIN(32u - (unsigned)__builtin_clz(after_us - 1), MIRROR_DELAYS - 1u);
}

static __attribute__((noinline)) void count_copy(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
												 const struct mw_flow *flow)
{
	uint8_t ttl;

	mw_detector_mark(ctx, MIRROR_MARK_COPY, packet->copy_after_ns / (uint32_t)MW_NS_PER_US);
	mw_detector_count(ctx, MIRROR_COUNT_COPIES, 1);
	mw_detector_count(ctx, MIRROR_COUNT_COPIES_RETAGGED, packet->copy_retagged);
	mw_detector_count(ctx, MIRROR_COUNT_DELAYS + delay_of(packet->copy_after_ns), 1);
	if (flow == NULL || (packet->kinds & MW_KIND_RST) != 0)
		return;
	ttl = mw_flow_ttl(flow, packet->direction);
	if (ttl == 0)
		return;
	mw_detector_count(ctx, MIRROR_COUNT_COPIES_TTL, 1);
	mw_detector_count(ctx, MIRROR_COUNT_COPIES_ALIKE, ttl == packet->ttl);
	mw_detector_count(ctx, MIRROR_COUNT_COPIES_HOP, ttl + 1 == packet->ttl || packet->ttl + 1 == ttl);
}

// A side that acknowledges more and more is answered. Once or twice a connection: early in its life, or at its end.
static void count_ways(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow)
{
	const uint64_t age_ns = packet->clock_ns - mw_flow_first_ns(flow);

	if ((packet->kinds & (MW_KIND_FLOW_START | MW_KIND_SYN | MW_KIND_SYN_ACK | MW_KIND_OUT_OF_ORDER)) != 0 ||
		age_ns > ((packet->kinds & MW_KIND_FLOW_AGAIN) != 0 ? 2 * WINDOW_NS : WINDOW_NS))
		return;
	if (mw_flow_is_answered(flow)) {
		mw_detector_count(ctx, MIRROR_COUNT_BOTH_WAYS, 1);
		return;
	}
	if (!mw_flow_acks_advance(flow, packet->direction))
		return;
	mw_detector_mark(ctx, MIRROR_MARK_ONE_WAY, 0);
	mw_detector_count(ctx, MIRROR_COUNT_ONE_WAY, 1);
}

// The first of its side, of what the other one has acknowledged already, again and again: no answer comes before its
// question, so the clocks of two captures differ, or one direction is held back. What is merely reordered was
// acknowledged once at most.
static void count_late_side(struct mw_detector_ctx *ctx, const struct mw_packet *packet, const struct mw_flow *flow)
{
	const unsigned peer = packet->direction ^ 1u;

	if ((packet->kinds & (MW_KIND_FLOW_START | MW_KIND_RST)) != 0 || mw_flow_is_known(flow, packet->direction) ||
		!mw_flow_acks_advance(flow, peer) || !mw_seq_after(mw_flow_ack(flow, peer), packet->tcp.seq))
		return;
	mw_detector_count(ctx, MIRROR_COUNT_LATE_SIDES, 1);
	mw_detector_count(ctx, MIRROR_COUNT_LATE_MS, (packet->clock_ns - mw_flow_first_ns(flow)) / MW_NS_PER_MS);
}

// Of a connection that may be followed.
static __attribute__((noinline)) void follow(struct mw_detector_ctx *ctx, const struct mw_packet *packet,
											 struct mw_flow *flow)
{
	struct mirror_flow *entry;

	if ((packet->kinds & (MW_KIND_FLOW_AGAIN | MW_KIND_FIN)) != 0) {
		count_ways(ctx, packet, flow);
		count_late_side(ctx, packet, flow);
	}
	entry = entry_for(ctx, packet, flow);
	if (entry == NULL)
		return;
	if ((packet->kinds & MW_KIND_RST) != 0) {
		mirror_flow_close(ctx, entry, flow);
		mw_kit_side_forget(ctx->side, flow);
		watch(ctx, flow, false);
		return;
	}
	watch(ctx, flow, mirror_flow_take(ctx, entry, packet, flow));
}

void mirror_look(struct mw_detector_ctx *ctx, const struct mw_packet *packet, struct mw_flow *flow)
{
	const struct mirror_settings *settings = ctx->settings;
	const struct mirror_worker *self = ctx->worker_state;

	if (!settings->enabled)
		return;
	if ((packet->kinds & MW_KIND_DUPLICATE) != 0)
		count_copy(ctx, packet, flow);
	else if (flow != NULL && (packet->kinds & MW_KIND_TCP) != 0 && (packet->lane.hash & self->mask) == 0 &&
			 (packet->kinds & MW_KIND_ICMP_ERROR) == 0 && packet->fragment_offset_bytes == 0)
		follow(ctx, packet, flow);
}

// Of flows without a hole nothing is told: they were counted two seconds ago at most, or at their end.
void mirror_flow_end(struct mw_detector_ctx *ctx, const struct mw_flow *flow, enum mw_flow_end why)
{
	struct mirror_flow *entry;

	(void)why;
	if ((mw_flow_watch(flow) >> ctx->index & 1) == 0)
		return;
	entry = mw_kit_side_find(ctx->side, flow);
	if (entry != NULL && entry->first_ns == mw_flow_first_ns(flow))
		mirror_flow_close(ctx, entry, flow);
	mw_kit_side_forget(ctx->side, flow);
}
