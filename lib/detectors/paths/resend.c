// SPDX-License-Identifier: BSD-3-Clause
// Follows one segment from its first retransmission to its acknowledgement, or to the end of the connection.
// Neighbours: resend.h.
#include "resend.h"

#include <string.h>

#include "merged.h"
#include "paths.h"
#include "tcp.h"
#include "worker.h"

#define LARGE_BYTES_V4     576 // what smaller packets need not fear (RFC 791 section 3.2)
#define LARGE_BYTES_V6     1280 // RFC 8200 section 5
#define FULL_BYTES_LEAST   1200 // full-size without knowing the MSS
#define MSS_SLACK_BYTES    40 // options that a sender leaves room for
#define COPY_NS            (5 * MW_NS_PER_MS) // no timer of a sender is so fast: the packet took two ways
#define GROWS(gap, before) ((gap) >= (before) + (before)*3 / 10) // RFC 6298 section 5.5: doubled
#define GAP_MOST_NS        (50 * MW_NS_PER_SECOND) // RFC 6298 section 2.5: from 60 s on it need not grow
#define IDLE_LEAST_NS      (10 * MW_NS_PER_SECOND)
#define IDLE_MOST_NS       (130 * MW_NS_PER_SECOND)
#define AFTER_RESET_NS     (2 * MW_NS_PER_SECOND) // an answer to the reset shows that small packets pass
#define ANSWER_NS          MW_NS_PER_SECOND // a round trip is shorter
#define SHRANK_LEAST       2 // large retransmissions before smaller ones: no stack takes a single loss for it
#define FIRM_RETRANSMITS   2
#define ID_STEPS_LEAST     2
#define FRESH_NS           (20 * MW_NS_PER_SECOND)
#define GROWING_GAPS_LEAST 2

static uint32_t large_bytes(const struct mw_packet *packet)
{
	return packet->family == 4 ? LARGE_BYTES_V4 : LARGE_BYTES_V6;
}

bool path_resend_begins(const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint8_t sender = packet->direction;
	uint32_t end = packet->tcp.seq + packet->payload_wire_bytes;

	return packet->ip_total_bytes > large_bytes(packet) && path_tcp_repeats(packet, flow) &&
		   !(packet->tcp.flags & (MW_TCP_SYN | MW_TCP_RST)) && mw_flow_has_acked(flow, !sender) &&
		   mw_seq_after(end, mw_flow_ack(flow, !sender));
}

/** What a router has told this sender to keep to; 0 nothing. */
static uint32_t reported_limit(const struct path_episode *episode)
{
	return (episode->parts & PATH_PART_REACTION) != 0 && episode->reaction.fits_flow ? episode->reaction.limit_bytes
																					 : 0;
}

/** As large as the MSS allows, or as a report does: behind that hop there may be a narrower one that is silent. */
static bool is_full_size(const struct path_episode *episode, const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint16_t mss = mw_flow_mss(flow, !packet->direction);
	uint32_t bytes = packet->payload_wire_bytes + packet->tcp.header_bytes - 20u, limit = reported_limit(episode);

	if (packet->ip_total_bytes <= limit && packet->ip_total_bytes + MSS_SLACK_BYTES >= limit)
		return true;
	return mss == 0 ? packet->ip_total_bytes >= FULL_BYTES_LEAST : bytes + MSS_SLACK_BYTES >= mss;
}

static void note_outstanding(struct path_resend *resend, const struct mw_flow *flow, uint8_t sender)
{
	uint32_t bytes = mw_flow_seq_next(flow, sender) - mw_flow_ack(flow, !sender);

	if (bytes <= INT32_MAX)
		resend->outstanding = MW_MAX(resend->outstanding, bytes / resend->payload);
}

/** Counts a transmission at the full size. */
static void count_large(struct path_resend *resend, const struct mw_packet *packet, const struct mw_flow *flow)
{
	uint64_t gap_ns = path_since(packet->time_ns, resend->last_ns);

	if (resend->retransmits > 0 && gap_ns < COPY_NS)
		return;
	resend->small_size = 0;
	resend->window_closed = path_tcp_window_closed(flow, packet->direction, resend->payload);
	if (resend->window_closed) { // probing a closed window (RFC 9293 section 3.8.6.1)
		resend->retransmits = resend->growing = resend->growing_most = 0;
		resend->gap_ns = 0;
	} else if (resend->retransmits++ > 0) {
		bool grows = resend->gap_ns == 0 || gap_ns > GAP_MOST_NS || GROWS(gap_ns, resend->gap_ns);

		resend->growing = grows ? resend->growing + 1 : 1;
		resend->growing_most = MW_MAX(resend->growing_most, resend->growing);
		resend->gap_ns = gap_ns;
	}
	resend->ip_id = packet->ip_id_known ? packet->ip_id : 0;
	resend->last_ns = packet->time_ns;
	resend->last_clock_ns = packet->clock_ns;
	note_outstanding(resend, flow, packet->direction);
}

