// SPDX-License-Identifier: BSD-3-Clause
// When questions without an answer are enough: of few hosts, after which deadline, of busy lines, of one site.
// Neighbours: lib/detectors/outages; line_world.h.
#include "line_world.h"

/** Questions of one host that are answered after a time. */
static void answered(struct world *world, uint64_t at_ms, uint8_t class, uint8_t host, uint8_t remote,
					 uint64_t after_ms)
{
	tell(world, at_ms * MS, OUTAGES_ATTEMPT, class, host, remote, (at_ms + after_ms) * MS, MW_EXCHANGE_ANSWERED);
}

static void learn(struct world *world, uint8_t class, uint8_t hosts, uint64_t after_ms)
{
	for (uint64_t at_ms = 0; at_ms < 900; at_ms += 10) {
		for (uint8_t i = 0; i < 4; i++)
			answered(world, at_ms + i, class, (uint8_t)(10 + i % hosts), (uint8_t)(1 + i), after_ms);
	}
}

// A home with one host: two connects and data of an open connection, sent again.
static void of_one_host_three_remotes_count(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 1, 10);
	lost(world, 1500, OUTAGES_IPV4, 10, 1);
	lost(world, 1900, OUTAGES_IPV4, 10, 2);
	world->sort = MW_EXCHANGE_DATA;
	lost(world, 2100, OUTAGES_IPV4, 10, 3);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].start_ns, NOON_NS + 1500 * MS + 10 * MS);
}

// Nobody asks anything new: an SSH session, a mailbox, a broker.
static uint32_t only_open_ones(struct world *world, uint8_t class, uint8_t first, uint8_t remotes)
{
	tell(world, 1000 * MS, OUTAGES_HEARD, class, 10, first, 0, 0);
	world->sort = MW_EXCHANGE_DATA;
	for (uint8_t i = 0; i < remotes; i++) {
		lost(world, 1300u + 300u * i, class, 10, (uint8_t)(first + i));
		tell(world, (1600u + 300u * i) * MS, OUTAGES_WAITING, class, 10, (uint8_t)(first + i), 900 * MS, 0);
	}
	heard(world, 15000, class);
	return end(world);
}

static void of_one_host_open_connections_are_enough(void **state)
{
	assert_int_equal(only_open_ones(*state, OUTAGES_IPV4, 1, 3), 1);
}

static void of_one_host_two_are_not(void **state)
{
	assert_int_equal(only_open_ones(*state, OUTAGES_IPV4, 1, 2), 0);
}

static void a_host_asleep_with_three_addresses_is_no_outage(void **state)
{
	assert_int_equal(only_open_ones(*state, OUTAGES_IPV6, 1, 3), 0);
}

static void nor_is_one_that_servers_were_answered_by(void **state)
{
	learn(*state, OUTAGES_IPV6, 1, 10);
	assert_int_equal(only_open_ones(*state, OUTAGES_IPV6, 1, 3), 0);
}

static void of_one_host_three_sites_are_enough(void **state)
{
	assert_int_equal(only_open_ones(*state, OUTAGES_IPV6, 100, 3), 1);
}

static void of_one_host_new_connections_alone_are_no_outage(void **state) // its ports may have run out
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 1, 10);
	for (uint8_t remote = 1; remote <= 4; remote++)
		lost(world, 1500u + 300u * remote, OUTAGES_IPV4, 10, remote);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 0);
}

static void of_one_host_what_is_not_asked_again_is_no_outage(void **state) // its answers came, and we did not see them
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV6, 1, 10);
	for (uint8_t remote = 1; remote <= 4; remote++)
		tell(world, (1500u + 300u * remote) * MS, OUTAGES_ATTEMPT, OUTAGES_IPV6, 10, remote,
			 (1500u + 300u * remote) * MS, MW_EXCHANGE_UNANSWERED);
	heard(world, 15000, OUTAGES_IPV6);
	assert_int_equal(end(world), 0);
}

static void stall(struct world *world)
{
	for (uint8_t i = 0; i < 4; i++)
		answered(world, 2000u + 200u * i, OUTAGES_IPV4, (uint8_t)(10 + i), (uint8_t)(1 + i), 1500u + 10u * i);
}

static void an_answer_after_its_deadline_is_none(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	stall(world);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].ipv4_ns, NOON_NS + 3500 * MS);
}

static void a_deadline_follows_the_round_trips_of_its_remote(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 400);
	stall(world);
	assert_int_equal(end(world), 0);
}

static uint32_t busy(struct world *world, uint8_t class, uint16_t flows_count)
{
	learn(world, class, 1, 10);
	world->sort = MW_EXCHANGE_DATA;
	for (world->port = 1; world->port <= flows_count; world->port++)
		lost(world, 1500u + 90u * world->port, class, 10, (uint8_t)(1 + world->port % 2));
	heard(world, 15000, class);
	return end(world);
}

