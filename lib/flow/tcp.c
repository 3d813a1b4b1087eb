// SPDX-License-Identifier: BSD-3-Clause
// TCP as a bystander sees it: sequence numbers, options, state, and acknowledgements of what never passed.
// Neighbours: track.c calls it for segments that are no RST. Follows RFC 9293 section 3, RFC 7323.
#include "acks.h"
#include "times.h"

#define WSCALE_MAX 14 // RFC 7323 section 2.3

static bool is_syn(const struct mw_packet *packet)
{
	return (packet->tcp.flags & (MW_TCP_SYN | MW_TCP_ACK | MW_TCP_RST)) == MW_TCP_SYN;
}

static bool is_syn_ack(const struct mw_packet *packet)
{
	return (packet->tcp.flags & (MW_TCP_SYN | MW_TCP_ACK | MW_TCP_RST)) == (MW_TCP_SYN | MW_TCP_ACK);
}

// The SYN of a side whose ISN is not known, overtaken on its way to the tap by an answer or by the side's own next
// segment. Where each direction has a clock of its own, by all that the other side said: it has acknowledged more then.
static bool is_late_syn(const struct flow_entry *flow, const struct mw_packet *packet)
{
	unsigned side = packet->direction, peer = !side;

	if (entry_is_known(flow, side) && flow->seq_first[side] == packet->tcp.seq + 1)
		return true;
	return (flow->seen[peer] & MW_SIDE_SYN_ACK) != 0 && entry_has_acked(flow, peer) &&
		   flow->hot[peer].ack - packet->tcp.seq - 1 < (entry_is_known(flow, side) ? 1 : TCP_GAP_SANE_BYTES);
}

bool tcp_opens_again(const struct flow_entry *flow, const struct mw_packet *packet)
{
	unsigned side = packet->direction;

	if ((packet->kinds & MW_KIND_TCP) == 0 || !is_syn(packet) || (packet->kinds & MW_KIND_DUPLICATE) != 0)
		return false;
	switch (FLOW_FACT(flow, STATE)) {
	case MW_FLOW_TCP_NONE:
		return false;
	case MW_FLOW_TCP_FIN:
	case MW_FLOW_TCP_CLOSED:
		return entry_is_known(flow, side) || !is_late_syn(flow, packet);
	case MW_FLOW_TCP_SYN:
		// the other side's SYN: simultaneous open
		return entry_isn_known(flow, side) && flow->seq_first[side] != packet->tcp.seq;
	default:
		return entry_isn_known(flow, side) ? flow->seq_first[side] != packet->tcp.seq : !is_late_syn(flow, packet);
	}
}

static void track_seen(struct flow_entry *flow, unsigned side, uint8_t bit)
{
	if (MW_UNLIKELY((flow->seen[side] & bit) == 0))
		PUBLISH(flow->seen[side], flow->seen[side] | bit);
}

void tcp_track_offer(struct flow_entry *flow, unsigned side, const struct mw_packet_tcp *tcp)
{
	uint8_t scale = MW_MIN(tcp->wscale, (uint8_t)WSCALE_MAX);

	if ((tcp->present & MW_TCP_OPTION_WSCALE) == 0)
		scale = FLOW_WSCALE_NONE;
	PUBLISH(flow->first,
			flow_field_with(flow->first, FLOW_WSCALE_AT + FLOW_WSCALE_BITS * side, FLOW_WSCALE_BITS, scale));
	if (tcp->present & MW_TCP_OPTION_MSS)
		PUBLISH(flow->mss[side], tcp->mss);
}

static void track_options(struct flow_entry *flow, const struct mw_packet *packet)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	unsigned side = packet->direction;

	if (tcp->flags & MW_TCP_SYN)
		tcp_track_offer(flow, side, tcp);
	if ((tcp->present & MW_TCP_OPTION_TIMESTAMP) == 0)
		return;
	if ((flow->seen[side] & FLOW_SEEN_TIMESTAMPS) == 0 || mw_seq_after(tcp->ts_value, flow->ts_value[side]))
		PUBLISH(flow->ts_value[side], tcp->ts_value);
	track_seen(flow, side, FLOW_SEEN_TIMESTAMPS);
	if (packet->time_ns > entry_first_ns(flow))
		track_seen(flow, side, FLOW_SEEN_TS_FOLLOWS);
}

static void track_sequence(struct flow_entry *flow, const struct mw_packet *packet)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	unsigned side = packet->direction;
	struct flow_hot *hot = &flow->hot[side];
	bool syn = (tcp->flags & MW_TCP_SYN) != 0, first = !entry_is_known(flow, side);
	uint32_t end = tcp->seq + packet->payload_wire_bytes + syn + ((tcp->flags & MW_TCP_FIN) != 0);
	uint32_t ahead = first || mw_seq_after(end, hot->seq_next);

	if (first || (syn && !entry_isn_known(flow, side)))
		PUBLISH(flow->seq_first[side], tcp->seq);
	if (ahead)
		PUBLISH(hot->seq_next, end);
	PUBLISH(flow->facts, flow_facts_with(flow->facts, FLOW_AHEAD_AT + side, 1, ahead));
	PUBLISH(hot->window, tcp->window);
}

// An acknowledgement of more than was seen: the tap missed it. The first acknowledgement on a side that was met
// midstream only tells where the peer stands.
static void check_gap(struct flow_entry *flow, const struct mw_packet *packet, struct track_counts *counts)
{
	unsigned side = packet->direction, peer = !side;
	uint32_t ahead = packet->tcp.ack - flow->hot[peer].seq_next;
	bool anchored;

	if (!entry_is_known(flow, peer) || (packet->tcp.flags & MW_TCP_SYN) != 0)
		return;
	anchored = entry_has_acked(flow, side) || entry_isn_known(flow, peer);
	counts->acks += anchored;
	if (MW_LIKELY(ahead == 0 || ahead >= TCP_GAP_SANE_BYTES))
		return;
	PUBLISH(flow->hot[peer].seq_next, packet->tcp.ack);
	if (anchored) {
		counts->ack_gaps++;
		track_seen(flow, peer, FLOW_SEEN_GAPS);
	}
}