/** A translator or firewall on the way has no reason to have forgotten the connection (RFC 5382 REQ-5). */
static bool is_fresh(const struct mw_packet *packet, const struct mw_flow *flow)
{
	struct mw_flow_view view;

	mw_flow_view(flow, &view);
	return path_since(packet->time_ns, view.side[!packet->direction].last_ns) <= FRESH_NS;
}

/** Begins with the segment of packet: the first one, or one before the one that was followed. */
static void begin(struct path_episode *episode, const struct mw_packet *packet, const struct mw_flow *flow)
{
	struct path_resend *resend = &episode->resend;
	uint32_t acked = path_tcp_acked_bytes(flow, packet->direction);

	*resend = (struct path_resend){.first_ns = packet->time_ns,
								   .seq = packet->tcp.seq,
								   .end = packet->tcp.seq + packet->payload_wire_bytes,
								   .size = packet->ip_total_bytes,
								   .payload = packet->payload_wire_bytes,
								   .passed = resend->passed,
								   .receiver_alive = resend->receiver_alive,
								   .small_acked = resend->small_acked,
								   .large_acked = resend->large_acked,
								   .merged = !path_tcp_is_wire_size(packet, flow),
								   .id_steps = resend->id_steps,
								   .id_ones = resend->id_ones,
								   .last_id = (uint16_t)packet->ip_id,
								   .last_payload = packet->ip_id_known ? packet->payload_wire_bytes : 0,
								   .fresh = resend->fresh || is_fresh(packet, flow)};
	if (acked < resend->payload) // all that came through before was smaller than this
		resend->small_acked |= acked > 0;
	else
		resend->large_acked = true;
	if (resend->passed == 0)
		resend->passed = path_tcp_passed_bytes(flow, packet->direction,
											   packet->ip_total_bytes - packet->payload_wire_bytes, resend->payload);
	resend->full_size = is_full_size(episode, packet, flow);
	count_large(resend, packet, flow);
}

static uint64_t due_of(const struct path_resend *resend)
{
	uint64_t idle_ns = MW_MIN(MW_MAX(resend->gap_ns * 5 / 2, IDLE_LEAST_NS), IDLE_MOST_NS);
	uint64_t due_ns = resend->last_clock_ns + idle_ns;

	return resend->reset_clock_ns == 0 ? due_ns : MW_MIN(due_ns, resend->reset_clock_ns + AFTER_RESET_NS);
}

void path_resend_open(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					  const struct mw_flow *flow)
{
	mw_detector_mark(ctx, PATH_MARK_AGAIN, 0);
	memset(&episode->resend, 0, sizeof(episode->resend));
	begin(episode, packet, flow);
	path_part_open(ctx, episode, PATH_PART_RESEND, due_of(&episode->resend));
}

static void note_small(struct path_resend *resend, const struct mw_packet *packet, const struct mw_flow *flow)
{
	resend->window_closed |= path_tcp_window_closed(flow, packet->direction, resend->payload);
	if (packet->ip_total_bytes <= resend->small_size)
		return;
	resend->small_size = packet->ip_total_bytes;
	resend->small_end = packet->tcp.seq + packet->payload_wire_bytes;
	resend->small_payload = packet->payload_wire_bytes;
}

/** Identifications of IPv4 go on by the packets that went into one: what the sender numbered before it was merged. */
static void note_id(struct path_resend *resend, const struct mw_packet *packet)
{
	uint16_t step = (uint16_t)(packet->ip_id - resend->last_id);

	if (packet->family != 4 || !packet->ip_id_known)
		return;
	if (path_merged_is_large(false, resend->last_payload)) {
		bool counts = path_merged_counts(resend->last_payload, step);

		resend->id_steps += counts;
		resend->id_ones += !counts && step == 1;
	}
	resend->last_id = (uint16_t)packet->ip_id;
	resend->last_payload = packet->payload_wire_bytes;
}

/** Of a merged packet that was sent again, single ones follow: the second one of its bytes is what is stuck, then. */
static bool is_single_again(struct path_resend *resend, const struct mw_packet *packet)
{
	if (!resend->merged || packet->tcp.seq != resend->seq)
		return false;
	resend->singles++;
	return resend->singles > 1;
}

void path_resend_sent(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet,
					  const struct mw_flow *flow)
{
	struct path_resend *resend = &episode->resend;
	uint32_t seq = packet->tcp.seq;
	bool single;

	if (packet->tcp.flags & MW_TCP_RST) {
		resend->reset_clock_ns = packet->clock_ns;
		path_part_open(ctx, episode, PATH_PART_RESEND, due_of(resend));
		return;
	}
	single = path_tcp_is_wire_size(packet, flow);
	if (packet->payload_wire_bytes == 0 || (!single && !resend->merged))
		return;
	note_id(resend, packet);
	if (path_resend_begins(packet, flow))
		mw_detector_mark(ctx, PATH_MARK_AGAIN, 0);
	if (mw_seq_after(resend->seq, seq) || (single && is_single_again(resend, packet))) {
		if (path_resend_begins(packet, flow))
			begin(episode, packet, flow);
	} else if (packet->ip_total_bytes < resend->size) {
		if (mw_seq_after(resend->end, seq))
			note_small(resend, packet, flow);
	} else if (seq == resend->seq) {
		count_large(resend, packet, flow);
	}
	if (resend->retransmits >= FIRM_RETRANSMITS)
		path_make_firm(ctx, episode);
}

