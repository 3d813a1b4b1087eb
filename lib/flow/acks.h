// SPDX-License-Identifier: BSD-3-Clause
// The last distinct acknowledgements of a side: the newest in line 0, three older ones in line 1.
// Neighbours: tcp.c and lane.c write them, view.c reads.
#ifndef FLOW_ACKS_H
#define FLOW_ACKS_H

#include "publish.h"

#define TCP_GAP_SANE_BYTES (1u << 30) // an acknowledgement further ahead is no gap but nonsense

/** False when ack is one of the older ones. */
static inline bool tcp_ack_is_new(const struct flow_warm *warm, uint32_t ack)
{
	const uint32_t older = warm->packets_high & 3;
	bool known = false;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(warm->acks_older); i++)
		known |= i < older && warm->acks_older[i] == ack;
	return !known;
}

/** ack, the newest so far, becomes the first of the older ones. */
static inline void tcp_push_ack(struct flow_warm *warm, uint32_t ack)
{
	PUBLISH(warm->acks_older[2], warm->acks_older[1]);
	PUBLISH(warm->acks_older[1], warm->acks_older[0]);
	PUBLISH(warm->acks_older[0], ack);
	if ((warm->packets_high & 3) < MW_ARRAY_SIZE(warm->acks_older))
		PUBLISH(warm->packets_high, warm->packets_high + 1);
}

#define TCP_ANSWER_NS (16 * MW_NS_PER_MS) // class 1; each further class is a fourth of that, class 3 below 1 ms

/**
 * facts once side has acknowledged the newest of its peer, lag_ns after the peer's last packet: the class of the soonest
 * such answer stays. Where the peer's time stands apart, or its last segment was not new, nothing is learnt.
 */
static inline uint32_t tcp_note_answer(uint32_t facts, unsigned side, uint32_t lag_ns)
{
	const uint32_t asked = facts >> FLOW_AHEAD_AT & ~(facts >> FLOW_APART_AT) & 1u << (side ^ 1);
	const uint32_t class =
		(uint32_t)((lag_ns < TCP_ANSWER_NS) + (lag_ns < TCP_ANSWER_NS / 4) + (lag_ns < TCP_ANSWER_NS / 16));
	const unsigned at = FLOW_ANSWER_AT + 2 * side;

	return asked != 0 && class > (facts >> at & 3) ? (facts & ~(3u << at)) | class << at : facts;
}

#endif
