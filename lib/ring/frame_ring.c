// SPDX-License-Identifier: BSD-3-Clause
// A ring of bytes for one producer and one consumer; a frame lies in one piece, what is left before the end is skipped.
// Neighbours: mw_frame_ring.h; event_ring.c is made the same way. sent: the producer stores with release, the consumer
// loads with acquire; taken: the other way round; lost: relaxed, a number for display.
#include "mw_frame_ring.h"

#include <stdatomic.h>
#include <string.h>

#define UNIT_BYTES     16u // of heads and frames
#define ROOM_BYTES_MIN ((size_t)64 << 10)
#define SKIP           UINT32_MAX // as captured_bytes: no frame, the next one begins at the room's beginning

_Static_assert(sizeof(struct mw_frame) == UNIT_BYTES, "a head fits wherever the room does not end");

struct mw_frame_ring {
	_Alignas(MW_CACHE_LINE_BYTES) _Atomic uint64_t sent; // bytes since start, by the producer
	uint64_t taken_seen; // as the producer knows it
	_Atomic uint64_t lost;
	_Alignas(MW_CACHE_LINE_BYTES) _Atomic uint64_t taken; // by the consumer
	uint64_t sent_seen; // as the consumer knows it
	_Alignas(MW_CACHE_LINE_BYTES) uint64_t room_bytes; // fixed
	_Alignas(MW_CACHE_LINE_BYTES) uint8_t bytes[];
};

size_t mw_frame_ring_bytes(size_t room_bytes)
{
	if (room_bytes < ROOM_BYTES_MIN || (room_bytes & (room_bytes - 1)) != 0)
		return 0;
	return sizeof(struct mw_frame_ring) + room_bytes;
}

struct mw_frame_ring *mw_frame_ring_init(void *memory, size_t memory_bytes, size_t room_bytes)
{
	struct mw_frame_ring *ring = memory;
	const size_t needed_bytes = mw_frame_ring_bytes(room_bytes);

	if (needed_bytes == 0 || memory_bytes < needed_bytes || (uintptr_t)memory % MW_CACHE_LINE_BYTES != 0)
		return NULL;
	memset(ring, 0, sizeof(*ring));
	ring->room_bytes = room_bytes;
	return ring;
}

static struct mw_frame *frame_at(struct mw_frame_ring *ring, uint64_t position)
{
	return (struct mw_frame *)(void *)&ring->bytes[position & (ring->room_bytes - 1)];
}

static uint64_t needed(uint32_t captured_bytes)
{
	return (sizeof(struct mw_frame) + (uint64_t)captured_bytes + UNIT_BYTES - 1) & ~(uint64_t)(UNIT_BYTES - 1);
}

// Whether so many bytes behind sent are free.
static bool has_room(struct mw_frame_ring *ring, uint64_t sent, uint64_t bytes)
{
	if (MW_LIKELY(sent + bytes - ring->taken_seen <= ring->room_bytes))
		return true;
	ring->taken_seen = atomic_load_explicit(&ring->taken, memory_order_acquire);
	return sent + bytes - ring->taken_seen <= ring->room_bytes;
}

bool mw_frame_ring_put(struct mw_frame_ring *ring, const struct mw_frame_source *source)
{
	uint64_t sent = atomic_load_explicit(&ring->sent, memory_order_relaxed); // its own
	const uint64_t left = ring->room_bytes - (sent & (ring->room_bytes - 1)), bytes = needed(source->captured_bytes);
	const uint64_t skipped = left < bytes ? left : 0;
	struct mw_frame *frame;

	if (MW_UNLIKELY(!has_room(ring, sent, skipped + bytes))) {
		atomic_store_explicit(&ring->lost, atomic_load_explicit(&ring->lost, memory_order_relaxed) + 1,
							  memory_order_relaxed);
		return false;
	}
	if (skipped > 0)
		frame_at(ring, sent)->captured_bytes = SKIP;
	sent += skipped;
	frame = frame_at(ring, sent);
	frame->time_ns = source->time_ns;
	frame->captured_bytes = source->captured_bytes;
	frame->wire_bytes = source->wire_bytes;
	memcpy(frame->data, source->data, source->captured_bytes);
	atomic_store_explicit(&ring->sent, sent + bytes, memory_order_release);
	return true;
}

uint64_t mw_frame_ring_lost(const struct mw_frame_ring *ring)
{
	return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}

const struct mw_frame *mw_frame_ring_oldest(struct mw_frame_ring *ring)
{
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed); // its own

	if (taken == ring->sent_seen)
		ring->sent_seen = atomic_load_explicit(&ring->sent, memory_order_acquire);
	if (taken == ring->sent_seen)
		return NULL;
	if (frame_at(ring, taken)->captured_bytes == SKIP) {
		taken += ring->room_bytes - (taken & (ring->room_bytes - 1)); // a frame is sent with what was skipped for it
		atomic_store_explicit(&ring->taken, taken, memory_order_release);
	}
	return frame_at(ring, taken);
}

void mw_frame_ring_drop(struct mw_frame_ring *ring)
{
	const uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed); // its own

	atomic_store_explicit(&ring->taken, taken + needed(frame_at(ring, taken)->captured_bytes), memory_order_release);
}

bool mw_frame_ring_is_filling(const struct mw_frame_ring *ring)
{
	const uint64_t sent = atomic_load_explicit(&ring->sent, memory_order_relaxed);

	return sent - atomic_load_explicit(&ring->taken, memory_order_relaxed) > ring->room_bytes / 2;
}

void mw_frame_ring_clear(struct mw_frame_ring *ring)
{
	ring->sent_seen = atomic_load_explicit(&ring->sent, memory_order_acquire);
	atomic_store_explicit(&ring->taken, ring->sent_seen, memory_order_release);
	atomic_store_explicit(&ring->lost, 0, memory_order_relaxed);
}
