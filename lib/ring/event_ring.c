// SPDX-License-Identifier: BSD-3-Clause
// A ring of cache lines for each class; an event lies in as many lines one behind the other as it needs.
// Neighbours: mw_event_ring.h. Follows Lamport's queue of one producer and one consumer (1977), with the other side's
// index remembered until it no longer does: P. Lee and others, "A Lock-Free, Cache-Efficient Multi-Core
// Synchronization Mechanism for Line-Rate Network Traffic Monitoring" (2010). The partner of each atomic is named
// there.
#include "mw_event_ring.h"

#include <stdatomic.h>
#include <string.h>

#include "mw_stats.h"

#define LINES_MIN 16u // an event has up to 6
#define SKIP      UINT32_MAX // as body_bytes: no event, the next one begins at the memory's beginning

struct lane {
	_Alignas(MW_CACHE_LINE_BYTES) struct {
		_Atomic uint32_t sent; // written by the producer (release); the consumer reads it (acquire)
		uint32_t at; // where the next event is made: further than sent when it begins at the memory's beginning
		struct mw_event_room room; // for it, surely free
	} producer;
	_Alignas(MW_CACHE_LINE_BYTES) _Atomic uint32_t taken; // by the consumer (release); the producer reads it (acquire)
	_Alignas(MW_CACHE_LINE_BYTES) struct mw_event_line *lines; // fixed, as is the next
	uint32_t mask;
};

struct mw_event_ring {
	struct lane lanes[MW_EVENT_CLASSES];
	struct mw_event_line lines[]; // of all classes
};

size_t mw_event_ring_bytes(const struct mw_event_ring_sizes *sizes)
{
	size_t lines = 0;

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		if (sizes->lines[i] < LINES_MIN || (sizes->lines[i] & (sizes->lines[i] - 1)) != 0)
			return 0;
		lines += sizes->lines[i];
	}
	return sizeof(struct mw_event_ring) + lines * sizeof(struct mw_event_line);
}

struct mw_event_ring *mw_event_ring_init(void *memory, size_t memory_bytes, const struct mw_event_ring_sizes *sizes)
{
	size_t needed_bytes = mw_event_ring_bytes(sizes);
	struct mw_event_ring *ring = memory;
	struct mw_event_line *lines;

	if (needed_bytes == 0 || memory_bytes < needed_bytes || (uintptr_t)memory % MW_CACHE_LINE_BYTES != 0)
		return NULL;
	memset(ring->lanes, 0, sizeof(ring->lanes));
	lines = ring->lines;
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		ring->lanes[i].lines = lines;
		ring->lanes[i].mask = sizes->lines[i] - 1;
		lines += sizes->lines[i];
	}
	return ring;
}

static struct mw_event_line *line_at(const struct lane *lane, uint32_t position)
{
	return &lane->lines[position & lane->mask];
}

// Looks anew for so many lines one behind the other: what the consumer has taken since, or at the memory's beginning.
static __attribute__((noinline)) bool make_room(struct lane *lane, uint32_t lines)
{
	const uint32_t sent = atomic_load_explicit(&lane->producer.sent, memory_order_relaxed); // its own
	const uint32_t taken = atomic_load_explicit(&lane->taken, memory_order_acquire), size = lane->mask + 1;
	const uint32_t left = size - (sent & lane->mask), skipped = left < lines ? left : 0;
	const uint32_t free = size - (sent - taken);

	if (free < skipped + lines)
		return false;
	if (skipped != 0)
		((struct mw_event *)(void *)line_at(lane, sent))->body_bytes = SKIP;
	lane->producer.at = sent + skipped;
	lane->producer.room.next = line_at(lane, sent + skipped);
	lane->producer.room.lines = MW_MIN(free - skipped, size - ((sent + skipped) & lane->mask));
	return true;
}

struct mw_event *mw_event_ring_begin(struct mw_event_ring *ring, enum mw_event_class class, uint32_t body_bytes)
{
	struct lane *lane = &ring->lanes[class];
	const uint32_t lines = mw_event_lines(body_bytes);

