// SPDX-License-Identifier: BSD-3-Clause
// A workload held in memory, and its delivery as a port would deliver it.
// Neighbours: gen.h fills a trace; rig.c, floor.c and workers.c are fed from it.
//
// Consecutive frames lie in different pages, as buffers of a pool do, so that no prefetcher of the CPU runs ahead of
// us. What a driver writes of a frame (mbufs) comes from a pool larger than a core's caches and goes back to its end.
// Packet structs are the worker's own array, or lie in those buffers where there is more than one, as in live_worker.c.
#ifndef TRACE_H
#define TRACE_H

#include "gen.h"
#include "measure.h"
#include "mw_packet.h"

#define FEED_PACKETS 16384u // a power of two

struct trace_frame {
	uint32_t line; // where its bytes start, in cache lines
	uint32_t len_bytes;
	uint64_t time_ns;
};

struct trace {
	struct block bytes, frames_block;
	struct trace_frame *frames;
	uint32_t count;
	struct gen_facts facts;
};

/** Generates a workload; frame_bytes: room for a frame on average. @return false when there is not so much memory. */
bool trace_new(struct trace *trace, const struct gen_options *options, uint64_t frames_max, uint32_t frame_bytes);
/** The frames of from that chosen numbers, laid out as those of a queue of their own. @return as above. */
bool trace_pick(struct trace *trace, const struct trace *from, const uint32_t *chosen, uint32_t count);
void trace_free(struct trace *trace);

/** As an mbuf: what the driver writes, and its private area. */
struct feed_buffer {
	_Alignas(MW_CACHE_LINE_BYTES) const uint8_t *data;
	uint64_t time_ns;
	uint32_t len_bytes;
	struct mw_packet packet;
};

/** A source of packets over a trace. One thread. */
struct feed {
	const struct trace *trace;
	bool in_buffers; // where the packets lie: for more than one worker
	uint64_t shift_ns; // added to every packet's time
	struct block pool;
	struct feed_buffer *free[FEED_PACKETS];
	uint32_t head, tail; // taken from head, given back at tail
	struct mw_packet batch[MW_BATCH_PACKETS];
};

void feed_new(struct feed *feed, const struct trace *trace);
void feed_free(struct feed *feed);

/** Frames first and following, as mw_port_receive would give them. */
void feed_take(struct feed *feed, uint32_t first, uint32_t count, struct mw_packet *packets[]);
void feed_give(struct feed *feed, struct mw_packet *const packets[], uint32_t count);

/** Takes the frames, looks at one byte of each and gives them back: what every contender pays. */
void feed_deliver(struct feed *feed, uint32_t first, uint32_t last);

/** Buffers that are not under way. */
static inline uint32_t feed_room(const struct feed *feed)
{
	return feed->tail - feed->head;
}

#endif
