// SPDX-License-Identifier: BSD-3-Clause
// A destination to which a translator has no port left, and all that only looks like it.
// Neighbours: lib/detectors/nat/peers.c, peers_look.c, rows.c.
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "mw_settings.h"
#include "mw_test.h"
#include "detector_world.h"
#include "control.h"
#include "world.h"

#define EVENTS_MAX 16384
#define LIMIT      20
#define FULL_S     20.0 // no port is left from here on
#define END_S      100.0

struct world {
	struct mw_settings *snapshot;
	struct mw_detector_control control;
	struct mw_event events[EVENTS_MAX];
	uint32_t count;
	uint16_t port; // of the latest connection
	struct mw_nat_line_row row; // of the latest interval
	uint32_t rows;
};

static const char *const hosts[] = {"10.0.1.4", "10.0.1.5", "10.0.1.6"};

static void keep(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record != &mw_nat_line_record)
		return;
	memcpy(&world->row, row, sizeof(world->row));
	world->rows++;
}

static struct world *begin(const char *limit)
{
	const char *const overrides[] = {"nat.hosts-max=1024", "nat.sessions-max=65536", limit, NULL};
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_nat_settings *settings;

	assert_non_null(world);
	world->snapshot = nat_world_settings(overrides, &settings);
	detector_control_start(&world->control, &mw_detector_nat, settings, (struct mw_row_sink){keep, world});
	return world;
}

static void end(struct world *world)
{
	detector_control_stop(&world->control, &mw_detector_nat);
	mw_settings_free(world->snapshot);
	free(world);
}

static struct nat_story story(struct world *world, const char *src, const char *dst)
{
	return (struct nat_story){.src = src, .dst = dst, .sport = ++world->port, .dport = 443, .protocol = IPPROTO_TCP};
}

static void add(struct world *world, const struct nat_story *story, double at_s, enum nat_what what, bool from_opener)
{
	assert_true(world->count < EVENTS_MAX);
	world->events[world->count++] = nat_world_event(story, at_s, what, from_opener, at_s);
}

static void repeat_syn(struct world *world, const struct nat_story *story, double at_s)
{
	struct nat_facts facts;
	struct mw_event *event;

	add(world, story, at_s, NAT_ALIVE, true);
	event = &world->events[world->count - 1];
	nat_facts_read(event, &facts);
	facts.syn = true;
	nat_facts_write(event, &facts, false);
}

/** Answered; both ends send until heard_s, the client alone after that; it never closes. */
static void lives(struct world *world, const char *src, const char *dst, double at_s, double heard_s)
{
	struct nat_story one = story(world, src, dst);

	add(world, &one, at_s, NAT_OPEN, true);
	add(world, &one, at_s + 0.02, NAT_ANSWER, false);
	for (double t = at_s + 10; t < END_S - 6; t += 10) {
		add(world, &one, t, NAT_ALIVE, true);
		if (t < heard_s)
			add(world, &one, t + 0.02, NAT_ALIVE, false);
	}
}

static void fails(struct world *world, const char *src, const char *dst, double at_s)
{
	struct nat_story one = story(world, src, dst);

	add(world, &one, at_s, NAT_OPEN, true);
	repeat_syn(world, &one, at_s + 1);
	repeat_syn(world, &one, at_s + 3);
}

/** As many as the limit are open, all new ones since fail. */
static void full_server(struct world *world, const char *dst, double heard_s)
{
	for (uint32_t i = 0; i < LIMIT; i++)
		lives(world, hosts[i % 3], dst, i * 0.5, heard_s);
	for (uint32_t i = 0; i < 40; i++)
		fails(world, hosts[i % 3], dst, FULL_S + i);
}

