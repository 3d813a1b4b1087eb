// SPDX-License-Identifier: BSD-3-Clause
// One thread pushes, one pops: nothing lost, nothing torn, nothing twice. Also run under ThreadSanitizer.
// Neighbours: lib/ring.
#include "mw_ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mw_stats.h"
#include "mw_test.h"

#define EVENTS 200000u
#define WORDS  12u

struct element {
	uint32_t words[WORDS]; // all say the element's number in their own way
};

static void *produce(void *context)
{
	struct mw_ring *ring = context;
	struct element batch[8];

	for (uint32_t next = 0; next < EVENTS;) {
		uint32_t want = 1 + next % 8;

		for (uint32_t i = 0; i < want; i++) {
			for (uint32_t w = 0; w < WORDS; w++)
				batch[i].words[w] = (next + i) * (w + 1);
		}
		want = want > EVENTS - next ? EVENTS - next : want;
		want = mw_ring_push(ring, batch, want);
		if (want == 0)
			sched_yield();
		next += want;
	}
	return NULL;
}

static void elements_cross_threads_whole(void **state)
{
	size_t bytes = mw_ring_bytes(sizeof(struct element), 64);
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	struct mw_ring *ring = mw_ring_init(memory, bytes, sizeof(struct element), 64);
	pthread_t producer;
	uint32_t next = 0, wrong = 0;

	(void)state;
	assert_non_null(ring);
	assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
	while (next < EVENTS) {
		struct element batch[16];
		uint32_t got = mw_ring_pop(ring, batch, 16);

		if (got == 0)
			sched_yield();
		for (uint32_t i = 0; i < got; i++, next++) {
			for (uint32_t w = 0; w < WORDS; w++)
				wrong += batch[i].words[w] != next * (w + 1);
		}
	}
	pthread_join(producer, NULL);
	assert_int_equal(wrong, 0);
	assert_int_equal(mw_ring_used(ring), 0);
	free(memory);
}

/** Events of all lengths; every word of the body says the event's number. */
static void *emit_events(void *context)
{
	struct mw_event_sink *sink = context;
	struct mw_event event = {0};

	for (uint32_t next = 0; next < EVENTS;) {
		event.time_ns = next;
		event.body_bytes = next % (MW_EVENT_BODY_BYTES / 4) * 4;
		for (uint32_t at = 0; at < event.body_bytes; at += 4)
			memcpy(event.body + at, &next, sizeof(next));
		if (sink->emit(sink->context, &event))
			next++;
		else
			sched_yield();
	}
	return NULL;
}

static uint32_t wrong_words(const struct mw_event *event, uint32_t number)
{
	uint32_t wrong = event->time_ns != number || event->body_bytes != number % (MW_EVENT_BODY_BYTES / 4) * 4;

	for (uint32_t at = 0; at < event->body_bytes; at += 4)
		wrong += memcmp(event->body + at, &number, sizeof(number)) != 0;
	return wrong;
}

static void events_cross_threads_whole(void **state)
{
	static struct mw_stats_block stats;
	size_t bytes = mw_ring_bytes(MW_EVENT_BYTES, 64);
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	struct mw_ring_sink context = {.ring = mw_ring_init(memory, bytes, MW_EVENT_BYTES, 64), .stats = &stats};
	struct mw_event_sink sink = mw_ring_event_sink(&context);
	uint32_t next = 0, wrong = 0;
	pthread_t producer;

	(void)state;
	assert_non_null(context.ring);
	assert_int_equal(pthread_create(&producer, NULL, emit_events, &sink), 0);
	while (next < EVENTS) {
		struct mw_event batch[16];
		uint32_t got = mw_ring_used(context.ring) == 0 ? 0 : mw_ring_pop_events(context.ring, batch, 16);

		if (got == 0)
			sched_yield();
		for (uint32_t i = 0; i < got; i++, next++)
			wrong += wrong_words(&batch[i], next);
	}
	pthread_join(producer, NULL);
	assert_int_equal(wrong, 0);
	assert_int_equal(mw_ring_used(context.ring), 0);
	free(memory);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(elements_cross_threads_whole),
	MW_TEST(events_cross_threads_whole),
};
MW_TEST_MAIN("ring_thread", tests)
