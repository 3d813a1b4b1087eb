// SPDX-License-Identifier: BSD-3-Clause
// From the packed entry to the view that detectors and readers get.
// Neighbours: entry.h is the layout; times.h the packing of times; reader.c gives views to other threads.
#include "acks.h"
#include "macs.h"
#include "times.h"

#include <string.h>

_Static_assert((int)FLOW_SEEN_SYN == (int)MW_SIDE_SYN && (int)FLOW_SEEN_SYN_ACK == (int)MW_SIDE_SYN_ACK &&
				   (int)FLOW_SEEN_FIN == (int)MW_SIDE_FIN && (int)FLOW_SEEN_RST == (int)MW_SIDE_RST &&
				   (int)FLOW_SEEN_TIMESTAMPS == (int)MW_SIDE_TIMESTAMPS,
			   "one meaning");

static void expand_answer(const struct flow_entry *flow, unsigned index, struct mw_flow_side *side)
{
	static const uint32_t bounds_ns[][2] = {
		{0, 0}, {TCP_ANSWER_NS / 4, TCP_ANSWER_NS}, {TCP_ANSWER_NS / 16, TCP_ANSWER_NS / 4}, {0, TCP_ANSWER_NS / 16}};
	const uint32_t class = flow_fact(flow, FLOW_ANSWER_AT + 2 * index, FLOW_ANSWER_BITS);

	side->answer_least_ns = bounds_ns[class][0];
	side->answer_most_ns = bounds_ns[class][1];
}

static void expand_ttl(const struct flow_entry *flow, const struct flow_story *story, unsigned index,
					   struct mw_flow_side *side)
{
	side->ttl = side->ttl_min = side->ttl_max = flow->ttl[index];
	if (MW_UNLIKELY((flow->seen[index] & FLOW_SEEN_TTL_LOST) != 0)) {
		side->ttl_min = 0;
		side->ttl_max = UINT8_MAX;
	} else if (MW_UNLIKELY(story != NULL) && (story->uses & STORY_TTL) != 0) {
		side->ttl_min = story->ttl_min[index];
		side->ttl_max = story->ttl_max[index];
	}
}

static __attribute__((noinline)) void expand_older_acks(const struct flow_entry *flow, const struct flow_story *story,
														unsigned index, struct mw_flow_side *side)
{
	const uint16_t *steps = flow->acks[index];
	uint32_t *recent = side->ack_recent, far;
	bool far_known;

	far = tcp_far_ack(story, index, &far_known);
	for (unsigned i = 0; i < MW_ARRAY_SIZE(flow->acks[index]) && steps[i] != 0; i++) {
		const bool is_far = steps[i] == TCP_ACK_FAR;

		side->acks_cut |= is_far && !far_known;
		recent[i + 1] = side->acks_cut ? recent[i] : is_far ? far : recent[i] - steps[i];
		far_known &= !is_far; // there is one
		side->ack_count++;
	}
}

static inline void expand_acks(const struct flow_entry *flow, const struct flow_story *story, unsigned index,
							   struct mw_flow_side *side)
{
	const bool any = entry_has_acked(flow, index);

	for (unsigned i = 1; i < MW_ARRAY_SIZE(side->ack_recent); i++)
		side->ack_recent[i] = 0;
	side->ack_recent[0] = any ? flow->hot[index].ack : 0;
	side->acks_cut = false;
	side->ack_count = any;
	if (any)
		side->seen |= MW_SIDE_ACK;
	if (MW_UNLIKELY(any && flow->acks[index][0] != 0))
		expand_older_acks(flow, story, index, side);
}

static uint64_t packets_of(const struct flow_entry *flow, const struct flow_story *story, unsigned index)
{
	const uint64_t beyond = story != NULL ? story_sum(story->packets[index]) : 0;

	return beyond << 14 | (uint64_t)flow->packets_high[index] << 6 | (flow->hot[index].packets & FLOW_HOT_PACKETS);
}

static uint64_t bytes_of(const struct flow_entry *flow, const struct flow_story *story, unsigned index)
{
	const uint64_t beyond = story != NULL ? story_sum(story->bytes[index]) : 0;

	return beyond << 24 | (uint64_t)flow->bytes_high[index] << 16 | flow->hot[index].bytes;
}

uint64_t mw_flow_packets(const struct mw_flow *flow, unsigned side)
{
	return packets_of(entry_of(flow), story_of(entry_of(flow)), side);
}

