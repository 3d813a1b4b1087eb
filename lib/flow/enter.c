// SPDX-License-Identifier: BSD-3-Clause
// One packet meets its flow: before the detectors (is it still the same flow?) and after (what it added).
// Neighbours: tcp.c knows when a SYN opens anew, track.c what a packet says, first.c a side's first; pipeline/ calls
// both halves.
#include "acks.h"
#include "times.h"

static bool is_fresh(const struct flow_entry *flow)
{
	return FLOW_FACT(flow, SPOKE) == 0;
}

// last_ns: of the packet's side; 0: it has not spoken, though the window may be the one that begins there.
static inline bool is_again(const struct mw_packet *packet, uint64_t last_ns)
{
	return (last_ns ^ packet->clock_ns) >> FLOW_AGAIN_SHIFT != 0 || last_ns == 0;
}

static inline uint32_t large(const struct mw_packet *packet)
{
	return (packet->kinds & MW_KIND_UDP) != 0 && packet->payload_wire_bytes > MW_SAFE_UDP_BYTES ? MW_KIND_LARGE : 0;
}

// Of others than TCP both numbers are 0, but of a later piece of a datagram that carries TCP.
static inline bool is_out_of_order(const struct mw_packet *packet, const struct flow_hot *hot)
{
	return packet->tcp.seq != hot->seq_next && (hot->packets & FLOW_HOT_ANY) != 0 && (packet->kinds & MW_KIND_TCP) != 0;
}

// As tcp.c counts it, but for where it is anchored.
static inline bool is_ack_ahead(const struct mw_packet *packet, const struct flow_hot *peer)
{
	return packet->tcp.ack - peer->seq_next - 1 < TCP_GAP_SANE_BYTES - 1 && (peer->packets & FLOW_HOT_ANY) != 0 &&
		   (packet->tcp.flags & (MW_TCP_ACK | MW_TCP_SYN | MW_TCP_RST)) == MW_TCP_ACK;
}

// RFC 5681 section 2: no data, the same number and window as before, while the peer waits for more.
static inline bool is_ack_again(const struct mw_packet *packet, const struct flow_hot *hot, const struct flow_hot *peer)
{
	return packet->tcp.ack == hot->ack && packet->payload_wire_bytes == 0 && (packet->kinds & MW_KIND_TCP) != 0 &&
		   packet->tcp.flags == MW_TCP_ACK && packet->tcp.window == hot->window && (hot->packets & FLOW_HOT_ACK) != 0 &&
		   packet->tcp.seq == hot->seq_next && mw_seq_after(peer->seq_next, packet->tcp.ack) &&
		   (packet->tcp.present & MW_TCP_OPTION_SACK) == 0;
}

// Of a flow that is not fresh; of one that is there is nothing to compare with.
static inline void set_kinds(struct mw_packet *packet, const struct flow_entry *flow, uint64_t last_ns)
{
	const struct flow_hot *hot = &flow->hot[packet->direction], *peer = &flow->hot[packet->direction ^ 1];

	if (MW_UNLIKELY(is_again(packet, last_ns)))
		packet->kinds |= MW_KIND_FLOW_AGAIN | large(packet);
	if (MW_UNLIKELY(is_out_of_order(packet, hot)))
		packet->kinds |= MW_KIND_OUT_OF_ORDER;
	if (MW_UNLIKELY(is_ack_ahead(packet, peer)))
		packet->kinds |= MW_KIND_ACK_AHEAD;
	if (MW_UNLIKELY(is_ack_again(packet, hot, peer)))
		packet->kinds |= MW_KIND_ACK_AGAIN;
}

// A clock that went back makes this difference large, too.
static inline bool may_be_over(const struct mw_flow_table *table, const struct flow_entry *flow,
							   const struct mw_packet *packet)
{
	return packet->clock_ns - flow->clock_ns >= table->idle_least_ns;
}

