// SPDX-License-Identifier: BSD-3-Clause
// Datagrams of which a piece never passed: which bytes, of how many, and when it is said.
// Neighbours: lib/fragment/end.c, finish.c.
#include "fragment_world.h"

// The datagram of three pieces without some of them, as it is told.
static struct mw_fragment_datagram without(unsigned lost, const struct give *with)
{
	struct world *world = world_new(16, 1, NULL);
	struct mw_fragment_datagram datagram;

	give_pieces(world, 7 & ~lost, with);
	assert_int_equal(world->told_count, 0);
	expire(world, 29.9);
	assert_int_equal(world->told_count, 0);
	expire(world, 30);
	assert_int_equal(world->told_count, 1);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	datagram = *told(world, 0, MW_FRAGMENT_INCOMPLETE);
	assert_int_equal(datagram.anomalies, 0);
	world_free(world);
	return datagram;
}

static void lost_first_piece_is_missing_from_zero(void **state)
{
	struct mw_fragment_datagram datagram = without(1, &(struct give){.id = 7});

	(void)state;
	assert_int_equal(datagram.missing_count, 1);
	assert_missing(&datagram, 0, 0, 1480);
	assert_false(datagram.first_seen || datagram.ports_known);
	assert_true(datagram.last_seen);
	assert_int_equal(datagram.bytes_total, TOTAL);
	assert_int_equal(datagram.bytes_seen, 1528);
	assert_int_equal(datagram.protocol, 17);
	assert_int_equal(datagram.head_bytes, 0);
}

static void lost_middle_piece_is_missing_between(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct mw_fragment_datagram datagram = without(2, &(struct give){.id = 7, .v6 = v6 == 1});

		(void)state;
		assert_int_equal(datagram.missing_count, 1);
		assert_missing(&datagram, 0, 1480, 2960);
		assert_int_equal(datagram.fragments, 2);
	}
}

static void udp_length_says_how_much_a_lost_last_piece_had(void **state)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct mw_fragment_datagram datagram =
			without(4, &(struct give){.id = 7, .v6 = v6 == 1, .destination_options = v6 == 1});

		(void)state;
		assert_int_equal(datagram.missing_count, 1);
		assert_missing(&datagram, 0, 2960, TOTAL);
		assert_int_equal(datagram.bytes_total, TOTAL);
		assert_false(datagram.last_seen);
	}
}

static void lost_last_piece_of_tcp_leaves_the_end_open(void **state)
{
	struct mw_fragment_datagram datagram = without(4, &(struct give){.id = 7, .protocol = 6});

	(void)state;
	assert_int_equal(datagram.missing_count, 1);
	assert_missing(&datagram, 0, 2960, MW_FRAGMENT_OPEN);
	assert_int_equal(datagram.bytes_total, 0);
}

static void udp_length_below_what_passed_says_nothing(void **state)
{
	struct mw_fragment_datagram datagram = without(4, &(struct give){.id = 7, .total = 200, .more = true});

	(void)state;
	assert_int_equal(datagram.bytes_total, 0);
	assert_missing(&datagram, 0, 2960, MW_FRAGMENT_OPEN);
}

static void first_piece_alone_misses_all_others(void **state)
{
	struct mw_fragment_datagram datagram = without(6, &(struct give){.id = 7});

	(void)state;
	assert_int_equal(datagram.missing_count, 1);
	assert_missing(&datagram, 0, 1480, TOTAL);
	assert_int_equal(datagram.fragments, 1);
}

static void middle_piece_alone_misses_both_sides(void **state)
{
	struct mw_fragment_datagram datagram = without(5, &(struct give){.id = 7});

	(void)state;
	assert_int_equal(datagram.missing_count, 2);
	assert_missing(&datagram, 0, 0, 1480);
	assert_missing(&datagram, 1, 2960, MW_FRAGMENT_OPEN);
}

static void time_runs_from_the_last_piece(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 1, .id = 7);
	give_some(world, 2, .at = 0.4, .id = 7);
	give_some(world, 2, .at = 20, .id = 7); // a copy prolongs nothing
	expire(world, 30.3);
	assert_int_equal(world->told_count, 0);
	expire(world, 30.4);
	assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->fragments, 2);
	assert_int_equal(world->told[0].datagram.last_ns - world->told[0].datagram.first_ns, 400 * MW_NS_PER_MS);
	world_free(world);
}

static void setting_changes_the_time_out(void **state)
{
	struct world *world = world_new(16, 1, NULL);
	struct mw_fragment_settings settings = world->settings;

	(void)state;
	settings.timeout_ns = 5 * MW_NS_PER_SECOND;
	give_some(world, 1, .id = 7);
	mw_fragments_settings(world->fragments, &settings);
	expire(world, 5);
	told(world, 0, MW_FRAGMENT_INCOMPLETE);
	world_free(world);
}