static void others_answer(struct world *world)
{
	for (double t = 0.25; t < END_S - 10; t += 4) {
		struct nat_story one = story(world, "10.0.1.9", "203.0.113.5");

		add(world, &one, t, NAT_OPEN, true);
		add(world, &one, t + 0.02, NAT_ANSWER, false);
		add(world, &one, t + 0.1, NAT_CLOSE, true);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct mw_event *x = a, *y = b;

	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

/** @return how many destinations are told of. */
static uint32_t told(struct world *world)
{
	uint64_t end_ns = NAT_WORLD_EPOCH_NS + (uint64_t)(END_S * 1e9);

	qsort(world->events, world->count, sizeof(world->events[0]), by_time);
	for (uint32_t i = 0; i < world->count; i++)
		nat_control_event(&world->control, &world->events[i]);
	nat_control_interval(&world->control, NAT_WORLD_EPOCH_NS, end_ns);
	assert_int_equal(world->rows, 1);
	return world->row.full_peers_count;
}

static void expect_none(struct world *world)
{
	assert_int_equal(told(world), 0);
	assert_false(world->row.limit_each_peer);
	end(world);
}

#define KNOWN   "nat.ports-limit=20"
#define UNKNOWN "nat.ports-limit=0"

static void one_at_its_known_limit_is_told(void **state)
{
	struct world *world = begin(KNOWN);
	const struct mw_nat_full_peer *peer = &world->row.full_peers[0];
	struct mw_address server = nat_world_address("198.51.100.10");

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	others_answer(world);
	assert_int_equal(told(world), 1);
	assert_int_equal(mw_address_compare(&peer->peer, &server), 0);
	assert_int_equal(peer->port, 443);
	assert_true(peer->limit_reached);
	assert_int_equal(peer->open, LIMIT);
	assert_int_equal(peer->failed, 40);
	assert_int_equal(peer->hosts, 3);
	assert_int_equal(peer->answered + peer->silent + peer->elsewhere_failed, 0);
	assert_true(world->row.ports_used <= LIMIT);
	assert_int_equal(world->row.state, MW_NAT_OK);
	end(world);
}

static void without_a_limit_it_may_be(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	full_server(world, "192.0.2.77", END_S);
	others_answer(world);
	assert_int_equal(told(world), 1);
	assert_false(world->row.full_peers[0].limit_reached);
	assert_false(world->row.limit_each_peer);
	end(world);
}

/** One machine; a port that comes free serves the next that asks. */
static void ports_that_come_free_are_taken_again(struct world *world, const char *host)
{
	for (uint32_t i = 0; i < LIMIT; i++)
		lives(world, host, "198.51.100.10", i * 0.5, END_S);
	for (uint32_t i = 0; i < 40; i++) {
		if (i % 8 != 4)
			fails(world, host, "198.51.100.10", FULL_S + i);
		else
			lives(world, host, "198.51.100.10", FULL_S + i, END_S);
	}
}

static void one_machine_whose_ports_come_free_is_told(void **state)
{
	struct world *world = begin("nat.ports-limit=25");

	(void)state;
	ports_that_come_free_are_taken_again(world, "100.64.3.9");
	for (uint32_t i = 0; i < 10; i++)
		lives(world, "100.64.3.9", "203.0.113.5", FULL_S + 4 * i, END_S);
	assert_int_equal(told(world), 1);
	assert_int_equal(world->row.full_peers[0].hosts, 1);
	assert_int_equal(world->row.full_peers[0].answered, 5);
	end(world);
}

// Midwatch did not see from from_s to to_s: of that time there are no events.
static void blind(struct world *world, double from_s, double to_s)
{
	const struct mw_blind blind = {NAT_WORLD_EPOCH_NS + (uint64_t)(from_s * 1e9),
								   NAT_WORLD_EPOCH_NS + (uint64_t)(to_s * 1e9), MW_BLIND_STOPPED};
	uint32_t kept = 0;

	for (uint32_t i = 0; i < world->count; i++) {
		if (world->events[i].time_ns < blind.from_ns || world->events[i].time_ns >= blind.to_ns)
			world->events[kept++] = world->events[i];
	}
	world->count = kept;
	mw_detector_nat.on_blind(&world->control, &blind);
}

// A router that says why does so once in a while: it may have been then.
static void what_was_hidden_for_long_may_have_said_why(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	full_server(world, "192.0.2.77", END_S);
	others_answer(world);
	blind(world, FULL_S - 1, FULL_S + 20);
	expect_none(world);
}

// Their answers may have come unseen: those of seven seconds, and of the three before and one after.
static void what_was_asked_while_blind_did_not_fail(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	full_server(world, "192.0.2.77", END_S);
	others_answer(world);
	blind(world, FULL_S + 20, FULL_S + 27);
	assert_int_equal(told(world), 1);
	assert_int_equal(world->row.full_peers[0].failed, 40 - 11);
	end(world);
}

static void two_ports_of_one_server_are_two_destinations(void **state)
{
	struct world *world = begin(KNOWN);

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	for (uint32_t i = 0; i < 10; i++) {
		struct nat_story one = story(world, hosts[0], "198.51.100.10");

		one.dport = 8443;
		add(world, &one, FULL_S + 5 + i, NAT_OPEN, true);
		add(world, &one, FULL_S + 5.02 + i, NAT_ANSWER, false);
	}
	assert_int_equal(told(world), 1);
	end(world);
}

static void a_server_that_accepts_the_next_has_dropped_a_syn(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	ports_that_come_free_are_taken_again(world, "10.0.1.4");
	others_answer(world);
	expect_none(world);
}

static void a_dead_server_is_silent_in_its_open_ones(void **state)
{
	struct world *world = begin(KNOWN);

	(void)state;
	full_server(world, "198.51.100.10", FULL_S);
	others_answer(world);
	expect_none(world);
}

static void one_that_dies_later_is_dead_too(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	full_server(world, "198.51.100.10", FULL_S + 12);
	others_answer(world);
	expect_none(world);
}

static void a_server_that_resets_one_has_a_reason(void **state)
{
	struct world *world = begin(KNOWN);
	struct nat_story one = story(world, hosts[1], "198.51.100.10");

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	others_answer(world);
	add(world, &one, FULL_S + 7, NAT_OPEN, true);
	add(world, &one, FULL_S + 7.02, NAT_CLOSE, false);
	expect_none(world);
}

static void a_router_that_reports_one_has_a_reason(void **state)
{
	struct world *world = begin(KNOWN);
	struct nat_story one = story(world, hosts[1], "198.51.100.10");

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	others_answer(world);
	add(world, &one, FULL_S + 7, NAT_OPEN, true);
	add(world, &one, FULL_S + 7.02, NAT_REPORT, true);
	expect_none(world);
}

static void a_flood_does_not_repeat_itself(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	others_answer(world);
	for (uint32_t i = 0; i < 2000; i++) {
		struct nat_story one = story(world, hosts[0], "198.51.100.10");

		add(world, &one, FULL_S + i * 0.02, NAT_OPEN, true);
	}
	expect_none(world);
}

static void a_host_that_was_never_answered_shows_nothing(void **state)
{
	struct world *world = begin(KNOWN);

	(void)state;
	for (uint32_t i = 0; i < LIMIT; i++)
		lives(world, hosts[i % 3], "198.51.100.10", i * 0.5, END_S);
	for (uint32_t i = 0; i < 40; i++)
		fails(world, "10.0.1.66", "198.51.100.10", FULL_S + i);
	others_answer(world);
	expect_none(world);
}

static void a_line_that_has_run_out_refuses_others_too(void **state)
{
	struct world *world = begin(KNOWN);

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	for (uint32_t i = 0; i < 40; i++)
		fails(world, hosts[i % 3], i % 2 ? "203.0.113.5" : "203.0.113.6", FULL_S + 0.5 + i);
	expect_none(world);
}

static void below_its_limit_it_is_something_else(void **state)
{
	struct world *world = begin("nat.ports-limit=64");

	(void)state;
	full_server(world, "198.51.100.10", END_S);
	others_answer(world);
	expect_none(world);
}

static void answers_that_are_not_in_view_are_no_failures(void **state)
{
	struct world *world = begin(UNKNOWN);

	(void)state;
	for (uint32_t i = 0; i < LIMIT; i++)
		lives(world, hosts[i % 3], "198.51.100.10", i * 0.5, END_S);
	for (uint32_t i = 0; i < 40; i++) {
		struct nat_story one = story(world, hosts[i % 3], "198.51.100.10");

		add(world, &one, FULL_S + i, NAT_OPEN, true);
		add(world, &one, FULL_S + i + 3, NAT_ALIVE, true); // data
	}
	others_answer(world);
	expect_none(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(one_at_its_known_limit_is_told),
	MW_TEST(without_a_limit_it_may_be),
	MW_TEST(one_machine_whose_ports_come_free_is_told),
	MW_TEST(what_was_hidden_for_long_may_have_said_why),
	MW_TEST(what_was_asked_while_blind_did_not_fail),
	MW_TEST(two_ports_of_one_server_are_two_destinations),
	MW_TEST(a_server_that_accepts_the_next_has_dropped_a_syn),
	MW_TEST(a_dead_server_is_silent_in_its_open_ones),
	MW_TEST(one_that_dies_later_is_dead_too),
	MW_TEST(a_server_that_resets_one_has_a_reason),
	MW_TEST(a_router_that_reports_one_has_a_reason),
	MW_TEST(a_flood_does_not_repeat_itself),
	MW_TEST(a_host_that_was_never_answered_shows_nothing),
	MW_TEST(a_line_that_has_run_out_refuses_others_too),
	MW_TEST(below_its_limit_it_is_something_else),
	MW_TEST(answers_that_are_not_in_view_are_no_failures),
};

MW_TEST_MAIN("nat_peers", tests)
