// SPDX-License-Identifier: BSD-3-Clause
// UDP: sizes that are answered and sizes that never are; probing and streams are neither.
// Neighbours: lib/detectors/paths/sizes.c; worker_world.h tells the stories.
#include "mw_test.h"

#include "worker_world.h"

/** Sends at_ms; the answer comes 20 ms later. */
static void ask(struct world *world, uint64_t at_ms, uint32_t bytes, bool answered)
{
	world_send(world, .udp = true, .at_ms = at_ms, .bytes = bytes);
	if (answered)
		world_send(world, .udp = true, SERVER, .at_ms = at_ms + 20, .bytes = 40);
}

static void sizes_that_are_never_answered_are_told(void **state)
{
	const struct path_facts *facts;

	for (uint32_t i = 0; i < 30; i++)
		ask(*state, i * 300, i % 3 == 0 ? 1000 + i : 1430 - i, i % 3 == 0);
	facts = world_only(*state, PATH_SIZES);
	assert_int_equal(facts->largest_acked, 28 + 1027);
	assert_int_equal(facts->smallest_lost, 28 + 1402); // of the last one nobody knows
	assert_in_range(facts->answered, 4, 8); // from a large one on that begins a window of the clock
	assert_in_range(facts->unanswered, 8, 16);
	assert_int_equal(world_event(*state, PATH_SIZES, 0)->flow.src.bytes[12], 10);
}

static void much_evidence_is_told_at_once(void **state)
{
	for (uint32_t i = 0; i < 60; i++)
		ask(*state, i * 300, i % 2 == 0 ? 1000 : 1400, i % 2 == 0);
	assert_int_equal(world_told(*state, PATH_SIZES), 1);
	assert_false(world_watches(*state));
	assert_int_equal(world_only(*state, PATH_SIZES)->unanswered, 16);
}

static void large_ones_between_are_a_lower_bound(void **state)
{
	const struct path_facts *facts;

	for (uint32_t i = 0; i < 30; i++)
		ask(*state, i * 300, i % 3 == 0 ? 1300 : 1400, i % 3 == 0);
	facts = world_only(*state, PATH_SIZES);
	assert_int_equal(facts->largest_acked, 1328);
	assert_int_equal(facts->smallest_lost, 1428);
}

static void larger_one_that_is_answered_contradicts(void **state)
{
	for (uint32_t i = 0; i < 30; i++)
		ask(*state, i * 300, i % 3 == 0 ? 1000 : 1400, i % 3 == 0);
	ask(*state, 9000, 1450, true);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void large_ones_that_pass_end_the_watch(void **state)
{
	for (uint32_t i = 0; i < 20; i++)
		ask(*state, i * 300, 1400, true);
	assert_false(world_watches(*state));
	for (uint32_t i = 20; i < 50; i++)
		ask(*state, i * 300, i % 2 == 0 ? 1000 : 1400, i % 2 == 0);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void probes_of_a_path_are_no_black_hole(void **state)
{
	for (uint32_t i = 0; i < 200; i++)
		ask(*state, i * 300, i % 20 == 5 ? 1452 : 1200, i % 20 != 5);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void bursts_with_one_answer_are_no_black_hole(void **state)
{
	for (uint32_t i = 0; i < 50; i++) { // pictures: three large packets and a small one, then feedback
		for (uint32_t j = 0; j < 3; j++)
			ask(*state, i * 300 + j * 30, 1400, false);
		ask(*state, i * 300 + 90, 400, true);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void stream_without_answers_is_left(void **state)
{
	for (uint32_t i = 0; i < 100; i++)
		ask(*state, i * 300, 1328, false);
	assert_false(world_watches(*state));
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void slow_answers_prove_nothing(void **state)
{
	for (uint32_t i = 0; i < 30; i++) { // small ones take longer than large ones are waited for
		world_send(*state, .udp = true, .at_ms = i * 1000, .bytes = i % 2 == 0 ? 1000 : 1400);
		if (i % 2 == 0)
			world_send(*state, .udp = true, SERVER, .at_ms = i * 1000 + 700, .bytes = 40);
		else
			world_send(*state, .udp = true, .at_ms = i * 1000 + 600, .bytes = 1400);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static void question_and_large_answer_open_nothing(void **state)
{
	world_send(*state, .udp = true, .at_ms = 0, .bytes = 40);
	world_send(*state, .udp = true, SERVER, .at_ms = 20, .bytes = 1400);
	assert_false(world_watches(*state));
}

static void first_fragments_are_not_sizes(void **state)
{
	for (uint32_t i = 0; i < 18; i++) {
		world_send(*state, .udp = true, .at_ms = i * 300, .bytes = i % 3 == 0 ? 1000 : 1472,
				   .fragment = i % 3 != 0 && i != 4);
		if (i % 3 == 0)
			world_send(*state, .udp = true, SERVER, .at_ms = i * 300 + 20, .bytes = 40);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_SIZES), 0);
}

static const struct CMUnitTest tests[] = {
	STORY(sizes_that_are_never_answered_are_told),
	STORY(much_evidence_is_told_at_once),
	STORY(large_ones_between_are_a_lower_bound),
	STORY(larger_one_that_is_answered_contradicts),
	STORY(large_ones_that_pass_end_the_watch),
	STORY(probes_of_a_path_are_no_black_hole),
	STORY(bursts_with_one_answer_are_no_black_hole),
	STORY(stream_without_answers_is_left),
	STORY(slow_answers_prove_nothing),
	STORY(question_and_large_answer_open_nothing),
	STORY(first_fragments_are_not_sizes),
};

MW_TEST_MAIN("detect_path_worker_sizes", tests)
