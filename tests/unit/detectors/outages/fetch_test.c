// SPDX-License-Identifier: BSD-3-Clause
// What a gateway asked for before it had IPv4 in IPv6, in vain or anew, and what it says of an outage.
// Neighbours: lib/detectors/outages/fetch.c; line_world.h.
#include "line_world.h"

#define CE     20 // last byte of the gateway's MAC address on the access side
#define ROUTER 21
#define AAAA   28

static const struct outages_names names = {
	.items = {{"rules.example.net", "Example", false}, {"gw.example.net", "Example", true}}, .count = 2};

static int fetch_start(void **state)
{
	struct outages_control *self;
	struct world *world;

	world_start(state);
	world = *state;
	self = world->control.state;
	self->fetches.names = names;
	outages_fetches_start(&self->fetches, world->control.hash_key);
	return 0;
}

/** An attempt of a gateway through a router, both by the last bytes of their MAC addresses. */
static void gateway_asks(struct world *world, const struct outages_brief *given, uint32_t question, uint16_t port,
						 uint64_t at_ms, uint8_t gateway, uint8_t router)
{
	const uint64_t asked_ns = NOON_NS + at_ms * MS;
	const struct outages_facts facts = {.until_ns = asked_ns + (given->end == MW_EXCHANGE_ANSWERED ? 10 * MS : 0),
										.mac_near = {2, 0, 0, 0, 0, gateway},
										.mac_far = {2, 0, 0, 0, 0, router},
										.flow = question};
	struct outages_brief brief = *given;
	struct mw_event event = {.time_ns = asked_ns, .body_bytes = sizeof(facts)};

	brief.what = OUTAGES_ATTEMPT;
	brief.class = OUTAGES_IPV6;
	brief.transmissions = 1;
	event.flow.dst_port = port;
	event.flow.src = remote_of(OUTAGES_IPV6, 200);
	event.flow.dst = remote_of(OUTAGES_IPV6, port == 53 ? 201 : 202);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

static void asks_dns(struct world *world, uint64_t at_ms, const char *name, uint8_t end, uint8_t code)
{
	const struct outages_brief brief = {.sort = MW_EXCHANGE_DNS, .end = end, .code = code};

	gateway_asks(world, &brief, mw_exchange_question(world->control.hash_key, name, AAAA), 53, at_ms, CE, ROUTER);
}

static void asks_server(struct world *world, uint64_t at_ms, uint8_t sort, uint8_t end)
{
	const struct outages_brief brief = {.sort = sort, .end = end};

	gateway_asks(world, &brief, 0, 443, at_ms, CE, ROUTER);
}

/** What a client says to the server that asks_server asks. */
static void names_server(struct world *world, uint64_t at_ms, const char *name)
{
	const uint64_t time_ns = NOON_NS + at_ms * MS;
	const struct outages_brief brief = {.what = OUTAGES_NAMES, .class = OUTAGES_IPV6};
	const struct outages_facts facts = {.until_ns = time_ns,
										.mac_near = {2, 0, 0, 0, 0, CE},
										.mac_far = {2, 0, 0, 0, 0, ROUTER},
										.flow = mw_exchange_question(world->control.hash_key, name, 1)};
	struct mw_event event = {.time_ns = time_ns, .body_bytes = sizeof(facts)};

	event.flow.dst_port = 443;
	event.flow.src = remote_of(OUTAGES_IPV6, 200);
	event.flow.dst = remote_of(OUTAGES_IPV6, 202);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

/** IPv4 is down from 20.5 to 41 s, seen on the inner side. */
static const struct outages_row *ipv4_dies(struct world *world)
{
	heard(world, 20000, OUTAGES_IPV6);
	heard(world, 20000, OUTAGES_IPV4);
	fails(world, 20500, OUTAGES_IPV4);
	heard(world, 22000, OUTAGES_IPV6);
	heard(world, 41000, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_IPV4_ONLY);
	return &world->rows[0];
}

static void a_name_without_answer_explains_ipv4(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	asks_dns(world, 500, "GW.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_dns(world, 10500, "gw.example.net", MW_EXCHANGE_UNANSWERED, 0);
	row = ipv4_dies(world);
	assert_true(row->unprovided);
	assert_int_equal(row->confidence, 90);
	assert_holds(row->evidence, "the gateway asked for the relay of Example (gw.example.net) in vain 10.0 s before: no "
								"answer from DNS");
}

static void the_reason_is_told(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "rules.example.net", MW_EXCHANGE_ANSWERED, 2);
	assert_holds(ipv4_dies(world)->evidence, "DNS said SERVFAIL");
}

static void a_server_that_refuses_is_told(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "rules.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_server(world, 10100, MW_EXCHANGE_CONNECT, MW_EXCHANGE_REFUSED);
	assert_holds(ipv4_dies(world)->evidence,
				 "the rules of Example (rules.example.net) in vain 10.5 s before: the server "
				 "refused the connection");
}

static void a_server_that_is_silent_is_told(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "rules.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_server(world, 10100, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_holds(ipv4_dies(world)->evidence, "no answer from the server");
}

static void a_server_that_stalls_is_told(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "rules.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_server(world, 10100, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	asks_server(world, 10200, MW_EXCHANGE_DATA, MW_EXCHANGE_UNANSWERED);
	assert_holds(ipv4_dies(world)->evidence, "the server did not go on");
}

static void its_server_is_known_without_dns(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10, "rules.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_server(world, 20, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	asks_server(world, 19000, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_true(ipv4_dies(world)->unprovided);
}

// DNS was asked elsewhere: in a cache, over HTTPS.
static void its_server_is_known_by_its_name_in_tls(void **state)
{
	struct world *world = *state;

	asks_server(world, 20, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	names_server(world, 30, "rules.example.net");
	asks_server(world, 19000, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_true(ipv4_dies(world)->unprovided);
	assert_holds(world->rows[0].evidence, "no answer from the server");
}

static void a_server_that_stalls_after_its_name_is_told(void **state)
{
	struct world *world = *state;

	asks_server(world, 10100, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	names_server(world, 10120, "rules.example.net");
	asks_server(world, 10120, MW_EXCHANGE_DATA, MW_EXCHANGE_UNANSWERED);
	assert_holds(ipv4_dies(world)->evidence, "the server did not go on");
}

static void other_names_in_tls_explain_nothing(void **state)
{
	struct world *world = *state;

	asks_server(world, 20, MW_EXCHANGE_CONNECT, MW_EXCHANGE_ANSWERED);
	names_server(world, 30, "www.example.net");
	names_server(world, 30, "gw.example.net"); // of a relay there is no server
	asks_server(world, 19000, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_false(ipv4_dies(world)->unprovided);
}

static void what_went_well_in_the_end_explains_nothing(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "gw.example.net", MW_EXCHANGE_UNANSWERED, 0);
	asks_dns(world, 12000, "gw.example.net", MW_EXCHANGE_ANSWERED, 0);
	assert_false(ipv4_dies(world)->unprovided);
}

static void other_names_explain_nothing(void **state)
{
	struct world *world = *state;

	asks_dns(world, 10000, "www.example.net", MW_EXCHANGE_UNANSWERED, 0);
	asks_dns(world, 11000, "www.example.net", MW_EXCHANGE_ANSWERED, 0);
	asks_server(world, 11100, MW_EXCHANGE_CONNECT, MW_EXCHANGE_UNANSWERED);
	assert_false(ipv4_dies(world)->unprovided);
}

static void of_two_gateways_nobody_knows_whose_ipv4_it_is(void **state)
{
	struct world *world = *state;
	const struct outages_brief brief = {.sort = MW_EXCHANGE_DNS, .end = MW_EXCHANGE_ANSWERED};
	const uint32_t question = mw_exchange_question(world->control.hash_key, "gw.example.net", AAAA);

	gateway_asks(world, &brief, question, 53, 5000, CE + 2, ROUTER);
	asks_dns(world, 10000, "gw.example.net", MW_EXCHANGE_UNANSWERED, 0);
	assert_false(ipv4_dies(world)->unprovided);
}

static void a_host_behind_the_gateway_is_not_the_gateway(void **state)
{
	struct world *world = *state;
	const struct outages_brief brief = {.sort = MW_EXCHANGE_DNS, .end = MW_EXCHANGE_UNANSWERED};
	const uint32_t question = mw_exchange_question(world->control.hash_key, "gw.example.net", AAAA);

	gateway_asks(world, &brief, question, 53, 10000, 10, GATEWAY);
	assert_false(ipv4_dies(world)->unprovided);
}

/** Both families fail, IPv6 is back at 41 s, IPv4 in IPv6 at 55 s. */
static const struct outages_row *line_restarts(struct world *world)
{
	heard(world, 20000, OUTAGES_IPV6);
	heard(world, 20000, OUTAGES_4IN6);
	fails(world, 20500, OUTAGES_IPV6);
	fails(world, 20500, OUTAGES_4IN6);
	heard(world, 41000, OUTAGES_IPV6);
	heard(world, 55000, OUTAGES_4IN6);
	assert_int_equal(end(world), 1);
	return &world->rows[0];
}

static void a_gateway_that_asks_anew_was_restarted(void **state)
{
	struct world *world = *state;
	const struct outages_brief brief = {.sort = MW_EXCHANGE_DNS, .end = MW_EXCHANGE_ANSWERED};
	const struct outages_row *row;

	gateway_asks(world, &brief, mw_exchange_question(world->control.hash_key, "gw.example.net", AAAA), 53, 50000, CE,
				 GATEWAY); // on the line itself: the access side
	row = line_restarts(world);
	assert_int_equal(row->verdict, OUTAGES_GATEWAY_RESTART);
	assert_int_equal(row->confidence, 70);
	assert_holds(row->evidence, "the gateway asked for the relay of Example (gw.example.net) anew");
}

static void a_gateway_that_was_gone_and_asks_anew_was_restarted(void **state)
{
	struct world *world = *state;
	const struct outages_control *self = world->control.state;
	struct outages_row row = {.verdict = OUTAGES_GATEWAY_DOWN,
							  .confidence = 70,
							  .start_ns = NOON_NS + 20 * MW_NS_PER_SECOND,
							  .end_ns = NOON_NS + 60 * MW_NS_PER_SECOND};
	const struct outages_line line = {.key = 1};

	asks_dns(world, 59000, "gw.example.net", MW_EXCHANGE_ANSWERED, 0);
	outages_fetches_explain(&self->fetches, &self->times, &line, &row);
	assert_int_equal(row.verdict, OUTAGES_GATEWAY_RESTART);
	assert_int_equal(row.confidence, 75);
}

static void what_failed_with_the_line_is_no_cause(void **state)
{
	struct world *world = *state;

	asks_dns(world, 20400, "gw.example.net", MW_EXCHANGE_UNANSWERED, 0);
	assert_int_equal(line_restarts(world)->verdict, OUTAGES_LINE_DOWN);
	assert_false(world->rows[0].unprovided);
}

#define FETCH(function) cmocka_unit_test_setup_teardown(function, fetch_start, world_stop)

static const struct CMUnitTest tests[] = {
	FETCH(a_name_without_answer_explains_ipv4),
	FETCH(the_reason_is_told),
	FETCH(a_server_that_refuses_is_told),
	FETCH(a_server_that_is_silent_is_told),
	FETCH(a_server_that_stalls_is_told),
	FETCH(its_server_is_known_without_dns),
	FETCH(its_server_is_known_by_its_name_in_tls),
	FETCH(a_server_that_stalls_after_its_name_is_told),
	FETCH(other_names_in_tls_explain_nothing),
	FETCH(what_went_well_in_the_end_explains_nothing),
	FETCH(other_names_explain_nothing),
	FETCH(of_two_gateways_nobody_knows_whose_ipv4_it_is),
	FETCH(a_host_behind_the_gateway_is_not_the_gateway),
	FETCH(a_gateway_that_asks_anew_was_restarted),
	FETCH(a_gateway_that_was_gone_and_asks_anew_was_restarted),
	FETCH(what_failed_with_the_line_is_no_cause),
};

MW_TEST_MAIN("outages_fetch", tests)
