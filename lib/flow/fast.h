// SPDX-License-Identifier: BSD-3-Clause
// The fast path: a packet of a flow whose two ends are known, in order of time, of the same route, no flag that changes
// the connection. Line 0 alone changes, and of TCP the last acknowledgements in line 1.
// Neighbours: track.c and tcp.c are the slow path; a test compares both on each packet that is taken here.
#ifndef FLOW_FAST_H
#define FLOW_FAST_H

#include "acks.h"
#include "route.h"

#define SLOW_KINDS (MW_KIND_SYN | MW_KIND_SYN_ACK | MW_KIND_FIN | MW_KIND_RST | MW_KIND_DUPLICATE | MW_KIND_FLOW_START)

/** What of line 0 changes. In registers: stored, field by field, only when the whole packet proved ordinary. */
struct fast {
	uint32_t facts, lag_ns;
	// of the packet's side
	uint32_t seq_next, ack, bytes;
	uint8_t packets;
};

static inline bool counts_fit(struct fast *f, const struct mw_packet *packet)
{
	f->bytes += packet->wire_bytes;
	f->packets++;
	return (f->packets & FLOW_HOT_PACKETS) != 0 && (f->bytes | packet->wire_bytes) <= UINT16_MAX;
}

// The other side's time stays relative, unless it stands apart or never spoke.
static inline bool time_fits(struct fast *f, const struct flow_entry *flow, const struct mw_packet *packet)
{
	const unsigned side = packet->direction;
	const uint64_t since_ns = packet->clock_ns - flow->clock_ns;
	const uint32_t apart = f->facts >> FLOW_APART_AT;
	const uint64_t lag_ns = since_ns + ((f->facts >> FLOW_RECENT_AT & 1) == side ? f->lag_ns : 0);
	const bool keeps = (apart >> (side ^ 1) & 1) != 0;

	// since_ns of a clock that went back is larger than any lag
	if (MW_UNLIKELY(packet->time_ns != packet->clock_ns || since_ns > UINT32_MAX || (apart >> side & 1) != 0 ||
					(!keeps && lag_ns > UINT32_MAX)))
		return false;
	f->lag_ns = keeps ? f->lag_ns : (uint32_t)lag_ns;
	f->facts = FLOW_WITH(f->facts, RECENT, side);
	return true;
}

static inline void count_data(struct fast *f, const struct mw_packet *packet, bool tcp)
{
	const unsigned at = FLOW_DATA_AT + 2u * packet->direction;
	const uint32_t payload = packet->payload_wire_bytes;
	const bool keep_alive = tcp && payload == 1 && packet->tcp.seq + 1 == f->seq_next;

	f->facts += (uint32_t)((f->facts >> at & 3) != 3 && payload != 0 && !keep_alive) << at;
}

// Before anything is stored. Line 0 tells all but what follows a timestamp.
static inline bool tcp_fits(const struct fast *f, const struct flow_entry *flow, const struct mw_packet *packet)
{
	const struct flow_hot *peer = &flow->hot[packet->direction ^ 1];
	const struct mw_packet_tcp *tcp = &packet->tcp;
	const uint32_t state = f->facts >> FLOW_STATE_AT & ((1u << FLOW_STATE_BITS) - 1);
	const uint32_t ahead = tcp->ack - peer->seq_next;

	return (tcp->flags & MW_TCP_ACK) != 0 && (f->packets & FLOW_HOT_ACK) != 0 &&
		   (1u << state & (1u << MW_FLOW_TCP_NONE | 1u << MW_FLOW_TCP_SYN | 1u << MW_FLOW_TCP_SYN_ACK)) == 0 &&
		   ((peer->packets & FLOW_HOT_ANY) == 0 || ahead == 0 || ahead >= TCP_GAP_SANE_BYTES) &&
		   ((tcp->present & MW_TCP_OPTION_TIMESTAMP) == 0 || flow->warm[packet->direction].ts_time_ns != 0);
}

// Between publish_begin and publish_end: line 1, and what of line 0 is TCP's.
static inline void tcp_follow(struct fast *f, struct flow_entry *flow, const struct mw_packet *packet)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	struct flow_warm *warm = &flow->warm[packet->direction];
	struct flow_hot *hot = &flow->hot[packet->direction];
	const uint32_t end = tcp->seq + packet->payload_wire_bytes;
	const uint32_t ahead = mw_seq_after(end, f->seq_next);
	const unsigned ahead_at = FLOW_AHEAD_AT + packet->direction;

	if ((tcp->present & MW_TCP_OPTION_TIMESTAMP) != 0 && mw_seq_after(tcp->ts_value, warm->ts_value)) {
		PUBLISH(warm->ts_value, tcp->ts_value);
		PUBLISH(warm->ts_time_ns, packet->time_ns);
	}
	if (tcp->ack != f->ack && tcp->ack == flow->hot[packet->direction ^ 1].seq_next)
		f->facts = tcp_note_answer(f->facts, packet->direction, f->lag_ns);
	PUBLISH(hot->seq_next, ahead ? end : f->seq_next);
	f->facts = (f->facts & ~(1u << ahead_at)) | ahead << ahead_at;
	PUBLISH(hot->window, tcp->window);
	if (tcp->ack != f->ack && tcp_ack_is_new(warm, tcp->ack)) {
		tcp_push_ack(warm, f->ack);
		PUBLISH(hot->ack, tcp->ack);
	}
}

static inline void publish_line(const struct fast *f, struct flow_entry *flow, const struct mw_packet *packet)
{
	struct flow_hot *hot = &flow->hot[packet->direction];

	PUBLISH(hot->bytes, f->bytes);
	PUBLISH(hot->packets, f->packets);
	if (packet->ip_id_known)
		PUBLISH(hot->ip_id, packet->ip_id);
	PUBLISH(flow->facts, f->facts);
	PUBLISH(flow->lag_ns, f->lag_ns);
	PUBLISH(flow->clock_ns, packet->clock_ns);
}

/**
 * Publishes the facts of an ordinary packet, which leave the idle time as it is. acks: the counter of acknowledgements
 * that were compared. False, and no change, for other packets.
 */
static inline bool track_fast(struct flow_entry *flow, const struct mw_packet *packet, _Atomic uint64_t *acks)
{
	const struct flow_hot *hot = &flow->hot[packet->direction];
	struct fast f = {flow->facts, flow->lag_ns, hot->seq_next, hot->ack, hot->bytes, hot->packets};
	const bool tcp = (packet->kinds & MW_KIND_TCP) != 0;

	// a side that is known has spoken
	if (MW_UNLIKELY((packet->kinds & SLOW_KINDS) != 0 || (f.packets & FLOW_HOT_ANY) == 0 ||
					hot->route != route_of(packet)) ||
		MW_UNLIKELY(!counts_fit(&f, packet) || !time_fits(&f, flow, packet) || (tcp && !tcp_fits(&f, flow, packet))))
		return false;
	count_data(&f, packet, tcp);
	publish_begin(flow);
	if (tcp) {
		tcp_follow(&f, flow, packet);
		mw_stats_bump(acks, (flow->hot[packet->direction ^ 1].packets & FLOW_HOT_ANY) != 0);
	}
	publish_line(&f, flow, packet);
	publish_end(flow);
	return true;
}

#endif