// The same as on the fast path.
static void note_answer(struct flow_entry *flow, unsigned side, uint32_t ack)
{
	bool known = entry_has_acked(flow, side) && flow->hot[side].ack == ack;

	PUBLISH(flow->facts, tcp_note_answer(flow->facts, side, flow->lag_ns, !known && ack == flow->hot[!side].seq_next));
}

void tcp_push_far_ack(struct flow_entry *flow, unsigned side, uint32_t ack)
{
	const uint32_t step = ack - flow->hot[side].ack;
	uint16_t *steps = flow->acks[side];
	struct flow_story *story;

	PUBLISH(steps[2], steps[1]);
	PUBLISH(steps[1], steps[0]);
	PUBLISH(steps[0], MW_MIN(step, (uint32_t)TCP_ACK_FAR));
	if (steps[0] == TCP_ACK_FAR) {
		story = story_begin(flow, (uint8_t)(STORY_ACK << side));
		if (story != NULL) {
			PUBLISH(story->far_ack, flow->hot[side].ack);
			PUBLISH(story->uses, story->uses & (uint8_t) ~(STORY_ACK << !side));
		}
	} else if (steps[1] != TCP_ACK_FAR && steps[2] != TCP_ACK_FAR) {
		story_end(flow, (uint8_t)(STORY_ACK << side));
	}
	PUBLISH(flow->hot[side].ack, ack);
}

static void remember_ack(struct flow_entry *flow, unsigned side, uint32_t ack)
{
	struct flow_hot *hot = &flow->hot[side];

	if (!entry_has_acked(flow, side)) {
		PUBLISH(hot->ack, ack);
		PUBLISH(hot->packets, hot->packets | FLOW_HOT_ACK);
		return;
	}
	if (hot->ack != ack && tcp_ack_is_new(flow, side, ack))
		tcp_push_ack(flow, side, ack);
}

static void track_syn(struct flow_entry *flow, const struct mw_packet *packet)
{
	uint32_t state = FLOW_FACT(flow, STATE);
	bool simultaneous = state == MW_FLOW_TCP_SYN && FLOW_FACT(flow, CLIENT) != packet->direction;

	if (state == MW_FLOW_TCP_NONE)
		PUBLISH(flow->opening, FLOW_OPENING_WITH(flow, SYN_FIRST, 1));
	if (!simultaneous)
		PUBLISH_FACT(flow, CLIENT, packet->direction);
	if (state == MW_FLOW_TCP_NONE)
		PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_SYN);
	else if (state == MW_FLOW_TCP_MIDSTREAM)
		PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_ESTABLISHED); // overtaken by its own connection
}

static void track_syn_ack(struct flow_entry *flow, const struct mw_packet *packet)
{
	uint32_t state = FLOW_FACT(flow, STATE);

	if (time_step_ns(flow, TIME_SYN_ACK) < 0)
		time_set_step(flow, TIME_SYN_ACK, packet->time_ns);
	if (state == MW_FLOW_TCP_NONE)
		PUBLISH_FACT(flow, CLIENT, !packet->direction);
	if (state == MW_FLOW_TCP_NONE || state == MW_FLOW_TCP_SYN)
		PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_SYN_ACK);
}

static void track_open(struct flow_entry *flow, const struct mw_packet *packet)
{
	uint32_t state = FLOW_FACT(flow, STATE);

	if (state == MW_FLOW_TCP_NONE)
		PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_MIDSTREAM);
	if ((state != MW_FLOW_TCP_SYN && state != MW_FLOW_TCP_SYN_ACK) || (packet->tcp.flags & MW_TCP_ACK) == 0)
		return;
	if (state == MW_FLOW_TCP_SYN_ACK && packet->direction == FLOW_FACT(flow, CLIENT))
		time_set_step(flow, TIME_ACK, packet->time_ns);
	PUBLISH_FACT(flow, STATE, MW_FLOW_TCP_ESTABLISHED);
}

static void track_fin(struct flow_entry *flow)
{
	bool both = (flow->seen[0] & flow->seen[1] & MW_SIDE_FIN) != 0;

	if (FLOW_FACT(flow, STATE) != MW_FLOW_TCP_RESET)
		PUBLISH_FACT(flow, STATE, both ? MW_FLOW_TCP_CLOSED : MW_FLOW_TCP_FIN);
}

void tcp_track(struct flow_entry *flow, const struct mw_packet *packet, struct track_counts *counts)
{
	unsigned side = packet->direction;
	uint8_t flags = packet->tcp.flags;

	track_options(flow, packet);
	track_sequence(flow, packet);
	if (flags & MW_TCP_ACK) {
		note_answer(flow, side, packet->tcp.ack);
		check_gap(flow, packet, counts);
		remember_ack(flow, side, packet->tcp.ack);
	}
	if (MW_UNLIKELY(is_syn(packet))) {
		track_seen(flow, side, MW_SIDE_SYN);
		track_syn(flow, packet);
	} else if (MW_UNLIKELY(is_syn_ack(packet))) {
		track_seen(flow, side, MW_SIDE_SYN_ACK);
		track_syn_ack(flow, packet);
	} else {
		track_open(flow, packet);
	}
	if (MW_UNLIKELY(flags & MW_TCP_FIN)) {
		track_seen(flow, side, MW_SIDE_FIN);
		track_fin(flow);
	}
}
