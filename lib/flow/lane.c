// SPDX-License-Identifier: BSD-3-Clause
// The quick update: an ordinary packet of a flow whose two ends are known, in order of time and sequence, of the same
// route. Line 0 alone changes, and of TCP the last acknowledgements and timestamps in line 1.
// Neighbours: track.c and tcp.c are the slow way; a test compares both on each packet that is taken here.
//
// All is asked before anything is stored, in registers and without branches: one question decides.
#include "acks.h"

/** What of line 0 changes for every packet. */
struct step {
	uint32_t facts, lag_ns;
};

#define OPENING (1u << MW_FLOW_TCP_NONE | 1u << MW_FLOW_TCP_SYN | 1u << MW_FLOW_TCP_SYN_ACK)

// The time: neither silent for so long that the flow may have ended, nor the first of its side in a window. Not 0: no.
static inline uint64_t step_time(struct step *step, const struct flow_entry *flow, const struct mw_packet *packet,
								 uint64_t idle_least_ns)
{
	const unsigned side = packet->lane.direction;
	const uint64_t since_ns = packet->clock_ns - flow->clock_ns; // of a clock that went back: larger than any
	const uint32_t recent = (uint32_t)mw_unguessed((step->facts >> FLOW_RECENT_AT ^ side ^ 1) & 1); // it is this one
	const uint32_t lag_mine_ns = step->lag_ns & (0 - recent);
	const uint64_t mine_ns = flow->clock_ns - (step->lag_ns - lag_mine_ns), lag_ns = since_ns + lag_mine_ns;
	const bool keeps = (step->facts >> FLOW_APART_AT >> (side ^ 1) & 1) != 0;

	step->lag_ns = keeps ? step->lag_ns : (uint32_t)lag_ns;
	step->facts = (step->facts & ~(1u << FLOW_RECENT_AT)) | side << FLOW_RECENT_AT;
	return (packet->time_ns ^ packet->clock_ns) | (uint64_t)(since_ns >= MW_MIN(idle_least_ns, UINT32_MAX)) |
		   (keeps ? 0 : lag_ns >> 32) | (mine_ns ^ packet->clock_ns) >> FLOW_AGAIN_SHIFT;
}

// In sequence; neither a keep-alive nor a duplicate acknowledgement; acknowledges what was seen. Not 0: no.
static inline uint32_t step_tcp(const struct step *step, const struct flow_entry *flow, const struct mw_lane *lane)
{
	const unsigned side = lane->direction;
	const struct flow_hot *hot = &flow->hot[side], *peer = &flow->hot[side ^ 1];
	const uint32_t ahead = lane->ack - peer->seq_next, words = (uint32_t)lane->copy[1];
	const uint32_t peer_known = (peer->packets & FLOW_HOT_ANY) != 0;
	const uint32_t again = (lane->ack == hot->ack) & (lane->payload_bytes == 0) & (words >> 16 == hot->window) &
						   ((words >> 8 & 0xff) == MW_TCP_ACK) & (uint32_t)mw_seq_after(peer->seq_next, lane->ack);
	const uint32_t state = step->facts >> FLOW_STATE_AT & ((1u << FLOW_STATE_BITS) - 1);

	return (lane->seq ^ hot->seq_next) | (~(uint32_t)hot->packets & FLOW_HOT_ACK) | (OPENING >> state & 1) | again |
		   (peer_known & (ahead - 1 < TCP_GAP_SANE_BYTES - 1));
}

static inline void count_data(struct step *step, const struct mw_lane *lane)
{
	const unsigned at = FLOW_DATA_AT + 2u * lane->direction;

	step->facts += (uint32_t)((step->facts >> at & 3) != 3 && lane->payload_bytes != 0) << at;
}

