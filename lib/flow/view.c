// SPDX-License-Identifier: BSD-3-Clause
// From the packed entry to the view that detectors and readers get.
// Neighbours: entry.h is the layout; times.h the packing of times; reader.c gives views to other threads.
#include "acks.h"
#include "macs.h"
#include "times.h"

#include <string.h>

_Static_assert((int)FLOW_SEEN_SYN == (int)MW_SIDE_SYN && (int)FLOW_SEEN_SYN_ACK == (int)MW_SIDE_SYN_ACK &&
				   (int)FLOW_SEEN_TIMESTAMPS == (int)MW_SIDE_TIMESTAMPS,
			   "one meaning");

static void expand_answer(const struct flow_entry *flow, unsigned index, struct mw_flow_side *side)
{
	static const uint32_t most_ns[] = {0, TCP_ANSWER_NS, TCP_ANSWER_NS / 4, TCP_ANSWER_NS / 16};
	const uint32_t class = flow_fact(flow, FLOW_ANSWER_AT + 2 * index, FLOW_ANSWER_BITS);

	side->answer_most_ns = most_ns[class];
	side->answer_least_ns = class == MW_ARRAY_SIZE(most_ns) - 1 ? 0 : most_ns[class] / 4;
}

static void expand_side(const struct flow_entry *flow, unsigned index, struct mw_flow_side *side)
{
	const struct flow_hot *hot = &flow->hot[index];
	const struct flow_warm *warm = &flow->warm[index];
	uint8_t data = entry_data_packets(flow, index);

	side->packets = entry_packets(flow, index);
	side->bytes = (uint64_t)warm->bytes_high << 16 | hot->bytes;
	side->last_ns = time_side_last(flow, index);
	side->seq_first = flow->seq_first[index];
	side->seq_next = hot->seq_next;
	side->ack_recent[0] = hot->ack;
	memcpy(&side->ack_recent[1], warm->acks_older, sizeof(warm->acks_older));
	side->ts_value = warm->ts_value;
	side->ts_time_ns = warm->ts_time_ns;
	side->ip_id = hot->ip_id;
	side->window = hot->window;
	side->mss = flow->mss[index];
	side->wscale = entry_wscale(flow, index);
	side->ttl = flow->ttl[index];
	side->ttl_min = flow->ttl_min[index];
	side->ttl_max = flow->ttl_max[index];
	side->seen = flow->seen[index];
	side->data_packets = data;
	side->gaps = flow->gap_events[index] != 0;
	expand_answer(flow, index, side);
	side->ahead = flow_fact(flow, FLOW_AHEAD_AT + index, 1) != 0;
	if (entry_is_known(flow, index))
		side->seen |= MW_SIDE_ANY;
	if (data != 0)
		side->seen |= MW_SIDE_DATA;
	if (entry_has_acked(flow, index)) {
		side->seen |= MW_SIDE_ACK;
		side->ack_count = (uint8_t)(1 + (warm->packets_high & 3));
	}
}

void view_expand(const struct flow_entry *flow, struct mw_flow_view *view)
{
	memset(view, 0, sizeof(*view));
	key_of(flow, &view->key);
	for (unsigned i = 0; i < 2; i++)
		expand_side(flow, i, &view->side[i]);
	view->first_ns = flow->first_ns;
	view->last_ns =
		MW_MAX(MW_MAX(flow->first_ns, flow->reset_last_ns), MW_MAX(view->side[0].last_ns, view->side[1].last_ns));
	view->timestamps = entry_has_timestamps(flow);
	view->syn_ns = time_handshake(flow, TIME_SYN);
	view->syn_ack_ns = time_handshake(flow, TIME_SYN_ACK);
	view->handshake_ns = time_handshake(flow, TIME_ACK);
	view->tcp_state = (uint8_t)FLOW_FACT(flow, STATE);
	view->client = (uint8_t)FLOW_FACT(flow, CLIENT);
	view->service = (uint8_t)FLOW_FACT(flow, SERVICE);
	view->tunnel = flow->tunnel;
	view->vlan = flow->vlan;
}

uint64_t mw_flow_side_last_ns(const struct mw_flow *flow, unsigned side)
{
	return time_side_last(entry_of(flow), side);
}

void mw_flow_view(const struct mw_flow *flow, struct mw_flow_view *view)
{
	const struct flow_entry *entry = entry_of(flow);

	view_expand(entry, view);
	for (unsigned i = 0; i < 2; i++) {
		memcpy(view->mac[i], mac_at(table_of(entry), entry->mac[i]), sizeof(view->mac[i]));
		view->mac_known = (uint8_t)(view->mac_known | (unsigned)(entry->mac[i] != 0) << i);
	}
	view->watch = entry_of(flow)->watch;
	view->payloads_scanned = mw_flow_scanned(flow);
	view->mirrored_twice = mw_flow_mirrored_twice(flow);
}
