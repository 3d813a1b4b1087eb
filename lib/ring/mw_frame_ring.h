// SPDX-License-Identifier: BSD-3-Clause
// Frames from a worker to whoever writes them to a file: bytes copied into a ring, each behind a short head.
// Neighbours: app/midwatch/live/tap.c puts in, app/midwatch/live/capture.c takes out. One thread produces, one
// consumes; they may be the same.
#ifndef MW_FRAME_RING_H
#define MW_FRAME_RING_H

#include "mw_base.h"

struct mw_frame_ring;

/** A frame in the ring; its bytes stand behind it. */
struct mw_frame {
	uint64_t time_ns;
	uint32_t captured_bytes, wire_bytes;
	uint8_t data[];
};

/** What is put in. */
struct mw_frame_source {
	uint64_t time_ns;
	uint32_t captured_bytes, wire_bytes;
	const uint8_t *data;
};

/** Bytes for a ring with this room (a power of two, 64 KiB or more). 0 when that is not possible. */
size_t mw_frame_ring_bytes(size_t room_bytes);

/** Builds it in memory (64-byte aligned), empty, before it is shared. @return NULL when memory or room do not fit. */
struct mw_frame_ring *mw_frame_ring_init(void *memory, size_t memory_bytes, size_t room_bytes);

/** Producer: copies a frame in. @return false when there is no room: it is lost, and counted. */
bool mw_frame_ring_put(struct mw_frame_ring *ring, const struct mw_frame_source *frame);

/** Frames that found no room since mw_frame_ring_clear. Any thread. */
uint64_t mw_frame_ring_lost(const struct mw_frame_ring *ring);

/** Consumer: the oldest frame, NULL when there is none. It stays until mw_frame_ring_drop. */
const struct mw_frame *mw_frame_ring_oldest(struct mw_frame_ring *ring);
void mw_frame_ring_drop(struct mw_frame_ring *ring);

/** Consumer: whether half of the room is taken. */
bool mw_frame_ring_is_filling(const struct mw_frame_ring *ring);

/** Consumer, while nobody produces: empty, nothing lost. */
void mw_frame_ring_clear(struct mw_frame_ring *ring);

#endif
