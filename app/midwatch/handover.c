// SPDX-License-Identifier: BSD-3-Clause
// Sorting a batch by owner.
// Neighbours: handover.h. Single producer, single consumer rings keep the packets of a flow in order.
#include "handover.h"

// One push for all of them: the ring's counters are lines that the taker reads too.
static void give(struct workers *workers, struct worker *worker, uint16_t owner, const struct handover_batch *batch,
				 const struct handover_source *source)
{
	struct mw_ring *inbox = workers->each[owner].inbox[worker->index];
	uint32_t given = 0;

	mw_stats_add(worker->stats, workers->counters.handed_over, batch->count);
	while (given < batch->count) {
		given += mw_ring_push(inbox, &batch->packets[given], batch->count - given);
		if (given == batch->count || source->full(source->context, batch->packets[given]))
			continue;
		mw_stats_add(worker->stats, workers->counters.handover_full, 1);
		given++;
	}
}

void handover_sort(struct workers *workers, struct worker *worker, struct mw_packet *const packets[], uint32_t count,
				   struct handover_batch *own, const struct handover_source *source)
{
	struct mw_packet *others[MW_BATCH_PACKETS];
	uint32_t others_count = 0;

	own->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (packets[i]->owner == worker->index)
			own->packets[own->count++] = packets[i];
		else
			others[others_count++] = source->keep(packets[i]);
	}
	while (others_count > 0) { // a round for each owner that the batch has
		const uint16_t owner = others[0]->owner;
		struct handover_batch batch = {.count = 0};
		uint32_t left = 0;

		for (uint32_t i = 0; i < others_count; i++) {
			if (others[i]->owner == owner)
				batch.packets[batch.count++] = others[i];
			else
				others[left++] = others[i];
		}
		others_count = left;
		give(workers, worker, owner, &batch, source);
	}
}

void handover_collect(struct worker *worker, uint16_t from, struct handover_batch *batch)
{
	batch->count = worker->inbox[from] == NULL ? 0 : mw_ring_pop(worker->inbox[from], batch->packets, MW_BATCH_PACKETS);
}
