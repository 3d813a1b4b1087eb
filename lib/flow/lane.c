// SPDX-License-Identifier: BSD-3-Clause
// The quick update: an ordinary packet of a flow whose two ends are known, in order of time and sequence, of the same
// route. Line 0 alone changes, and of TCP the last acknowledgements and timestamps in line 1. So does the packet that
// ends a handshake, in a way of its own.
// Neighbours: track.c and tcp.c are the slow way; a test compares both on each packet that is taken here.
//
// All is asked before anything is stored. Branches ask for what is rare; what takes turns at random (direction,
// protocol, data) is arithmetic. What a side counts (window, IP-ID, sums, route) is one word.
#include "acks.h"
#include "times.h"

/** The bits of facts that are of one side, or of its packets. */
struct side_facts {
	uint32_t apart, its_apart; // the other side's
	uint32_t moved; // those that every packet sets anew
	uint32_t recent, ahead;
	uint32_t data_one;
};
#define SIDE_FACTS(side)                                                                                               \
	{                                                                                                                  \
		.apart = 1u << FLOW_APART_AT << (side), .its_apart = 1u << FLOW_APART_AT << ((side) ^ 1),                      \
		.moved = 1u << FLOW_RECENT_AT | 1u << FLOW_AHEAD_AT << (side), .recent = (uint32_t)(side) << FLOW_RECENT_AT,   \
		.ahead = 1u << FLOW_AHEAD_AT << (side), .data_one = 1u << FLOW_DATA_AT << 2 * (side),                          \
	}
static const struct side_facts sides_facts[2] = {SIDE_FACTS(0), SIDE_FACTS(1)};

#define READY_OF(its_route, bits) (SUMS_OF(route, its_route) | SUMS_OF(packets, bits))

/** What the lanes of a transport ask of the flow. */
struct transport {
	uint64_t ready; // of sums: the route, and that the side has spoken, and of TCP acknowledged
	uint32_t states; // a bit for each TCP state amid which no packet is ordinary
	uint32_t numbered; // all bits when its payload takes sequence numbers
};
static const struct transport transports[MW_SHAPE_TRANSPORT + 1] = {
	[MW_SHAPE_TCP] = {READY_OF(UINT8_MAX, FLOW_HOT_ANY | FLOW_HOT_ACK),
					  1u << MW_FLOW_TCP_NONE | 1u << MW_FLOW_TCP_SYN | 1u << MW_FLOW_TCP_SYN_ACK |
						  1u << MW_FLOW_TCP_RESET,
					  UINT32_MAX},
	[MW_SHAPE_UDP] = {READY_OF(UINT8_MAX, FLOW_HOT_ANY), 0, 0},
	[MW_SHAPE_ESP] = {READY_OF(UINT8_MAX, FLOW_HOT_ANY), 0, 0},
};

/** Whose packet it is, what line 0 says of that side, and what becomes of it. */
struct step {
	const struct side_facts *of; // its bits of facts
	struct flow_hot *hot, *peer;
	uint64_t sums; // of the side, as they are
	uint32_t facts, lag_ns;
	uint32_t numbered; // as in transport
	uint16_t *acks; // where the step of its acknowledgement goes
};

static inline struct step step_of(struct flow_entry *flow, const struct mw_lane *lane,
								  const struct transport *transport)
{
	const unsigned side = lane->direction;

	return (struct step){.of = &sides_facts[side],
						 .hot = &flow->hot[side],
						 .peer = &flow->hot[side ^ 1],
						 .sums = flow->hot[side].sums,
						 .facts = flow->facts,
						 .lag_ns = flow->lag_ns,
						 .numbered = transport->numbered};
}

// The time: neither silent for so long that the flow may have ended, nor the first of its side in a window.
static inline bool ask_time(struct step *step, const struct mw_flow_table *table, const struct flow_entry *flow,
							const struct mw_packet *packet)
{
	const unsigned side = packet->lane.direction;
	const uint64_t clock_ns = packet->clock_ns;
	const uint64_t since_ns = clock_ns - flow->clock_ns; // of a clock that went back: larger than any
	const uint64_t latest = (mw_unguessed(step->facts >> FLOW_RECENT_AT ^ side) & 1) - 1; // 0: the other one was
	const uint64_t mine_ns = flow->clock_ns - (step->lag_ns & ~latest), lag_ns = since_ns + (step->lag_ns & latest);

	step->lag_ns = (uint32_t)lag_ns; // means nothing while the other's time stands apart
	return MW_LIKELY(packet->time_ns == clock_ns) && MW_LIKELY(since_ns < table->quiet_ns) &&
		   MW_LIKELY((mine_ns ^ clock_ns) >> FLOW_AGAIN_SHIFT == 0) &&
		   (MW_LIKELY(lag_ns <= UINT32_MAX) || (step->facts & step->of->its_apart) != 0);
}

