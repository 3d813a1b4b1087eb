// SPDX-License-Identifier: BSD-3-Clause
// Packets of a replay on their way to another worker: buffers fixed in number, filled by the reader, given back by any
// worker.
// Neighbours: replay/replay.c. A live port has mbufs instead.
#ifndef BUFFERS_H
#define BUFFERS_H

#include "mw_capture.h"
#include "mw_packet.h"
#include "mw_ring.h"

#define BUFFERS_SMALL       4096u
#define BUFFERS_SMALL_BYTES 2048u
#define BUFFERS_LARGE       192u // more than a batch and one packet ahead
#define BUFFERS_LARGE_BYTES MW_CAPTURE_FRAME_BYTES_MAX

struct buffer {
	struct mw_packet packet;
	uint8_t *bytes;
	bool large;
};

/** The reader's store. Only the reader's thread touches it. */
struct buffers {
	struct buffer *all;
	uint8_t *bytes;
	struct buffer *free_small[BUFFERS_SMALL], *free_large[BUFFERS_LARGE];
	uint32_t free_small_count, free_large_count;
};

/** @return 0 or -ENOMEM. */
int buffers_new(struct buffers *buffers);
void buffers_free(struct buffers *buffers);

/** A copy of a decoded packet with its bytes, or NULL when every buffer of its size is on its way. */
struct mw_packet *buffers_copy(struct buffers *buffers, const struct mw_packet *packet);
void buffers_put(struct buffers *buffers, struct mw_packet *packet);

#endif
