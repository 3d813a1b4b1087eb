// SPDX-License-Identifier: BSD-3-Clause
// Frames of all lengths come out whole and in order, what finds no room is counted, and so with two threads. Also run
// under ThreadSanitizer.
// Neighbours: lib/ring/frame_ring.c.
#include "mw_frame_ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mw_test.h"

#define ROOM_BYTES ((size_t)64 << 10)
#define FRAMES     100000u
#define BYTES_LONG 9000u

static uint8_t bytes[BYTES_LONG + 256];

static struct mw_frame_ring *make(void **memory)
{
	const size_t size = mw_frame_ring_bytes(ROOM_BYTES);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	*memory = aligned_alloc(64, (size + 63) / 64 * 64);
	assert_non_null(*memory);
	return mw_frame_ring_init(*memory, size, ROOM_BYTES);
}

// Of all lengths, 0 too, in no order; its bytes begin with its number's last byte.
static struct mw_frame_source source_of(uint32_t number)
{
	const uint32_t length = number * 7919u % (BYTES_LONG + 1);

	return (struct mw_frame_source){
		.time_ns = number, .captured_bytes = length, .wire_bytes = length + 1, .data = &bytes[number & 255]};
}

static bool is_whole(const struct mw_frame *frame, uint32_t number)
{
	const struct mw_frame_source due = source_of(number);

	return frame->time_ns == number && frame->captured_bytes == due.captured_bytes &&
		   frame->wire_bytes == due.wire_bytes && memcmp(frame->data, due.data, due.captured_bytes) == 0;
}

static void frames_go_round_the_ring_whole(void **state)
{
	void *memory;
	struct mw_frame_ring *ring = make(&memory);
	uint32_t in = 0, out = 0;

	(void)state;
	while (out < 3000) {
		const struct mw_frame *frame;

		for (uint32_t tries = in % 5; tries < 7; tries++) {
			struct mw_frame_source source = source_of(in);

			in += mw_frame_ring_put(ring, &source);
		}
		for (uint32_t taken = 0; taken < 1 + in % 9 && (frame = mw_frame_ring_oldest(ring)) != NULL; taken++) {
			assert_ptr_equal(mw_frame_ring_oldest(ring), frame);
			assert_true(is_whole(frame, out++));
			mw_frame_ring_drop(ring);
		}
	}
	free(memory);
}

static void what_finds_no_room_is_counted(void **state)
{
	const struct mw_frame_source small = {.captured_bytes = 1008, .wire_bytes = 1008, .data = bytes}; // 64 fill it
	const struct mw_frame_source vast = {.captured_bytes = ROOM_BYTES, .wire_bytes = ROOM_BYTES, .data = bytes};
	void *memory;
	struct mw_frame_ring *ring = make(&memory);

	(void)state;
	assert_false(mw_frame_ring_put(ring, &vast)); // nothing of it is read
	for (uint32_t i = 0; i < 70; i++) {
		assert_int_equal(mw_frame_ring_is_filling(ring), i > 32);
		assert_int_equal(mw_frame_ring_put(ring, &small), i < 64);
	}
	assert_int_equal(mw_frame_ring_lost(ring), 7);
	mw_frame_ring_clear(ring);
	assert_null(mw_frame_ring_oldest(ring));
	assert_int_equal(mw_frame_ring_lost(ring), 0);
	assert_true(mw_frame_ring_put(ring, &small));
	assert_non_null(mw_frame_ring_oldest(ring));
	free(memory);
}

static void impossible_sizes_are_refused(void **state)
{
	void *memory;

	(void)state;
	make(&memory);
	assert_int_equal(mw_frame_ring_bytes(ROOM_BYTES / 2), 0);
	assert_int_equal(mw_frame_ring_bytes(3 * ROOM_BYTES), 0);
	assert_null(mw_frame_ring_init(memory, ROOM_BYTES, ROOM_BYTES));
	assert_null(mw_frame_ring_init((uint8_t *)memory + 16, mw_frame_ring_bytes(ROOM_BYTES), ROOM_BYTES));
	free(memory);
}

static void *produce(void *context)
{
	for (uint32_t number = 0; number < FRAMES;) {
		struct mw_frame_source source = source_of(number);

		if (mw_frame_ring_put(context, &source))
			number++;
		else
			sched_yield();
	}
	return NULL;
}

static void frames_cross_threads_whole(void **state)
{
	void *memory;
	struct mw_frame_ring *ring = make(&memory);
	pthread_t producer;
	uint32_t next = 0, wrong = 0;

	(void)state;
	assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
	while (next < FRAMES) {
		const struct mw_frame *frame = mw_frame_ring_oldest(ring);

		if (frame == NULL) {
			sched_yield();
			continue;
		}
		wrong += !is_whole(frame, next++);
		mw_frame_ring_drop(ring);
	}
	pthread_join(producer, NULL);
	assert_int_equal(wrong, 0);
	assert_null(mw_frame_ring_oldest(ring));
	free(memory);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(frames_go_round_the_ring_whole),
	MW_TEST(what_finds_no_room_is_counted),
	MW_TEST(impossible_sizes_are_refused),
	MW_TEST(frames_cross_threads_whole),
};
MW_TEST_MAIN("frame_ring", tests)
