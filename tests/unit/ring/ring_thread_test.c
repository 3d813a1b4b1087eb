// SPDX-License-Identifier: BSD-3-Clause
// One thread pushes, one pops: nothing lost, nothing torn, nothing twice. Also run under ThreadSanitizer.
// Neighbours: lib/ring.
#include "mw_ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mw_event_ring.h"
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

/** Events of all lengths in both classes by turns; every word of the body says the event's number. */
static void *send_events(void *context)
{
	struct mw_event_ring *ring = context;

	for (uint32_t next = 0; next < EVENTS;) {
		uint32_t body_bytes = next % (MW_EVENT_BODY_BYTES / 4) * 4;
		enum mw_event_class class = next % MW_EVENT_CLASSES;
		struct mw_event *event = mw_event_ring_begin(ring, class, body_bytes);

		if (event == NULL) {
			sched_yield();
			continue;
		}
		event->time_ns = next;
		event->body_bytes = body_bytes;
		for (uint32_t at = 0; at < body_bytes; at += 4)
			memcpy(event->body + at, &next, sizeof(next));
		mw_event_ring_send(ring, class);
		next++;
	}
	return NULL;
}

static uint32_t wrong_words(const struct mw_event *event, uint32_t number)
{
	uint32_t wrong = event->time_ns != number || event->body_bytes != number % (MW_EVENT_BODY_BYTES / 4) * 4;

	wrong += event->class != number % MW_EVENT_CLASSES;
	for (uint32_t at = 0; at < MW_MIN(event->body_bytes, (uint32_t)MW_EVENT_BODY_BYTES); at += 4)
		wrong += memcmp(event->body + at, &number, sizeof(number)) != 0;
	return wrong;
}

/** Takes what was sent of a class. @return wrong words; next is the number that is due. */
static uint32_t take(struct mw_event_ring *ring, enum mw_event_class class, uint32_t *next)
{
	const struct mw_event_positions sent = mw_event_ring_sent(ring);
	struct mw_event_line lines[40];
	uint32_t count = mw_event_ring_take(ring, class, sent.lines[class], lines, MW_ARRAY_SIZE(lines)), wrong = 0;

	for (uint32_t at = 0; at < count; *next += MW_EVENT_CLASSES) {
		const struct mw_event *event = (const struct mw_event *)(const void *)&lines[at];

		wrong += wrong_words(event, *next);
		at += mw_event_lines(event->body_bytes);
	}
	if (count == 0)
		sched_yield();
	return wrong;
}

static void events_cross_threads_whole(void **state)
{
	const struct mw_event_ring_sizes sizes = {{64, 128}};
	size_t bytes = mw_event_ring_bytes(&sizes);
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	struct mw_event_ring *ring = mw_event_ring_init(memory, bytes, &sizes);
	uint32_t next[MW_EVENT_CLASSES] = {0, 1}, wrong = 0;
	pthread_t producer;

	(void)state;
	assert_non_null(ring);
	assert_int_equal(pthread_create(&producer, NULL, send_events, ring), 0);
	while (next[0] < EVENTS || next[1] < EVENTS) {
		for (uint32_t class = 0; class < MW_EVENT_CLASSES; class ++)
			wrong += take(ring, class, &next[class]);
	}
	pthread_join(producer, NULL);
	assert_int_equal(wrong, 0);
	free(memory);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(elements_cross_threads_whole),
	MW_TEST(events_cross_threads_whole),
};
MW_TEST_MAIN("ring_thread", tests)
