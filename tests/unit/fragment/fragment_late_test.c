// SPDX-License-Identifier: BSD-3-Clause
// Pieces that contradict the others after a silence: overlaps that take their time are told from other datagrams.
// Neighbours: lib/fragment/late.c. Follows RFC 4963, RFC 5722.
#include "fragment_world.h"

/** One datagram, complete, with these anomalies. */
static void assert_one(struct world *world, uint32_t fragments, uint32_t anomalies)
{
	const struct mw_fragment_datagram *datagram;

	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	datagram = told(world, 1, MW_FRAGMENT_IRREGULAR);
	assert_int_equal(datagram->anomalies, anomalies);
	assert_int_equal(datagram->fragments, fragments);
	assert_int_equal(datagram->missing_count, 0);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	world_free(world);
}

static void slow_overlap_that_makes_it_whole_is_one_datagram(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .id = 7, .bytes = 1480);
	give(world, .id = 7, .at = 1, .from = 800, .bytes = 680, .content = 1);
	give(world, .id = 7, .at = 2, .from = 1480, .bytes = TOTAL - 1480);
	expire(world, 100);
	assert_one(world, 3, BIT(OVERLAP_DIFFERENT) | BIT(TEARDROP));
}

static void last_pieces_first_and_ipv6_too(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .v6 = true, .id = 7, .from = 1480, .bytes = TOTAL - 1480);
	give(world, .v6 = true, .id = 7, .at = 3, .from = 1400, .bytes = 160, .content = 1);
	give(world, .v6 = true, .id = 7, .at = 9, .bytes = 1480);
	expire(world, 100);
	assert_one(world, 3, BIT(OVERLAP_DIFFERENT));
}

static void each_piece_may_contradict_the_one_before(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .id = 7, .bytes = 1000);
	for (uint32_t i = 1; i <= 4; i++)
		give(world, .id = 7, .at = i * 0.6, .from = i * 400, .bytes = 1000, .content = i, .last = i == 4);
	expire(world, 100);
	assert_one(world, 5, BIT(OVERLAP_DIFFERENT));
}

static void end_of_the_input_joins_them_too(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .id = 7, .bytes = 1480);
	give(world, .id = 7, .at = 1, .from = 800, .bytes = 680, .content = 1);
	give(world, .id = 7, .at = 2, .from = 1480, .bytes = TOTAL - 1480);
	mw_fragments_finish(world->fragments);
	assert_one(world, 3, BIT(OVERLAP_DIFFERENT) | BIT(TEARDROP));
}

// An honest sender behind another MTU: the datagram is whole by itself.
static void other_datagram_with_other_cuts_is_whole_by_itself(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .id = 7, .bytes = 1480);
	for (uint32_t from = 0; from < TOTAL; from += 1400)
		give(world, .at = 5, .id = 7, .content = 1, .from = from, .bytes = MW_MIN(1400, TOTAL - from));
	expire(world, 100);
	assert_int_equal(world->told_count, 3);
	told(world, 0, MW_FRAGMENT_COMPLETE);
	for (uint32_t i = 1; i < 3; i++) {
		if (world->told[i].end == MW_FRAGMENT_IRREGULAR)
			assert_int_equal(world->told[i].datagram.anomalies, BIT(ID_REUSE));
		else
			assert_int_equal(told(world, i, MW_FRAGMENT_INCOMPLETE)->anomalies, 0);
	}
	world_free(world);
}

// Two honest datagrams of one size that lost different pieces: together they would be whole.
static void datagrams_of_one_shape_are_not_joined(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 5, .id = 7);
	give_some(world, 3, .at = 5, .id = 7, .content = 1);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	assert_missing(told(world, 0, MW_FRAGMENT_INCOMPLETE), 0, 1480, 2960);
	assert_missing(told(world, 1, MW_FRAGMENT_INCOMPLETE), 0, 2960, TOTAL);
	world_free(world);
}

static void overlap_that_never_makes_it_whole_stays_two(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give(world, .id = 7, .bytes = 1480);
	give(world, .id = 7, .at = 1, .from = 800, .bytes = 680, .content = 1);
	expire(world, 100);
	assert_int_equal(world->told_count, 2);
	told(world, 0, MW_FRAGMENT_INCOMPLETE);
	told(world, 1, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	world_free(world);
}

static void full_table_gives_way_without_harm(void **state)
{
	struct world *world = world_new(1024, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		give(world, .id = i % 700, .at = i * 0.001, .bytes = 1480);
		give(world, .id = i % 700, .at = i * 0.001 + 0.7, .from = 8 * (i % 90), .bytes = 1000, .content = i);
	}
	mw_fragments_finish(world->fragments);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(slow_overlap_that_makes_it_whole_is_one_datagram),  MW_TEST(last_pieces_first_and_ipv6_too),
	MW_TEST(each_piece_may_contradict_the_one_before),          MW_TEST(end_of_the_input_joins_them_too),
	MW_TEST(other_datagram_with_other_cuts_is_whole_by_itself), MW_TEST(datagrams_of_one_shape_are_not_joined),
	MW_TEST(overlap_that_never_makes_it_whole_stays_two),       MW_TEST(full_table_gives_way_without_harm),
};
MW_TEST_MAIN("fragment_late", tests)
