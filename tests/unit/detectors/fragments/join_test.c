// SPDX-License-Identifier: BSD-3-Clause
// Tunnels in pieces: the first piece goes to the worker of the pair inside, the others to that of the pair outside.
// Neighbours: world.c.
#include "world.h"
#include "mw_test.h"

// The later pieces of an outer datagram, as its tracker ends them.
#define REST .headless = true, .missing_count = 1, .missing = {{0, 1448}}

static void first_piece_of_another_worker_completes_a_datagram(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0);
	world_end(world, INCOMPLETE, .at_ms = 1, REST, .bytes_seen = 500, .bytes_total = 1948);
	world_assert_no_row(world);
	assert_int_equal(world_count(world, "outer-first"), 1);
}

static void what_was_lacking_while_midwatch_did_not_see_is_no_loss(void **state)
{
	struct world *world = *state;

	world_blind(world, 100, 160);
	world_outer(world, .at_ms = 100, .id = 8);
	world_end(world, INCOMPLETE, .at_ms = 80, .missing_count = 1, .missing = {{1448, 2895}});
	world_end(world, INCOMPLETE, .at_ms = 80, .id = 9, .missing_count = 1, .missing = {{1448, 2895}},
			  .anomalies = A(OVERLAP_DIFFERENT));
	world_end(world, INCOMPLETE, .at_ms = 2000, .id = 10, .missing_count = 1, .missing = {{1448, 2895}});
	world_finish(world, 600000);
	assert_int_equal(world_rows(world), 2);
	assert_int_equal(world_row(world, 0)->verdict, MW_FRAGMENTS_IRREGULAR); // what is odd about it was seen
	assert_int_equal(world_row(world, 1)->ip_id, 10);
}

static void first_piece_that_came_last_completes_it_too(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 1, REST);
	world_outer(world, .at_ms = 5);
	world_assert_no_row(world);
}

static void joined_datagram_is_complete_in_the_counts(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_outer(world, .at_ms = 0);
	world_end(world, INCOMPLETE, .at_ms = 1, REST);
	world_outer(world, .at_ms = 2, .id = 8);
	world_end(world, UNFINISHED, .at_ms = 3, .id = 8, REST);
	world_end(world, INCOMPLETE, .at_ms = 10, .id = 9, .headless = true, .missing_count = 2,
			  .missing = {{0, 1448}, {2896, OPEN}});
	row = world_only_row(world);
	assert_int_equal(row->pair_complete, 2);
	assert_int_equal(row->pair_incomplete, 1);
}

static void what_the_first_piece_holds_is_not_missing(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_outer(world, .at_ms = 0);
	world_end(world, INCOMPLETE, .at_ms = 2, .headless = true, .fragments = 1, .bytes_seen = 1000, .missing_count = 2,
			  .missing = {{0, 2896}, {3896, OPEN}});
	row = world_only_row(world);
	assert_string_equal(row->missing, "1448-2895;3896-");
	assert_int_equal(row->fragments_seen, 2);
	assert_int_equal(row->bytes_seen, 2448);
	assert_int_equal(row->ts_ns, WORLD_EPOCH_NS);
	assert_true(row->first_seen);
	assert_int_equal(row->sport, MW_UNKNOWN_I64);
}

static void joined_datagram_with_anomalies_is_irregular(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_outer(world, .at_ms = 0);
	world_end(world, INCOMPLETE, .at_ms = 1, REST, .anomalies = A(OVERLAP_SAME));
	row = world_only_row(world);
	assert_int_equal(row->verdict, MW_FRAGMENTS_IRREGULAR);
	assert_string_equal(row->missing, "");
	assert_int_equal(row->pair_complete, 1);
	assert_int_equal(row->pair_incomplete, 0);
}

static void other_identification_does_not_join(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0, .id = 8);
	world_end(world, INCOMPLETE, .at_ms = 1, REST);
	world_finish(world, 600000);
	assert_int_equal(world_rows(world), 2); // one lacks its first piece, one has nothing else
	assert_string_equal(world_row(world, 0)->missing, "0-1447");
	assert_string_equal(world_row(world, 1)->missing, "1448-");
}

