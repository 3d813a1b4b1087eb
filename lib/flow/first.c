// SPDX-License-Identifier: BSD-3-Clause
// The first packet of a side: nothing was known of the side, so nothing is compared with it. The connection's state
// goes on by a table, and what is known of the flow is stored once.
// Neighbours: track.c and tcp.c have the long way, for what is rare; a test compares both on each packet that is taken
// here. lane.c is for the packets that follow.
#include "acks.h"
#include "macs.h"
#include "mw_route.h"
#include "times.h"

#define INLINE static inline __attribute__((always_inline)) // each call for flags that its caller knows

#define STATE_FLAGS (MW_TCP_FIN | MW_TCP_SYN | MW_TCP_RST | MW_TCP_ACK) // those that change a connection's state
#define TO(state)   ((state) + 1)

/** By flags and state: TO the state that follows; 0: the long way. */
static const uint8_t transitions[STATE_FLAGS + 1][MW_FLOW_TCP_STATES] = {
	[MW_TCP_SYN] = {[MW_FLOW_TCP_NONE] = TO(MW_FLOW_TCP_SYN)},
	[MW_TCP_SYN | MW_TCP_ACK] = {[MW_FLOW_TCP_SYN] = TO(MW_FLOW_TCP_SYN_ACK)},
	[MW_TCP_ACK] = {[MW_FLOW_TCP_NONE] = TO(MW_FLOW_TCP_MIDSTREAM),
					[MW_FLOW_TCP_MIDSTREAM] = TO(MW_FLOW_TCP_MIDSTREAM),
					[MW_FLOW_TCP_SYN] = TO(MW_FLOW_TCP_ESTABLISHED),
					[MW_FLOW_TCP_ESTABLISHED] = TO(MW_FLOW_TCP_ESTABLISHED)},
};

/** The bits of facts that a side's first packet changes: it spoke, last, and its time stands with the clock. */
#define SIDE_BITS(side)                                                                                                \
	{                                                                                                                  \
		.cleared = 1u << FLOW_APART_AT << (side) | 1u << FLOW_RECENT_AT,                                               \
		.set = 1u << FLOW_SPOKE_AT << (side) | (uint32_t)(side) << FLOW_RECENT_AT,                                     \
		.data = 1u << FLOW_DATA_AT << 2 * (side), .ahead = 1u << FLOW_AHEAD_AT << (side)                               \
	}
static const struct {
	uint32_t cleared, set;
	uint32_t data, ahead; // with a payload; of TCP
} side_bits[2] = {SIDE_BITS(0), SIDE_BITS(1)};

/** What becomes of line 0. */
struct first {
	uint64_t lag_ns;
	uint32_t facts;
	uint8_t packets; // FLOW_HOT_*
};

// The side's first word; of TCP the state that follows, and an acknowledgement of nothing that did not pass.
static inline bool ask(const struct flow_entry *flow, const struct mw_packet *packet, struct first *first)
{
	const unsigned side = packet->direction, peer = side ^ 1;
	const bool tcp = (packet->kinds & MW_KIND_TCP) != 0, acks = (packet->tcp.flags & MW_TCP_ACK) != 0;
	const uint32_t state = FLOW_FACT(flow, STATE), flags = packet->tcp.flags & STATE_FLAGS;
	const uint32_t next = tcp ? transitions[flags][state] : TO(state),
				   ahead = packet->tcp.ack - flow->hot[peer].seq_next;

	first->lag_ns = packet->clock_ns - flow->clock_ns + (FLOW_FACT(flow, RECENT) == side ? flow->lag_ns : 0);
	first->facts = FLOW_WITH(flow->facts, STATE, next - 1);
	first->packets = FLOW_HOT_ANY | 1;
	return MW_LIKELY(next != 0) && MW_LIKELY((packet->kinds & MW_KIND_DUPLICATE) == 0) &&
		   MW_LIKELY(flow->hot[side].sums == 0) && packet->wire_bytes <= UINT16_MAX && flow->story == 0 &&
		   packet->time_ns == packet->clock_ns && packet->clock_ns >= flow->clock_ns &&
		   (first->lag_ns <= UINT32_MAX || (FLOW_FACT(flow, APART) >> peer & 1) != 0) &&
		   (!tcp || !acks || !entry_is_known(flow, peer) || MW_LIKELY(ahead - 1 >= TCP_GAP_SANE_BYTES - 1));
}

