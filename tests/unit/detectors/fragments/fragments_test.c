// SPDX-License-Identifier: BSD-3-Clause
// Rows of fragments.csv: which datagrams get one, and what stands in it.
// Neighbours: world.c.
#include "world.h"
#include "mw_test.h"

static void complete_datagrams_get_no_row(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .bytes_seen = 1932, .bytes_total = 1932);
	world_assert_no_row(world);
	assert_int_equal(world_count(world, "told"), 0);
}

static void incomplete_datagram_says_what_never_passed(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, INCOMPLETE, .at_ms = 1000, .lasts_ms = 3, .id = 4711, .fragments = 1, .bytes_seen = 1480,
			  .bytes_total = 1932, .missing_count = 1, .missing = {{1480, 1932}});
	row = world_only_row(world);
	assert_int_equal(row->ts_ns, WORLD_EPOCH_NS + 1000 * MW_NS_PER_MS);
	assert_int_equal(row->last_ns, WORLD_EPOCH_NS + 1003 * MW_NS_PER_MS);
	assert_string_equal(row->proto, "udp");
	assert_int_equal(row->sport, 4500);
	assert_int_equal(row->dport, 500);
	assert_int_equal(row->ip_id, 4711);
	assert_int_equal(row->fragments_seen, 1);
	assert_int_equal(row->bytes_seen, 1480);
	assert_int_equal(row->bytes_total, 1932);
	assert_string_equal(row->missing, "1480-1931");
	assert_int_equal(row->verdict, MW_FRAGMENTS_INCOMPLETE);
	assert_int_equal(row->anomaly, 0);
	assert_int_equal(row->family, 4);
	assert_int_equal(row->largest_bytes, 1500);
	assert_true(row->first_seen);
}

static void unknown_end_stays_open_and_ranges_are_joined(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, INCOMPLETE, .v6 = true, .missing_count = 2, .missing = {{1448, 2896}, {4344, OPEN}});
	row = world_only_row(world);
	assert_string_equal(row->missing, "1448-2895;4344-");
	assert_int_equal(row->bytes_total, MW_UNKNOWN_I64);
	assert_int_equal(row->family, 6);
	assert_false(row->last_seen);
}

static void longest_list_of_ranges_fits(void **state)
{
	struct world *world = *state;
	struct datagram datagram = {.end = MW_FRAGMENT_INCOMPLETE, .missing_count = MW_FRAGMENT_RANGES + 1};
	const struct mw_fragment_row *row;

	for (uint32_t i = 0; i < datagram.missing_count; i++)
		datagram.missing[i] = (struct mw_fragment_range){100000 + 16 * i, 100008 + 16 * i};
	world_end_datagram(world, &datagram);
	row = world_only_row(world);
	assert_int_equal(strlen(row->missing), 14 * (MW_FRAGMENT_RANGES + 1) - 1);
	assert_string_equal(row->missing + strlen(row->missing) - 14, ";100256-100263");
}

static void ports_are_unknown_without_the_first_piece(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, INCOMPLETE, .headless = true, .missing_count = 1, .missing = {{0, 1480}});
	row = world_only_row(world);
	assert_int_equal(row->sport, MW_UNKNOWN_I64);
	assert_int_equal(row->dport, MW_UNKNOWN_I64);
	assert_string_equal(row->missing, "0-1479");
	assert_false(row->first_seen);
}

static void echo_identifier_is_no_port(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, INCOMPLETE, .protocol = 1, .missing_count = 1, .missing = {{1480, OPEN}});
	row = world_only_row(world);
	assert_string_equal(row->proto, "icmp");
	assert_int_equal(row->sport, MW_UNKNOWN_I64);
}

static void unnamed_protocol_is_a_number(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .protocol = 253, .missing_count = 1, .missing = {{1480, OPEN}});
	assert_string_equal(world_only_row(world)->proto, "253");
}

static void irregular_datagram_names_its_anomalies(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, COMPLETE, .bytes_seen = 3000, .bytes_total = 3000);
	world_end(world, IRREGULAR, .bytes_seen = 3000, .bytes_total = 3000,
			  .anomalies = A(OVERLAP_DIFFERENT) | A(TEARDROP));
	row = world_only_row(world);
	assert_int_equal(row->verdict, MW_FRAGMENTS_IRREGULAR);
	assert_int_equal(row->anomaly, A(OVERLAP_DIFFERENT) | A(TEARDROP));
	assert_string_equal(row->missing, "");
	assert_int_equal(row->pair_complete, 1);
	assert_int_equal(row->pair_incomplete, 0);
}

