// SPDX-License-Identifier: BSD-3-Clause
// Copies frames for a capture. No lock, no allocation, no waiting: what finds no room is counted by the ring.
// Neighbours: live/tap.h.
#include "live/tap.h"

void tap_take(struct tap *tap, struct mw_packet *const packets[], uint32_t count)
{
	const struct tap_plan *plan = tap->plan;

	for (uint32_t i = 0; i < count; i++) {
		const struct mw_packet *packet = packets[i];
		const struct mw_frame_source frame = {.time_ns = packet->time_ns,
											  .captured_bytes = MW_MIN(packet->captured_bytes, plan->snap_bytes),
											  .wire_bytes = packet->wire_bytes,
											  .data = packet->data};

		if (plan->filter == NULL || mw_filter_match(plan->filter, packet))
			(void)mw_frame_ring_put(tap->ring, &frame);
	}
}

void tap_leave(struct tap *tap)
{
	tap->plan = NULL;
	atomic_store_explicit(&tap->seen, NULL, memory_order_release);
}
