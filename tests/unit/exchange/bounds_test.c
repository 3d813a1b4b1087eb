// SPDX-License-Identifier: BSD-3-Clause
// A full tracker, the end of the input, copies of the mirror, and sums that add up.
// Neighbours: lib/exchange/entry.c, exchanges.c.
#include "exchange_world.h"

static void the_oldest_gives_way(void **state)
{
	struct pipeline_world *world = exchange_world_new("exchange.exchanges-max=1024");

	(void)state;
	for (uint32_t i = 0; i < 1026; i++)
		send_segment(world, .at = 1 + i * 1e-5, .sport = (uint16_t)(1024 + i), .seq = 100, .flags = MW_TCP_SYN);
	assert_int_equal(ended_count, 2);
	assert_int_equal(nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_EVICTED)->key.asker_port, 1024);
	assert_int_equal(nth_ended(1, MW_EXCHANGE_CONNECT, MW_EXCHANGE_EVICTED)->key.asker_port, 1025);
	tick(world, 60);
	assert_int_equal(ended_count, 1026);
	assert_int_equal(world_count(world, "exchanges", "asked"), 1026);
	assert_int_equal(world_count(world, "exchanges", "evicted") + world_count(world, "exchanges", "unanswered"), 1026);
	world_free(world);
}

static void what_waits_at_the_end_is_unfinished(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 3, .sport = 4001, .seq = 100, .flags = MW_TCP_SYN);
	mw_pipeline_finish(world->workers[0].pipeline, at_ns(4.5));
	nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	nth_ended(1, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNFINISHED);
	world_free(world);
}

static void a_copy_of_the_mirror_is_no_transmission(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.0001, .seq = 100, .flags = MW_TCP_SYN);
	tick(world, 5);
	assert_int_equal(nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED)->transmissions, 1);
	world_free(world);
}

static void a_flood_of_questions_is_capped_and_counted(void **state)
{
	struct pipeline_world *world = exchange_world_new("exchange.asked-per-second=100");

	(void)state;
	for (uint32_t i = 0; i < 250; i++)
		send_segment(world, .at = 1 + i * 1e-5, .sport = (uint16_t)(1024 + i), .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.5, .sport = 1300, .to_client = true, .ack = 101, .flags = MW_TCP_SYN | MW_TCP_ACK);
	send_segment(world, .at = 2, .sport = 9000, .seq = 100, .flags = MW_TCP_SYN);
	assert_int_equal(world_count(world, "exchanges", "asked"), 101);
	assert_int_equal(world_count(world, "exchanges", "capped"), 150);
	assert_int_equal(ended_count, 0);
	world_free(world);
}

static void nobody_who_listens_needs_no_memory(void **state)
{
	static const struct mw_detector deaf = {.name = "deaf"};
	static const struct mw_detector *const items[] = {&deaf};
	const struct mw_detector_set set = {items, 1};
	struct pipeline_world *world = world_new_of(&set, 1);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	assert_int_equal(world_count(world, "exchanges", "asked"), 0);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(the_oldest_gives_way),
	MW_TEST(what_waits_at_the_end_is_unfinished),
	MW_TEST(a_copy_of_the_mirror_is_no_transmission),
	MW_TEST(a_flood_of_questions_is_capped_and_counted),
	MW_TEST(nobody_who_listens_needs_no_memory),
};
MW_TEST_MAIN("exchange_bounds", tests)
