// SPDX-License-Identifier: BSD-3-Clause
// Echo, NTP and QUIC: who asks, what answers.
// Neighbours: lib/exchange/echo.c, udp.c.
#include "exchange_world.h"

#include <string.h>

static struct pb pb;

static void send_echo(struct pipeline_world *world, double at, bool reply, uint16_t sequence)
{
	pb_init(&pb);
	pb_ethernet(&pb);
	pb_ipv6(&pb, .src = reply ? "2001:db8::2" : "2001:db8::1", .dst = reply ? "2001:db8::1" : "2001:db8::2");
	pb_icmp6(&pb, .type = reply ? 129 : 128, .id = 5, .sequence = sequence);
	send_built(world, &pb, at);
}

static void an_echo_is_answered_by_its_sequence_number(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_echo(world, 1, false, 1);
	send_echo(world, 2, false, 2);
	send_echo(world, 2.02, true, 2);
	assert_int_equal(nth_ended(0, MW_EXCHANGE_ECHO, MW_EXCHANGE_ANSWERED)->key.id, 2);
	assert_int_equal(ended[0].exchange.family, 6);
	tick(world, 4);
	assert_int_equal(nth_ended(1, MW_EXCHANGE_ECHO, MW_EXCHANGE_UNANSWERED)->key.id, 1);
	world_free(world);
}

static void ntp_is_matched_by_the_clients_timestamp(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	uint8_t request[48] = {0x23}, response[48] = {0x24};

	(void)state;
	memcpy(request + 40, "abcdefgh", 8);
	send_datagram(world, 1, false, 123, 123, request, sizeof(request));
	memcpy(response + 24, "abcdefgX", 8);
	send_datagram(world, 1.1, true, 123, 123, response, sizeof(response));
	assert_int_equal(ended_count, 0);
	memcpy(response + 24, "abcdefgh", 8);
	send_datagram(world, 1.2, true, 123, 123, response, sizeof(response));
	nth_ended(0, MW_EXCHANGE_NTP, MW_EXCHANGE_ANSWERED);
	world_free(world);
}

static uint8_t initial[1200] = {0xc3, 0, 0, 0, 1};

static void a_clients_initial_is_answered_by_any_datagram(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	send_datagram(world, 1, false, 40000, 443, initial, sizeof(initial));
	send_datagram(world, 1.001, false, 40000, 443, initial, sizeof(initial)); // of the same flight
	send_datagram(world, 2, false, 40000, 443, initial, sizeof(initial));
	send_datagram(world, 2.1, true, 443, 40000, "\x40", 1);
	assert_int_equal(nth_ended(0, MW_EXCHANGE_QUIC, MW_EXCHANGE_ANSWERED)->transmissions, 2);
	send_datagram(world, 9, false, 40000, 443, initial, sizeof(initial)); // no longer a beginning
	assert_int_equal(world_count(world, "exchanges", "asked"), 1);
	world_free(world);
}

static void no_initial_is_short_or_of_another_form(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	static const uint8_t other[1200] = {0x43};

	(void)state;
	send_datagram(world, 1, false, 40001, 443, initial, 1199);
	send_datagram(world, 1, false, 40002, 443, other, sizeof(other));
	send_datagram(world, 1, false, 40003, 444, initial, sizeof(initial));
	assert_int_equal(world_count(world, "exchanges", "asked"), 0);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(an_echo_is_answered_by_its_sequence_number),
	MW_TEST(ntp_is_matched_by_the_clients_timestamp),
	MW_TEST(a_clients_initial_is_answered_by_any_datagram),
	MW_TEST(no_initial_is_short_or_of_another_form),
};
MW_TEST_MAIN("exchange_ask", tests)
