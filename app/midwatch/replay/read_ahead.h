// SPDX-License-Identifier: BSD-3-Clause
// The files read ahead by a thread: the same batches in the same order as merge_batch gives them, copied. Its
// spare time goes into memory that workers will need.
// Neighbours: replay/replay.c takes batches; lib/input reads them; replay/touch.h.
#ifndef READ_AHEAD_H
#define READ_AHEAD_H

#include <pthread.h>

#include "replay/merge.h"
#include "replay/touch.h"

#define READ_AHEAD_LOTS 128u // batches: work for a millisecond or two, so that waking each other up costs little

/** A frame without its bytes, which stand in the lot. */
struct read_ahead_frame {
	uint64_t time_ns, clock_ns;
	uint32_t captured_bytes, wire_bytes;
	uint16_t dlt;
	uint8_t link;
};

/** One batch: what merge_batch said, and how far in the file it was then. */
struct read_ahead_lot {
	struct read_ahead_frame frames[MW_BATCH_PACKETS];
	uint32_t count, file;
	int got;
	uint64_t read_bytes, total_bytes;
	uint8_t *memory, *bytes; // of all frames, one behind the other, in memory
	size_t memory_bytes;
	char problem[512];
};

/** lock guards given, taken, waits and stop; a lot between taken and given is the taker's, any other the thread's. */
struct read_ahead {
	struct merge *merge; // the thread's while it runs
	struct touch touch; // as well
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t given_one, taken_some;
	uint32_t given, taken;
	bool running, taker_waits, thread_waits, stop;
	bool holds; // the taker still uses a lot's bytes
	struct read_ahead_lot lots[READ_AHEAD_LOTS];
};

/**
 * Begins with the next batch of merge, which is the thread's until read_ahead_stop. workers are those that the
 * packets are for. @return 0 or -errno.
 */
int read_ahead_start(struct read_ahead *ahead, struct merge *merge, const struct workers *workers);

/** As merge_batch; 0 without a frame also when the process is to stop. */
int read_ahead_batch(struct read_ahead *ahead, struct mw_packet frames[], uint32_t *count, uint32_t *file,
					 struct mw_text *problem);

/** As merge_progress, about where the latest batch was; after one that had frames. */
void read_ahead_progress(const struct read_ahead *ahead, uint64_t *read_bytes, uint64_t *total_bytes);

/** Ends the thread, also one that waits for a pipe, and frees; fine for one that never started. */
void read_ahead_stop(struct read_ahead *ahead);

#endif
