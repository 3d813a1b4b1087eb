// SPDX-License-Identifier: BSD-3-Clause
// rte_ring behind a small door: elements by value, one producer, one consumer, memory from the caller, no EAL.
// Neighbours: mw_ring.h. Follows DPDK's rte_ring_elem.h; the partner of each atomic is named there.
#include "mw_ring.h"

#include <rte_config.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

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

uint32_t mw_ring_used(const struct mw_ring *ring)
{
	// as rte_ring_count, which reads both ends as if nobody moved them
	uint32_t head = __atomic_load_n(&ring->ring.prod.tail, __ATOMIC_RELAXED);
	uint32_t tail = __atomic_load_n(&ring->ring.cons.tail, __ATOMIC_RELAXED);

	return MW_MIN((head - tail) & ring->ring.mask, ring->ring.capacity);
}

uint32_t mw_ring_capacity(const struct mw_ring *ring)
{
	return rte_ring_get_capacity(&ring->ring);
}
