// SPDX-License-Identifier: BSD-3-Clause
// Values and pointers between two threads: rte_ring over memory that the caller gives; works without EAL.
// Neighbours: app/ hands packets between workers through it; events go through mw_event_ring.h. One thread produces,
// one thread consumes; they may be the same.
#ifndef MW_RING_H
#define MW_RING_H

#include "mw_base.h"

/** A ring of elements copied by value. */
struct mw_ring;

/** Bytes for a ring of count elements (count: power of two) of element_bytes (multiple of 4). 0 when not possible. */
size_t mw_ring_bytes(uint32_t element_bytes, uint32_t count);

/**
 * Builds a ring in memory (64-byte aligned), before it is shared. It is empty, and has room for count - 1 elements.
 * @return the ring, or NULL when memory or the sizes do not fit.
 */
struct mw_ring *mw_ring_init(void *memory, size_t memory_bytes, uint32_t element_bytes, uint32_t count);

/** Producer: copies up to count elements in. @return how many went in. */
uint32_t mw_ring_push(struct mw_ring *ring, const void *elements, uint32_t count);

/** Consumer: copies up to count elements out. @return how many. */
uint32_t mw_ring_pop(struct mw_ring *ring, void *elements, uint32_t count);

/** Elements inside, and room in all. Any thread; a snapshot. */
uint32_t mw_ring_used(const struct mw_ring *ring);
uint32_t mw_ring_capacity(const struct mw_ring *ring);

#endif
