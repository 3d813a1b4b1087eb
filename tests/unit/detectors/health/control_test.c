// SPDX-License-Identifier: BSD-3-Clause
// Exchanges into rows: which interval, which numbers, what gives way.
// Neighbours: lib/detectors/health/control.c, rows.c, cells.c.
#include <math.h>
#include <stdio.h>

#include "world.h"

static void an_answer_counts_for_the_interval_that_asked(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 1, .seconds = 0.02);
	interval(world, 0, 10);
	ask(world, .at = 9.9, .lost = true); // told when its time was over, in the next interval
	ask(world, .at = 11, .count = 3, .seconds = 0.04);
	assert_int_equal(world->rows_count, 0);
	interval(world, 10, 20);
	interval(world, 20, 30);
	assert_int_equal(world->rows_count, 1);
	assert_int_equal(world->rows[0].asked, 2);
	assert_int_equal(world->rows[0].answered, 1);
	assert_true(fabs(world->rows[0].lost_pct - 50) < 0.01);
	end_input(world, 30, 31);
	assert_int_equal(world->rows_count, 2);
	assert_int_equal(world->rows[1].asked, 3);
	assert_true(fabs(world->rows[1].rtt_ms_p50 - 40) < 40 * 0.04);
	world_free(world);
}

static void what_midwatch_did_not_see_is_not_lost(void **state)
{
	struct world *world = world_new();
	const struct mw_blind blind = {EPOCH_NS + 5 * MW_NS_PER_SECOND, EPOCH_NS + 8 * MW_NS_PER_SECOND, MW_BLIND_STOPPED};

	(void)state;
	health_on_blind(&world->control, &blind);
	ask(world, .at = 1, .lost = true); // its time was over before
	ask(world, .at = 4.9, .lost = true);
	ask(world, .at = 4.9, .seconds = 0.01);
	ask(world, .at = 9, .seconds = 0.01);
	end_input(world, 0, 20);
	assert_int_equal(world->rows[0].asked, 3);
	assert_int_equal(world->rows[0].answered, 2);
	world_free(world);
}

// Of two transmissions each counts where it was sent, and the answer with the last.
static void retries_are_asked_too(void **state)
{
	struct world *world = world_new();

	(void)state;
	interval(world, 0, 10);
	ask(world, .at = 9, .transmissions = 2, .seconds = 2);
	end_input(world, 10, 20);
	assert_int_equal(world->rows_count, 2);
	assert_int_equal(world->rows[0].asked, 1);
	assert_int_equal(world->rows[0].answered, 0);
	assert_int_equal(world->rows[1].asked, 1);
	assert_int_equal(world->rows[1].answered, 1);
	assert_true(isnan(world->rows[1].rtt_ms_p50)); // which one was answered is not known
	world_free(world);
}

static void families_services_and_peers_are_apart(void **state)
{
	struct world *world = world_new();

	(void)state;
	ask(world, .at = 1, .service = HEALTH_ECHO, .peer = "2001:db8::1", .family = HEALTH_IPV6);
	ask(world, .at = 1, .service = HEALTH_CONNECT, .end = MW_EXCHANGE_REFUSED);
	ask(world, .at = 1, .family = HEALTH_4IN6, .rcode = 2);
	ask(world, .at = 2, .family = HEALTH_4IN6, .end = MW_EXCHANGE_UNREACHABLE);
	end_input(world, 0, 10);
	assert_int_equal(row_of(world, HEALTH_IPV6, HEALTH_ECHO, "2001:db8::1")->answered, 1);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_CONNECT, "192.0.2.53")->counts.refused, 1);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_CONNECT, "192.0.2.53")->answered, 1);
	assert_int_equal(row_of(world, HEALTH_4IN6, HEALTH_DNS, "192.0.2.53")->counts.servfail, 1);
	assert_int_equal(row_of(world, HEALTH_4IN6, HEALTH_DNS, "192.0.2.53")->counts.unreachable, 1);
	assert_int_equal(row_of(world, HEALTH_4IN6, HEALTH_DNS, "192.0.2.53")->answered, 1);
	world_free(world);
}

static void peers_beyond_the_most_used_are_summed(void **state)
{
	struct world *world = world_new();
	char peer[32];

	(void)state;
	world->settings.peers = 2;
	for (uint32_t i = 1; i <= 5; i++) {
		snprintf(peer, sizeof(peer), "192.0.2.%u", i);
		ask(world, .at = 1, .count = i, .peer = peer);
	}
	end_input(world, 0, 10);
	assert_int_equal(world->rows_count, 3);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_DNS, "192.0.2.5")->asked, 5);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_DNS, "192.0.2.4")->asked, 4);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_DNS, NULL)->asked, 6);
	world_free(world);
}

// A scan of 20,000 addresses does not push out the resolver, and nothing is lost from the sums.
static void a_scan_pushes_out_no_resolver(void **state)
{
	struct world *world = world_new();
	int64_t asked = 0;
	char peer[32];

	(void)state;
	ask(world, .at = 0, .count = 9);
	for (uint32_t i = 0; i < 20000; i++) {
		snprintf(peer, sizeof(peer), "10.1.%u.%u", i / 250, i % 250);
		ask(world, .at = 1, .peer = peer, .service = HEALTH_CONNECT, .lost = true);
	}
	end_input(world, 0, 10);
	assert_int_equal(row_of(world, HEALTH_IPV4, HEALTH_DNS, "192.0.2.53")->asked, 9);
	for (uint32_t i = 0; i < world->rows_count; i++)
		asked += world->rows[i].asked;
	assert_int_equal(asked, 20009);
	assert_int_equal(world->rows_count, 22);
	world_free(world);
}

static void switched_off_it_writes_nothing(void **state)
{
	struct world *world = world_new();

	(void)state;
	world->settings.enabled = false;
	end_input(world, 0, 10);
	assert_int_equal(world->rows_count, 0);
	world_free(world);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(an_answer_counts_for_the_interval_that_asked),
	MW_TEST(what_midwatch_did_not_see_is_not_lost),
	MW_TEST(retries_are_asked_too),
	MW_TEST(families_services_and_peers_are_apart),
	MW_TEST(peers_beyond_the_most_used_are_summed),
	MW_TEST(a_scan_pushes_out_no_resolver),
	MW_TEST(switched_off_it_writes_nothing),
};
MW_TEST_MAIN("health_control", tests)
