// SPDX-License-Identifier: BSD-3-Clause
// Connects and data that waits for its acknowledgement.
// Neighbours: lib/exchange/tcp.c.
#include "exchange_world.h"

static void a_syn_is_answered_by_its_syn_ack(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	const struct mw_exchange *exchange;

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.1, .to_client = true, .seq = 900, .ack = 77, .flags = MW_TCP_SYN | MW_TCP_ACK);
	assert_int_equal(ended_count, 0); // acknowledges another number
	send_segment(world, .at = 1.25, .to_client = true, .seq = 900, .ack = 101, .flags = MW_TCP_SYN | MW_TCP_ACK);
	exchange = nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	assert_int_equal(exchange->answered_ns - exchange->asked_ns, 250 * MW_NS_PER_MS);
	assert_int_equal(exchange->transmissions, 1);
	assert_int_equal(exchange->key.responder_port, 443);
	assert_int_equal(exchange->mac_asker[5], 1);
	assert_int_equal(exchange->mac_next[5], 2);
	world_free(world);
}

static void a_reset_of_the_syn_refuses(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.1, .to_client = true, .ack = 101, .flags = MW_TCP_RST | MW_TCP_ACK);
	nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_REFUSED);
	world_free(world);
}

// A stray segment and a reset of another number do not end the waiting.
static void what_comes_before_the_answer_ends_nothing(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.1, .to_client = true, .seq = 5, .ack = 7, .flags = MW_TCP_ACK);
	send_segment(world, .at = 1.15, .to_client = true, .seq = 5, .ack = 7, .flags = MW_TCP_RST | MW_TCP_ACK);
	send_segment(world, .at = 1.2, .to_client = true, .seq = 900, .ack = 101, .flags = MW_TCP_SYN | MW_TCP_ACK);
	nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	assert_int_equal(ended_count, 1);
	world_free(world);
}

static void a_syn_sent_again_is_the_same_question(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	const struct mw_exchange *exchange;

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 2, .seq = 100, .flags = MW_TCP_SYN);
	tick(world, 3.9);
	assert_int_equal(ended_count, 0);
	tick(world, 4);
	exchange = nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_int_equal(exchange->transmissions, 2);
	assert_int_equal(exchange->asked_ns, at_ns(1));
	assert_int_equal(exchange->again_ns, at_ns(2));
	send_segment(world, .at = 4, .seq = 100, .flags = MW_TCP_SYN); // is another one
	assert_int_equal(world_count(world, "exchanges", "asked"), 2);
	world_free(world);
}

// An answer that comes after the time-out is none, whether or not a tick came before it.
static void a_late_answer_is_none(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 4.5, .to_client = true, .seq = 900, .ack = 101, .flags = MW_TCP_SYN | MW_TCP_ACK);
	nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_int_equal(ended_count, 1);
	world_free(world);
}

static void open_connection(struct pipeline_world *world)
{
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	send_segment(world, .at = 1.1, .to_client = true, .seq = 900, .ack = 101, .flags = MW_TCP_SYN | MW_TCP_ACK);
	send_segment(world, .at = 1.2, .seq = 101, .ack = 901, .flags = MW_TCP_ACK);
	send_segment(world, .at = 2, .seq = 101, .ack = 901, .flags = MW_TCP_ACK | MW_TCP_PSH, .payload_bytes = 50);
	ended_count = 0;
}

static void data_sent_again_waits_for_its_acknowledgement(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	const struct mw_exchange *exchange;

	(void)state;
	open_connection(world);
	send_segment(world, .at = 2.3, .seq = 101, .ack = 901, .flags = MW_TCP_ACK | MW_TCP_PSH, .payload_bytes = 50);
	send_segment(world, .at = 2.9, .seq = 101, .ack = 901, .flags = MW_TCP_ACK | MW_TCP_PSH, .payload_bytes = 50);
	send_segment(world, .at = 3, .to_client = true, .seq = 901, .ack = 101, .flags = MW_TCP_ACK, .payload_bytes = 9);
	assert_int_equal(ended_count, 0); // the server talks, but does not acknowledge it
	send_segment(world, .at = 3.1, .to_client = true, .seq = 910, .ack = 151, .flags = MW_TCP_ACK);
	exchange = nth_ended(0, MW_EXCHANGE_DATA, MW_EXCHANGE_ANSWERED);
	assert_int_equal(exchange->asked_ns, at_ns(2)); // when it passed first
	assert_int_equal(exchange->again_ns, at_ns(2.9));
	assert_int_equal(exchange->transmissions, 2);
	send_segment(world, .at = 3.2, .seq = 151, .ack = 910, .flags = MW_TCP_ACK);
	assert_int_equal(ended_count, 1);
	world_free(world);
}

static void a_keep_alive_asks_too(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	open_connection(world);
	send_segment(world, .at = 2.1, .to_client = true, .seq = 901, .ack = 151, .flags = MW_TCP_ACK);
	send_segment(world, .at = 60, .seq = 150, .ack = 901, .flags = MW_TCP_ACK);
	tick(world, 63);
	nth_ended(0, MW_EXCHANGE_DATA, MW_EXCHANGE_UNANSWERED);
	assert_int_equal(ended_count, 1);
	world_free(world);
}

static void a_reset_refuses_data(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	open_connection(world);
	send_segment(world, .at = 2.3, .seq = 101, .ack = 901, .flags = MW_TCP_ACK | MW_TCP_PSH, .payload_bytes = 50);
	send_segment(world, .at = 2.5, .to_client = true, .seq = 901, .flags = MW_TCP_RST);
	nth_ended(0, MW_EXCHANGE_DATA, MW_EXCHANGE_REFUSED);
	world_free(world);
}

static void ordinary_data_asks_nothing(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	open_connection(world);
	for (uint32_t i = 0; i < 50; i++)
		send_segment(world, .at = 3 + i, .seq = 151 + 10 * i, .ack = 901, .flags = MW_TCP_ACK, .payload_bytes = 10);
	assert_int_equal(world_count(world, "exchanges", "asked"), 1);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_syn_is_answered_by_its_syn_ack),
	MW_TEST(a_reset_of_the_syn_refuses),
	MW_TEST(what_comes_before_the_answer_ends_nothing),
	MW_TEST(a_syn_sent_again_is_the_same_question),
	MW_TEST(a_late_answer_is_none),
	MW_TEST(data_sent_again_waits_for_its_acknowledgement),
	MW_TEST(a_keep_alive_asks_too),
	MW_TEST(a_reset_refuses_data),
	MW_TEST(ordinary_data_asks_nothing),
};
MW_TEST_MAIN("exchange_tcp", tests)
