// SPDX-License-Identifier: BSD-3-Clause
// Tests of the ring, one thread.
// Neighbours: lib/ring; ring_thread_test.c has two, event_ring_test.c the rings of events.
#include "mw_ring.h"

#include <stdlib.h>

#include "mw_test.h"

struct element {
	uint32_t number, square, cube;
};

static struct mw_ring *make(uint32_t element_bytes, uint32_t count, void **memory)
{
	size_t bytes = mw_ring_bytes(element_bytes, count);

	assert_true(bytes > (size_t)element_bytes * count);
	*memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	assert_non_null(*memory);
	return mw_ring_init(*memory, bytes, element_bytes, count);
}

static void elements_come_out_whole_and_in_order(void **state)
{
	void *memory;
	struct mw_ring *ring = make(sizeof(struct element), 16, &memory);
	uint32_t next_in = 0, next_out = 0;

	(void)state;
	assert_non_null(ring);
	while (next_out < 1000) { // many times round the ring, in batches that do not divide it
		struct element in[7], out[5];
		uint32_t room = mw_ring_capacity(ring) - mw_ring_used(ring), got;

		for (uint32_t i = 0; i < 7; i++)
			in[i] = (struct element){next_in + i, (next_in + i) * (next_in + i), ~(next_in + i)};
		got = mw_ring_push(ring, in, 7);
		assert_int_equal(got, room < 7 ? room : 7);
		next_in += got;
		got = mw_ring_pop(ring, out, 5);
		for (uint32_t i = 0; i < got; i++, next_out++) {
			assert_int_equal(out[i].number, next_out);
			assert_int_equal(out[i].square, next_out * next_out);
			assert_int_equal(out[i].cube, ~next_out);
		}
	}
	assert_int_equal(mw_ring_used(ring), next_in - next_out);
	free(memory);
}

static void full_ring_takes_no_more(void **state)
{
	void *memory;
	struct mw_ring *ring = make(4, 8, &memory);
	uint32_t value = 1;

	(void)state;
	for (uint32_t i = 0; i < mw_ring_capacity(ring); i++)
		assert_int_equal(mw_ring_push(ring, &value, 1), 1);
	assert_int_equal(mw_ring_used(ring), mw_ring_capacity(ring));
	assert_int_equal(mw_ring_push(ring, &value, 1), 0);
	assert_int_equal(mw_ring_pop(ring, &value, 1), 1);
	assert_int_equal(mw_ring_push(ring, &value, 1), 1);
	free(memory);
}

static void empty_ring_gives_nothing(void **state)
{
	void *memory;
	struct mw_ring *ring = make(8, 8, &memory);
	uint64_t value = 7;

	(void)state;
	assert_int_equal(mw_ring_pop(ring, &value, 1), 0);
	assert_int_equal(value, 7);
	free(memory);
}

static void impossible_sizes_are_refused(void **state)
{
	_Alignas(64) static uint8_t memory[4096];

	(void)state;
	assert_int_equal(mw_ring_bytes(0, 8), 0);
	assert_int_equal(mw_ring_bytes(6, 8), 0);
	assert_int_equal(mw_ring_bytes(8, 7), 0);
	assert_int_equal(mw_ring_bytes(8, 0), 0);
	assert_null(mw_ring_init(memory, mw_ring_bytes(8, 8) - 1, 8, 8));
	assert_null(mw_ring_init(memory + 8, sizeof(memory) - 8, 8, 8));
	assert_null(mw_ring_init(memory, sizeof(memory), 8, 7));
	assert_non_null(mw_ring_init(memory, sizeof(memory), 8, 8));
}

static const struct CMUnitTest tests[] = {
	MW_TEST(elements_come_out_whole_and_in_order),
	MW_TEST(full_ring_takes_no_more),
	MW_TEST(empty_ring_gives_nothing),
	MW_TEST(impossible_sizes_are_refused),
};
MW_TEST_MAIN("ring", tests)
