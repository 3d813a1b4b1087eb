// SPDX-License-Identifier: BSD-3-Clause
// Events that were taken out of the rings, and the one order in which they are told: that of mw_event_compare.
// Neighbours: aggregate.c takes, sorts and tells; ring/ gives. One thread.
#ifndef AGGREGATE_LOT_H
#define AGGREGATE_LOT_H

#include "mw_event_ring.h"

/** The events of one class. They stay where they are; what is sorted are their times and places. */
struct aggregate_lane {
	struct aggregate_item {
		uint64_t time_ns;
		uint32_t line, padding; // the first of the event
	} * items, *spare;
	struct mw_event_line *lines;
	uint32_t items_count, lines_count, room; // room for so many of both
	uint32_t told;
	bool disordered; // an item is before the one that was taken ahead of it
};

/** Zeroed memory is empty. */
struct aggregate_lot {
	struct aggregate_lane lanes[MW_EVENT_CLASSES];
};

/** Room for so many lines of each class, so that no more is asked for later. @return 0 or -ENOMEM. */
int aggregate_lot_reserve(struct aggregate_lot *lot, const struct mw_event_ring_sizes *sizes);
void aggregate_lot_free(struct aggregate_lot *lot);

/**
 * Takes the events up to positions out of a worker's rings. What there is no memory for stays in them.
 * Several may come before the next sort.
 */
void aggregate_lot_take(struct aggregate_lot *lot, struct mw_event_ring *ring,
						const struct mw_event_positions *positions);

/** Brings all that was taken in order. */
void aggregate_lot_sort(struct aggregate_lot *lot);

/** The next event in order, until the next take; NULL: that was the last, and the lot is empty again. */
const struct mw_event *aggregate_lot_next(struct aggregate_lot *lot);

#endif
