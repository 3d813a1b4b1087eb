// SPDX-License-Identifier: BSD-3-Clause
// Receivers of later pieces from many hosts with which nothing else was ever exchanged: a reflected attack whose first
// pieces, the ones with ports, a filter took.
// Neighbours: control.h; settle.c asks.
#ifndef FRAGMENTS_REFLECTED_H
#define FRAGMENTS_REFLECTED_H

#include "facts.h"

#define FRAGMENT_REFLECTED_SENDERS 8 // as many are no coincidence
#define FRAGMENT_REFLECTED_MAX     64

struct fragment_reflected {
	struct mw_address dst;
	uint64_t last_ns; // clock; 0: free
	uint32_t senders_count;
	struct mw_address senders[FRAGMENT_REFLECTED_SENDERS];
};

/** Takes a datagram with facts.alone, as it comes: rows are written later, when those of other senders came, too. */
void fragment_reflected_take(struct fragment_reflected *table, const struct mw_event_flow *flow, uint64_t clock_ns);

/** @return true when so many such senders have been seen at its receiver that nobody there asked them. */
bool fragment_reflected_is(const struct fragment_reflected *table, const struct mw_event_flow *flow);

#endif
