// SPDX-License-Identifier: BSD-3-Clause
// Segments far outside the window of the host that they go to. A host without the connection, as a translator that owns
// the address is, answers one with a reset (RFC 9293 section 3.5.2, group 1), and the connection lives on.
// Neighbours: resets.c keeps the marks, in the worker half; judge.c excuses what answers them.
#ifndef RESETS_ODD_H
#define RESETS_ODD_H

#include "mw_flow.h"

/** In each flow: marks of the times of such segments, by direction, the latest; 0 none. */
struct reset_odd {
	uint16_t marks[2];
};

/** True when no host would accept the segment, nor take it for a repetition. flow: as it was before it. */
bool reset_is_odd(const struct mw_packet *packet, const struct mw_flow *flow);

/** Notes such a segment. */
void reset_odd_note(struct reset_odd *odd, const struct mw_packet *packet);

/**
 * True when this reset has no ACK, as such an answer has none, and the other side's last segment before it is the one
 * that was noted (or its time has the same mark, by a chance of one in 2^15). view: of its flow, before the reset.
 */
bool reset_odd_before(const struct reset_odd *odd, const struct mw_packet *packet, const struct mw_flow_view *view);

#endif