// flags, here and below: those of the packet, or of them the ones of a handshake's step.
INLINE void take_options(struct flow_entry *flow, unsigned side, const struct mw_packet *packet, uint8_t flags)
{
	const struct mw_packet_tcp *tcp = &packet->tcp;
	const uint8_t present = tcp->present;
	uint8_t seen = flow->seen[side];

	if ((flags & MW_TCP_SYN) != 0) {
		tcp_track_offer(flow, side, tcp);
		seen |= (flags & MW_TCP_ACK) != 0 ? FLOW_SEEN_SYN_ACK : FLOW_SEEN_SYN;
	}
	if ((present & MW_TCP_OPTION_TIMESTAMP) != 0) {
		PUBLISH(flow->ts_value[side], tcp->ts_value);
		seen |= FLOW_SEEN_TIMESTAMPS | (packet->time_ns > entry_first_ns(flow) ? FLOW_SEEN_TS_FOLLOWS : 0);
	}
	PUBLISH(flow->seen[side], seen);
}

// When the handshake's packets came.
INLINE void take_opening(struct flow_entry *flow, const struct mw_packet *packet, uint8_t flags)
{
	if ((flags & MW_TCP_SYN) == 0)
		return;
	if ((flags & MW_TCP_ACK) == 0)
		PUBLISH(flow->opening, FLOW_OPENING_WITH(flow, SYN_FIRST, 1));
	else if (time_step_ns(flow, TIME_SYN_ACK) < 0)
		time_set_step(flow, TIME_SYN_ACK, packet->time_ns);
}

// The numbers of a side, and what its first segment says beside.
INLINE void take_segment(struct flow_entry *flow, unsigned side, const struct mw_packet *packet, uint8_t flags)
{
	struct flow_hot *hot = &flow->hot[side];
	const uint32_t seq = packet->tcp.seq, next = seq + packet->payload_wire_bytes + ((flags & MW_TCP_SYN) != 0);

	PUBLISH(flow->seq_first[side], seq);
	PUBLISH(hot->seq_next, next);
	if ((flags & MW_TCP_ACK) != 0)
		PUBLISH(hot->ack, packet->tcp.ack);
	if ((flags & MW_TCP_SYN) != 0 || packet->tcp.present != 0)
		take_options(flow, side, packet, flags);
	take_opening(flow, packet, flags);
}

// What the side counts from now on, where it came from, and when.
INLINE void take_side(struct mw_flow_table *table, struct flow_entry *flow, unsigned side,
					  const struct mw_packet *packet, uint8_t packets)
{
	const uint16_t mac = mw_mac_number(packet->mac_src) == 0 ? 0 : mac_hold(table, packet->mac_src);
	uint8_t route = packet->lane.route, ttl = packet->ttl;
	uint16_t ip_id = packet->lane.ip_id;

	if (MW_UNLIKELY(packet->lane.shape == 0)) {
		route = mw_route_of(packet);
		ip_id = packet->ip_id_known ? (uint16_t)packet->ip_id : 0;
	}
	PUBLISH(flow->hot[side].sums, SUMS_OF(window, packet->tcp.window) | SUMS_OF(ip_id, ip_id) |
									  SUMS_OF(bytes, packet->wire_bytes) | SUMS_OF(packets, packets) |
									  SUMS_OF(route, route));
	PUBLISH(flow->ttl[side], ttl);
	PUBLISH(flow->mac[side], mac);
}

