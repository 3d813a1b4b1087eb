// SPDX-License-Identifier: BSD-3-Clause
// How events leave a worker: by lines of 64 bytes, so that a short event is one line. Each class of events has a ring
// of its own: a flood of one cannot drown the other.
// Neighbours: pipeline's events go in through the sink, aggregate/ takes them out. One thread produces, one consumes;
// they may be the same.
#ifndef MW_EVENT_RING_H
#define MW_EVENT_RING_H

#include "mw_event.h"

/** Both rings of a worker. */
struct mw_event_ring;

/** Room for lines of each class. Powers of two. */
struct mw_event_ring_sizes {
	uint32_t lines[MW_EVENT_CLASSES];
};

/** A place in the stream of each class: lines since start, modulo 2^32. */
struct mw_event_positions {
	uint32_t lines[MW_EVENT_CLASSES];
};

/** Bytes for such rings; 0 when they are not possible: a size is no power of two, or below 16. */
size_t mw_event_ring_bytes(const struct mw_event_ring_sizes *sizes);

/**
 * Builds them in memory (64-byte aligned), empty, before they are shared. @return NULL when memory or sizes do not fit.
 */
struct mw_event_ring *mw_event_ring_init(void *memory, size_t memory_bytes, const struct mw_event_ring_sizes *sizes);

/**
 * Producer: room for one event with a body of up to body_bytes. Fill it in place, all but its class; nobody sees it
 * before mw_event_ring_send, and another begin gives the same room again. @return NULL: the ring of its class is full.
 */
struct mw_event *mw_event_ring_begin(struct mw_event_ring *ring, enum mw_event_class class, uint32_t body_bytes);
void mw_event_ring_send(struct mw_event_ring *ring, enum mw_event_class class);

/** How far the producer has come. Any thread; what lies before can be taken. */
struct mw_event_positions mw_event_ring_sent(const struct mw_event_ring *ring);

/** True when a class has filled a quarter of its room: time to take. Any thread; a snapshot. */
bool mw_event_ring_is_filling(const struct mw_event_ring *ring);

/** Consumer: lines up to a position of mw_event_ring_sent that were not taken yet; no less than the events need. */
uint32_t mw_event_ring_waiting(const struct mw_event_ring *ring, enum mw_event_class class, uint32_t until);

/** Lines of each class that a ring has room for. */
struct mw_event_ring_sizes mw_event_ring_sizes_of(const struct mw_event_ring *ring);

/**
 * Consumer: copies the events of a class up to a position of mw_event_ring_sent to lines, one behind the other, each
 * the whole lines it needs (mw_event_lines); their room in the ring is free again. @return lines; at most room.
 */
uint32_t mw_event_ring_take(struct mw_event_ring *ring, enum mw_event_class class, uint32_t until,
							struct mw_event_line lines[], uint32_t room);

/** An event sink over the rings. The counters' only writer is the producer. */
struct mw_event_ring_sink {
	struct mw_event_ring *ring;
	struct mw_stats_block *stats;
	uint32_t sent_counter;
	uint32_t dropped_counters[MW_EVENT_CLASSES]; // of what found no room
};
struct mw_event_sink mw_event_ring_sink_of(struct mw_event_ring_sink *sink);

#endif
