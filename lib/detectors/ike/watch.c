// SPDX-License-Identifier: BSD-3-Clause
// The flows, in sets of eight.
// Neighbours: watch.h.
#include "watch.h"

struct ike_watch *ike_watch_find(struct ike_watches *watches, const struct mw_flow *flow, uint64_t hash)
{
	struct ike_watch *set = watches->sets[hash % IKE_WATCH_SETS];

	for (uint32_t i = 0; i < IKE_WATCH_WAYS; i++) {
		if (set[i].flow == flow)
			return &set[i];
	}
	return NULL;
}

struct ike_watch *ike_watch_begin(struct ike_watches *watches, struct mw_flow *flow, uint64_t hash,
								  struct mw_flow **evicted_out)
{
	struct ike_watch *set = watches->sets[hash % IKE_WATCH_SETS];
	struct ike_watch *place = ike_watch_find(watches, flow, hash);

	*evicted_out = NULL;
	if (place == NULL) {
		place = &set[0];
		for (uint32_t i = 1; i < IKE_WATCH_WAYS; i++) {
			if (set[i].begun < place->begun) // a free one has 0
				place = &set[i];
		}
		*evicted_out = place->flow;
	}
	*place = (struct ike_watch){.flow = flow, .begun = ++watches->begun};
	return place;
}

void ike_watch_forget(struct ike_watches *watches, const struct mw_flow *flow)
{
	for (uint32_t set = 0; set < IKE_WATCH_SETS; set++) {
		struct ike_watch *watch = ike_watch_find(watches, flow, set);

		if (watch != NULL)
			*watch = (struct ike_watch){0};
	}
}
