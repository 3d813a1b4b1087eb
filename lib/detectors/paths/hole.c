// SPDX-License-Identifier: BSD-3-Clause
// A tap that loses packets shows holes all the time: those that the receiver does not have either are few.
// Neighbours: hole.h.
#include "hole.h"

#include <string.h>

#include "paths.h"
#include "tcp.h"
#include "worker.h"

#define STAND_NS             (3 * MW_NS_PER_SECOND) // beyond a timer of retransmission and a few steps of its growth
#define IDLE_NS              (60 * MW_NS_PER_SECOND)
#define AFTER_RESET_NS       (2 * MW_NS_PER_SECOND) // until the receiver answers a reset (RFC 5961 section 3.2)
#define RESET_SEGMENTS_LEAST 2
#define HOLE_BYTES_MAX       (1u << 20) // beyond, a number is not of this connection
#define TIMESTAMP_BYTES      12 // RFC 7323 appendix A
#define MSS_LEAST            536
#define SMALLER_PART         8 // what arrives behind the hole is smaller than a full segment by one in so many

/** Payload of a full segment of the side, from the MSS that it must keep and its own; 0 not known. */
static uint32_t full_payload(const struct mw_flow *flow, uint8_t sender)
{
	uint32_t mss = mw_flow_mss(flow, !sender);

	if (mss == 0)
		return 0;
	if (mw_flow_mss(flow, sender) != 0)
		mss = MW_MIN(mss, mw_flow_mss(flow, sender));
	if (mss < MSS_LEAST)
		return 0;
	return mss - (mw_flow_has_timestamps(flow) ? TIMESTAMP_BYTES : 0);
}

static uint32_t hole_bytes(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return packet->tcp.seq - mw_flow_seq_next(flow, packet->direction);
}

/** A forged reset may have any number, but not after silence, with the TTL of its side, and by whole segments off. */
static bool reset_shows(const struct mw_packet *packet, const struct mw_flow *flow, uint32_t full)
{
	uint8_t sender = packet->direction;
	uint32_t bytes = hole_bytes(packet, flow);
	struct mw_flow_view view;

	if (bytes % full != 0 || bytes / full < RESET_SEGMENTS_LEAST || !(packet->tcp.flags & MW_TCP_ACK) ||
		mw_flow_ack(flow, !sender) != mw_flow_seq_next(flow, sender))
		return false;
	mw_flow_view(flow, &view);
	return path_since(packet->time_ns, view.side[sender].last_ns) >= STAND_NS &&
		   packet->ttl >= view.side[sender].ttl_min && packet->ttl <= view.side[sender].ttl_max;
}

bool path_hole_begins(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint8_t sender = packet->direction;
	uint32_t bytes = hole_bytes(packet, flow), full;

	if (bytes == 0 || bytes > HOLE_BYTES_MAX || !mw_flow_is_known(flow, sender) || !mw_flow_has_acked(flow, !sender) ||
		packet->tcp.flags & MW_TCP_SYN)
		return false;
	full = full_payload(flow, sender);
	if (full == 0 || bytes < full || packet->payload_wire_bytes > full - full / SMALLER_PART)
		return false;
	if (packet->tcp.flags & MW_TCP_RST)
		return reset_shows(packet, flow, full);
	return packet->payload_wire_bytes > 0 || packet->tcp.flags & MW_TCP_FIN;
}

static uint64_t due_of(const struct path_hole *hole)
{
	return hole->reset_clock_ns == 0 ? hole->last_clock_ns + IDLE_NS : hole->reset_clock_ns + AFTER_RESET_NS;
}

static uint32_t header_bytes(const struct mw_packet *packet, const struct mw_flow *flow)
{
	return packet->ip_header_bytes + 20u + (mw_flow_has_timestamps(flow) ? (uint32_t)TIMESTAMP_BYTES : 0);
}

void path_hole_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					const struct mw_flow *flow)
{
	uint8_t sender = packet->direction;
	uint32_t full = full_payload(flow, sender), bytes = hole_bytes(packet, flow);
	uint32_t acked = path_tcp_acked_bytes(flow, sender);
	struct path_hole *hole = &episode->hole;
	struct mw_flow_view view;

	mw_detector_mark(ctx, PATH_MARK_BEHIND, mw_flow_seq_next(flow, sender));
	memset(hole, 0, sizeof(*hole));
	hole->opened_ns = packet->time_ns;
	hole->last_clock_ns = packet->clock_ns;
	hole->start = mw_flow_seq_next(flow, sender);
	hole->end = packet->tcp.seq;
	hole->size = full + header_bytes(packet, flow);
	hole->segments = bytes % full == 0 ? bytes / full : 0;
	hole->small_acked = acked > 0 && acked < full;
	hole->large_acked = acked >= full;
	hole->passed = path_tcp_passed_bytes(flow, sender, header_bytes(packet, flow), full);
	if (packet->tcp.flags & MW_TCP_RST) {
		mw_flow_view(flow, &view);
		hole->by_reset = true;
		hole->silent_ns = view.side[sender].last_ns;
		hole->reset_seq = packet->tcp.seq;
		hole->reset_clock_ns = packet->clock_ns;
	}
	path_part_open(ctx, episode, PATH_PART_HOLE, due_of(hole));
}

