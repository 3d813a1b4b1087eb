// SPDX-License-Identifier: BSD-3-Clause
// A port with one queue a worker that gives each worker its packets when it is its turn, and watches it meanwhile.
// Neighbours: apart_port.c stands in for lib/input/port_rx.c; apart_test.c.
#ifndef APART_PORT_H
#define APART_PORT_H

#include <semaphore.h>
#include <stdatomic.h>

#include "mw_port.h"

#define APART_WORKERS     3u
#define APART_FRAMES      8192u
#define APART_FRAME_BYTES 256u

/** A frame, and where its packet goes when it outlives its batch. */
struct apart_frame {
	uint8_t bytes[APART_FRAME_BYTES];
	uint32_t len_bytes;
	struct mw_packet kept;
};

/** One queue. In pages of its own. */
struct apart_queue {
	sem_t turn, done;
	bool running, watched;
	atomic_bool over;
	uint32_t next, end; // frames of this turn
	uint32_t idle; // polls since the last frame
	void (*also)(unsigned worker); // called within the turn
	struct apart_frame frames[APART_FRAMES];
};
extern struct apart_queue *apart_queues[APART_WORKERS];

void apart_port_new(void);
void apart_port_free(void);

/** A worker's turn: receives frames first to end - 1 and does all that follows from them. Returns when it is over. */
void apart_port_turn(unsigned worker, uint32_t first, uint32_t end, bool watched);

/** From now on the queues are empty and polls return at once. */
void apart_port_end(void);

#endif
