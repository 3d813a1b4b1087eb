// SPDX-License-Identifier: BSD-3-Clause
// DNS: which response answers which query.
// Neighbours: lib/exchange/dns.c.
#include "exchange_world.h"

#include <string.h>

static uint8_t bytes[512];

static void ask(struct pipeline_world *world, double at, uint16_t id, const char *name)
{
	send_datagram(world, at, false, 5353, 53, bytes, dns_message(bytes, id, false, 0, name));
}

static void answer(struct pipeline_world *world, double at, uint16_t id, uint8_t rcode, const char *name)
{
	send_datagram(world, at, true, 53, 5353, bytes, dns_message(bytes, id, true, rcode, name));
}

static void a_response_has_the_id_and_the_question_of_its_query(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	const struct mw_exchange *exchange;

	(void)state;
	ask(world, 1, 7, "www.example.com");
	ask(world, 1.001, 8, "www.example.com"); // the same socket asks for AAAA
	answer(world, 1.01, 9, 0, "www.example.com");
	answer(world, 1.01, 7, 0, "other.example.com");
	assert_int_equal(ended_count, 0);
	answer(world, 1.02, 8, 2, "WWW.example.COM");
	exchange = nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED);
	assert_int_equal(exchange->key.id, 8);
	assert_int_equal(exchange->code, 2);
	answer(world, 1.03, 7, 0, "www.example.com");
	assert_int_equal(nth_ended(1, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED)->key.id, 7);
	world_free(world);
}

static void what_a_query_asks_is_known_by_its_hash(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	struct mw_hash_key key;
	char name[256] = "";

	(void)state;
	mw_hash_key_from_seed(&key, 7); // as pipeline_world.c
	ask(world, 1, 7, "WWW.example.com");
	answer(world, 1.01, 7, 0, "www.example.com");
	assert_int_equal(nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED)->wanted,
					 mw_exchange_question(&key, "www.Example.com", 1));
	assert_int_not_equal(mw_exchange_question(&key, "www.example.com", 1),
						 mw_exchange_question(&key, "www.example.com", 28));
	assert_int_equal(mw_exchange_question(&key, "www..example.com", 1), 0);
	memset(name, 'a', 64);
	assert_int_equal(mw_exchange_question(&key, name, 1), 0);
	for (size_t i = 1; i < sizeof(name) - 1; i += 2)
		memcpy(name + i, ".a", 2);
	assert_int_equal(mw_exchange_question(&key, name, 1), 0);
	world_free(world);
}

static void a_truncated_answer_says_so(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	uint32_t count;

	(void)state;
	ask(world, 1, 7, "a.example");
	count = dns_message(bytes, 7, true, 0, "a.example");
	bytes[2] |= 2;
	send_datagram(world, 1.1, true, 53, 5353, bytes, count);
	assert_true(nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED)->truncated);
	world_free(world);
}

// A capture that was cut behind the header knows the ID alone.
static void a_question_that_was_cut_fits_any(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	dns_message(bytes, 7, false, 0, "a.example");
	send_datagram(world, 1, false, 5353, 53, bytes, 12);
	answer(world, 1.1, 7, 0, "a.example");
	nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED);
	world_free(world);
}

static void notifies_and_updates_are_no_questions(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	uint32_t count = dns_message(bytes, 7, false, 0, "a.example");

	(void)state;
	bytes[2] |= 4 << 3; // OPCODE 4: NOTIFY
	send_datagram(world, 1, false, 5353, 53, bytes, count);
	assert_int_equal(world_count(world, "exchanges", "asked"), 0);
	world_free(world);
}

static void names_without_end_are_survived(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	uint32_t count = dns_message(bytes, 7, false, 0, "");

	(void)state;
	memset(bytes + 12, 63, sizeof(bytes) - 12); // labels of 63 bytes up to the end
	send_datagram(world, 1, false, 5353, 53, bytes, sizeof(bytes));
	memset(bytes + 12, 0xc0, sizeof(bytes) - 12); // pointers
	bytes[1] = 8;
	send_datagram(world, 1, false, 5353, 53, bytes, sizeof(bytes));
	for (count = 0; count < 12; count++)
		send_datagram(world, 1, false, 5353, 53, bytes, count);
	assert_int_equal(world_count(world, "exchanges", "asked"), 2);
	world_free(world);
}

