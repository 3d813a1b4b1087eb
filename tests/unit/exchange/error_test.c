// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors that answer a question.
// Neighbours: lib/exchange/error.c.
#include "exchange_world.h"

static struct pb pb, quoted;
static uint8_t bytes[512];

static void quote_query(uint16_t id)
{
	pb_init_link(&quoted, MW_LINK_RAW_IP);
	pb_ipv4(&quoted);
	pb_udp(&quoted, .sport = 5000, .dport = 53);
	pb_payload(&quoted, bytes, dns_message(bytes, id, false, 0, "a.example"));
	pb_finish(&quoted);
}

static void report(struct pipeline_world *world, double at, const char *from, uint8_t type, uint8_t code,
				   uint32_t quoted_bytes)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv4(&pb, .src = from, .dst = "192.0.2.1");
	pb_icmp(&pb, .type = type, .code = code);
	pb_append_cut(&pb, &quoted, quoted_bytes);
	send_built(world, &pb, at);
}

static void ask(struct pipeline_world *world, double at)
{
	send_datagram(world, at, false, 5000, 53, bytes, dns_message(bytes, 7, false, 0, "a.example"));
	quote_query(7);
}

static void a_router_that_says_unreachable_answers(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	const struct mw_exchange *exchange;

	(void)state;
	ask(world, 1);
	report(world, 1.1, "192.0.2.254", 3, 1, 40);
	exchange = nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_UNREACHABLE);
	assert_int_equal(exchange->code, 0x301);
	assert_int_equal(exchange->reporter.bytes[15], 254);
	world_free(world);
}

static void a_host_without_the_port_refuses_and_another_cannot(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	ask(world, 1);
	report(world, 1.1, "198.51.100.2", 3, 3, 40);
	nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_REFUSED);
	ask(world, 1.15);
	report(world, 1.2, "203.0.113.9", 3, 3, 40);
	nth_ended(1, MW_EXCHANGE_DNS, MW_EXCHANGE_UNREACHABLE);
	world_free(world);
}

static void a_quote_that_is_cut_before_the_id_answers_nothing(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	ask(world, 1);
	report(world, 1.1, "192.0.2.254", 3, 1, 28);
	assert_int_equal(ended_count, 0);
	world_free(world);
}

static void too_big_and_redirects_answer_nothing(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	ask(world, 1);
	report(world, 1.1, "192.0.2.254", 3, 4, 40);
	report(world, 1.1, "192.0.2.254", 5, 1, 40);
	assert_int_equal(ended_count, 0);
	world_free(world);
}

static void a_syn_is_known_by_its_number(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_segment(world, .at = 1, .seq = 100, .flags = MW_TCP_SYN);
	for (uint32_t seq = 99; seq < 101; seq++) {
		pb_init_link(&quoted, MW_LINK_RAW_IP);
		pb_ipv4(&quoted);
		pb_tcp(&quoted, .sport = 40000, .dport = 443, .seq = seq, .flags = MW_TCP_SYN);
		pb_finish(&quoted);
		assert_int_equal(ended_count, 0);
		report(world, 1.1, "192.0.2.254", 3, 0, 28);
	}
	nth_ended(0, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNREACHABLE);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_router_that_says_unreachable_answers),
	MW_TEST(a_host_without_the_port_refuses_and_another_cannot),
	MW_TEST(a_quote_that_is_cut_before_the_id_answers_nothing),
	MW_TEST(too_big_and_redirects_answer_nothing),
	MW_TEST(a_syn_is_known_by_its_number),
};
MW_TEST_MAIN("exchange_error", tests)
