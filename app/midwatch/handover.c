// SPDX-License-Identifier: BSD-3-Clause
// Sorting a batch by owner.
// Neighbours: handover.h. Single producer, single consumer rings keep the packets of a flow in order.
#include "handover.h"

void handover_sort(struct engine *engine, struct engine_worker *worker, struct mw_packet *const packets[],
				   uint32_t count, struct handover_lot *own, bool (*full)(void *context, struct mw_packet *packet),
				   void *context)
{
	own->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct mw_packet *packet = packets[i];
		struct mw_ring *inbox = engine->workers[packet->owner].inbox[worker->index];

		if (packet->owner == worker->index) {
			own->packets[own->count++] = packet;
			continue;
		}
		mw_stats_add(worker->stats, engine->counters.handed_over, 1);
		while (mw_ring_push(inbox, &packet, 1) == 0) {
			if (full(context, packet))
				continue;
			mw_stats_add(worker->stats, engine->counters.handover_full, 1);
			break;
		}
	}
}

void handover_collect(struct engine_worker *worker, uint16_t from, struct handover_lot *lot)
{
	lot->count = worker->inbox[from] == NULL ? 0 : mw_ring_pop(worker->inbox[from], lot->packets, MW_BATCH_PACKETS);
}