static void drop(struct path_episode *episode)
{
	episode->parts &= (uint8_t)~PATH_PART_HOLE;
}

static void sent_reset(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_hole *hole = &episode->hole;

	// resets with one number after another are shots at a window (RFC 5961 section 1.2)
	if (hole->by_reset && packet->tcp.seq != hole->start && packet->tcp.seq != hole->reset_seq) {
		drop(episode);
		return;
	}
	if (hole->reset_clock_ns == 0)
		hole->reset_clock_ns = packet->clock_ns;
	path_part_open(ctx, episode, PATH_PART_HOLE, due_of(hole));
}

void path_hole_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_hole *hole = &episode->hole;
	uint32_t seq = packet->tcp.seq, end = seq + packet->payload_wire_bytes;

	hole->last_clock_ns = packet->clock_ns;
	if (packet->tcp.flags & MW_TCP_RST) {
		sent_reset(ctx, episode, packet);
		return;
	}
	if (packet->payload_wire_bytes == 0)
		return;
	if (packet->ip_total_bytes >= hole->size) {
		drop(episode); // this size passes
		return;
	}
	if (mw_seq_after(end, hole->start) && mw_seq_after(hole->end, seq) && packet->ip_total_bytes > hole->small_size) {
		hole->small_size = packet->ip_total_bytes;
		hole->small_end = end;
	}
}

void path_hole_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_hole *hole = &episode->hole;
	uint32_t ack = packet->tcp.ack;

	hole->last_clock_ns = packet->clock_ns;
	if (packet->tcp.flags & MW_TCP_RST) {
		sent_reset(ctx, episode, packet);
		return;
	}
	if (!(packet->tcp.flags & MW_TCP_ACK))
		return;
	if (ack == hole->start) {
		hole->stands_ns = packet->time_ns;
		hole->sacked |= path_tcp_sacked_bytes(packet) > 0;
		path_make_firm(ctx, episode);
	} else if (mw_seq_after(ack, hole->start)) {
		if (hole->small_size == 0)
			drop(episode); // the receiver has what never passed here
		else if (!mw_seq_after(hole->small_end, ack))
			path_hole_end(ctx, episode, PATH_SHRANK);
	}
}

uint64_t path_hole_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns)
{
	uint64_t due_ns = due_of(&episode->hole);

	if (due_ns > now_ns)
		return due_ns;
	path_hole_end(ctx, episode, PATH_GAVE_UP);
	return UINT64_MAX;
}

/** The receiver still lacked the bytes when they, had they only passed unseen, must have come long ago. */
static bool stood(const struct path_hole *hole)
{
	return hole->stands_ns != 0 && (hole->by_reset || path_since(hole->stands_ns, hole->opened_ns) >= STAND_NS);
}

/** The receiver lacked the bytes, and then nothing came of either side: what was sent again did not reach the tap. */
static bool fell_silent(const struct mw_detector_ctx *ctx, const struct path_hole *hole)
{
	return hole->sacked && !hole->large_acked && hole->reset_clock_ns == 0 &&
		   path_since(ctx->clock_ns, hole->last_clock_ns) >= STAND_NS;
}

void path_hole_end(struct mw_detector_ctx *ctx, struct path_episode *episode, enum path_end end)
{
	const struct path_hole *hole = &episode->hole;
	struct path_facts facts;

	drop(episode);
	episode->shrank |= end == PATH_SHRANK && !hole->large_acked;
	if (!stood(hole) && !fell_silent(ctx, hole))
		return;
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_HOLE;
	facts.end = (uint8_t)end;
	facts.receiver_alive = stood(hole);
	facts.burst_small = !stood(hole);
	facts.small_acked = hole->small_acked || end == PATH_SHRANK || facts.burst_small;
	facts.large_acked = hole->large_acked;
	facts.full_size = hole->segments != 0;
	facts.reported = episode->reported;
	facts.largest_acked = end == PATH_SHRANK ? hole->small_size : hole->passed;
	facts.smallest_lost = hole->size;
	facts.segments_lost = hole->segments;
	facts.from_ns = hole->by_reset ? hole->silent_ns : hole->opened_ns;
	facts.to_ns = MW_MAX(hole->stands_ns, hole->opened_ns);
	path_tcp_fill(&facts, path_flow_of(ctx, episode), episode->direction);
	path_emit(ctx, facts.from_ns, &episode->ends, &facts);
}
