// SPDX-License-Identifier: BSD-3-Clause
// Flows on which ESP is awaited since an IKE message: few, so they are kept apart from the flows, which would all grow.
// Neighbours: ike.c watches them.
#ifndef IKE_WATCH_H
#define IKE_WATCH_H

#include "mw_flow.h"

#define IKE_WATCH_SETS 64
#define IKE_WATCH_WAYS 8

/** One flow; flow NULL: free. */
struct ike_watch {
	struct mw_flow *flow;
	uint64_t begun; // in the order of begin
	uint8_t told[2]; // ESP, by direction
	uint16_t looks; // packets that may still be looked at
};

/** Zeroed memory is empty. */
struct ike_watches {
	struct ike_watch sets[IKE_WATCH_SETS][IKE_WATCH_WAYS];
	uint64_t begun;
};

/**
 * Begins anew with flow, whose packets have hash (mw_packet.flow_hash). evicted_out: the flow that had to give way, the
 * one begun first in its set, or NULL.
 */
struct ike_watch *ike_watch_begin(struct ike_watches *watches, struct mw_flow *flow, uint64_t hash,
								  struct mw_flow **evicted_out);

/** The flow's, or NULL. */
struct ike_watch *ike_watch_find(struct ike_watches *watches, const struct mw_flow *flow, uint64_t hash);

/** The flow has ended: looks everywhere, which few flows need. */
void ike_watch_forget(struct ike_watches *watches, const struct mw_flow *flow);

#endif
