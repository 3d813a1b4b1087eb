// SPDX-License-Identifier: BSD-3-Clause
// Segments far outside the window of the host that they go to. A host without the connection, as a translator that owns
// the address is, answers one with a reset (RFC 9293 section 3.5.2, group 1), and the connection lives on.
// Neighbours: resets.c keeps them in the worker half; judge.c excuses what answers them.
#ifndef RESETS_ODD_H
#define RESETS_ODD_H

#include "mw_flow.h"

#define RESET_ODD_SEGMENTS 64 // the latest; an answer comes at once

struct reset_odd_segment {
	const struct mw_flow *flow;
	uint64_t time_ns;
	uint8_t direction;
};

/** Zeroed memory is an empty list. */
struct reset_odd_segments {
	uint64_t latest_ns; // of them all
	uint32_t next;
	struct reset_odd_segment segments[RESET_ODD_SEGMENTS];
};

/** True when no host would accept the segment, nor take it for a repetition. flow: as it was before it. */
bool reset_is_odd(const struct mw_packet *packet, const struct mw_flow *flow);

/** The oldest makes room. */
void reset_odd_add(struct reset_odd_segments *odd, const struct mw_packet *packet, const struct mw_flow *flow);

/**
 * True when this reset has no ACK, as such an answer has none, and the other side's last segment before it is in the
 * list. view: of flow, before the reset.
 */
bool reset_odd_before(const struct reset_odd_segments *odd, const struct mw_packet *packet, const struct mw_flow *flow,
					  const struct mw_flow_view *view);

#endif
