// SPDX-License-Identifier: BSD-3-Clause
// The last distinct acknowledgements of a side: the newest in line 0, three older ones in line 1.
// Neighbours: tcp.c and fast.h write them, view.c reads.
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

#endif