static void a_query_over_tcp_stands_behind_its_length(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);
	static struct pb pb;
	uint8_t message[2 + 512] = {0};

	(void)state;
	for (int way = 0; way < 2; way++) {
		uint32_t count = dns_message(message + 2, 7, way == 1, 0, "a.example");

		message[1] = (uint8_t)count;
		pb_init(&pb);
		pb_ethernet(&pb);
		pb_ipv4(&pb, .src = way == 0 ? "192.0.2.1" : "198.51.100.2", .dst = way == 0 ? "198.51.100.2" : "192.0.2.1");
		pb_tcp(&pb, .sport = way == 0 ? 40000 : 53, .dport = way == 0 ? 53 : 40000, .seq = 1, .ack = 1,
			   .flags = MW_TCP_ACK);
		pb_payload(&pb, message, count + 2);
		send_built(world, &pb, 1 + way);
	}
	nth_ended(0, MW_EXCHANGE_DNS_TCP, MW_EXCHANGE_ANSWERED);
	world_free(world);
}

// Who asked what is told: it may be late, or come from another address.
static void a_response_that_nothing_waits_for_is_told(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	ask(world, 1, 7, "www.example.com");
	answer(world, 5, 7, 2, "www.example.com");
	nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_UNANSWERED);
	assert_int_equal(unasked_count, 1);
	assert_int_equal(unasked.exchange.key.asker_port, 5353);
	assert_int_equal(unasked.exchange.key.responder_port, 53);
	assert_int_equal(unasked.exchange.answered_ns, at_ns(5));
	assert_int_equal(unasked.exchange.wanted, ended[0].exchange.wanted);
	answer(world, 5.1, 7, 2, "www.example.com");
	assert_int_equal(world_count(world, "exchanges", "unasked"), 2);
	world_free(world);
}

// Two ports of a mirror, merged: the answer is first.
static void an_answer_may_stand_before_its_question(void **state)
{
	struct pipeline_world *world = exchange_world_new(NULL);

	(void)state;
	answer(world, 1, 7, 0, "www.example.com");
	answer(world, 1, 8, 0, "www.example.com");
	answer(world, 1, 9, 0, "www.example.com");
	ask(world, 1.1, 7, "www.example.com");
	assert_int_equal(nth_ended(0, MW_EXCHANGE_DNS, MW_EXCHANGE_ANSWERED)->answered_ns, at_ns(1));
	ask(world, 1.1, 9, "other.example.com");
	ask(world, 1.101, 8, "www.example.com"); // asked anew
	assert_int_equal(ended_count, 1);
	world_free(world);
}

static void questions_tell_what_their_names_end_in(void **state)
{
	static const struct {
		const char *a, *b;
		uint32_t alike; // labels
	} cases[] = {{"www.example.com", "ftp.Example.com", 2},
				 {"a.www.example.com", "b.www.example.com", 3},
				 {"example.com", "www.example.com", 2},
				 {"example.org", "example.net", 0},
				 {"host", "HOST", 3}};
	struct mw_hash_key key;

	(void)state;
	mw_hash_key_from_seed(&key, 7);
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		const uint32_t a = mw_exchange_question(&key, cases[i].a, 1), b = mw_exchange_question(&key, cases[i].b, 28);

		for (unsigned labels = 0; labels < cases[i].alike; labels++)
			assert_int_equal(mw_exchange_suffix(a, labels), mw_exchange_suffix(b, labels));
		if (cases[i].alike < MW_EXCHANGE_SUFFIXES)
			assert_int_not_equal(a & MW_EXCHANGE_SUFFIX_MASK, b & MW_EXCHANGE_SUFFIX_MASK);
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(a_response_has_the_id_and_the_question_of_its_query),
	MW_TEST(what_a_query_asks_is_known_by_its_hash),
	MW_TEST(a_truncated_answer_says_so),
	MW_TEST(a_question_that_was_cut_fits_any),
	MW_TEST(notifies_and_updates_are_no_questions),
	MW_TEST(names_without_end_are_survived),
	MW_TEST(a_query_over_tcp_stands_behind_its_length),
	MW_TEST(a_response_that_nothing_waits_for_is_told),
	MW_TEST(an_answer_may_stand_before_its_question),
	MW_TEST(questions_tell_what_their_names_end_in),
};
MW_TEST_MAIN("exchange_dns", tests)