// In sequence; neither a keep-alive nor a duplicate acknowledgement; acknowledges what was seen. Of UDP all numbers are
// 0.
static inline bool ask_numbers(const struct step *step, const struct mw_lane *lane)
{
	const struct flow_hot *hot = step->hot, *peer = step->peer;
	const uint32_t ahead = lane->ack - peer->seq_next, words = (uint32_t)lane->copy[1];
	const uint32_t said = (uint32_t)(step->sums >> SUMS_AT(window)) << 16 | MW_TCP_ACK << 8;
	const uint64_t same = ((words ^ said) >> 8 | (lane->ack ^ hot->ack) | lane->payload_bytes) == 0;
	const uint64_t again = same & mw_unguessed(mw_seq_after(peer->seq_next, lane->ack));

	return MW_LIKELY(lane->seq == hot->seq_next) && MW_LIKELY(again == 0) &&
		   (MW_LIKELY(ahead - 1 >= TCP_GAP_SANE_BYTES - 1) || (peer->packets & FLOW_HOT_ANY) == 0);
}

// The steps of a side that acknowledges something new; else, and of UDP, nobody's: line 1 may be cold.
static inline uint16_t *steps_for(const struct mw_flow_table *table, struct flow_entry *flow,
								  const struct mw_lane *lane, const struct flow_hot *hot)
{
	const uintptr_t nobodys = (uintptr_t)table->nobodys_steps;
	const uintptr_t news = mw_unguessed(0 - (uint64_t)(lane->ack != hot->ack));

	return (uint16_t *)(nobodys ^ ((nobodys ^ (uintptr_t)flow->acks[lane->direction]) & news));
}

// Timestamps and acknowledgements that line 1 holds: steps that all fit, so that one further is none of the older ones.
// A number out of line is for the story. Of UDP nothing is asked.
static inline bool ask_line_1(struct step *step, const struct mw_flow_table *table, struct flow_entry *flow,
							  const struct mw_lane *lane)
{
	const uint16_t *acks = step->acks = steps_for(table, flow, lane, step->hot);
	const bool far = (lane->ack - step->hot->ack >= TCP_ACK_FAR) | (acks[0] == TCP_ACK_FAR) | (acks[1] == TCP_ACK_FAR) |
					 (acks[2] == TCP_ACK_FAR);

	return MW_LIKELY(!far) &&
		   MW_LIKELY((lane->bits & MW_LANE_STAMPED) == 0 || (flow->seen[lane->direction] & FLOW_SEEN_TS_FOLLOWS) != 0);
}

// All that is asked, into step what follows from it. @return true when the packet is ordinary to its flow.
static inline __attribute__((always_inline)) bool ask(const struct mw_flow_table *table, struct flow_entry *flow,
													  const struct mw_packet *packet, struct step *step)
{
	const struct mw_lane *lane = &packet->lane;
	const struct transport *transport = &transports[lane->shape & MW_SHAPE_TRANSPORT];
	const uint64_t ready = READY_OF(lane->route, FLOW_HOT_ANY | FLOW_HOT_ACK);

	*step = step_of(flow, lane, transport);
	return MW_LIKELY(((step->sums ^ ready) & transport->ready) == 0) &&
		   MW_LIKELY((step->facts & step->of->apart) == 0) &&
		   MW_LIKELY((transport->states >> FLOW_FACT(flow, STATE) & 1) == 0) && ask_numbers(step, lane) &&
		   ask_time(step, table, flow, packet) && ask_line_1(step, table, flow, lane);
}

// Between publish_begin and publish_end: the last acknowledgements and timestamps.
static inline void follow_acks(struct step *step, struct flow_entry *flow, const struct mw_lane *lane)
{
	const uint32_t ack = lane->ack, before = step->hot->ack;
	// a whole word: what is kept on the stack as a byte and read as a word makes the read wait
	const uint64_t answers = mw_unguessed((ack != before) & (ack == step->peer->seq_next));

	if ((lane->bits & MW_LANE_STAMPED) != 0 && mw_seq_after((uint32_t)lane->copy[0], flow->ts_value[lane->direction]))
		PUBLISH(flow->ts_value[lane->direction], lane->copy[0]);
	step->facts = tcp_note_answer(step->facts, lane->direction, step->lag_ns, (uint32_t)answers);
	tcp_push_step(step->acks, ack - before);
	PUBLISH(step->hot->ack, ack);
}

// Between publish_begin and publish_end: window, IP-ID and sums. What these carry goes to line 1.
static inline void store_sums(const struct step *step, struct flow_entry *flow, const struct mw_lane *lane,
							  uint32_t wire_bytes)
{
	const uint64_t id = SUMS_OF(ip_id, (lane->bits & MW_LANE_NUMBERED) != 0 ? UINT16_MAX : 0);
	const uint64_t sums = (step->sums & ~(id | SUMS_OF(window, UINT16_MAX))) | SUMS_OF(ip_id, lane->ip_id) |
						  SUMS_OF(window, (uint16_t)(lane->copy[1] >> 16));
	const uint64_t bytes = (step->sums >> SUMS_AT(bytes) & UINT16_MAX) + wire_bytes;
	const uint64_t packets = step->sums >> SUMS_AT(packets) & FLOW_HOT_PACKETS;

	if (MW_UNLIKELY(packets == FLOW_HOT_PACKETS || bytes > UINT16_MAX)) {
		PUBLISH(step->hot->sums, sums);
		track_counts(flow, lane->direction, 1, wire_bytes);
		return;
	}
	PUBLISH(step->hot->sums, sums + SUMS_OF(packets, 1) + SUMS_OF(bytes, wire_bytes));
}

