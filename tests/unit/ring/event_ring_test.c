// SPDX-License-Identifier: BSD-3-Clause
// Tests of the rings of events, one thread: events of all lengths come out whole, and no class takes another's room.
// Neighbours: lib/ring/event_ring.c; ring_thread_test.c has two threads.
#include "mw_event_ring.h"

#include <stdlib.h>
#include <string.h>

#include "mw_stats.h"
#include "mw_test.h"

enum { SENT = 5, EVIDENCE_LOST = 7, STEPS_LOST = 9 };

static struct mw_stats_block stats;

static struct mw_event_ring *make(uint32_t evidence, uint32_t steps, void **memory)
{
	const struct mw_event_ring_sizes sizes = {{evidence, steps}};
	size_t bytes = mw_event_ring_bytes(&sizes);

	assert_true(bytes > ((size_t)evidence + steps) * MW_EVENT_LINE_BYTES);
	*memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	assert_non_null(*memory);
	return mw_event_ring_init(*memory, bytes, &sizes);
}

static struct mw_event event_of(uint32_t number, enum mw_event_class class)
{
	struct mw_event event;

	memset(&event, (int)(number & 0xff), sizeof(event));
	event.time_ns = number;
	event.class = (uint8_t) class;
	event.body_bytes = class == MW_EVENT_STEP ? 0 : number % (MW_EVENT_BODY_BYTES + 1);
	return event;
}

static struct mw_event_ring_sink sink_of(struct mw_event_ring *ring)
{
	memset(&stats, 0, sizeof(stats));
	return (struct mw_event_ring_sink){
		.ring = ring, .stats = &stats, .sent_counter = SENT, .dropped_counters = {EVIDENCE_LOST, STEPS_LOST}};
}

/** Takes all of a class and holds each against the number that is due. */
static void take_all(struct mw_event_ring *ring, enum mw_event_class class, uint32_t *next)
{
	const struct mw_event_positions sent = mw_event_ring_sent(ring);
	struct mw_event_line lines[17];
	uint32_t count;

	while ((count = mw_event_ring_take(ring, class, sent.lines[class], lines, MW_ARRAY_SIZE(lines))) > 0) {
		for (uint32_t at = 0; at < count; ++*next) {
			const struct mw_event *event = (const struct mw_event *)(const void *)&lines[at];
			const struct mw_event due = event_of(*next, class);

			assert_memory_equal(event, &due, mw_event_used_bytes(&due));
			at += mw_event_lines(event->body_bytes);
		}
	}
	assert_int_equal(mw_event_ring_waiting(ring, class, sent.lines[class]), 0);
}

static void events_of_all_lengths_go_round_the_ring_whole(void **state)
{
	void *memory;
	struct mw_event_ring *ring = make(32, 16, &memory);
	struct mw_event_ring_sink context = sink_of(ring);
	const struct mw_event_sink sink = mw_event_ring_sink_of(&context);
	uint32_t in = 0, out = 0;

	(void)state;
	while (out < 3000) {
		for (uint32_t tries = in % 7; tries < 9; tries++) {
			struct mw_event event = event_of(in, MW_EVENT_EVIDENCE);

			in += mw_event_send(&sink, &event);
		}
		take_all(ring, MW_EVENT_EVIDENCE, &out);
		assert_int_equal(out, in);
	}
	assert_int_equal(mw_stats_read(&stats, SENT), in);
	free(memory);
}

static void only_what_was_sent_before_a_position_is_taken(void **state)
{
	void *memory;
	struct mw_event_ring *ring = make(32, 16, &memory);
	struct mw_event_line lines[16];
	struct mw_event_positions position = {{0}};

	(void)state;
	for (uint32_t i = 0; i < 5; i++) {
		struct mw_event *event = mw_event_ring_begin(ring, MW_EVENT_STEP, 0);

		assert_ptr_equal(mw_event_ring_begin(ring, MW_EVENT_STEP, 0), event); // not sent: the same room
		*event = event_of(i, MW_EVENT_STEP);
		mw_event_ring_send(ring, MW_EVENT_STEP);
		if (i == 2)
			position = mw_event_ring_sent(ring);
	}
	assert_int_equal(mw_event_ring_take(ring, MW_EVENT_STEP, position.lines[MW_EVENT_STEP], lines, 16), 3);
	position = mw_event_ring_sent(ring);
	assert_int_equal(mw_event_ring_take(ring, MW_EVENT_STEP, position.lines[MW_EVENT_STEP], lines, 16), 2);
	free(memory);
}

static void a_flood_of_steps_drowns_no_evidence(void **state)
{
	void *memory;
	struct mw_event_ring *ring = make(1024, 64, &memory);
	struct mw_event_ring_sink context = sink_of(ring);
	const struct mw_event_sink sink = mw_event_ring_sink_of(&context);
	uint32_t resets = 0, out = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		struct mw_event step = event_of(i, MW_EVENT_STEP), reset = event_of(resets, MW_EVENT_EVIDENCE);

		mw_event_send(&sink, &step);
		if (i % 100 == 0)
			resets += mw_event_send(&sink, &reset);
	}
	assert_int_equal(resets, 100);
	take_all(ring, MW_EVENT_EVIDENCE, &out);
	assert_int_equal(out, 100);
	assert_int_equal(mw_stats_read(&stats, EVIDENCE_LOST), 0);
	assert_int_equal(mw_stats_read(&stats, STEPS_LOST), 10000 - 64);
	assert_int_equal(mw_stats_read(&stats, SENT), 64 + 100);
	free(memory);
}

static void a_quarter_full_is_filling(void **state)
{
	void *memory;
	struct mw_event_ring *ring = make(32, 64, &memory);

	(void)state;
	for (uint32_t i = 0; i < 17; i++) {
		assert_int_equal(mw_event_ring_is_filling(ring), i > 15);
		*mw_event_ring_begin(ring, MW_EVENT_STEP, 0) = event_of(i, MW_EVENT_STEP);
		mw_event_ring_send(ring, MW_EVENT_STEP);
	}
	free(memory);
}

static void impossible_sizes_are_refused(void **state)
{
	_Alignas(64) static uint8_t memory[8192];
	const struct mw_event_ring_sizes good = {{16, 32}}, small = {{8, 32}}, odd = {{16, 48}};

	(void)state;
	assert_int_equal(mw_event_ring_bytes(&small), 0);
	assert_int_equal(mw_event_ring_bytes(&odd), 0);
	assert_null(mw_event_ring_init(memory, mw_event_ring_bytes(&good) - 1, &good));
	assert_null(mw_event_ring_init(memory + 8, sizeof(memory) - 8, &good));
	assert_non_null(mw_event_ring_init(memory, sizeof(memory), &good));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(events_of_all_lengths_go_round_the_ring_whole),
	MW_TEST(only_what_was_sent_before_a_position_is_taken),
	MW_TEST(a_flood_of_steps_drowns_no_evidence),
	MW_TEST(a_quarter_full_is_filling),
	MW_TEST(impossible_sizes_are_refused),
};
MW_TEST_MAIN("event_ring", tests)
