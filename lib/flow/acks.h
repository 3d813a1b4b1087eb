// SPDX-License-Identifier: BSD-3-Clause
// The last distinct acknowledgements of a side: the newest in line 0, three older ones as steps back from it in line 1.
// Neighbours: tcp.c and lane.c write them, view.c reads.
#ifndef FLOW_ACKS_H
#define FLOW_ACKS_H

#include "parts.h"

#define TCP_GAP_SANE_BYTES (1u << 30) // an acknowledgement further ahead is no gap but nonsense

#define TCP_ACK_FAR 0xffff // a step that does not fit: the latest such number is in the story, if there is room

/** far_ack, when it is this side's; else 0 and *known false. story: of the flow, NULL for none. */
static inline uint32_t tcp_far_ack(const struct flow_story *story, unsigned side, bool *known)
{
	*known = story != NULL && (story->uses & STORY_ACK << side) != 0;
	return *known ? story->far_ack : 0;
}

/** False when ack is one of the older ones whose number is known. */
static inline bool tcp_ack_is_new(const struct flow_entry *flow, unsigned side, uint32_t ack)
{
	const uint16_t *steps = flow->acks[side];
	uint32_t older = flow->hot[side].ack;
	bool known = true;

	for (unsigned i = 0; i < MW_ARRAY_SIZE(flow->acks[side]) && steps[i] != 0; i++) {
		older = MW_LIKELY(steps[i] != TCP_ACK_FAR) ? older - steps[i] : tcp_far_ack(story_of(flow), side, &known);
		if (!known || older == ack)
			return !known;
	}
	return true;
}

/** The same with a step that does not fit, or that one before it leaves. */
void tcp_push_far_ack(struct flow_entry *flow, unsigned side, uint32_t ack);

/** The newest so far becomes the first of the older ones, a step behind. */
static inline void tcp_push_step(uint16_t steps[3], uint32_t step)
{
	PUBLISH(steps[2], steps[1]);
	PUBLISH(steps[1], steps[0]);
	PUBLISH(steps[0], step);
}

/** ack becomes the newest. */
static inline void tcp_push_ack(struct flow_entry *flow, unsigned side, uint32_t ack)
{
	const uint32_t step = ack - flow->hot[side].ack;
	uint16_t *steps = flow->acks[side];

	if (MW_UNLIKELY(step >= TCP_ACK_FAR || steps[2] == TCP_ACK_FAR)) {
		tcp_push_far_ack(flow, side, ack);
		return;
	}
	tcp_push_step(steps, step);
	PUBLISH(flow->hot[side].ack, ack);
}

#define TCP_ANSWER_NS (16 * MW_NS_PER_MS) // class 1; each further class is a fourth of that, class 3 below 1 ms

/**
 * facts once side has acknowledged the newest of its peer (answers: 1, else 0), lag_ns after the peer's last packet:
 * the class of the soonest such answer stays. Where the peer's time stands apart, or its last segment was not new,
 * nothing is learnt. Whether it answers takes turns, and whether that was sooner is rare: one branch for both.
 */
static inline uint32_t tcp_note_answer(uint32_t facts, unsigned side, uint32_t lag_ns, uint32_t answers)
{
	static const uint32_t sooner_ns[] = {TCP_ANSWER_NS, TCP_ANSWER_NS / 4, TCP_ANSWER_NS / 16, 0};
	const uint32_t asked = (facts >> FLOW_AHEAD_AT & ~(facts >> FLOW_APART_AT)) >> (side ^ 1) & answers;
	const unsigned at = FLOW_ANSWER_AT + 2 * side;
	uint32_t class = facts >> at & 3;

	if (MW_LIKELY((mw_unguessed(asked) & (lag_ns < sooner_ns[class])) == 0))
		return facts;
	while (lag_ns < sooner_ns[class])
		class ++;
	return (facts & ~(3u << at)) | class << at;
}

#endif