static void piece_after_the_time_out_begins_anew_without_expiry(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 6; i++) // more that are due before it than one piece ends
		give_some(world, 1, .id = i);
	give_some(world, 2, .at = 31, .id = 5);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(told(world, i, MW_FRAGMENT_INCOMPLETE)->id, i < 2 ? i : 5);
	assert_int_equal(world->told_count, 3);
	expire(world, 61);
	assert_int_equal(world->told_count, 7);
	assert_int_equal(told(world, 6, MW_FRAGMENT_INCOMPLETE)->bytes_seen, 1480);
	assert_false(told(world, 6, MW_FRAGMENT_INCOMPLETE)->first_seen);
	world_free(world);
}

static void expiry_keeps_to_its_budget(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		give_some(world, 1, .id = i);
	assert_false(mw_fragments_expire(world->fragments, 2000 * MW_NS_PER_SECOND, 0));
	assert_int_equal(world->told_count, 0);
	assert_false(mw_fragments_expire(world->fragments, 2000 * MW_NS_PER_SECOND, 4));
	assert_int_equal(world->told_count, 4);
	assert_true(mw_fragments_expire(world->fragments, 2000 * MW_NS_PER_SECOND, 4));
	assert_int_equal(world->told_count, 5);
	world_free(world);
}

static void end_of_input_tells_the_young_from_the_lost(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 3, .id = 1);
	give_some(world, 3, .at = 1, .id = 2);
	give_some(world, 3, .at = 2.9, .id = 3);
	mw_fragments_finish(world->fragments);
	assert_int_equal(told(world, 0, MW_FRAGMENT_INCOMPLETE)->id, 1);
	assert_int_equal(told(world, 1, MW_FRAGMENT_UNFINISHED)->id, 2);
	assert_int_equal(told(world, 2, MW_FRAGMENT_UNFINISHED)->id, 3);
	assert_int_equal(world->told_count, 3);
	assert_int_equal(mw_fragments_count(world->fragments), 0);
	give_all(world, .at = 4, .id = 1); // and may go on
	told(world, 3, MW_FRAGMENT_COMPLETE);
	world_free(world);
}

static void end_of_input_goes_by_the_time_that_expiry_told(void **state)
{
	struct world *world = world_new(16, 1, NULL);

	(void)state;
	give_some(world, 3, .id = 1);
	assert_true(mw_fragments_expire(world->fragments, 1002 * MW_NS_PER_SECOND, 0));
	mw_fragments_finish(world->fragments);
	told(world, 0, MW_FRAGMENT_INCOMPLETE);
	world_free(world);
}

static void end_of_input_is_in_the_order_of_first_pieces_whatever_the_hash(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 8; seed++) {
		struct world *world = world_new(300, seed, NULL);
		uint64_t random = 1;

		for (uint32_t i = 0; i < 200; i++)
			give_some(world, 1 + next_random(&random) % 6, .at = i / 4 * 0.01, .id = 1000 - i);
		for (uint32_t i = 0; i < 200; i += 3) // moved to the tail of another list
			give_some(world, 1 + next_random(&random) % 6, .at = 0.6, .id = 1000 - i);
		world->told_count = 0; // those that became complete
		mw_fragments_finish(world->fragments);
		assert_true(world->told_count > 100);
		for (uint32_t i = 1; i < world->told_count; i++) {
			const struct mw_fragment_datagram *a = &world->told[i - 1].datagram, *b = &world->told[i].datagram;

			assert_true(a->first_ns < b->first_ns || (a->first_ns == b->first_ns && a->id < b->id));
		}
		world_free(world);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(lost_first_piece_is_missing_from_zero),
	MW_TEST(lost_middle_piece_is_missing_between),
	MW_TEST(udp_length_says_how_much_a_lost_last_piece_had),
	MW_TEST(lost_last_piece_of_tcp_leaves_the_end_open),
	MW_TEST(udp_length_below_what_passed_says_nothing),
	MW_TEST(first_piece_alone_misses_all_others),
	MW_TEST(middle_piece_alone_misses_both_sides),
	MW_TEST(time_runs_from_the_last_piece),
	MW_TEST(setting_changes_the_time_out),
	MW_TEST(piece_after_the_time_out_begins_anew_without_expiry),
	MW_TEST(expiry_keeps_to_its_budget),
	MW_TEST(end_of_input_tells_the_young_from_the_lost),
	MW_TEST(end_of_input_goes_by_the_time_that_expiry_told),
	MW_TEST(end_of_input_is_in_the_order_of_first_pieces_whatever_the_hash),
};
MW_TEST_MAIN("fragment_loss", tests)