static void what_is_odd_is_told_though_the_input_ended(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, UNFINISHED, .cut = true, .at_ms = 599500, .anomalies = A(OVERLAP_DIFFERENT), .missing_count = 1,
			  .missing = {{1480, OPEN}});
	world_end(world, UNFINISHED, .cut = true, .at_ms = 599500, .id = 8, .anomalies = A(ID_REUSE), .missing_count = 1,
			  .missing = {{1480, OPEN}});
	row = world_only_row(world);
	assert_int_equal(row->verdict, MW_FRAGMENTS_IRREGULAR);
	assert_int_equal(row->anomaly, A(OVERLAP_DIFFERENT));
	assert_string_equal(row->missing, "");
}

static void evicted_datagram_is_told_when_it_was_answered(void **state)
{
	struct world *world = *state;

	world_end(world, EVICTED, .fragments = 1, .answered = true, .missing_count = 1, .missing = {{1480, OPEN}});
	assert_int_equal(world_only_row(world)->verdict, MW_FRAGMENTS_EVICTED);
}

static void evicted_piece_alone_is_not_told(void **state)
{
	struct world *world = *state;

	world_end(world, EVICTED, .fragments = 1, .missing_count = 1, .missing = {{1480, OPEN}});
	world_assert_no_row(world);
	assert_int_equal(world_count(world, "untold"), 1);
}

static void unfinished_datagram_is_not_told(void **state)
{
	struct world *world = *state;

	world_end(world, UNFINISHED, .missing_count = 1, .missing = {{1480, OPEN}});
	world_assert_no_row(world);
	assert_int_equal(world_count(world, "untold"), 1);
}

static void row_counts_the_datagrams_of_its_pair(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < 12; i++)
		world_end(world, INCOMPLETE, .at_ms = i, .id = i + 1, .missing_count = 1, .missing = {{1480, OPEN}});
	world_end(world, COMPLETE, .at_ms = 20, .id = 20);
	world_end(world, COMPLETE, .at_ms = 20, .id = 21, .dst = 6);
	world_finish(world, 60000);
	assert_int_equal(world_rows(world), 12);
	assert_int_equal(world_row(world, 11)->pair_incomplete, 12);
	// counted after the last of them was told, and known all the same
	assert_int_equal(world_row(world, 11)->pair_complete, 1);
}

static void changed_pairs_are_told_once_a_minute(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .missing_count = 1, .missing = {{1480, OPEN}});
	world_end(world, COMPLETE, .dst = 6);
	world_tick(world, 61000);
	assert_int_equal(world_events(world, "pair-counts"), 1); // the other had nothing incomplete
	world_tick(world, 122000);
	assert_int_equal(world_events(world, "pair-counts"), 1);
	world_end(world, COMPLETE, .at_ms = 122000);
	world_tick(world, 130000);
	assert_int_equal(world_events(world, "pair-counts"), 1);
	world_tick(world, 183000);
	assert_int_equal(world_events(world, "pair-counts"), 2);
}

static void row_comes_before_a_long_interval_ends(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .missing_count = 1, .missing = {{1480, OPEN}});
	world_tick(world, 31000);
	for (uint32_t id = 8; id < 10; id++) {
		assert_int_equal(world_rows(world), 0);
		world_end(world, INCOMPLETE, .at_ms = 10000, .id = id, .missing_count = 1, .missing = {{1480, OPEN}});
		world_tick(world, 5000 * id);
	}
	assert_int_equal(world_rows(world), 1);
}

static const struct CMUnitTest tests[] = {
	STORY(complete_datagrams_get_no_row),
	STORY(incomplete_datagram_says_what_never_passed),
	STORY(unknown_end_stays_open_and_ranges_are_joined),
	STORY(longest_list_of_ranges_fits),
	STORY(ports_are_unknown_without_the_first_piece),
	STORY(echo_identifier_is_no_port),
	STORY(unnamed_protocol_is_a_number),
	STORY(irregular_datagram_names_its_anomalies),
	STORY(what_is_odd_is_told_though_the_input_ended),
	STORY(evicted_datagram_is_told_when_it_was_answered),
	STORY(evicted_piece_alone_is_not_told),
	STORY(unfinished_datagram_is_not_told),
	STORY(row_counts_the_datagrams_of_its_pair),
	STORY(changed_pairs_are_told_once_a_minute),
	STORY(row_comes_before_a_long_interval_ends),
};

MW_TEST_MAIN("detect_fragment", tests)
