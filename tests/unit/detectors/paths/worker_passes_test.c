// SPDX-License-Identifier: BSD-3-Clause
// What the worker half of the path detector tells of hosts that large packets reach, when their connections end.
// Neighbours: worker_world.h; lib/detectors/paths/passes.c.
#include "mw_test.h"

#include "worker_world.h"

#define LATE_MS 600000 // every flow is over

/** The client sends so much at once, and all of it is acknowledged at at_ms + 20. */
static void upload(struct world *world, uint16_t port, uint64_t at_ms, uint32_t bytes)
{
	for (uint32_t sent = 0; sent < bytes; sent += 1448)
		world_send(world, .port = port, .at_ms = at_ms, .flags = ACK, .seq = 1101 + sent, .ack = 5091,
				   .bytes = MW_MIN(1448u, bytes - sent));
	world_send(world, .port = port, SERVER, .at_ms = at_ms + 20, .flags = ACK, .seq = 5091, .ack = 1101 + bytes);
}

static void what_was_acknowledged_is_told_when_the_flow_ends(void **state)
{
	const struct mw_event *event;

	world_talk(*state, 0);
	upload(*state, 0, 60, 4000);
	assert_int_equal(world_told(*state, PATH_PASSED), 0);
	world_tick(*state, LATE_MS);
	assert_int_equal(world_told(*state, PATH_PASSED), 1);
	event = world_event(*state, PATH_PASSED, 0);
	assert_int_equal(event->flow.dst.bytes[15], 5); // the receiver
	assert_int_equal(event->flow.src_port, 0);
	assert_int_equal(world_facts(*state, PATH_PASSED, 0)->largest_acked, 1500);
	assert_int_equal(world_facts(*state, PATH_PASSED, 0)->to_ns % (1000 * MW_NS_PER_MS), 80 * MW_NS_PER_MS);
}

static void less_than_a_full_segment_shows_nothing(void **state)
{
	world_talk(*state, 0);
	upload(*state, 0, 60, 1200);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_PASSED), 0);
}

static void what_nobody_acknowledged_shows_nothing(void **state)
{
	world_talk(*state, 0);
	for (uint32_t at_ms = 60; at_ms < 9000; at_ms *= 2)
		world_send(*state, .at_ms = at_ms, .flags = ACK, .seq = 1101, .ack = 5091, .bytes = 1448);
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_PASSED), 0);
}

/** The bytes of the large packets came through in smaller ones: no large packet did. */
static void what_shrank_shows_nothing(void **state)
{
	for (uint16_t i = 0; i < 2; i++) {
		uint16_t port = (uint16_t)(600 + i);

		world_talk(*state, port);
		if (i == 1) // a large one had passed before
			upload(*state, port, 55, 1448);
		for (uint32_t at_ms = 100; at_ms < 9000; at_ms *= 2)
			world_send(*state, .port = port, .at_ms = at_ms, .flags = ACK, .seq = 1101 + i * 1448u, .ack = 5091,
					   .bytes = 1448);
		world_send(*state, .port = port, .at_ms = 9000, .flags = ACK, .seq = 1101 + i * 1448u, .ack = 5091,
				   .bytes = 972);
		world_send(*state, .port = port, SERVER, .at_ms = 9020, .flags = ACK, .seq = 5091, .ack = 2073 + i * 1448u);
		world_send(*state, .port = port, .at_ms = 9030, .flags = ACK, .seq = 2073 + i * 1448u, .ack = 5091,
				   .bytes = 972);
		world_send(*state, .port = port, SERVER, .at_ms = 9050, .flags = ACK, .seq = 5091, .ack = 3045 + i * 1448u);
		world_tick(*state, LATE_MS * (i + 1u));
		assert_int_equal(world_told(*state, PATH_PASSED), i);
	}
}

static void a_host_is_told_of_once_a_second(void **state)
{
	for (uint16_t i = 0; i < 20; i++) {
		world_talk(*state, (uint16_t)(700 + i));
		upload(*state, (uint16_t)(700 + i), i < 10 ? 60 : 1060, 4000);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_PASSED), 2);
}

/** What is not told must not make a host look as if nothing had reached it. */
static void beyond_the_budget_all_hosts_are_told_of(void **state)
{
	static const struct mw_address all;

	world_settings(*state)->steps_per_second = 4;
	for (uint16_t i = 0; i < 20; i++) {
		world_talk(*state, (uint16_t)(700 + i));
		upload(*state, (uint16_t)(700 + i), 60 + i * 1000u, 4000);
	}
	world_finish(*state);
	assert_int_equal(world_told(*state, PATH_PASSED), 2);
	assert_int_not_equal(mw_address_compare(&world_event(*state, PATH_PASSED, 0)->flow.dst, &all), 0);
	assert_int_equal(mw_address_compare(&world_event(*state, PATH_PASSED, 1)->flow.dst, &all), 0);
	assert_true(world_facts(*state, PATH_PASSED, 1)->to_ns >= world_facts(*state, PATH_PASSED, 0)->to_ns);
}

static const struct CMUnitTest tests[] = {
	STORY(what_was_acknowledged_is_told_when_the_flow_ends),
	STORY(less_than_a_full_segment_shows_nothing),
	STORY(what_nobody_acknowledged_shows_nothing),
	STORY(what_shrank_shows_nothing),
	STORY(a_host_is_told_of_once_a_second),
	STORY(beyond_the_budget_all_hosts_are_told_of),
};
MW_TEST_MAIN("detect_path_passes", tests)
