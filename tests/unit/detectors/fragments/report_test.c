// SPDX-License-Identifier: BSD-3-Clause
// What a receiver says: ICMP, fragment reassembly time exceeded.
// Neighbours: world.c.
#include "world.h"
#include "mw_test.h"

#define LOST .missing_count = 1, .missing = {{1480, 1932}}

static void receiver_confirms_an_incomplete_datagram(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_report(world, .at_ms = 30000);
	world_end(world, INCOMPLETE, .at_ms = 0, LOST);
	row = world_only_row(world);
	assert_int_equal(row->verdict, MW_FRAGMENTS_INCOMPLETE);
	assert_int_equal(row->anomaly, A(RECEIVER));
	assert_int_equal(row->pair_exceeded, 1);
	assert_int_equal(world_count(world, "exceeded"), 1);
}

static void receiver_that_is_slower_than_the_tracker_confirms_too(void **state)
{
	struct world *world = *state;

	world_end(world, INCOMPLETE, .at_ms = 0, LOST);
	world_tick(world, 31000);
	world_report(world, .at_ms = 33000);
	world_tick(world, 34000);
	assert_int_equal(world_only_row(world)->anomaly, A(RECEIVER));
}

static void late_report_is_counted_and_gets_no_row_of_its_own(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .at_ms = 0, .v6 = true, .id = 6);
	world_end(world, INCOMPLETE, .at_ms = 0, .v6 = true, LOST);
	world_interval(world, 31000);
	world_interval(world, 40000);
	assert_int_equal(world_rows(world), 1);
	world_report(world, .at_ms = 60000, .v6 = true);
	world_end(world, INCOMPLETE, .at_ms = 40000, .v6 = true, .id = 8, LOST);
	world_finish(world, 200000);
	assert_int_equal(world_rows(world), 2);
	assert_int_equal(world_row(world, 0)->anomaly, 0);
	assert_int_equal(world_row(world, 1)->pair_exceeded, 1);
}

static void report_on_a_whole_datagram_is_a_loss_further_on(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, COMPLETE, .at_ms = 0);
	world_report(world, .at_ms = 30000);
	row = world_only_row(world);
	assert_int_equal(row->ts_ns, WORLD_EPOCH_NS + 30 * MW_NS_PER_SECOND);
	assert_int_equal(row->verdict, MW_FRAGMENTS_IRREGULAR);
	assert_int_equal(row->anomaly, A(RECEIVER));
	assert_int_equal(row->ip_id, 7);
	assert_int_equal(row->sport, 4500);
	assert_int_equal(row->dport, 500);
	assert_int_equal(row->src.bytes[15], 2);
	assert_int_equal(row->fragments_seen, MW_UNKNOWN_I64);
	assert_int_equal(row->bytes_seen, MW_UNKNOWN_I64);
	assert_int_equal(row->bytes_total, MW_UNKNOWN_I64);
	assert_string_equal(row->missing, "");
	assert_int_equal(row->pair_complete, 1);
	assert_int_equal(row->pair_exceeded, 1);
}

static void report_waits_until_its_datagram_may_have_ended(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .at_ms = 0, .id = 6);
	world_report(world, .at_ms = 20000);
	world_interval(world, 30000);
	world_interval(world, 60000);
	assert_int_equal(world_rows(world), 0);
	world_interval(world, 71000);
	assert_int_equal(world_rows(world), 1);
}

static void report_about_a_pair_without_pieces_is_believed_by_nobody(void **state)
{
	struct world *world = *state;

	world_report(world, .at_ms = 30000);
	world_assert_no_row(world);
}

static void report_without_identification_is_counted_alone(void **state)
{
	struct world *world = *state;
	const struct mw_fragment_row *row;

	world_end(world, COMPLETE, .at_ms = 0);
	world_report(world, .at_ms = 30000, .id_unknown = true);
	world_end(world, INCOMPLETE, .at_ms = 1000, LOST);
	row = world_only_row(world);
	assert_int_equal(row->anomaly, 0);
	assert_int_equal(row->pair_exceeded, 1);
}

static void hop_limit_exceeded_is_another_report(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .at_ms = 0);
	world_report(world, .at_ms = 30000, .code = 0xff);
	world_report(world, .at_ms = 30000, .duplicate = true);
	world_assert_no_row(world);
	assert_int_equal(world_count(world, "exceeded"), 0);
}

static void report_from_before_the_datagram_is_about_another(void **state)
{
	struct world *world = *state;

	world_report(world, .at_ms = 1000);
	world_end(world, INCOMPLETE, .at_ms = 5000, LOST);
	assert_int_equal(world_only_row(world)->anomaly, 0);
}

static void report_is_not_taken_for_a_loss_further_on_when_datagrams_were_untold(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .at_ms = 0, .id = 6);
	world_end(world, EVICTED, .at_ms = 0, .src = 60, .fragments = 1, LOST);
	world_report(world, .at_ms = 30000);
	world_assert_no_row(world);
}

static void report_on_an_answered_flow_is_told_beside_unanswered_pieces(void **state)
{
	struct world *world = *state;

	world_end(world, COMPLETE, .at_ms = 0, .id = 6);
	world_end(world, EVICTED, .at_ms = 0, .src = 60, .fragments = 1, LOST);
	world_report(world, .at_ms = 30000, .answered = true);
	assert_int_equal(world_only_row(world)->anomaly, A(RECEIVER));
}

static void report_on_a_tunnel_that_was_joined_is_a_loss_further_on(void **state)
{
	struct world *world = *state;

	world_outer(world, .at_ms = 0);
	world_tick(world, 1000);
	world_end(world, INCOMPLETE, .at_ms = 1, .headless = true, .missing_count = 1, .missing = {{0, 1448}});
	world_report(world, .at_ms = 30000);
	assert_int_equal(world_only_row(world)->verdict, MW_FRAGMENTS_IRREGULAR);
	assert_int_equal(world_row(world, 0)->pair_complete, 1);
}

static const struct CMUnitTest tests[] = {
	STORY(receiver_confirms_an_incomplete_datagram),
	STORY(receiver_that_is_slower_than_the_tracker_confirms_too),
	STORY(late_report_is_counted_and_gets_no_row_of_its_own),
	STORY(report_on_a_whole_datagram_is_a_loss_further_on),
	STORY(report_waits_until_its_datagram_may_have_ended),
	STORY(report_about_a_pair_without_pieces_is_believed_by_nobody),
	STORY(report_without_identification_is_counted_alone),
	STORY(hop_limit_exceeded_is_another_report),
	STORY(report_from_before_the_datagram_is_about_another),
	STORY(report_is_not_taken_for_a_loss_further_on_when_datagrams_were_untold),
	STORY(report_on_an_answered_flow_is_told_beside_unanswered_pieces),
	STORY(report_on_a_tunnel_that_was_joined_is_a_loss_further_on),
};

MW_TEST_MAIN("detect_fragment_report", tests)
