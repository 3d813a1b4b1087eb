// SPDX-License-Identifier: BSD-3-Clause
// Keeping a workload in memory and delivering it.
// Neighbours: trace.h; lib/input/port_rx.c is what feed_take stands for.
#include "trace.h"

#include <stdlib.h>

#define LANES       1024u
#define CHUNK_BYTES ((size_t)16 << 10)

/** Being filled: each lane has its own chunk, frames go round the lanes. */
struct filling {
	struct trace *trace;
	uint64_t frames_max;
	size_t chunk_next;
	struct {
		size_t at, end;
	} lanes[LANES];
};

static size_t room_of(uint32_t len_bytes)
{
	return ((size_t)len_bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
}

static void keep(void *context, const uint8_t *bytes, uint32_t len_bytes, uint64_t time_ns)
{
	struct filling *filling = context;
	struct trace *trace = filling->trace;
	size_t *at = &filling->lanes[trace->count % LANES].at, *end = &filling->lanes[trace->count % LANES].end;
	size_t room = room_of(len_bytes);

	if (*end - *at < room) {
		*at = filling->chunk_next;
		*end = filling->chunk_next += CHUNK_BYTES;
	}
	if (filling->chunk_next > trace->bytes.size_bytes || trace->count == filling->frames_max)
		die("the workload is larger than foreseen: %u frames", trace->count);
	__builtin_memcpy(trace->bytes.base + *at, bytes, len_bytes);
	trace->frames[trace->count++] = (struct trace_frame){(uint32_t)(*at / MW_CACHE_LINE_BYTES), len_bytes, time_ns};
	*at += room;
}

// Room for so many frames. NULL: not so much memory.
static struct filling *open_trace(struct trace *trace, uint64_t frames_max, uint64_t bytes_max)
{
	struct filling *filling = calloc(1, sizeof(*filling));

	*trace = (struct trace){0};
	if (filling == NULL || !block_take(&trace->bytes, bytes_max + 2 * LANES * CHUNK_BYTES) ||
		!block_take(&trace->frames_block, frames_max * sizeof(struct trace_frame))) {
		trace_free(trace);
		free(filling);
		return NULL;
	}
	trace->frames = (struct trace_frame *)(void *)trace->frames_block.base;
	filling->trace = trace;
	filling->frames_max = frames_max;
	return filling;
}

bool trace_new(struct trace *trace, const struct gen_options *options, uint64_t frames_max, uint32_t frame_bytes)
{
	struct filling *filling = open_trace(trace, frames_max, frames_max * frame_bytes);
	struct gen_sink sink = {keep, filling};

	if (filling == NULL)
		return false;
	trace->facts = gen_run(options, &sink);
	free(filling);
	return true;
}

bool trace_pick(struct trace *trace, const struct trace *from, const uint32_t *chosen, uint32_t count)
{
	struct filling *filling;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += room_of(from->frames[chosen[i]].len_bytes);
	filling = open_trace(trace, count, bytes + bytes / 8); // the ends of chunks stay empty
	if (filling == NULL)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const struct trace_frame *frame = &from->frames[chosen[i]];

		keep(filling, from->bytes.base + (size_t)frame->line * MW_CACHE_LINE_BYTES, frame->len_bytes, frame->time_ns);
	}
	free(filling);
	return true;
}

void trace_free(struct trace *trace)
{
	block_give(&trace->bytes);
	block_give(&trace->frames_block);
}

void feed_new(struct feed *feed, const struct trace *trace)
{
	struct feed_buffer *buffers;

	*feed = (struct feed){.trace = trace, .tail = FEED_PACKETS};
	if (!block_take(&feed->pool, FEED_PACKETS * sizeof(struct feed_buffer)))
		die("no memory for %u packets", FEED_PACKETS);
	buffers = (struct feed_buffer *)(void *)feed->pool.base;
	for (uint32_t i = 0; i < FEED_PACKETS; i++)
		feed->free[i] = &buffers[i];
}

void feed_free(struct feed *feed)
{
	block_give(&feed->pool);
}

// What the driver does: its burst is filled from its descriptors.
static void receive(struct feed *feed, uint32_t first, uint32_t count, struct feed_buffer *buffers[])
{
	const struct trace *trace = feed->trace;

	for (uint32_t i = 0; i < count; i++) {
		const struct trace_frame *frame = &trace->frames[first + i];

		buffers[i] = feed->free[feed->head++ % FEED_PACKETS];
		buffers[i]->data = trace->bytes.base + (size_t)frame->line * MW_CACHE_LINE_BYTES;
		buffers[i]->len_bytes = frame->len_bytes;
		buffers[i]->time_ns = frame->time_ns + feed->shift_ns;
		if (feed->in_buffers)
			mw_packet_fetch(&buffers[i]->packet);
		__builtin_prefetch(buffers[i]->data);
		if (frame->len_bytes > MW_CACHE_LINE_BYTES) // as lib/input/port_rx.c does
			__builtin_prefetch(buffers[i]->data + MW_CACHE_LINE_BYTES);
	}
}

void feed_take(struct feed *feed, uint32_t first, uint32_t count, struct mw_packet *packets[])
{
	struct feed_buffer *buffers[MW_BATCH_PACKETS];

	receive(feed, first, count, buffers);
	for (uint32_t i = 0; i < count; i++) {
		struct mw_packet *packet = feed->in_buffers ? &buffers[i]->packet : &feed->batch[i];

		packet->data = buffers[i]->data;
		packet->captured_bytes = buffers[i]->len_bytes;
		packet->wire_bytes = buffers[i]->len_bytes;
		packet->time_ns = buffers[i]->time_ns;
		packet->clock_ns = packet->time_ns;
		packet->source_cookie = buffers[i];
		packet->dlt = MW_DLT_ETHERNET;
		packet->link = MW_LINK_ETHERNET;
		packet->is_marker = 0;
		packets[i] = packet;
	}
}

void feed_give(struct feed *feed, struct mw_packet *const packets[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		feed->free[feed->tail++ % FEED_PACKETS] = packets[i]->source_cookie;
}

void feed_deliver(struct feed *feed, uint32_t first, uint32_t last)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];

	for (uint32_t at = first; at < last; at += MW_BATCH_PACKETS) {
		uint32_t count = MW_MIN(last - at, (uint32_t)MW_BATCH_PACKETS);
		unsigned sum = 0;

		feed_take(feed, at, count, packets);
		for (uint32_t i = 0; i < count; i++)
			sum += packets[i]->data[12];
		__asm__ volatile("" : : "r"(sum)); // somebody may want it
		feed_give(feed, packets, count);
	}
}
