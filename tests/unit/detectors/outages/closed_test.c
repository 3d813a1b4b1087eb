// SPDX-License-Identifier: BSD-3-Clause
// An access line's closed network answers without the provider: what its answers and its silence say.
// Neighbours: lib/detectors/outages; line_world.h.
#include "line_world.h"

static void learn(struct world *world)
{
	heard(world, 1000, OUTAGES_IPV6);
	heard(world, 1000, OUTAGES_IPV4);
	heard(world, 1000, OUTAGES_CLOSED);
}

/** Two questions to the closed network, answered. */
static void closed_answers(struct world *world, uint64_t at_ms)
{
	for (uint8_t i = 0; i < 2; i++)
		tell(world, (at_ms + 500u * i) * MS, OUTAGES_ATTEMPT, OUTAGES_CLOSED, 10, (uint8_t)(1 + i),
			 (at_ms + 500u * i + 10) * MS, MW_EXCHANGE_ANSWERED);
}

static const struct outages_row *the_row(struct world *world)
{
	assert_int_equal(end(world), 1);
	return &world->rows[0];
}

static void all_but_the_closed_network_is_the_providers_fault(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	learn(world);
	fails(world, 1500, OUTAGES_IPV6);
	fails(world, 1500, OUTAGES_IPV4);
	closed_answers(world, 4000);
	heard(world, 21000, OUTAGES_IPV6);
	heard(world, 22000, OUTAGES_IPV4);
	row = the_row(world);
	assert_int_equal(row->verdict, OUTAGES_UPSTREAM);
	assert_int_equal(row->scope, OUTAGES_SCOPE_LINE);
	assert_int_equal(row->confidence, 85);
	assert_true(row->closed);
	assert_holds(row->evidence, "only the closed network of the access line answers meanwhile: 2");
	assert_lacks(row->evidence, "IPv6 answers");
	assert_int_equal(row->ipv6_ns, NOON_NS + 21000 * MS + 1);
}

static void ipv4_may_go_on_beside_it(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	learn(world);
	fails(world, 1500, OUTAGES_IPV6);
	heard(world, 3000, OUTAGES_IPV4);
	closed_answers(world, 4000);
	heard(world, 21000, OUTAGES_IPV6);
	row = the_row(world);
	assert_int_equal(row->verdict, OUTAGES_UPSTREAM);
	assert_int_equal(row->scope, OUTAGES_SCOPE_IPV6);
	assert_true(row->closed);
}

static void addresses_of_it_are_told(void **state)
{
	struct world *world = *state;

	learn(world);
	world->inside = true;
	fails(world, 1500, OUTAGES_IPV6);
	closed_answers(world, 4000);
	world->inside = false;
	heard(world, 21000, OUTAGES_IPV6);
	assert_holds(the_row(world)->evidence, "hosts ask from addresses of the closed network");
}

static void a_line_that_is_cut_has_no_closed_network(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	learn(world);
	fails(world, 1500, OUTAGES_IPV6);
	fails(world, 1500, OUTAGES_IPV4);
	fails(world, 1600, OUTAGES_CLOSED);
	closed_answers(world, 15000); // it is back before the provider is
	heard(world, 21000, OUTAGES_IPV6);
	heard(world, 21000, OUTAGES_IPV4);
	row = the_row(world);
	assert_int_equal(row->verdict, OUTAGES_LINE_DOWN);
	assert_false(row->closed);
}

static void its_silence_alone_is_no_outage(void **state)
{
	struct world *world = *state;

	learn(world);
	fails(world, 1500, OUTAGES_CLOSED);
	heard(world, 21000, OUTAGES_CLOSED);
	assert_int_equal(end(world), 0);
}

static void its_answers_are_no_answers_of_the_internet(void **state)
{
	struct world *world = *state;

	learn(world);
	fails(world, 1500, OUTAGES_IPV6);
	for (uint64_t at_ms = 1500; at_ms < 20000; at_ms += 1000)
		heard(world, at_ms, OUTAGES_CLOSED);
	heard(world, 21000, OUTAGES_IPV6);
	assert_int_equal(the_row(world)->ipv6_ns, NOON_NS + 21000 * MS + 1);
}

static void where_ipv4_alone_is_down_it_says_that_the_line_is_up(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	learn(world);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 3000, OUTAGES_CLOSED);
	heard(world, 21000, OUTAGES_IPV4);
	row = the_row(world);
	assert_int_equal(row->verdict, OUTAGES_IPV4_ONLY);
	assert_false(row->closed);
}

static void the_prefix_has_an_end(void **state)
{
	const struct world *world = *state;
	static const struct {
		const char *address;
		bool closed;
	} cases[] = {{"2408::1", true},       {"2408:3ff:ffff::1", true}, {"2408:400::1", false},
				 {"2408:8000::1", false}, {"2001:db8::1", false},     {"192.0.2.1", false}};
	struct mw_prefix prefix;

	for (size_t i = 0; i < MW_ARRAY_SIZE(cases); i++) {
		assert_int_equal(mw_prefix_parse(cases[i].address, &prefix), 0);
		assert_int_equal(outages_is_closed(&world->settings, &prefix.address), cases[i].closed);
	}
}

static const struct CMUnitTest tests[] = {
	STORY(all_but_the_closed_network_is_the_providers_fault),
	STORY(ipv4_may_go_on_beside_it),
	STORY(addresses_of_it_are_told),
	STORY(a_line_that_is_cut_has_no_closed_network),
	STORY(its_silence_alone_is_no_outage),
	STORY(its_answers_are_no_answers_of_the_internet),
	STORY(where_ipv4_alone_is_down_it_says_that_the_line_is_up),
	STORY(the_prefix_has_an_end),
};

MW_TEST_MAIN("outages_closed", tests)