// What the bits of facts become that each packet of a side sets, or may set: data, of which three are counted, and new
// numbers. numbered: as in transport.
static inline uint32_t facts_after(uint32_t facts, const struct side_facts *of, uint32_t payload_bytes,
								   uint32_t numbered)
{
	const uint32_t data = 0 - (uint32_t)mw_unguessed(payload_bytes != 0);
	const uint32_t counts = of->data_one & ~(facts & facts >> 1) & data;

	return ((facts + counts) & ~of->moved) | of->recent | (of->ahead & data & numbered);
}

// Between publish_begin and publish_end.
static inline __attribute__((always_inline)) void store(const struct mw_flow_table *table, struct flow_entry *flow,
														const struct mw_packet *packet, const struct mw_lane *lane,
														struct step *step, uint32_t learnt)
{
	const uint32_t payload = step->numbered & lane->payload_bytes;

	mw_stats_bump(table->acks, step->numbered & ((step->peer->packets & FLOW_HOT_ANY) != 0));
	store_sums(step, flow, lane, packet->wire_bytes);
	follow_acks(step, flow, lane);
	PUBLISH(step->hot->seq_next, lane->seq + payload);
	PUBLISH(flow->facts, facts_after(step->facts, step->of, lane->payload_bytes, step->numbered) + learnt);
	PUBLISH(flow->lag_ns, step->lag_ns);
	PUBLISH(flow->clock_ns, packet->clock_ns);
}

// The last step of a handshake: the client acknowledges the SYN-ACK, its first acknowledgement.
static bool ask_opening(const struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet,
						struct step *step)
{
	const struct mw_lane *lane = &packet->lane;
	const unsigned side = lane->direction;
	const uint64_t ready = READY_OF(lane->route, FLOW_HOT_ANY),
				   asked = READY_OF(UINT8_MAX, FLOW_HOT_ANY | FLOW_HOT_ACK);

	*step = step_of(flow, lane, &transports[MW_SHAPE_TCP]);
	return FLOW_FACT(flow, STATE) == MW_FLOW_TCP_SYN_ACK && FLOW_FACT(flow, CLIENT) == side &&
		   (lane->shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP && ((step->sums ^ ready) & asked) == 0 &&
		   lane->seq == step->hot->seq_next && lane->ack == step->peer->seq_next &&
		   (step->peer->packets & FLOW_HOT_ANY) != 0 && (step->facts & step->of->apart) == 0 &&
		   (flow->seen[side ^ 1] & FLOW_SEEN_SYN_ACK) != 0 &&
		   ((lane->bits & MW_LANE_STAMPED) == 0 || (flow->seen[side] & FLOW_SEEN_TIMESTAMPS) != 0) &&
		   ask_time(step, table, flow, packet);
}

static __attribute__((noinline)) bool update_opening(struct mw_flow_table *table, const struct mw_packet *packet,
													 uint32_t learnt)
{
	const struct mw_lane *lane = &packet->lane;
	struct flow_entry *flow = entry_of_own(packet->flow);
	const unsigned side = lane->direction;
	struct step step;

	if (!ask_opening(table, flow, packet, &step))
		return false;
	step.sums |= SUMS_OF(packets, FLOW_HOT_ACK);
	step.facts = FLOW_WITH(tcp_note_answer(step.facts, side, step.lag_ns, true), STATE, MW_FLOW_TCP_ESTABLISHED);
	step.acks = table->nobodys_steps;
	publish_begin(flow);
	time_set_step(flow, TIME_ACK, packet->time_ns);
	PUBLISH(flow->hot[side].ack, lane->ack);
	if ((lane->bits & MW_LANE_STAMPED) != 0 && packet->time_ns > entry_first_ns(flow))
		PUBLISH(flow->seen[side], flow->seen[side] | FLOW_SEEN_TS_FOLLOWS);
	store(table, flow, packet, lane, &step, learnt);
	publish_end(flow);
	return true;
}

bool mw_flow_update_lane(struct mw_flow_table *table, const struct mw_packet *packet, uint32_t learnt)
{
	const struct mw_lane *lane = &packet->lane;
	struct flow_entry *flow = entry_of_own(packet->flow);
	struct step step;

	if (!ask(table, flow, packet, &step))
		return update_opening(table, packet, learnt);
	publish_begin(flow);
	store(table, flow, packet, lane, &step, learnt);
	publish_end(flow);
	return true;
}

bool mw_flow_takes_lane(const struct mw_flow_table *table, const struct mw_packet *packet)
{
	struct step step;

	return ask(table, entry_of_own(packet->flow), packet, &step);
}
