// SPDX-License-Identifier: BSD-3-Clause
// Times of a flow in few bytes: the last packet of each side, exact, and the handshake, nearly so.
// Neighbours: entry.h has the fields; track.c and tcp.c write them, view.c reads.
#ifndef FLOW_TIMES_H
#define FLOW_TIMES_H

#include "parts.h"

/**
 * A reset moves the clock, and no side's time. Where a side has acknowledged nothing, as when a connection is refused,
 * a port probed or a SYN flood answered, its place for an acknowledgement holds by how much, plus 1, until another
 * packet comes; then and elsewhere a story keeps the sides' times. 0: this is no such flow.
 */
static inline uint32_t time_reset_lag(const struct flow_entry *flow)
{
	return !entry_has_acked(flow, 0) ? flow->hot[0].ack : !entry_has_acked(flow, 1) ? flow->hot[1].ack : 0;
}

/** time_side_last_of a side whose time stands apart, of a flow without a story that keeps times. */
uint64_t time_before_reset(const struct flow_entry *flow, unsigned side);

/**
 * Time of the last packet of a side that was neither a reset nor a duplicate; 0 before the first. apart: the flow's
 * story when it keeps times, else NULL: then a side whose time stands apart never spoke, or was reset since.
 */
static inline uint64_t time_side_last_of(const struct flow_entry *flow, const struct flow_story *apart, unsigned side)
{
	if (FLOW_FACT(flow, APART) >> side & 1)
		return apart == NULL ? time_before_reset(flow, side) : apart->side_last_ns[side];
	return FLOW_FACT(flow, RECENT) == side ? flow->clock_ns : flow->clock_ns - flow->lag_ns;
}

/** The same of an entry. */
static inline uint64_t time_side_last(const struct flow_entry *flow, unsigned side)
{
	const bool apart = (FLOW_FACT(flow, APART) >> side & 1) != 0;

	return time_side_last_of(flow, MW_UNLIKELY(apart) ? story_for(flow, STORY_TIMES) : NULL, side);
}

/**
 * Time of the last reset, as far as no packet of either side came after it; else 0, or any time before. story: the
 * flow's, NULL for none. Where it has no such time, the reset moved the clock, and nothing since.
 */
static inline uint64_t time_reset_last_of(const struct flow_entry *flow, const struct flow_story *story)
{
	if (((flow->seen[0] | flow->seen[1]) & FLOW_SEEN_RST) == 0)
		return 0;
	if (story != NULL && (story->uses & STORY_RESET) != 0)
		return story->reset_last_ns;
	return FLOW_FACT(flow, APART) == 3 ? flow->clock_ns : 0;
}

/** A reset at time_ns, when the clock was clock_ns. */
void time_reset(struct flow_entry *flow, uint64_t time_ns, uint64_t clock_ns);

/**
 * Out of order, a reset, or another clock than time: both sides' times stand apart, in full. @return the story that has
 * them; NULL, and no change, when there is no room for one.
 */
struct flow_story *time_move_apart(struct flow_entry *flow, uint64_t clock_ns);

/** A packet of side at time_ns, when the clock was clock_ns. */
void time_packet(struct flow_entry *flow, unsigned side, uint64_t time_ns, uint64_t clock_ns);

enum { TIME_SYN_ACK, TIME_ACK };

/** A step of the opening, in ns, as precise as it was kept; -1: it was not seen. */
int64_t time_step_ns(const struct flow_entry *flow, unsigned which);

/** Notes when the SYN-ACK came, or the client's acknowledgement of it; once. */
void time_set_step(struct flow_entry *flow, unsigned which, uint64_t time_ns);

#endif