// What is asked seldom, and calls: so that the other way saves no registers.
static __attribute__((noinline)) void enter_slowly(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct flow_entry *flow;

	if (MW_UNLIKELY(table->disturbed))
		lookup_one(table, packet); // a tick amid the batch ended flows: this one perhaps
	if (packet->flow == NULL)
		return;
	flow = entry_of_own(packet->flow);
	if (!is_fresh(flow)) {
		if (may_be_over(table, flow, packet) && timer_deadline(table, flow) <= packet->clock_ns)
			entry_restart(table, entry_index(table, flow), packet, MW_FLOW_END_IDLE);
		else if ((packet->kinds & MW_KIND_SYN) != 0 && tcp_opens_again(flow, packet))
			entry_restart(table, entry_index(table, flow), packet, MW_FLOW_END_REUSED);
	}
	if (is_fresh(flow))
		packet->kinds |= MW_KIND_FLOW_START;
	else
		set_kinds(packet, flow, time_side_last(flow, packet->direction));
}

// A side that spoke, and whose time line 0 does not have.
static inline bool stands_apart(const struct flow_entry *flow, unsigned side)
{
	return ((FLOW_FACT(flow, APART) & FLOW_FACT(flow, SPOKE)) >> side & 1) != 0;
}

// As time_side_last, of a side that does not stand apart.
static inline uint64_t last_of(const struct flow_entry *flow, unsigned side)
{
	const uint64_t last_ns = flow->clock_ns - (FLOW_FACT(flow, RECENT) == side ? 0 : flow->lag_ns);

	return (FLOW_FACT(flow, SPOKE) >> side & 1) != 0 ? last_ns : 0;
}

void mw_flow_enter(struct mw_flow_table *table, struct mw_packet *packet)
{
	const struct flow_entry *flow = entry_of(packet->flow);

	if (packet->flow == NULL)
		return;
	if (MW_LIKELY(!table->disturbed) && is_fresh(flow))
		packet->kinds |= MW_KIND_FLOW_START;
	else if (MW_UNLIKELY(table->disturbed || may_be_over(table, flow, packet) || (packet->kinds & MW_KIND_SYN) != 0 ||
						 stands_apart(flow, packet->direction)))
		enter_slowly(table, packet);
	else
		set_kinds(packet, flow, last_of(flow, packet->direction));
}

static __attribute__((noinline)) void update_known(struct mw_flow_table *table, struct flow_entry *flow,
												   const struct mw_packet *packet)
{
	struct track_counts counts = {0};

	publish_begin(flow);
	track_packet(flow, packet, &counts);
	publish_end(flow);
	table_count_acks(table, &counts);
}

// The first of all: nobody is answered.
static __attribute__((noinline)) void update_begun(struct mw_flow_table *table, struct flow_entry *flow,
												   const struct mw_packet *packet)
{
	bool taken;

	publish_begin(flow);
	taken = begin_track(table, flow, packet);
	publish_end(flow);
	if (MW_UNLIKELY(!taken))
		update_known(table, flow, packet);
	room_choose_ahead(table);
}

// The first of its side. The timers, which are a line of their own, learn only that both sides spoke.
static __attribute__((noinline)) void update_first(struct mw_flow_table *table, struct flow_entry *flow,
												   const struct mw_packet *packet)
{
	struct track_counts counts = {0};
	bool taken;

	publish_begin(flow);
	taken = first_track(table, flow, packet, &counts);
	publish_end(flow);
	table_count_acks(table, &counts);
	if (MW_UNLIKELY(!taken))
		update_known(table, flow, packet);
	table->timers[entry_index(table, flow)].worth = FLOW_WORTH_ANSWERED;
}

// Apart, so that each saves no more registers than it needs.
void mw_flow_update(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct flow_entry *flow = entry_of_own(packet->flow);
	uint32_t spoke;

	if (flow == NULL)
		return;
	spoke = FLOW_FACT(flow, SPOKE);
	if (spoke == 0)
		update_begun(table, flow, packet);
	else if ((spoke >> packet->direction & 1) == 0)
		update_first(table, flow, packet);
	else
		update_known(table, flow, packet);
}

void mw_flow_set_service(struct mw_flow *flow, uint8_t service)
{
	struct flow_entry *entry = entry_of_own(flow);

	publish_begin(entry);
	PUBLISH_FACT(entry, SERVICE, service);
	publish_end(entry);
}
