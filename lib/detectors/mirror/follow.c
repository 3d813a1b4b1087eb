// SPDX-License-Identifier: BSD-3-Clause
// What was acknowledged and never seen: holes open at a jump or at an acknowledgement, and close as late, sent again,
// or unseen.
// Neighbours: follow.h. Follows RFC 9293 section 3.4; nprobe's drop_check (Cambridge) had the idea.
#include "follow.h"

#include <string.h>

#define WAIT_LEAST_NS   (3 * MW_NS_PER_MS) // frames of one mirror are out of order by less
#define WAIT_UNKNOWN_NS (50 * MW_NS_PER_MS)
#define STRETCH_NS      MW_NS_PER_SECOND // unseen for longer: the mirror showed nothing, or one direction
#define GIVEN_UP_NS     (10 * MW_NS_PER_SECOND) // nobody acknowledges it any more
#define HOLE_MAX_BYTES  (64u << 20) // no window is larger; a number further ahead is nonsense
#define OLD_ACK_BYTES   (1u << 28) // so far behind: an acknowledgement that was overtaken
#define CHANCE_BYTES    (2 * SEGMENT_BYTES)
#define SEGMENT_BYTES   1460 // where no SYN said it

static void count(struct mw_detector_ctx *ctx, const struct mw_flow *flow, unsigned side, enum mirror_amount what,
				  uint64_t amount)
{
	const unsigned direction = side == mw_flow_client(flow) ? MIRROR_FROM_CLIENTS : MIRROR_FROM_SERVERS;

	mw_detector_count(ctx, MIRROR_COUNT_AMOUNTS + direction * MIRROR_AMOUNTS + what, amount);
}

void mirror_flow_begin(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow,
					   const uint32_t acked[2])
{
	self->first_ns = mw_flow_first_ns(flow);
	for (unsigned side = 0; side < 2; side++) {
		self->acked[side] = acked[side];
		count(ctx, flow, side, MIRROR_FLOWS, 1);
	}
}

// What is reordered between the directions of a mirror or on a path is so by less than half a round trip.
static uint64_t wait_ns(struct mirror_flow *self, const struct mw_flow *flow)
{
	struct mw_flow_view view;

	if (self->wait_ns != 0)
		return self->wait_ns;
	mw_flow_view(flow, &view);
	self->wait_ns = WAIT_UNKNOWN_NS;
	if (view.syn_ns != 0 && view.handshake_ns > view.syn_ns)
		self->wait_ns = MW_MAX(WAIT_LEAST_NS, (view.handshake_ns - view.syn_ns) / 2);
	return self->wait_ns;
}

static void drop(struct mirror_flow *self, unsigned index)
{
	self->holes[index] = self->holes[--self->holes_count];
}

// Chance takes one segment or two before a pause of their sender. It takes no whole answer, and nothing for a second.
static bool is_blind(const struct mirror_hole *hole, uint64_t seen_ns)
{
	return hole->until_ns > hole->from_ns + STRETCH_NS ||
		   (seen_ns > hole->from_ns + STRETCH_NS && hole->end - hole->begin > CHANCE_BYTES);
}

/** seen_ns: when its sender was seen again, or now. */
static void decide(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow, unsigned index,
				   uint64_t seen_ns)
{
	const struct mirror_hole hole = self->holes[index];
	const bool blind = is_blind(&hole, seen_ns);

	count(ctx, flow, hole.side, blind ? MIRROR_BLIND : MIRROR_UNSEEN, hole.end - hole.begin);
	if (!blind)
		mirror_moments_lost(ctx, &hole, seen_ns);
	if (!blind && !self->lossy[hole.side]) {
		self->lossy[hole.side] = true;
		count(ctx, flow, hole.side, MIRROR_FLOWS_LOSSY, 1);
	}
	drop(self, index);
}

// An unseen stretch may grow until its sender is seen again.
static void settle(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow,
				   const struct mw_packet *packet)
{
	const uint64_t now_ns = packet->time_ns;

	for (unsigned i = self->holes_count; i-- > 0;) {
		const struct mirror_hole *hole = &self->holes[i];

		if (hole->acked_ns != 0 && packet->direction == hole->side && now_ns > hole->acked_ns + wait_ns(self, flow))
			decide(ctx, self, flow, i, now_ns);
		else if (hole->acked_ns == 0 && now_ns > hole->until_ns + GIVEN_UP_NS) {
			mw_detector_count(ctx, MIRROR_COUNT_UNDECIDED, 1);
			drop(self, i);
		}
	}
}

static void add_hole(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mirror_hole *hole)
{
	for (unsigned i = 0; i < self->holes_count; i++) {
		struct mirror_hole *before = &self->holes[i];

		if (before->side == hole->side && before->end == hole->begin && before->acked_ns != 0 && hole->acked_ns != 0) {
			before->end = hole->end;
			before->until_ns = hole->until_ns;
			before->acked_ns = hole->acked_ns;
			return;
		}
	}
	if (self->holes_count < MIRROR_HOLES_MAX && hole->end - hole->begin < HOLE_MAX_BYTES)
		self->holes[self->holes_count++] = *hole;
	else
		mw_detector_count(ctx, MIRROR_COUNT_UNDECIDED, 1);
}

/** Since when something of the flow may have been missing. */
static uint64_t latest_ns(const struct mw_flow *flow)
{
	return MW_MAX(mw_flow_side_last_ns(flow, 0), mw_flow_side_last_ns(flow, 1));
}

