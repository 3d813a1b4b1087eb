// SPDX-License-Identifier: BSD-3-Clause
// A flood of resets: how many rows it has, and what it must not keep out.
// Neighbours: lib/detectors/resets/budget.c; world.h tells the stories.
#include "mw_test.h"

#include "world.h"

#define SYN MW_TCP_SYN

/** A host refuses connections, one a millisecond: its own resets. */
static void refuse(struct world *world, uint64_t at_ms, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint16_t port = (uint16_t)(1024 + at_ms + i);

		world_send(world, .at_ms = at_ms + i, .flags = SYN, .seq = 1000, .client_port = port, .network = 7);
		world_send(world, SERVER, .at_ms = at_ms + i, .flags = RA, .ack = 1001, .client_port = port, .network = 7);
	}
}

/** In the name of the server of world_talk, from another hop, with a number that it has passed; then it goes on. */
static void forge(struct world *world, uint64_t at_ms)
{
	world_send(world, SERVER, .at_ms = at_ms, .flags = R, .seq = 6001, .ttl = 99, .ip_id = 9, .mac = 2);
	world_send(world, SERVER, .at_ms = at_ms + 1, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 100, .ip_id = 302);
}

static void a_second_has_its_rows_and_no_more(void **state)
{
	world_settings(*state)->reports_per_second = 10;
	refuse(*state, 1000, 300);
	world_finish(*state);
	assert_int_equal(world_written(*state, MW_RESET_ENDPOINT), 10);
	assert_int_equal(world_verdicts(*state, MW_RESET_ENDPOINT), 300); // findings and sums have them all
	assert_int_equal(world_count(*state, "episodes"), 300);
	assert_int_equal(world_count(*state, "capped"), 290);
}

// Nobody reads it there.
static void rows_that_are_not_written_have_no_id(void **state)
{
	world_settings(*state)->reports_per_second = 10;
	refuse(*state, 1000, 40);
	forge(*state, 1500);
	world_finish(*state);
	for (uint32_t i = 0; i < world_rows(*state); i++) {
		const struct mw_reset_row *row = world_row(*state, i);
		bool is_read = !row->rowless || row->verdict == MW_RESET_FORGED;

		assert_int_equal(row->flow[0] != '\0', is_read);
	}
	assert_int_equal(world_rows(*state), 41);
	assert_int_equal(world_written(*state, MW_RESET_ENDPOINT), 10);
}

static void each_second_has_its_own(void **state)
{
	world_settings(*state)->reports_per_second = 10;
	for (uint32_t second = 1; second <= 5; second++)
		refuse(*state, 1000 * second, 100);
	world_finish(*state); // most of them end here, at once
	assert_int_equal(world_written(*state, MW_RESET_ENDPOINT), 50);
}

static void own_resets_do_not_keep_out_a_forged_one(void **state)
{
	world_settings(*state)->reports_per_second = 1;
	refuse(*state, 1000, 300);
	forge(*state, 1500);
	refuse(*state, 1600, 300);
	world_finish(*state);
	assert_int_equal(world_written(*state, MW_RESET_ENDPOINT), 1);
	assert_int_equal(world_verdicts(*state, MW_RESET_FORGED), 1);
	assert_int_equal(world_written(*state, MW_RESET_FORGED), 1);
}

static void nor_do_undecided_ones(void **state)
{
	world_settings(*state)->reports_per_second = 3;
	for (uint32_t i = 0; i < 300; i++) // of connections that nobody saw
		world_send(*state, SERVER, .at_ms = 1000 + i, .flags = R, .seq = 1, .client_port = (uint16_t)(2000 + i),
				   .network = 8);
	forge(*state, 1500);
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_UNKNOWN), 300);
	assert_int_equal(world_written(*state, MW_RESET_UNKNOWN), 3);
	assert_int_equal(world_written(*state, MW_RESET_FORGED), 1);
}

static void nor_do_lone_ones_of_its_own_verdict(void **state)
{
	world_settings(*state)->reports_per_second = 3;
	for (uint32_t i = 0; i < 300; i++) { // as many as anybody likes to make
		world_send(*state, SERVER, .at_ms = 1000 + i, .flags = R, .seq = 1, .client_port = (uint16_t)(2000 + i),
				   .network = 8);
	}
	// undecided, too: its sender goes on
	world_send(*state, SERVER, .at_ms = 1500, .flags = R, .seq = 6001, .ttl = 53, .ip_id = 40000);
	world_send(*state, SERVER, .at_ms = 1600, .flags = ACK, .seq = 6001, .ack = 1101, .bytes = 100, .ip_id = 302);
	world_finish(*state);
	assert_int_equal(world_verdicts(*state, MW_RESET_UNKNOWN), 301);
	assert_int_equal(world_written(*state, MW_RESET_UNKNOWN), 3 + 1);
}

static void a_second_that_is_not_full_loses_nothing(void **state)
{
	world_settings(*state)->reports_per_second = 300;
	refuse(*state, 1000, 300);
	world_finish(*state);
	assert_int_equal(world_written(*state, MW_RESET_ENDPOINT), 300);
	assert_int_equal(world_count(*state, "capped"), 0);
}

static const struct CMUnitTest tests[] = {
	SILENT(a_second_has_its_rows_and_no_more),
	SILENT(rows_that_are_not_written_have_no_id),
	SILENT(each_second_has_its_own),
	STORY(own_resets_do_not_keep_out_a_forged_one),
	STORY(nor_do_undecided_ones),
	STORY(nor_do_lone_ones_of_its_own_verdict),
	SILENT(a_second_that_is_not_full_loses_nothing),
};

MW_TEST_MAIN("detect_reset_budget", tests)
