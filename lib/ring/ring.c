// SPDX-License-Identifier: BSD-3-Clause
// rte_ring behind a small door: elements by value, one producer, one consumer, memory from the caller, no EAL.
// Neighbours: mw_ring.h. Follows DPDK's rte_ring_elem.h; the partner of each atomic is named there.
#include "mw_ring.h"

#include <rte_config.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <rte_ring_peek_zc.h>
#include <string.h>

#include "mw_stats.h"

// rte_ring keeps no element size: every call wants it, so it stands in a line of its own before the ring.
struct mw_ring {
	_Alignas(MW_CACHE_LINE_BYTES) uint32_t element_bytes; // written before either thread starts
	struct rte_ring ring;
};

size_t mw_ring_bytes(uint32_t element_bytes, uint32_t count)
{
	ssize_t bytes;

	if (element_bytes == 0 || element_bytes % 4 != 0 || count < 2)
		return 0;
	bytes = rte_ring_get_memsize_elem(element_bytes, count);
	return bytes < 0 ? 0 : (size_t)bytes + offsetof(struct mw_ring, ring);
}

struct mw_ring *mw_ring_init(void *memory, size_t memory_bytes, uint32_t element_bytes, uint32_t count)
{
	struct mw_ring *ring = memory;
	size_t needed_bytes = mw_ring_bytes(element_bytes, count);

	if (needed_bytes == 0 || memory_bytes < needed_bytes || (uintptr_t)memory % MW_CACHE_LINE_BYTES != 0)
		return NULL;
	ring->element_bytes = element_bytes;
	if (rte_ring_init(&ring->ring, "midwatch", count, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0)
		return NULL;
	return ring;
}

uint32_t mw_ring_push(struct mw_ring *ring, const void *elements, uint32_t count)
{
	return rte_ring_sp_enqueue_burst_elem(&ring->ring, elements, ring->element_bytes, count, NULL);
}

uint32_t mw_ring_pop(struct mw_ring *ring, void *elements, uint32_t count)
{
	return rte_ring_sc_dequeue_burst_elem(&ring->ring, elements, ring->element_bytes, count, NULL);
}

static void copy_event(struct mw_event *to, const void *from)
{
	memcpy(to, from, mw_event_used_bytes(from));
}

uint32_t mw_ring_pop_events(struct mw_ring *ring, struct mw_event *events, uint32_t count)
{
	struct rte_ring_zc_data place;

	count = rte_ring_dequeue_zc_burst_elem_start(&ring->ring, sizeof(*events), count, &place, NULL);
	for (uint32_t i = 0; i < count; i++) {
		const struct mw_event *from = place.ptr1;
		const struct mw_event *round = place.ptr2; // past the end of the memory it goes on here

		copy_event(&events[i], i < place.n1 ? &from[i] : &round[i - place.n1]);
	}
	if (count > 0)
		rte_ring_dequeue_zc_elem_finish(&ring->ring, count);
	return count;
}

uint32_t mw_ring_used(const struct mw_ring *ring)
{
	// as rte_ring_count, which reads both ends as if nobody moved them
	uint32_t head = __atomic_load_n(&ring->ring.prod.tail, __ATOMIC_RELAXED);
	uint32_t tail = __atomic_load_n(&ring->ring.cons.tail, __ATOMIC_RELAXED);

	return MW_MIN((head - tail) & ring->ring.mask, ring->ring.capacity);
}

// Both ends count on without end: rte_ring masks them only where it touches elements.
uint32_t mw_ring_position(const struct mw_ring *ring)
{
	return ring->ring.prod.tail;
}

uint32_t mw_ring_before(const struct mw_ring *ring, uint32_t position)
{
	return position - ring->ring.cons.tail;
}

uint32_t mw_ring_capacity(const struct mw_ring *ring)
{
	return rte_ring_get_capacity(&ring->ring);
}

// The ring is larger than a core's cache: where the next event goes has gone cold since it was used last. Behind the
// last element the hint is wasted and does no harm.
static void prefetch_next(const struct mw_event *event)
{
	__builtin_prefetch(event + 1, 1);
	__builtin_prefetch((event + 1)->body, 1);
}

static bool push_event(struct mw_ring *ring, const struct mw_event *event)
{
	struct rte_ring_zc_data place;

	if (rte_ring_enqueue_zc_bulk_elem_start(&ring->ring, sizeof(*event), 1, &place, NULL) == 0)
		return false;
	copy_event(place.ptr1, event);
	rte_ring_enqueue_zc_elem_finish(&ring->ring, 1);
	prefetch_next(place.ptr1);
	return true;
}

static bool emit(void *context, const struct mw_event *event)
{
	struct mw_ring_sink *sink = context;
	bool sent = push_event(sink->ring, event);

	mw_stats_add(sink->stats, sent ? sink->sent_counter : sink->dropped_counter, 1);
	return sent;
}

struct mw_event_sink mw_ring_event_sink(struct mw_ring_sink *sink)
{
	return (struct mw_event_sink){.emit = emit, .context = sink};
}
