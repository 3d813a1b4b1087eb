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

#define BUCKETS 1024u // of exchange.exchanges-max=1024
#define CHOSEN  100 // more than a chain is walked

/** Ports and identifications of queries that fall into one bucket, under the key of a test's pipeline. */
static void choose_colliding(struct mw_exchange_key key, uint16_t ports[CHOSEN], uint16_t ids[CHOSEN])
{
	struct mw_hash_key hash_key;
	uint32_t count = 0;

	mw_hash_key_from_seed(&hash_key, 7);
	for (uint32_t i = 0; count < CHOSEN; i++) {
		key.asker_port = (uint16_t)(1024 + i % 60000);
		key.id = 1 + i / 60000;
		if (mw_exchange_hash(&hash_key, &key) % BUCKETS != 0)
			continue;
		ports[count] = key.asker_port;
		ids[count++] = (uint16_t)key.id;
	}
}

static void dns(struct pipeline_world *world, double at, bool response, uint16_t port, uint16_t id)
{
	uint8_t bytes[512];
	const uint32_t count = dns_message(bytes, id, response, 0, "name");

	send_datagram(world, at, response, response ? 53 : port, response ? port : 53, bytes, count);
}

// A capture can be made of questions that collide: each packet's work stays bounded.
static void of_chosen_questions_the_newest_are_found(void **state)
{
	struct pipeline_world *world = exchange_world_new("exchange.exchanges-max=1024");
	uint16_t ports[CHOSEN], ids[CHOSEN];

	(void)state;
	dns(world, 1, false, 5000, 1);
	dns(world, 1.1, true, 5000, 1);
	choose_colliding(nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED)->key, ports, ids);
	for (uint32_t i = 0; i < CHOSEN; i++)
		dns(world, 2 + i * 1e-4, false, ports[i], ids[i]);
	dns(world, 2.1, true, ports[CHOSEN - 1], ids[CHOSEN - 1]);
	dns(world, 2.2, true, ports[0], ids[0]); // lies too deep
	assert_int_equal(ended_count, 2);
	nth_ended(1, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED);
	tick(world, 60);
	assert_int_equal(ended_count, 1 + CHOSEN);
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
	MW_TEST(of_chosen_questions_the_newest_are_found),
	MW_TEST(what_waits_at_the_end_is_unfinished),
	MW_TEST(a_copy_of_the_mirror_is_no_transmission),
	MW_TEST(a_flood_of_questions_is_capped_and_counted),
	MW_TEST(nobody_who_listens_needs_no_memory),
};
MW_TEST_MAIN("exchange_bounds", tests)
