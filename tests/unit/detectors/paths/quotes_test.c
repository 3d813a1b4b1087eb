// SPDX-License-Identifier: BSD-3-Clause
// Reports whose quote was not translated, held against stuck packets: what must agree, and what may differ.
// Neighbours: lib/detectors/paths/quotes.c, sum.c. Follows RFC 5508 section 4.2.
#include "mw_test.h"

#include "control_world.h"

#define SEQ 0x7fffff00u

/** One packet of 1500 bytes, sent again for some seconds in vain. */
static struct path_facts waits(const struct path_world *world)
{
	struct path_facts facts = stuck(PATH_GAVE_UP);

	facts.receiver_alive = false;
	facts.seq = SEQ;
	facts.ip_id = 4711;
	facts.from_ns = world->now_ns;
	facts.to_ns = world->now_ns + 6 * MW_NS_PER_SECOND;
	return facts;
}

/** The same event from other ends than the world's. */
static void report_on(struct path_world *world, struct mw_event_flow quoted, struct path_facts facts)
{
	const struct mw_event_flow flow = world->flow;

	facts.told = flow.src;
	facts.flow_known = false;
	world->flow = quoted;
	world_tell(world, facts);
	world->flow = flow;
}

static struct path_facts report(const struct path_world *world)
{
	struct path_facts facts = report_of(world, 1380);

	facts.seq = SEQ;
	facts.ip_id = 9;
	return facts;
}

static struct mw_event_flow with_port(struct mw_event_flow flow, uint16_t src_port)
{
	flow.src_port = src_port;
	return flow;
}

static void another_port_is_a_translator_that_leaves_the_quote(void **state)
{
	struct path_world *world = world_new(64);

	(void)state;
	world_tell(world, waits(world));
	CHECK(world, "ok", 70);
	report_on(world, with_port(world->flow, 1802), report(world));
	CHECK(world, "too-big-ignored", 75);
	report_on(world, with_port(world->flow, 1802), report(world));
	CHECK(world, "too-big-ignored", 85);
	assert_int_equal(world_row(world).quote.misquote, MW_PATH_MISQUOTE_SRC);
	assert_int_equal(world_row(world).quote.quoted_port, 1802);
	assert_int_equal(world_row(world).quote.sent_port, 40000);
	assert_int_equal(world_row(world).mtu_high, 1380);
	assert_int_equal(world_row(world).icmp_reports, 2);
	world_free(world);
}

static void reports_may_come_first(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = waits(world);

	(void)state;
	report_on(world, with_port(world->flow, 1802), report(world));
	report_on(world, with_port(world->flow, 1802), report(world));
	CHECK(world, "ok", 50);
	world_tell(world, facts);
	CHECK(world, "too-big-ignored", 85);
	world_free(world);
}

/** VPP: the inside address. The path of what the tap saw has the finding, that of the quote a row. */
static void the_inside_address_is_found_on_the_path_of_the_outside(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_event_flow inside = world->flow;

	(void)state;
	inside.src = world_v4(10, 0, 0, 5);
	inside.src_port = 51000;
	world_tell(world, waits(world));
	report_on(world, inside, report(world));
	report_on(world, inside, report(world));
	CHECK(world, "too-big-ignored", 85);
	assert_int_equal(world_row(world).icmp_reports, 2);
	assert_string_equal(world_row(world).reporters, "203.0.113.1=1380");
	assert_int_equal(world_row_of(world, "10.0.0.5", "198.51.100.2").verdict, MW_PATH_OK);
	world_free(world);
}

/** A load balancer: the back end's address where the client knows the service's; here with IPv6. */
static void the_back_end_is_found_on_the_path_of_the_service(void **state)
{
	struct path_world *world = world_new(64);
	struct mw_event_flow backend;

	(void)state;
	world->flow.src = world_v6(1, 1);
	world->flow.dst = world_v6(2, 0x80);
	backend = world->flow;
	backend.dst = world_v6(0xcafe, 3);
	backend.dst_port = 8080;
	world_tell(world, waits(world));
	report_on(world, backend, report(world));
	CHECK(world, "too-big-ignored", 75);
	assert_int_equal(world_row(world).quote.misquote, MW_PATH_MISQUOTE_DST);
	world_free(world);
}

static void another_sequence_number_shows_by_identification_or_again(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = report(world);

	(void)state;
	facts.seq = 77;
	world_tell(world, waits(world));
	report_on(world, world->flow, facts);
	CHECK(world, "ok", 70); // one packet that any forger could write
	facts.ip_id = 4711;
	report_on(world, with_port(world->flow, 1), facts);
	CHECK(world, "too-big-ignored", 75);
	world_free(world);
	world = world_new(64);
	facts.ip_id = 0;
	world_tell(world, waits(world));
	report_on(world, world->flow, facts);
	report_on(world, world->flow, facts);
	CHECK(world, "too-big-ignored", 85);
	assert_int_equal(world_row(world).quote.misquote, MW_PATH_MISQUOTE_NUMBER);
	world_free(world);
}