static void many_connections_that_send_again_at_once_are_enough(void **state)
{
	assert_int_equal(busy(*state, OUTAGES_IPV4, 8), 1);
}

static void seven_are_not(void **state)
{
	assert_int_equal(busy(*state, OUTAGES_IPV4, 7), 0);
}

static void of_a_host_asleep_they_are_none(void **state) // two addresses of IPv6, and eight downloads
{
	assert_int_equal(busy(*state, OUTAGES_IPV6, 8), 0);
}

// A provider whose /48 died, where another one had answered too.
static void a_site_of_ipv6_is_one_remote(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV6, 4, 10);
	answered(world, 950, OUTAGES_IPV6, 10, 100, 10);
	answered(world, 960, OUTAGES_IPV6, 10, 101, 10);
	fails(world, 1500, OUTAGES_IPV6);
	heard(world, 15000, OUTAGES_IPV6);
	assert_int_equal(end(world), 0);
}

static void where_one_site_is_in_use_its_addresses_are_remotes(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV6, 4, 10);
	fails(world, 1500, OUTAGES_IPV6);
	heard(world, 15000, OUTAGES_IPV6);
	assert_int_equal(end(world), 1);
}

/** Of two questions one fails, each half second: heavy loss, or SYNs that are refused in silence. */
static void half_fails(struct world *world, uint64_t from_ms, uint64_t to_ms)
{
	for (uint64_t at_ms = from_ms; at_ms < to_ms; at_ms += 500) {
		const uint8_t at = at_ms / 500 % 4;

		lost(world, at_ms, OUTAGES_IPV4, (uint8_t)(10 + at), (uint8_t)(1 + at));
		answered(world, at_ms + 50, OUTAGES_IPV4, (uint8_t)(13 - at), (uint8_t)(4 - at), 10);
	}
}

static void where_half_fails_a_silence_of_a_second_is_no_outage(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	half_fails(world, 1000, 15000);
	fails(world, 15200, OUTAGES_IPV4);
	half_fails(world, 16500, 25000);
	assert_int_equal(end(world), 0);
}

static void nor_where_it_fails_only_afterwards(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	fails(world, 1200, OUTAGES_IPV4);
	half_fails(world, 2500, 15000);
	assert_int_equal(end(world), 0);
}

static void but_one_of_a_quarter_of_a_minute_is(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	half_fails(world, 1000, 15000);
	fails(world, 15200, OUTAGES_IPV4);
	fails(world, 23000, OUTAGES_IPV4);
	half_fails(world, 30000, 40000);
	assert_int_equal(end(world), 1);
}

/** What comes of IPv6 comes before IPv4 fails, and when it is back: nobody asked over IPv6 meanwhile. */
static void a_family_that_nobody_asked_was_not_up(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	heard(world, 1400, OUTAGES_IPV6);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 3500, OUTAGES_IPV4);
	heard(world, 3550, OUTAGES_IPV6);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].scope, OUTAGES_SCOPE_LINE);
}

static void one_that_was_answered_meanwhile_was(void **state)
{
	struct world *world = *state;

	learn(world, OUTAGES_IPV4, 4, 10);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 2150, OUTAGES_IPV6);
	heard(world, 3500, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].scope, OUTAGES_SCOPE_IPV4);
}

static const struct CMUnitTest tests[] = {
	STORY(of_one_host_three_remotes_count),
	STORY(of_one_host_open_connections_are_enough),
	STORY(of_one_host_two_are_not),
	STORY(a_host_asleep_with_three_addresses_is_no_outage),
	STORY(nor_is_one_that_servers_were_answered_by),
	STORY(of_one_host_three_sites_are_enough),
	STORY(of_one_host_new_connections_alone_are_no_outage),
	STORY(of_one_host_what_is_not_asked_again_is_no_outage),
	STORY(an_answer_after_its_deadline_is_none),
	STORY(a_deadline_follows_the_round_trips_of_its_remote),
	STORY(many_connections_that_send_again_at_once_are_enough),
	STORY(seven_are_not),
	STORY(of_a_host_asleep_they_are_none),
	STORY(a_site_of_ipv6_is_one_remote),
	STORY(where_one_site_is_in_use_its_addresses_are_remotes),
	STORY(where_half_fails_a_silence_of_a_second_is_no_outage),
	STORY(nor_where_it_fails_only_afterwards),
	STORY(but_one_of_a_quarter_of_a_minute_is),
	STORY(a_family_that_nobody_asked_was_not_up),
	STORY(one_that_was_answered_meanwhile_was),
};

MW_TEST_MAIN("outages_rules", tests)