static struct mirror_hole hole_at(const struct mw_flow *flow, const struct mw_packet *packet, unsigned side,
								  uint32_t begin, uint32_t end)
{
	const uint64_t from_ns = latest_ns(flow);

	return (struct mirror_hole){.begin = begin,
								.end = end,
								.from_ns = from_ns == 0 ? packet->time_ns : MW_MIN(from_ns, packet->time_ns),
								.until_ns = packet->time_ns,
								.side = (uint8_t)side};
}

/** The hole less what lies in [begin, end); its end when both ends remain. @return bytes that were in it. */
static uint32_t fill(struct mirror_hole *hole, uint32_t begin, uint32_t end)
{
	const uint32_t from = mw_seq_after(begin, hole->begin) ? begin : hole->begin;
	const uint32_t to = mw_seq_after(hole->end, end) ? end : hole->end;

	if (!mw_seq_after(to, from))
		return 0;
	if (from == hole->begin)
		hole->begin = to;
	else
		hole->end = from;
	return to - from;
}

static void take_again(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_packet *packet,
					   const struct mw_flow *flow)
{
	const unsigned side = packet->direction;
	const uint32_t begin = packet->tcp.seq;
	const uint32_t end =
		begin + packet->payload_wire_bytes + ((packet->kinds & MW_KIND_FIN) != 0); // it has a number, too
	const uint32_t next = mw_flow_seq_next(flow, side);
	uint32_t filled = 0;

	for (unsigned i = self->holes_count; i-- > 0;) {
		struct mirror_hole *hole = &self->holes[i];
		const uint64_t since_ns = hole->acked_ns != 0 ? hole->acked_ns : hole->until_ns;
		const uint32_t part = hole->side == side ? fill(hole, begin, end) : 0;
		const bool late = packet->time_ns <= since_ns + wait_ns(self, flow);

		filled += part;
		if (part > 0)
			count(ctx, flow, side, late ? MIRROR_LATE : MIRROR_BEFORE, part);
		if (hole->begin == hole->end)
			drop(self, i);
	}
	if (filled == 0 && packet->payload_wire_bytes > 1 && !mw_seq_after(end, next)) // one byte: a keep-alive, a probe
		count(ctx, flow, side, MIRROR_BEYOND, packet->payload_wire_bytes);
}

static void take_ack(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_packet *packet,
					 const struct mw_flow *flow)
{
	const unsigned peer = packet->direction ^ 1u;
	const uint32_t ack = packet->tcp.ack;
	struct mirror_hole hole;

	for (unsigned i = 0; i < self->holes_count; i++) {
		if (self->holes[i].side == peer && self->holes[i].acked_ns == 0 && !mw_seq_after(self->holes[i].end, ack))
			self->holes[i].acked_ns = packet->time_ns;
	}
	if ((packet->kinds & MW_KIND_ACK_AHEAD) == 0)
		return;
	hole = hole_at(flow, packet, peer, mw_flow_seq_next(flow, peer), ack);
	hole.acked_ns = packet->time_ns;
	mw_detector_mark(ctx, MIRROR_MARK_UNSEEN, hole.end - hole.begin);
	add_hole(ctx, self, &hole);
}

// Of small segments no more than three are known: rather too few than too many.
static void tell_acked(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow, unsigned side,
					   uint32_t ack)
{
	const uint32_t more = ack - self->acked[side], mss = mw_flow_mss(flow, side ^ 1u);
	uint32_t segments;

	if (more == 0 || more > UINT32_MAX - OLD_ACK_BYTES)
		return;
	self->acked[side] = ack;
	self->bytes[side] += more;
	segments = (uint32_t)((self->bytes[side] - 1) / (mss == 0 ? SEGMENT_BYTES : mss) + 1);
	segments = MW_MAX(segments, mw_flow_data_packets(flow, side));
	count(ctx, flow, side, MIRROR_ACKED, more);
	if (segments > self->segments[side]) {
		count(ctx, flow, side, MIRROR_SEGMENTS, segments - self->segments[side]);
		self->segments[side] = segments;
	}
}

static void tell(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow)
{
	for (unsigned side = 0; side < 2; side++) {
		if (mw_flow_has_acked(flow, side ^ 1u))
			tell_acked(ctx, self, flow, side, mw_flow_ack(flow, side ^ 1u));
	}
}

bool mirror_flow_take(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_packet *packet,
					  const struct mw_flow *flow)
{
	const unsigned side = packet->direction;
	const uint32_t next = mw_flow_seq_next(flow, side);

	if ((packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK)) == 0 && (packet->kinds & MW_KIND_OUT_OF_ORDER) != 0) {
		if (mw_seq_after(packet->tcp.seq, next)) {
			const struct mirror_hole hole = hole_at(flow, packet, side, next, packet->tcp.seq);

			mw_detector_mark(ctx, MIRROR_MARK_JUMP, hole.end - hole.begin);
			add_hole(ctx, self, &hole);
		} else {
			take_again(ctx, self, packet, flow);
		}
	}
	if ((packet->tcp.flags & MW_TCP_ACK) != 0)
		take_ack(ctx, self, packet, flow);
	settle(ctx, self, flow, packet);
	if ((packet->kinds & (MW_KIND_FLOW_AGAIN | MW_KIND_FIN)) != 0) {
		tell(ctx, self, flow);
		if ((packet->tcp.flags & MW_TCP_ACK) != 0)
			tell_acked(ctx, self, flow, side ^ 1u, packet->tcp.ack);
	}
	return self->holes_count > 0;
}

void mirror_flow_close(struct mw_detector_ctx *ctx, struct mirror_flow *self, const struct mw_flow *flow)
{
	for (unsigned i = self->holes_count; i-- > 0;) {
		if (self->holes[i].acked_ns != 0)
			decide(ctx, self, flow, i, mw_flow_clock_ns(flow));
	}
	tell(ctx, self, flow);
}