// The bits of line 0 that tell who spoke last, and that it did.
static inline uint32_t facts_of(uint32_t facts, unsigned side, uint32_t data_bytes)
{
	return (facts & ~side_bits[side].cleared) | side_bits[side].set | (data_bytes != 0 ? side_bits[side].data : 0);
}

INLINE void begin(struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet, uint8_t flags)
{
	const unsigned side = packet->direction;

	if ((flags & MW_TCP_SYN) != 0 || (packet->kinds & MW_KIND_TCP) != 0)
		take_segment(flow, side, packet, flags);
	take_side(table, flow, side, packet, (uint8_t)(FLOW_HOT_ANY | 1 | ((flags & MW_TCP_ACK) != 0 ? FLOW_HOT_ACK : 0)));
}

// The first packet of all: it opened the entry, which says nothing yet, and there is nobody whom it could answer.
bool begin_track(struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet)
{
	const unsigned side = packet->direction;
	const uint8_t flags = packet->tcp.flags;
	const bool is_tcp = (packet->kinds & MW_KIND_TCP) != 0;
	const uint32_t next = is_tcp ? transitions[flags & STATE_FLAGS][MW_FLOW_TCP_NONE] : TO(MW_FLOW_TCP_NONE);

	if (MW_UNLIKELY(next == 0 || (packet->kinds & MW_KIND_DUPLICATE) != 0 || packet->wire_bytes > UINT16_MAX ||
					packet->time_ns != packet->clock_ns || packet->clock_ns != flow->clock_ns || flow->story != 0 ||
					flow->hot[side].sums != 0))
		return false;
	if ((flags & (MW_TCP_SYN | MW_TCP_ACK)) == MW_TCP_SYN)
		begin(table, flow, packet, MW_TCP_SYN);
	else
		begin(table, flow, packet, flags);
	PUBLISH(flow->facts, facts_of(flow->facts, side, packet->payload_wire_bytes) | (next - 1) << FLOW_STATE_AT |
							 side << FLOW_CLIENT_AT | (is_tcp ? side_bits[side].ahead : 0));
	return true;
}

// Of TCP: what line 0 says of a segment that answers, and whether it is counted.
static inline void answer(const struct flow_entry *flow, const struct mw_packet_tcp *tcp, unsigned side,
						  struct first *first, struct track_counts *counts)
{
	const unsigned peer = side ^ 1;

	first->facts |= side_bits[side].ahead;
	if ((tcp->flags & MW_TCP_ACK) == 0)
		return;
	first->facts = tcp_note_answer(first->facts, side, (uint32_t)first->lag_ns, tcp->ack == flow->hot[peer].seq_next);
	first->packets |= FLOW_HOT_ACK;
	counts->acks += (tcp->flags & MW_TCP_SYN) == 0 && entry_is_known(flow, peer) && entry_isn_known(flow, peer);
}

bool first_track(struct mw_flow_table *table, struct flow_entry *flow, const struct mw_packet *packet,
				 struct track_counts *counts)
{
	const unsigned side = packet->direction;
	const uint8_t flags = packet->tcp.flags;
	struct first first;

	if (!ask(flow, packet, &first))
		return false;
	if ((flags & (MW_TCP_SYN | MW_TCP_ACK)) == MW_TCP_SYN)
		first.facts = FLOW_WITH(first.facts, CLIENT, side);
	first.facts = facts_of(first.facts, side, packet->payload_wire_bytes);
	if ((packet->kinds & MW_KIND_TCP) != 0) {
		answer(flow, &packet->tcp, side, &first, counts);
		if ((flags & (MW_TCP_SYN | MW_TCP_ACK)) == (MW_TCP_SYN | MW_TCP_ACK))
			take_segment(flow, side, packet, MW_TCP_SYN | MW_TCP_ACK);
		else
			take_segment(flow, side, packet, flags);
	}
	take_side(table, flow, side, packet, first.packets);
	PUBLISH(flow->facts, first.facts);
	PUBLISH(flow->lag_ns, first.lag_ns);
	PUBLISH(flow->clock_ns, packet->clock_ns);
	return true;
}