	if (MW_UNLIKELY(lines > lane->producer.room.lines) && !make_room(lane, lines))
		return NULL;
	return (struct mw_event *)(void *)lane->producer.room.next;
}

void mw_event_ring_send(struct mw_event_ring *ring, enum mw_event_class class)
{
	struct lane *lane = &ring->lanes[class];
	struct mw_event_room *room = &lane->producer.room;
	struct mw_event *event = (struct mw_event *)(void *)room->next;
	const uint32_t lines = mw_event_lines(event->body_bytes);

	event->class = (uint8_t) class;
	lane->producer.at += lines;
	atomic_store_explicit(&lane->producer.sent, lane->producer.at, memory_order_release);
	room->lines -= lines;
	room->next += lines;
	// the ring is larger than a core's cache: where the next events go has gone cold since it was used last
	if (MW_UNLIKELY(lines > 1)) // else the event before fetched it
		mw_fetch_line(room->next);
	mw_fetch_line(room->next + 1);
}

struct mw_event_positions mw_event_ring_sent(const struct mw_event_ring *ring)
{
	struct mw_event_positions positions;

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		positions.lines[i] = atomic_load_explicit(&ring->lanes[i].producer.sent, memory_order_acquire);
	return positions;
}

bool mw_event_ring_is_filling(const struct mw_event_ring *ring)
{
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		const struct lane *lane = &ring->lanes[i];
		uint32_t taken = atomic_load_explicit(&lane->taken, memory_order_relaxed);

		if (atomic_load_explicit(&lane->producer.sent, memory_order_relaxed) - taken > lane->mask / 4)
			return true;
	}
	return false;
}

uint32_t mw_event_ring_waiting(const struct mw_event_ring *ring, enum mw_event_class class, uint32_t until)
{
	return until - atomic_load_explicit(&ring->lanes[class].taken, memory_order_relaxed); // its own
}

struct mw_event_ring_sizes mw_event_ring_sizes_of(const struct mw_event_ring *ring)
{
	struct mw_event_ring_sizes sizes;

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		sizes.lines[i] = ring->lanes[i].mask + 1;
	return sizes;
}

uint32_t mw_event_ring_take(struct mw_event_ring *ring, enum mw_event_class class, uint32_t until,
							struct mw_event_line lines[], uint32_t room)
{
	struct lane *lane = &ring->lanes[class];
	const struct mw_event_line *const all = lane->lines;
	const uint32_t mask = lane->mask;
	uint32_t at = atomic_load_explicit(&lane->taken, memory_order_relaxed), count = 0, needs = 1; // its own

	while (at != until) {
		const struct mw_event_line *line = &all[at & mask];
		const uint32_t body_bytes = ((const struct mw_event *)(const void *)line)->body_bytes;

		if (MW_UNLIKELY(body_bytes == SKIP)) {
			at += mask + 1 - (at & mask);
			continue;
		}
		needs = mw_event_lines_after(needs, body_bytes);
		if (room - count < needs)
			break;
		lines[count] = *line; // mostly one: no call for that
		for (uint32_t i = 1; i < needs; i++)
			lines[count + i] = line[i];
		count += needs;
		at += needs;
	}
	atomic_store_explicit(&lane->taken, at, memory_order_release);
	return count;
}

static struct mw_event *begin(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	const struct mw_event_ring_sink *sink = context;
	struct mw_event *event = mw_event_ring_begin(sink->ring, class, body_bytes);

	if (MW_UNLIKELY(event == NULL))
		mw_stats_add(sink->stats, sink->dropped_counters[class], 1);
	return event;
}

static void send(void *context, enum mw_event_class class)
{
	const struct mw_event_ring_sink *sink = context;

	mw_event_ring_send(sink->ring, class);
	mw_stats_add(sink->stats, sink->sent_counter, 1);
}

struct mw_event_sink mw_event_ring_sink_of(struct mw_event_ring_sink *sink)
{
	struct mw_event_sink made = {.begin = begin, .send = send, .context = sink};

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		made.rooms[i] = &sink->ring->lanes[i].producer.room;
	return made;
}