static inline __attribute__((always_inline)) void
expand_side(const struct flow_entry *flow, const struct flow_story *story, unsigned index, struct mw_flow_side *side)
{
	const struct flow_story *apart = story != NULL && (story->uses & STORY_TIMES) != 0 ? story : NULL;
	const struct flow_hot *hot = &flow->hot[index];
	const uint8_t seen = flow->seen[index];

	side->seen = seen & (MW_SIDE_SYN | MW_SIDE_SYN_ACK | MW_SIDE_FIN | MW_SIDE_RST | MW_SIDE_TIMESTAMPS);
	side->data_packets = entry_data_packets(flow, index);
	side->last_ns = time_side_last_of(flow, apart, index);
	side->seq_first = flow->seq_first[index];
	side->seq_next = hot->seq_next;
	side->ts_value = flow->ts_value[index];
	side->ts_time_ns = (seen & FLOW_SEEN_TIMESTAMPS) != 0 ? side->last_ns : 0;
	side->ip_id = hot->ip_id;
	side->window = hot->window;
	side->mss = flow->mss[index];
	side->wscale = entry_wscale(flow, index);
	side->gaps = (seen & FLOW_SEEN_GAPS) != 0;
	side->ahead = flow_fact(flow, FLOW_AHEAD_AT + index, 1) != 0;
	expand_ttl(flow, story, index, side);
	expand_acks(flow, story, index, side);
	expand_answer(flow, index, side);
	if (entry_is_known(flow, index))
		side->seen |= MW_SIDE_ANY;
	if (side->data_packets != 0)
		side->seen |= MW_SIDE_DATA;
}

static void expand_opening(const struct flow_entry *flow, struct mw_flow_view *view)
{
	const int64_t syn_ack_ns = time_step_ns(flow, TIME_SYN_ACK), ack_ns = time_step_ns(flow, TIME_ACK);

	view->syn_ns = FLOW_OPENING(flow, SYN_FIRST) != 0 ? view->first_ns : 0;
	view->syn_ack_ns = syn_ack_ns >= 0 ? view->first_ns + (uint64_t)syn_ack_ns : 0;
	view->handshake_ns = ack_ns >= 0 ? view->syn_ack_ns + (uint64_t)ack_ns : 0;
}

// What a segment is judged by; all of it is set.
static void expand_talk(const struct flow_entry *flow, const struct flow_story *story, struct mw_flow_view *view)
{
	view->first_ns = entry_first_ns(flow);
	view->last_ns = MW_MAX(view->first_ns, time_reset_last_of(flow, story));
	// one by one: where a side's fields lie is known then
	expand_side(flow, story, 0, &view->side[0]);
	expand_side(flow, story, 1, &view->side[1]);
	view->last_ns = MW_MAX(view->last_ns, MW_MAX(view->side[0].last_ns, view->side[1].last_ns));
	expand_opening(flow, view);
	view->timestamps = entry_has_timestamps(flow);
	view->tcp_state = (uint8_t)FLOW_FACT(flow, STATE);
	view->client = (uint8_t)FLOW_FACT(flow, CLIENT);
}

void view_expand(const struct flow_entry *flow, const struct flow_long *rest, const struct flow_story *story,
				 struct mw_flow_view *view)
{
	memset(view, 0, sizeof(*view));
	key_expand(flow, rest, &view->key);
	expand_talk(flow, story, view);
	for (unsigned i = 0; i < 2; i++) {
		view->side[i].packets = packets_of(flow, story, i);
		view->side[i].bytes = bytes_of(flow, story, i);
	}
	view->service = (uint8_t)FLOW_FACT(flow, SERVICE);
	view->tunnel = (uint8_t)FLOW_OPENING(flow, TUNNEL);
	view->vlan = (uint16_t)FLOW_OPENING(flow, VLAN);
}

static void expand_macs(const struct flow_entry *flow, struct mw_flow_view *view)
{
	view->mac_known = 0;
	for (unsigned i = 0; i < 2; i++) {
		memcpy(view->mac[i], mac_at(table_of(flow), flow->mac[i]), sizeof(view->mac[i]));
		view->mac_known = (uint8_t)(view->mac_known | (unsigned)(flow->mac[i] != 0) << i);
	}
}

void mw_flow_view_talk(const struct mw_flow *flow, struct mw_flow_view *view)
{
	const struct flow_entry *entry = entry_of(flow);

	expand_talk(entry, story_of(entry), view);
	expand_macs(entry, view);
}

void mw_flow_key_of(const struct mw_flow *flow, struct mw_flow_key *key)
{
	key_of(entry_of(flow), key);
}

uint64_t mw_flow_side_last_ns(const struct mw_flow *flow, unsigned side)
{
	return time_side_last(entry_of(flow), side);
}

bool mw_flow_acks_advance(const struct mw_flow *flow, unsigned side)
{
	const struct flow_entry *entry = entry_of(flow);
	struct mw_flow_side acks = {0};

	if (entry->acks[side][0] == 0) // has acknowledged one number, or none
		return false;
	expand_acks(entry, story_of(entry), side, &acks);
	return acks.ack_count > 1 && mw_seq_after(acks.ack_recent[0], acks.ack_recent[acks.ack_count - 1]);
}

void mw_flow_view(const struct mw_flow *flow, struct mw_flow_view *view)
{
	const struct flow_entry *entry = entry_of(flow);

	view_expand(entry, FLOW_FACT(entry, KIND) == FLOW_LONG ? long_of(entry) : NULL, story_of(entry), view);
	expand_macs(entry, view);
	view->watch = mw_flow_watch(flow);
	view->payloads_scanned = mw_flow_scanned(flow);
	view->mirrored_twice = mw_flow_mirrored_twice(flow);
}