/** It came soon enough to answer the latest large retransmission, and not something that never passed the tap. */
static bool answers_large(const struct path_resend *resend, const struct mw_packet *packet)
{
	return path_since(packet->time_ns, resend->last_ns) <= ANSWER_NS;
}

void path_resend_peer(struct mw_detector_ctx *ctx, struct path_episode *episode, const struct mw_packet *packet)
{
	struct path_resend *resend = &episode->resend;
	uint32_t sacked;

	if (packet->tcp.flags & MW_TCP_RST) {
		resend->reset_clock_ns = packet->clock_ns;
		path_part_open(ctx, episode, PATH_PART_RESEND, due_of(resend));
		return;
	}
	resend->receiver_alive = true;
	sacked = path_tcp_sacked_bytes(packet);
	resend->small_acked |= sacked > 0 && sacked < resend->payload;
	resend->large_acked |= sacked >= resend->payload; // perhaps of small ones: it cannot be excluded
	if (!(packet->tcp.flags & MW_TCP_ACK) || !mw_seq_after(packet->tcp.ack, resend->seq))
		return;
	if (resend->small_size != 0 && !mw_seq_after(resend->small_end, packet->tcp.ack))
		path_resend_end(ctx, episode, PATH_SHRANK);
	else if (!mw_seq_after(resend->end, packet->tcp.ack))
		path_resend_end(ctx, episode, answers_large(resend, packet) ? PATH_GOT_THROUGH : PATH_UNSEEN);
	else if (resend->small_size == 0)
		path_resend_end(ctx, episode, PATH_UNSEEN);
}

uint64_t path_resend_tick(struct mw_detector_ctx *ctx, struct path_episode *episode, uint64_t now_ns)
{
	uint64_t due_ns = due_of(&episode->resend);

	if (due_ns > now_ns)
		return due_ns;
	path_resend_end(ctx, episode, PATH_GAVE_UP);
	return UINT64_MAX;
}

static bool is_merged(const struct path_episode *episode, enum path_end end)
{
	const struct path_resend *resend = &episode->resend;

	if (resend->merged)
		return true;
	if (!path_merged_is_large(!mw_address_is_v4(&episode->ends.src), resend->payload))
		return false;
	return (resend->id_steps >= ID_STEPS_LEAST && resend->id_ones == 0) ||
		   (end == PATH_SHRANK && path_merged_holds(resend->payload, resend->small_payload));
}

static bool is_told(const struct mw_detector_ctx *ctx, const struct path_resend *resend, enum path_end end)
{
	const struct mw_path_settings *settings = ctx->settings;

	if (resend->window_closed || end == PATH_UNSEEN || (resend->merged && end == PATH_GOT_THROUGH))
		return false;
	return resend->retransmits >= (end == PATH_SHRANK ? SHRANK_LEAST : settings->retransmits_at_least);
}

void path_resend_end(struct mw_detector_ctx *ctx, struct path_episode *episode, enum path_end end)
{
	const struct path_resend *resend = &episode->resend;
	struct path_facts facts;

	episode->parts &= (uint8_t)~PATH_PART_RESEND;
	episode->shrank |= end == PATH_SHRANK && !resend->large_acked;
	if (!is_told(ctx, resend, end))
		return;
	memset(&facts, 0, sizeof(facts));
	facts.what = PATH_STUCK;
	facts.end = (uint8_t)end;
	facts.gaps_grow = resend->growing_most >= GROWING_GAPS_LEAST;
	facts.receiver_alive = resend->receiver_alive;
	facts.small_acked = resend->small_acked || end == PATH_SHRANK;
	facts.large_acked = resend->large_acked;
	facts.burst_small = episode->small_sacked && !resend->large_acked;
	facts.small_acked |= facts.burst_small;
	facts.fresh = resend->fresh;
	facts.full_size = resend->full_size;
	facts.merged = is_merged(episode, end);
	facts.reported = episode->reported;
	facts.largest_acked = end == PATH_SHRANK ? resend->small_size : resend->passed;
	facts.smallest_lost = resend->size;
	facts.seq = resend->seq;
	facts.ip_id = resend->ip_id;
	facts.retransmits = resend->retransmits;
	facts.segments_lost = MW_MAX(resend->outstanding, 1u);
	facts.from_ns = resend->first_ns;
	facts.to_ns = resend->last_ns;
	path_tcp_fill(&facts, path_flow_of(ctx, episode), episode->direction);
	path_emit(ctx, resend->first_ns, &episode->ends, &facts);
}