// Between publish_begin and publish_end: the last acknowledgements and timestamps.
static inline void follow_acks(struct step *step, struct flow_entry *flow, const struct mw_packet *packet,
							   const struct mw_lane lane)
{
	struct flow_warm *warm = &flow->warm[lane.direction];
	struct flow_hot *hot = &flow->hot[lane.direction];

	if ((lane.bits & MW_LANE_STAMPED) != 0 && mw_seq_after((uint32_t)lane.copy[0], warm->ts_value)) {
		PUBLISH(warm->ts_value, lane.copy[0]);
		PUBLISH(warm->ts_time_ns, packet->time_ns);
	}
	if (lane.ack != hot->ack) {
		if (lane.ack == flow->hot[lane.direction ^ 1].seq_next)
			step->facts = tcp_note_answer(step->facts, lane.direction, step->lag_ns);
		if (tcp_ack_is_new(warm, lane.ack)) {
			tcp_push_ack(warm, hot->ack);
			PUBLISH(hot->ack, lane.ack);
		}
	}
}

// Between publish_begin and publish_end: the sums. What they carry goes to line 1.
static inline void count_packet(struct flow_entry *flow, unsigned side, uint32_t wire_bytes)
{
	struct flow_hot *hot = &flow->hot[side];
	const uint32_t bytes = hot->bytes + wire_bytes, packets = hot->packets;

	if (MW_UNLIKELY((packets & FLOW_HOT_PACKETS) == FLOW_HOT_PACKETS || bytes > UINT16_MAX)) {
		track_counts(flow, side, 1, wire_bytes);
		return;
	}
	PUBLISH(hot->bytes, bytes);
	PUBLISH(hot->packets, packets + 1);
}

bool mw_flow_update_lane(struct mw_flow_table *table, const struct mw_packet *packet, uint32_t scanned)
{
	const struct mw_lane lane = packet->lane; // in registers: stores below might be to it, for all the compiler knows
	struct flow_entry *flow = entry_of_own(packet->flow);
	struct flow_hot *hot = &flow->hot[lane.direction];
	const uint32_t tcp = 0 - (uint32_t)mw_unguessed((lane.shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP);
	const uint32_t payload =
		tcp & lane.payload_bytes; // what takes sequence numbers: of UDP they are 0 before and after
	const unsigned ahead_at = FLOW_AHEAD_AT + lane.direction;
	struct step step = {flow->facts, flow->lag_ns};
	uint64_t unusual = (uint32_t)(hot->route ^ lane.route) |
					   (step.facts & (1u << FLOW_WATCHED_AT | 1u << FLOW_APART_AT << lane.direction));

	if (MW_UNLIKELY((hot->packets & FLOW_HOT_ANY) == 0))
		return false;
	unusual |= step_time(&step, flow, packet, table->idle_least_ns) | (step_tcp(&step, flow, &lane) & tcp);
	if (MW_UNLIKELY(unusual != 0) ||
		MW_UNLIKELY((lane.bits & MW_LANE_STAMPED) != 0 && flow->warm[lane.direction].ts_time_ns == 0))
		return false;
	count_data(&step, &lane);
	mw_stats_bump(table->acks, tcp & ((flow->hot[lane.direction ^ 1].packets & FLOW_HOT_ANY) != 0));
	publish_begin(flow);
	count_packet(flow, lane.direction, packet->wire_bytes);
	follow_acks(&step, flow, packet, lane);
	PUBLISH(hot->seq_next, lane.seq + payload);
	PUBLISH(hot->window, (uint32_t)lane.copy[1] >> 16);
	if ((lane.bits & MW_LANE_NUMBERED) != 0)
		PUBLISH(hot->ip_id, lane.ip_id);
	step.facts = (step.facts & ~(1u << ahead_at)) | (uint32_t)(payload != 0) << ahead_at;
	PUBLISH(flow->facts, step.facts + (scanned << FLOW_SCANNED_AT));
	PUBLISH(flow->lag_ns, step.lag_ns);
	PUBLISH(flow->clock_ns, packet->clock_ns);
	publish_end(flow);
	return true;
}