/** A load balancer that translates both ends: then both numbers must be the packet's, again and again. */
static void both_ends_may_be_others(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = report(world);
	struct mw_event_flow inside = world->flow;

	(void)state;
	inside.src = world_v4(10, 0, 0, 9);
	inside.dst = world_v4(10, 2, 2, 9);
	facts.ip_id = 4711;
	world_tell(world, waits(world));
	report_on(world, inside, facts);
	CHECK(world, "ok", 70);
	report_on(world, inside, facts);
	CHECK(world, "too-big-ignored", 85);
	assert_int_equal(world_row(world).quote.misquote, MW_PATH_MISQUOTE_BOTH);
	world_free(world);
	world = world_new(64);
	facts.ip_id = 4712; // another packet
	world_tell(world, waits(world));
	for (uint32_t i = 0; i < 5; i++)
		report_on(world, inside, facts);
	CHECK(world, "ok", 70);
	world_free(world);
}

/** A blind forger's, whose last is of another connection: neither 149 guesses nor two numbers on one port agree. */
static void guesses_do_not_agree(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = report(world);

	(void)state;
	world_tell(world, waits(world));
	facts.seq = 0x10000000;
	facts.count = 149;
	facts.alike = 1;
	report_on(world, with_port(world->flow, 60177), facts);
	facts.count = 1;
	facts.seq = 0x20000000;
	report_on(world, with_port(world->flow, 60177), facts);
	CHECK(world, "ok", 70);
	facts.seq += 2896; // the third packet of one flight
	report_on(world, with_port(world->flow, 60177), facts);
	CHECK(world, "too-big-ignored", 85);
	assert_int_equal(world_row(world).icmp_reports, 151);
	world_free(world);
}

/** One thing more that differs, and it is hearsay. */
static void what_differs_in_more_belongs_to_nothing(void **state)
{
	struct path_facts facts[6];

	(void)state;
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(facts); i++) {
		struct path_world *world = world_new(64);
		struct mw_event_flow quoted = with_port(world->flow, 1802);

		world_tell(world, waits(world));
		facts[i] = report(world);
		if (i == 0)
			facts[i].quoted_bytes = 1400; // another packet
		if (i == 1)
			facts[i].mtu_bytes = 1500; // it would have fitted
		if (i == 2)
			facts[i].reporter = world_v4(231, 1, 1, 1);
		if (i == 3)
			quoted.dst_port = 80; // both ends
		if (i == 4)
			quoted.src = world_v4(10, 0, 0, 5), facts[i].seq = 5; // nothing but the size
		if (i == 5)
			world->now_ns += 60 * MW_NS_PER_SECOND; // long after
		for (uint32_t k = 0; k < 7; k++)
			report_on(world, quoted, facts[i]);
		assert_int_equal(world_row(world).verdict, MW_PATH_OK);
		world_free(world);
	}
}

static void a_report_to_somebody_else_is_not_for_this_sender(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = report(world);

	(void)state;
	facts.told = world_v4(203, 0, 113, 99);
	facts.flow_known = false;
	world_tell(world, waits(world));
	world->flow.src_port = 1802;
	for (uint32_t k = 0; k < 7; k++)
		world_tell(world, facts);
	CHECK(world, "ok", 70);
	world_free(world);
}

static void what_got_through_is_not_stuck(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = waits(world);

	(void)state;
	facts.end = PATH_GOT_THROUGH;
	world_tell(world, facts);
	for (uint32_t k = 0; k < 3; k++)
		report_on(world, with_port(world->flow, 1802), report(world));
	CHECK(world, "ok", 70);
	world_free(world);
}

/** Thousands of forged reports between do not make it forget those that come again. */
static void a_flood_hides_no_report_that_comes_again(void **state)
{
	struct path_world *world = world_new(64);
	struct path_facts facts = waits(world), forged = report(world);
	const struct mw_event_flow flow = world->flow;

	(void)state;
	facts.to_ns += 10000 * MW_NS_PER_SECOND; // the world's clock goes on a second a report
	report_on(world, with_port(flow, 1802), report(world));
	report_on(world, with_port(flow, 1802), report(world));
	for (uint32_t i = 0; i < 5000; i++) {
		forged.seq = i * 2654435761u;
		world->flow.src = forged.told = world_v4(172, 16, i >> 8 & 255, i & 255);
		forged.flow_known = false;
		world_tell(world, forged);
	}
	world->flow = flow;
	facts.from_ns = WORLD_START_NS;
	world_tell(world, facts);
	CHECK(world, "too-big-ignored", 85);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(another_port_is_a_translator_that_leaves_the_quote),
	MW_TEST(reports_may_come_first),
	MW_TEST(the_inside_address_is_found_on_the_path_of_the_outside),
	MW_TEST(the_back_end_is_found_on_the_path_of_the_service),
	MW_TEST(another_sequence_number_shows_by_identification_or_again),
	MW_TEST(both_ends_may_be_others),
	MW_TEST(guesses_do_not_agree),
	MW_TEST(what_differs_in_more_belongs_to_nothing),
	MW_TEST(a_report_to_somebody_else_is_not_for_this_sender),
	MW_TEST(what_got_through_is_not_stuck),
	MW_TEST(a_flood_hides_no_report_that_comes_again),
};
MW_TEST_MAIN("detect_path_quotes", tests)