static void first_piece_long_before_belongs_to_another_datagram(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0);
	world_tick(world, 1000);
	world_end(world, INCOMPLETE, .at_ms = 40000, REST);
	world_finish(world, 600000);
	assert_int_equal(world_rows(world), 2);
}

static void first_piece_without_later_ones_is_incomplete(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_outer(world, .at_ms = 100, .v6 = true, .id = 0x12345678);
	world_interval(world, 1000);
	world_interval(world, 30000); // a tracker may not have told yet
	assert_int_equal(world_rows(world), 0);
	world_interval(world, 60000);
	assert_int_equal(world_rows(world), 1);
	row = world_row(world, 0);
	assert_int_equal(row->ts_ns, WORLD_EPOCH_NS + 100 * MW_NS_PER_MS);
	assert_string_equal(row->proto, "ipip");
	assert_int_equal(row->ip_id, 0x12345678);
	assert_int_equal(row->fragments_seen, 1);
	assert_int_equal(row->bytes_seen, 1448);
	assert_int_equal(row->bytes_total, MW_UNKNOWN_I64);
	assert_string_equal(row->missing, "1448-");
	assert_int_equal(row->verdict, MW_FRAGMENTS_INCOMPLETE);
	assert_int_equal(row->family, 6);
	assert_int_equal(row->tunnel, MW_LAYERS);
	assert_int_equal(row->pair_incomplete, 1);
	assert_true(row->first_seen);
}

static void protocol_is_that_of_the_outer_datagram(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0, .between = MW_LAYER_UDP);
	assert_string_equal(world_only_row(world)->proto, "udp");
}

static void first_piece_just_before_the_end_is_not_told(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 10000);
	world_finish(world, 11000);
	assert_int_equal(world_rows(world), 0);
}

static void copy_by_the_mirror_is_no_first_piece(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0, .duplicate = true);
	world_assert_no_row(world);
}

static void missing_beginning_is_not_told_when_first_pieces_were_capped(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 10;
	for (uint32_t i = 0; i < 10; i++)
		world_outer(world, .at_ms = i, .id = 100 + i);
	world_tick(world, 1000);
	for (uint32_t i = 0; i < 10; i++) {
		world_tick(world, 32000 + 1000 * i);
		world_end(world, INCOMPLETE, .at_ms = i, .id = 100 + i, REST);
	}
	world_end(world, INCOMPLETE, .at_ms = 20000, .id = 50, .answered = true, REST);
	assert_string_equal(world_only_row(world)->missing, "0-1447"); // at that time all were told
	assert_int_equal(world_row(world, 0)->ip_id, 50);
}

static void missing_end_is_told_when_first_pieces_were_capped(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 1;
	world_outer(world, .at_ms = 0, .id = 100);
	world_outer(world, .at_ms = 1, .id = 101);
	world_end(world, INCOMPLETE, .at_ms = 0, .id = 101, .headless = true, .missing_count = 2,
			  .missing = {{0, 1448}, {2896, OPEN}});
	world_end(world, INCOMPLETE, .at_ms = 1000, .id = 100, REST);
	assert_int_equal(world_only_row(world)->ip_id, 101);
}

static void missing_beginning_is_not_told_when_an_event_was_lost(void **state)
{
	struct world *world = *state;

	world_lose_events(world, true);
	world_outer(world, .at_ms = 0);
	world_tick(world, 1000);
	world_lose_events(world, false);
	world_tick(world, 2000);
	world_end(world, INCOMPLETE, .at_ms = 1, REST);
	world_assert_no_row(world);
}

static void protocol_without_tunnels_is_told_all_the_same(void **state)
{
	struct world *world = *state;

	world_lose_events(world, true);
	world_outer(world, .at_ms = 0);
	world_lose_events(world, false);
	world_end(world, INCOMPLETE, .at_ms = 1, .protocol = 6, REST);
	assert_string_equal(world_only_row(world)->missing, "0-1447");
}

