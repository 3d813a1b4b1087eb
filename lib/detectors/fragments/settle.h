// SPDX-License-Identifier: BSD-3-Clause
// When what was told of datagrams in pieces has waited long enough, and what becomes of it.
// Neighbours: control.c.
#ifndef FRAGMENTS_SETTLE_H
#define FRAGMENTS_SETTLE_H

#include "control.h"

/** Writes rows of what is due at now_ns; of all when the input has ended. */
void fragment_settle(struct mw_detector_control *control, uint64_t now_ns);

/**
 * Adds the first piece that another worker saw, when there is one. @return true when the datagram is complete and
 * regular with it: there is nothing to tell.
 */
bool fragment_settle_join(struct mw_detector_control *control, struct fragment_waiting *waiting);

/** How the tracker counted a datagram that ended so. */
enum fragment_told fragment_settle_told(const struct mw_detector_control *control, const struct fragment_facts *facts);

/** Writes the row of the datagram that has waited longest, as it stands. */
void fragment_settle_oldest(struct mw_detector_control *control);

/** The pair in control's table, or NULL when it has no place. answered: somebody answered what it sent. */
struct fragment_pair *fragment_settle_pair(struct mw_detector_control *control, const struct mw_event_flow *flow,
										   uint32_t scope, const struct fragment_counts *counts, bool answered);

/** That of a datagram, with its counts. One that is odd, of a pair of which nothing is counted, makes no place. */
struct fragment_pair *fragment_settle_pair_of(struct mw_detector_control *control,
											  const struct fragment_waiting *waiting);

#endif
