// SPDX-License-Identifier: BSD-3-Clause
// Rings that are full when the library says so. Linked into a midwatch of the tests' own, which calls these in place of
// the functions whose names they wrap (ld --wrap). Neighbours: fail.h.
#include <string.h>

#include "fail.h"
#include "mw_event_ring.h"
#include "mw_ring.h"

#define FULL_LINES 16u
#define FULL_BYTES 8192u

uint32_t __real_mw_ring_push(struct mw_ring *ring, const void *elements, uint32_t count); // NOLINT: the linker's names
uint32_t __wrap_mw_ring_push(struct mw_ring *ring, const void *elements, uint32_t count); // NOLINT
struct mw_event_sink __real_mw_event_ring_sink_of(struct mw_event_ring_sink *sink); // NOLINT
struct mw_event_sink __wrap_mw_event_ring_sink_of(struct mw_event_ring_sink *sink); // NOLINT

uint32_t __wrap_mw_ring_push(struct mw_ring *ring, const void *elements, uint32_t count) // NOLINT
{
	return fail_handover != NULL && fail_handover() ? 0 : __real_mw_ring_push(ring, elements, count);
}

static struct mw_event *(*real_begin)(void *context, enum mw_event_class class, uint32_t body_bytes);

// A ring in which nothing has room, each thread's own.
static struct mw_event_ring *full_ring(void)
{
	static _Thread_local _Alignas(MW_CACHE_LINE_BYTES) uint8_t memory[FULL_BYTES];
	static _Thread_local struct mw_event_ring *ring;
	struct mw_event_ring_sizes sizes;
	struct mw_event *event;

	if (ring != NULL)
		return ring;
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++)
		sizes.lines[i] = FULL_LINES;
	ring = mw_event_ring_init(memory, sizeof(memory), &sizes);
	for (uint32_t i = 0; ring != NULL && i < MW_EVENT_CLASSES; i++) {
		while ((event = mw_event_ring_begin(ring, (enum mw_event_class)i, 0)) != NULL) {
			event->body_bytes = 0;
			mw_event_ring_send(ring, (enum mw_event_class)i);
		}
	}
	return ring;
}

static struct mw_event *begin(void *context, enum mw_event_class class, uint32_t body_bytes)
{
	struct mw_event_ring_sink full;

	if (fail_event == NULL || !fail_event())
		return real_begin(context, class, body_bytes);
	full = *(struct mw_event_ring_sink *)context; // its counters
	full.ring = full_ring();
	return full.ring == NULL ? NULL : real_begin(&full, class, body_bytes);
}

struct mw_event_sink __wrap_mw_event_ring_sink_of(struct mw_event_ring_sink *sink) // NOLINT
{
	struct mw_event_sink real = __real_mw_event_ring_sink_of(sink);

	real_begin = real.begin;
	real.begin = begin;
	memset(real.rooms, 0, sizeof(real.rooms)); // it is asked for each
	return real;
}