static void first_piece_of_unknown_addresses_is_untold(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0, .nested = true);
	world_end(world, INCOMPLETE, .at_ms = 1, .src = 70, REST);
	world_assert_no_row(world);
}

static void first_piece_is_not_alone_when_later_ones_were_capped(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 1;
	world_outer(world, .at_ms = 0);
	world_tick(world, 1000);
	world_end(world, INCOMPLETE, .at_ms = 5, .src = 60, .missing_count = 1, .missing = {{1480, OPEN}});
	world_end(world, INCOMPLETE, .at_ms = 5, REST); // in the same second
	assert_int_equal(world_only_row(world)->src.bytes[15], 60);
}

static void first_piece_is_not_alone_when_the_later_one_was_evicted(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0);
	world_end(world, EVICTED, .at_ms = 1, .fragments = 1, REST);
	world_assert_no_row(world);
}

static void forgotten_first_pieces_accuse_nobody(void **state)
{
	struct world *world = *state;

	world_settings(world)->reports_per_second = 1000000;
	for (uint32_t i = 0; i < 17000; i++)
		world_outer(world, .at_ms = i / 1000, .id = i + 1);
	world_tick(world, 17000);
	world_end(world, INCOMPLETE, .at_ms = 0, .id = 1, REST);
	world_interval(world, 36000);
	world_interval(world, 42000);
	assert_int_equal(world_rows(world), 0);
}

static void doubtful_datagram_is_told_when_more_is_missing_than_its_first_piece(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_outer(world, .at_ms = 0);
	world_end(world, UNFINISHED, .at_ms = 1, .headless = true, .missing_count = 2,
			  .missing = {{0, 1448}, {2896, OPEN}});
	world_end(world, UNFINISHED, .at_ms = 1, .id = 8, .headless = true, .missing_count = 2,
			  .missing = {{0, 1448}, {2896, OPEN}});
	row = world_only_row(world);
	assert_int_equal(row->ip_id, 7);
	assert_int_equal(row->verdict, MW_FRAGMENTS_INCOMPLETE);
	assert_string_equal(row->missing, "2896-");
	assert_int_equal(row->pair_incomplete, 1);
}

static void datagram_that_shares_an_identification_stays_doubtful(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0);
	world_end(world, UNFINISHED, .at_ms = 1, .headless = true, .anomalies = A(ID_REUSE), .missing_count = 2,
			  .missing = {{0, 1448}, {2896, OPEN}});
	world_assert_no_row(world);
}

static const struct CMUnitTest tests[] = {
	STORY(first_piece_of_another_worker_completes_a_datagram),
	STORY(what_was_lacking_while_midwatch_did_not_see_is_no_loss),
	STORY(first_piece_that_came_last_completes_it_too),
	STORY(joined_datagram_is_complete_in_the_counts),
	STORY(what_the_first_piece_holds_is_not_missing),
	STORY(joined_datagram_with_anomalies_is_irregular),
	STORY(other_identification_does_not_join),
	STORY(first_piece_long_before_belongs_to_another_datagram),
	STORY(first_piece_without_later_ones_is_incomplete),
	STORY(protocol_is_that_of_the_outer_datagram),
	STORY(first_piece_just_before_the_end_is_not_told),
	STORY(copy_by_the_mirror_is_no_first_piece),
	STORY(missing_beginning_is_not_told_when_first_pieces_were_capped),
	STORY(missing_end_is_told_when_first_pieces_were_capped),
	STORY(missing_beginning_is_not_told_when_an_event_was_lost),
	STORY(protocol_without_tunnels_is_told_all_the_same),
	STORY(first_piece_of_unknown_addresses_is_untold),
	STORY(first_piece_is_not_alone_when_later_ones_were_capped),
	STORY(first_piece_is_not_alone_when_the_later_one_was_evicted),
	STORY(forgotten_first_pieces_accuse_nobody),
	STORY(doubtful_datagram_is_told_when_more_is_missing_than_its_first_piece),
	STORY(datagram_that_shares_an_identification_stays_doubtful),
};

MW_TEST_MAIN("detect_fragment_join", tests)
