// SPDX-License-Identifier: BSD-3-Clause
// Numbers by hash: dealt out, found, taken out of any place of a chain; and chains that somebody made long.
// Neighbours: lib/kit/mw_kit_index.h.
#include "mw_hash.h"
#include "mw_kit_index.h"
#include "mw_test.h"

#define ROOM 1024

static int start(void **state)
{
	static struct mw_kit_index index;

	*state = &index;
	return mw_kit_index_new(&index, ROOM);
}

static int stop(void **state)
{
	mw_kit_index_free(*state);
	return 0;
}

static uint32_t count(const struct mw_kit_index *index, uint64_t hash)
{
	struct mw_kit_walk walk = mw_kit_walk(index, hash);
	uint32_t found = 0;

	for (; walk.number != 0; mw_kit_walk_next(index, &walk))
		found++;
	return found;
}

static void numbers_are_dealt_out_from_one_and_given_again(void **state)
{
	struct mw_kit_index *index = *state;

	assert_int_equal(mw_kit_index_add(index, 7), 1);
	assert_int_equal(mw_kit_index_add(index, 8), 2);
	assert_int_equal(mw_kit_index_add(index, 9), 3);
	mw_kit_index_remove(index, 1);
	mw_kit_index_remove(index, 3);
	assert_int_equal(index->used, 1);
	assert_int_equal(mw_kit_index_add(index, 7), 3); // the one given back last
	assert_int_equal(mw_kit_index_add(index, 7), 1);
	assert_int_equal(mw_kit_index_add(index, 7), 4);
	assert_int_equal(index->fresh, 4);
}

static void one_that_moves_is_found_by_its_new_hash_alone(void **state)
{
	struct mw_kit_index *index = *state;

	for (uint32_t i = 1; i <= 3; i++)
		assert_int_equal(mw_kit_index_add(index, 7), i);
	mw_kit_index_move(index, 2, 8);
	assert_int_equal(count(index, 7), 2);
	assert_int_equal(count(index, 8), 1);
	assert_int_equal(mw_kit_walk(index, 8).number, 2);
	assert_int_equal(index->used, 3);
	assert_int_equal(mw_kit_index_add(index, 9), 4);
}

static void it_is_full_at_its_room(void **state)
{
	struct mw_kit_index *index = *state;

	for (uint32_t i = 1; i <= ROOM; i++) {
		assert_false(mw_kit_index_full(index));
		assert_int_equal(mw_kit_index_add(index, i * UINT64_C(0x9e3779b97f4a7c15)), i);
	}
	assert_true(mw_kit_index_full(index));
	mw_kit_index_remove(index, 500);
	assert_false(mw_kit_index_full(index));
}

static void same_hash_is_walked_from_the_newest_on_past_others_of_the_chain(void **state)
{
	struct mw_kit_index *index = *state;
	struct mw_kit_walk walk;

	mw_kit_index_add(index, 5);
	mw_kit_index_add(index, 5 + ROOM); // another hash, the same chain
	mw_kit_index_add(index, 5);
	walk = mw_kit_walk(index, 5);
	assert_int_equal(walk.number, 3);
	mw_kit_walk_next(index, &walk);
	assert_int_equal(walk.number, 1);
	mw_kit_walk_next(index, &walk);
	assert_int_equal(walk.number, 0);
	assert_int_equal(mw_kit_walk_behind(index, 3).number, 1);
	assert_int_equal(mw_kit_walk(index, 5 + ROOM).number, 2);
	assert_int_equal(mw_kit_walk(index, 6).number, 0);
}

static void first_middle_and_last_of_a_chain_can_be_taken_out(void **state)
{
	struct mw_kit_index *index = *state;

	for (uint32_t gone = 1; gone <= 3; gone++) {
		uint32_t numbers[3];

		for (int i = 0; i < 3; i++)
			numbers[i] = mw_kit_index_add(index, 5);
		mw_kit_index_remove(index, numbers[gone - 1]);
		assert_int_equal(count(index, 5), 2);
		for (uint32_t i = 0; i < 3; i++) {
			if (i != gone - 1)
				mw_kit_index_remove(index, numbers[i]);
		}
		assert_int_equal(count(index, 5), 0);
		assert_int_equal(index->used, 0);
	}
}

static void second_index_holds_the_numbers_of_the_first(void **state)
{
	struct mw_kit_index *index = *state;

	mw_kit_index_put(index, 9, 5);
	mw_kit_index_put(index, 4, 5);
	assert_int_equal(mw_kit_walk(index, 5).number, 4);
	assert_int_equal(mw_kit_walk_behind(index, 4).number, 9);
	mw_kit_index_take_out(index, 4);
	assert_int_equal(mw_kit_walk(index, 5).number, 9);
	assert_int_equal(index->used, 1);
}

/** Whoever knows the key fills one chain. All of it stays in order, and no walk is longer than the bound. */
static void chain_that_was_aimed_at_is_walked_to_its_bound(void **state)
{
	struct mw_kit_index *index = *state;

	for (uint32_t i = 0; i < ROOM; i++)
		mw_kit_index_add(index, 5);
	assert_int_equal(mw_kit_index_longest(index), ROOM);
	assert_int_equal(count(index, 5), MW_KIT_INDEX_CHAIN);
	assert_int_equal(mw_kit_walk(index, 5 + ROOM).number, 0);
	for (uint32_t i = 1; i <= ROOM; i++) // the deepest first
		mw_kit_index_remove(index, i);
	assert_int_equal(count(index, 5), 0);
	assert_int_equal(mw_kit_index_longest(index), 0);
}

static void steps_past_others_count_too(void **state)
{
	struct mw_kit_index *index = *state;

	mw_kit_index_add(index, 5);
	for (uint32_t i = 0; i < MW_KIT_INDEX_CHAIN - 1; i++)
		mw_kit_index_add(index, 5 + ROOM);
	assert_int_equal(count(index, 5), 1);
	mw_kit_index_add(index, 5 + ROOM);
	assert_int_equal(count(index, 5), 0);
}

/** Keys that share a chain under a key that is known lie apart under one that is not. */
static void keys_aimed_under_another_hash_key_gain_nothing(void **state)
{
	struct mw_kit_index *index = *state;
	struct mw_hash_key known, secret;
	uint64_t aimed = 0;

	mw_hash_key_from_seed(&known, 0);
	assert_int_equal(mw_hash_key_random(&secret), 0);
	for (uint32_t i = 0; i < 300; i++) {
		while ((mw_hash(&known, &aimed, sizeof(aimed)) & (ROOM - 1)) != 5)
			aimed++;
		mw_kit_index_add(index, mw_hash(&secret, &aimed, sizeof(aimed)));
		aimed++;
	}
	assert_in_range(mw_kit_index_longest(index), 1, 8);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(numbers_are_dealt_out_from_one_and_given_again),
	CASE(one_that_moves_is_found_by_its_new_hash_alone),
	CASE(it_is_full_at_its_room),
	CASE(same_hash_is_walked_from_the_newest_on_past_others_of_the_chain),
	CASE(first_middle_and_last_of_a_chain_can_be_taken_out),
	CASE(second_index_holds_the_numbers_of_the_first),
	CASE(chain_that_was_aimed_at_is_walked_to_its_bound),
	CASE(steps_past_others_count_too),
	CASE(keys_aimed_under_another_hash_key_gain_nothing),
};

MW_TEST_MAIN("detector_kit_index", tests)
