// SPDX-License-Identifier: BSD-3-Clause
// A line seen from inside runs out: its limit is known from then on, until more than that comes through.
// Neighbours: world.h, shortage_test.c.
#include "mw_test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "detector_world.h"
#include "mw_settings.h"
#include "world.h"

#define SERVERS 8
#define OLDS    8
#define TEN_S   10 // an interval
#define FAILS_S 100 // from then on
#define WORKS_S 150 // and again

struct world {
	struct mw_settings *snapshot;
	struct mw_detector_control control;
	struct mw_nat_line_row line; // the latest
	uint32_t opened;
};

static void keep(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record == &mw_nat_line_record)
		memcpy(&world->line, row, sizeof(world->line));
}

static void see(struct world *world, const struct nat_story *story, double at_s, enum nat_what what, bool from_opener)
{
	struct mw_event event = nat_world_event(story, at_s, what, from_opener, at_s);

	nat_control_event(&world->control, &event);
}

/** Connections that stay open: they begin at 0, and send and receive every two seconds. */
static void keep_open(struct world *world, uint32_t at_s)
{
	struct nat_story story = {"192.168.5.10", "203.0.113.90", 50000, 443, IPPROTO_TCP, NULL, NULL, NULL};

	for (uint32_t i = 0; i < OLDS && at_s % 2 == 0; i++, story.sport++) {
		see(world, &story, at_s + 0.01 * i, at_s == 0 ? NAT_OPEN : NAT_ALIVE, true);
		see(world, &story, at_s + 0.01 * i + 0.005, at_s == 0 ? NAT_ANSWER : NAT_ALIVE, false);
	}
}

/** Two sessions a second, of two hosts in turn, to one server after the other, each from a new port. */
static void open_new(struct world *world, uint32_t at_s, bool answered)
{
	for (uint32_t i = 0; i < 2; i++) {
		char server[sizeof("203.0.113.255")];
		struct nat_story story = {i == 0 ? "192.168.5.10" : "192.168.5.11",
								  server,
								  (uint16_t)(10000 + world->opened),
								  443,
								  IPPROTO_UDP,
								  NULL,
								  NULL,
								  NULL};

		snprintf(server, sizeof(server), "203.0.113.%u", 1 + world->opened++ / 2 % SERVERS);
		see(world, &story, at_s + 0.4 + 0.3 * i, NAT_OPEN, true);
		if (answered)
			see(world, &story, at_s + 0.42 + 0.3 * i, NAT_ANSWER, false);
	}
}

/** Ends an interval every ten seconds. */
static void live_until(struct world *world, uint32_t from_s, uint32_t to_s)
{
	for (uint32_t at_s = from_s; at_s < to_s; at_s++) {
		keep_open(world, at_s);
		open_new(world, at_s, at_s < FAILS_S || at_s >= WORKS_S);
		if (at_s % TEN_S == TEN_S - 1)
			nat_control_interval(&world->control, NAT_WORLD_EPOCH_NS + (at_s + 1 - TEN_S) * MW_NS_PER_SECOND,
								 NAT_WORLD_EPOCH_NS + (at_s + 1) * MW_NS_PER_SECOND);
	}
}

static struct world *begin(const char *setting)
{
	const char *const overrides[] = {"nat.hosts-max=1024", "nat.sessions-max=65536", setting, NULL};
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_nat_settings *settings;

	assert_non_null(world);
	world->snapshot = nat_world_settings(overrides, &settings);
	detector_control_start(&world->control, &mw_detector_nat, settings, (struct mw_row_sink){keep, world});
	live_until(world, 0, FAILS_S);
	assert_int_equal(world->line.state, MW_NAT_OK);
	return world;
}

static void end(struct world *world)
{
	detector_control_stop(&world->control, &mw_detector_nat);
	mw_settings_free(world->snapshot);
	free(world);
}

static void limit_is_known_once_the_line_has_run_out(void **state)
{
	struct world *world = begin("nat.udp-timer=300s");

	(void)state;
	assert_int_equal(world->line.ports_limit, MW_UNKNOWN_I64);
	live_until(world, FAILS_S, WORKS_S);
	assert_int_equal(world->line.state, MW_NAT_EXHAUSTED);
	assert_in_range(world->line.ports_limit, 2 * FAILS_S + OLDS - 2, 2 * FAILS_S + OLDS + 2);
	assert_true(world->line.limit_inferred && world->line.limit_least > 0);
	assert_true(world->line.limit_least < world->line.ports_limit);
	assert_int_equal(world->line.ports_used, world->line.ports_limit); // what is refused holds none
	end(world);
}

static void limit_that_more_than_it_gets_through_is_none(void **state)
{
	struct world *world = begin("nat.udp-timer=300s");

	(void)state;
	live_until(world, FAILS_S, WORKS_S + 50);
	assert_int_equal(world->line.state != MW_NAT_EXHAUSTED, true);
	assert_int_not_equal(world->line.ports_limit, MW_UNKNOWN_I64);
	live_until(world, WORKS_S + 50, WORKS_S + 90);
	assert_int_equal(world->line.ports_limit, MW_UNKNOWN_I64);
	end(world);
}

static void limit_that_is_told_stays(void **state)
{
	struct world *world = begin("nat.ports-limit=4000");

	(void)state;
	live_until(world, FAILS_S, WORKS_S);
	assert_int_equal(world->line.ports_limit, 4000);
	assert_int_equal(world->line.limit_least, 0);
	end(world);
}

static void limit_is_not_that_of_ports_that_serve_several_peers(void **state)
{
	struct world *world = begin("nat.udp-mapping=dependent");

	(void)state;
	live_until(world, FAILS_S, WORKS_S);
	assert_int_equal(world->line.state, MW_NAT_EXHAUSTED);
	assert_int_equal(world->line.ports_limit, MW_UNKNOWN_I64);
	end(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(limit_is_known_once_the_line_has_run_out),
	MW_TEST(limit_that_more_than_it_gets_through_is_none),
	MW_TEST(limit_that_is_told_stays),
	MW_TEST(limit_is_not_that_of_ports_that_serve_several_peers),
};

MW_TEST_MAIN("nat_limit", tests)
