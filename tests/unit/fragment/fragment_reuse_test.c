// SPDX-License-Identifier: BSD-3-Clause
// The same identification again: copies are tolerated, another datagram is told from an overlap.
// Neighbours: lib/fragment/fragment.c. Follows RFC 4963.
#include "fragment_world.h"

static void copies_after_completion_are_only_counted(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		give_all(world, .at = i * 0.3, .id = 7);
	expire(world, 100);
	assert_int_equal(world->told_count, 1);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_COPIES), 9);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_DATAGRAMS), 1);
	world_free(world);
}

static void complete_one_is_forgotten_after_two_seconds(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7);
	give_some(world, 1, .at = 1.5, .id = 7); // a copy prolongs nothing
	expire(world, 1.9);
	assert_int_equal(mw_fragments_count(world->fragments), 1);
	expire(world, 2);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	world_free(world);
}

static void irregular_one_is_told_when_it_is_forgotten(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7, .dont_fragment = true);
	assert_int_equal(world->told_count, 1);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	expire(world, 2);
	assert_int_equal(world->told_count, 2);
	assert_int_equal(told(world, 1, MW_FRAGMENT_IRREGULAR)->anomalies, BIT(DONT_FRAGMENT));
	assert_int_equal(told(world, 1, MW_FRAGMENT_IRREGULAR)->missing_count, 0);
	world_free(world);
}

static void complete_one_cut_again_elsewhere_is_no_other_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7);
	for (uint32_t from = 0; from < TOTAL; from += 1400)
		give(world, .id = 7, .from = from, .bytes = MW_MIN(1400, TOTAL - from));
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_int_equal(told(world, 1, MW_FRAGMENT_IRREGULAR)->anomalies, BIT(OVERLAP_SAME) | BIT(TEARDROP));
	world_free(world);
}

static void other_bytes_after_completion_are_another_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7);
	give_some(world, 5, .at = 0.7, .id = 7, .content = 1, .sport = 501);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_int_equal(told(world, 1, MW_FRAGMENT_INCOMPLETE)->anomalies, BIT(ID_REUSE));
	assert_missing(&world->told[1].datagram, 0, 1480, 2960);
	assert_int_equal(counter(world, MW_FRAGMENT_COUNT_DATAGRAMS), 2);
	world_free(world);
}

static void other_length_after_completion_is_another_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7);
	for (uint32_t from = 5920; from <= 5920; from -= 1480)
		give(world, .at = 0.7, .id = 7, .content = 1, .total = 6000, .from = from, .bytes = MW_MIN(1480, 6000 - from));
	expire(world, 100);
	assert_int_equal(world->told_count, 3);
	assert_int_equal(told(world, 1, MW_FRAGMENT_COMPLETE)->bytes_total, 6000);
	assert_int_equal(told(world, 2, MW_FRAGMENT_IRREGULAR)->anomalies, BIT(ID_REUSE));
	world_free(world);
}

static void other_bytes_soon_are_an_overlap_and_late_another_datagram(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		struct world *world = world_new(16, 1, NULL);

		give_some(world, 5, .id = 7);
		give_some(world, 5, .at = late ? 0.5 : 0.49, .id = 7, .content = 1, .sport = 501);
		expire(world, 100);
		if (late) {
			assert_int_equal(world->told_count, 2);
			assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->anomalies, 0);
			assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->src_port, 500);
			assert_int_equal(told(world, 1, MW_FRAGMENT_INCOMPLETE)->anomalies, BIT(ID_REUSE));
			assert_int_equal(told(world, 1, MW_FRAGMENT_INCOMPLETE)->src_port, 501);
		} else {
			assert_int_equal(world->told_count, 1);
			assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->anomalies, BIT(OVERLAP_DIFFERENT));
		}
		world_free(world);
	}
}

static void late_last_piece_with_another_end_is_another_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 5, .id = 7);
	give(world, .at = 5, .id = 7, .from = 1480, .bytes = 100, .last = true);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->anomalies, 0);
	assert_int_equal(told(world, 1, MW_FRAGMENT_INCOMPLETE)->anomalies, BIT(ID_REUSE));
	world_free(world);
}

// Its last piece came first and looked like a copy: it passed, but not for the datagram that lacks it now.
static void datagram_whose_piece_went_to_another_is_not_said_to_have_lost_it(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_all(world, .id = 7);
	give(world, .at = 0.7, .id = 7, .from = 2960, .bytes = 48); // the same bytes
	give_some(world, 3, .at = 0.7, .id = 7, .content = 1, .sport = 501);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	assert_missing(told(world, 1, MW_FRAGMENT_UNFINISHED), 0, 2960, TOTAL);
	world_free(world);
}

static void late_piece_that_fills_the_gap_of_another_is_not_said_to_be_lost(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 3, .id = 7);
	give_some(world, 4, .at = 9, .id = 7, .content = 1); // of the next one, sent backwards
	give_some(world, 3, .at = 9, .id = 7, .content = 1, .sport = 501);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	told(world, 1, MW_FRAGMENT_UNFINISHED);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(copies_after_completion_are_only_counted),
	MW_TEST(complete_one_is_forgotten_after_two_seconds),
	MW_TEST(irregular_one_is_told_when_it_is_forgotten),
	MW_TEST(complete_one_cut_again_elsewhere_is_no_other_datagram),
	MW_TEST(other_bytes_after_completion_are_another_datagram),
	MW_TEST(other_length_after_completion_is_another_datagram),
	MW_TEST(other_bytes_soon_are_an_overlap_and_late_another_datagram),
	MW_TEST(late_last_piece_with_another_end_is_another_datagram),
	MW_TEST(datagram_whose_piece_went_to_another_is_not_said_to_have_lost_it),
	MW_TEST(late_piece_that_fills_the_gap_of_another_is_not_said_to_be_lost),
};
MW_TEST_MAIN("fragment_reuse", tests)
