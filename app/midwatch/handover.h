// SPDX-License-Identifier: BSD-3-Clause
// Packets on their way from the worker that received them to the one that owns them. The same in live and replay.
// Neighbours: replay/replay.c, live/live.c; rings in memory/worker.h.
#ifndef HANDOVER_H
#define HANDOVER_H

#include "memory/worker.h"

/** What a marker among the packets asks of the worker that meets it (mw_packet.is_marker). */
enum handover_marker { HANDOVER_PACKET, HANDOVER_POINT, HANDOVER_TICK, HANDOVER_FINISH };

/** Packets of one batch, by owner. */
struct handover_batch {
	struct mw_packet *packets[MW_BATCH_PACKETS];
	uint32_t count;
};

/** What hand-over asks of the place that packets come from. */
struct handover_source {
	/** The packet itself or a copy of it: what lasts until its owner is done with it. */
	struct mw_packet *(*keep)(struct mw_packet *packet);
	/** packet, which is kept, found an inbox full: makes room and returns true, or gets rid of it and returns false. */
	bool (*full)(void *context, struct mw_packet *packet);
	void *context;
};

/** Sorts a received batch into own and the inboxes of the others. */
void handover_sort(struct workers *workers, struct worker *worker, struct mw_packet *const packets[], uint32_t count,
				   struct handover_batch *own, const struct handover_source *source);

/** Takes up to MW_BATCH_PACKETS packets and markers that other workers left for this one. */
void handover_collect(struct worker *worker, uint16_t from, struct handover_batch *batch);

#endif
