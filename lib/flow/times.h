// SPDX-License-Identifier: BSD-3-Clause
// Times of a flow in few bytes, none of them rounded: the last packet of each side, and the handshake.
// Neighbours: entry.h has the fields; track.c and tcp.c write them, view.c reads.
#ifndef FLOW_TIMES_H
#define FLOW_TIMES_H

#include "publish.h"

/** Time of the last packet of a side that was neither a reset nor a duplicate; 0 before the first. */
static inline uint64_t time_side_last(const struct flow_entry *flow, unsigned side)
{
	if (FLOW_FACT(flow, APART) >> side & 1)
		return flow->side_last_ns[side];
	return FLOW_FACT(flow, RECENT) == side ? flow->clock_ns : flow->clock_ns - flow->lag_ns;
}

/** Out of order, a reset, or another clock than time: both sides' times stand apart, in full. */
static inline void time_move_apart(struct flow_entry *flow, uint64_t clock_ns)
{
	const uint64_t last_ns[2] = {time_side_last(flow, 0), time_side_last(flow, 1)};

	PUBLISH(flow->side_last_ns[0], last_ns[0]);
	PUBLISH(flow->side_last_ns[1], last_ns[1]);
	PUBLISH_FACT(flow, APART, 3);
	PUBLISH(flow->clock_ns, clock_ns);
}

/** A packet of side at time_ns, when the clock was clock_ns. */
static inline void time_packet(struct flow_entry *flow, unsigned side, uint64_t time_ns, uint64_t clock_ns)
{
	uint32_t facts = flow->facts, apart = FLOW_FACT(flow, APART);
	uint64_t lag_ns;

	if (MW_UNLIKELY(time_ns != clock_ns || clock_ns < flow->clock_ns ||
					((apart >> side & 1) != 0 && flow->side_last_ns[side] > time_ns))) {
		uint64_t last_ns = time_side_last(flow, side);

		time_move_apart(flow, clock_ns);
		PUBLISH(flow->side_last_ns[side], MW_MAX(last_ns, time_ns));
		return;
	}
	if ((apart >> !side & 1) == 0) { // the other side's time stays relative, while it fits
		lag_ns = clock_ns - flow->clock_ns + (FLOW_FACT(flow, RECENT) == side ? flow->lag_ns : 0);
		if (MW_UNLIKELY(lag_ns > UINT32_MAX)) {
			PUBLISH(flow->side_last_ns[!side], clock_ns - lag_ns);
			apart |= 1u << !side;
		} else {
			PUBLISH(flow->lag_ns, lag_ns);
		}
	} else { // as the quick way has it, and nobody reads
		PUBLISH(flow->lag_ns, clock_ns - flow->clock_ns + (FLOW_FACT(flow, RECENT) == side ? flow->lag_ns : 0));
	}
	facts = FLOW_WITH(facts, APART, apart & ~(1u << side));
	PUBLISH(flow->facts, FLOW_WITH(facts, RECENT, side));
	PUBLISH(flow->clock_ns, clock_ns);
}

enum { TIME_SYN, TIME_SYN_ACK, TIME_ACK };

#define TIME_HANDSHAKE_BIAS (UINT64_C(1) << 47) // 39 hours

/** 0 unknown. */
static inline uint64_t time_handshake(const struct flow_entry *flow, unsigned which)
{
	const uint16_t *parts = flow->handshake[which];
	uint64_t since = (uint64_t)parts[2] << 32 | (uint64_t)parts[1] << 16 | parts[0];

	return since == 0 ? 0 : flow->first_ns + since - TIME_HANDSHAKE_BIAS;
}

/** Times further than 39 hours from the flow's first packet are not kept. */
static inline void time_set_handshake(struct flow_entry *flow, unsigned which, uint64_t time_ns)
{
	uint64_t since = time_ns - flow->first_ns + TIME_HANDSHAKE_BIAS;

	if (since >= 2 * TIME_HANDSHAKE_BIAS)
		return;
	for (unsigned i = 0; i < 3; i++)
		PUBLISH(flow->handshake[which][i], since >> 16 * i);
}

#endif
