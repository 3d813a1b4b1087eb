// SPDX-License-Identifier: BSD-3-Clause
// Boxes that answer for everybody: found by one clock, over families, loss, wraps, restarts and any number of workers.
// Neighbours: lib/detectors/proxy; honest_test.c has those who must not be accused.
#include "mw_test.h"

#include <stdio.h>
#include <string.h>

#include "table.h"
#include "world.h"

#define BOX 123456789u // what the box's clock shows at 0 ms

static int start(void **state)
{
	*state = world_new(1);
	return 0;
}

static int stop(void **state)
{
	world_free(*state);
	return 0;
}

/** A moment for the nth handshake: irregular, half a second apart on average. */
static uint64_t moment(uint32_t number)
{
	return number * 500 + world_random(number) % 400;
}

/** Handshakes with count servers through a box of 1000 ticks a second, whose answers are up to 20 ms late. */
static void browse(struct world *world, uint32_t count, uint32_t clock)
{
	for (uint32_t i = 0; i < count; i++)
		world_shake(world, .server = world_v4(i), .at_ms = moment(i) + world_random(i + 1000) % 20,
					.ts_value = clock + (uint32_t)moment(i));
}

static const struct mw_middlebox_row *only_row(struct world *world)
{
	world_report(world, 0);
	assert_int_equal(world_rows(world), 1);
	return world_row(world, 0);
}

static void assert_holds(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void one_clock_for_unrelated_servers_is_a_proxy(void **state)
{
	const struct mw_middlebox_row *row;

	browse(*state, 12, BOX);
	row = only_row(*state);
	assert_int_equal(row->kind, MW_MIDDLEBOX_PROXY);
	assert_string_equal(row->label, "transparent proxy");
	assert_int_equal(row->servers, 12);
	assert_int_equal(row->resets, 0);
	assert_int_equal(row->clients, 1);
	assert_int_equal(row->ttl, 250);
	assert_int_equal(row->hops_estimate, 5);
	assert_string_equal(row->window, "41600");
	assert_int_equal(row->confidence, 95);
	assert_int_equal(row->first_ns, WORLD_EPOCH_NS + (moment(0) + world_random(1000) % 20) * MW_NS_PER_MS);
	assert_memory_equal(row->cluster, "mb-", 3);
	assert_int_equal(strlen(row->cluster), 11);
	assert_holds(row->proof,
				 "- 12 servers in 12 unrelated networks (IPv4) answer with TCP timestamps of one clock, 1000 "
				 "ticks a second.\n");
	assert_holds(row->proof, "chance alone: less than one in 10^20.\n");
	assert_holds(row->proof, "- At most 8.5 ms off it, over 5.6 s; chance");
	assert_holds(row->proof, "TTL 250, window 41600, MSS 1300, window scale 9.\n");
	assert_holds(row->proof, "on port 443, 100 % are on it.\n");
}

static void four_servers_are_enough_and_make_less_sure(void **state)
{
	browse(*state, 4, BOX);
	assert_int_equal(only_row(*state)->confidence, 75);
}

static void more_servers_can_be_asked_for(void **state)
{
	world_settings(*state)->servers_at_least = 20;
	browse(*state, 12, BOX);
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), 0);
}

static void both_families_on_one_clock_are_one_box(void **state)
{
	const struct mw_middlebox_row *row;

	browse(*state, 8, BOX);
	for (uint32_t i = 0; i < 3; i++)
		world_shake(*state, .server = world_v6(i), .at_ms = 4100 + i * 300, .ts_value = BOX + 4100 + i * 300, .ttl = 59,
					.mss = 1280);
	row = only_row(*state);
	assert_int_equal(row->servers, 11);
	assert_int_equal(row->ttl, MW_UNKNOWN_I64);
	assert_int_equal(row->hops_estimate, 5);
	assert_string_equal(row->window, "41600");
	assert_holds(row->proof, "(IPv4 and IPv6)");
	assert_holds(row->proof, "TTL 250 or 59, window 41600, MSS 1300 or 1280, window scale 9.\n");
}

static void two_boxes_are_two_rows(void **state)
{
	browse(*state, 8, BOX);
	for (uint32_t i = 0; i < 8; i++)
		world_shake(*state, .server = world_v6(i), .at_ms = moment(i), .ts_value = 77 * BOX + (uint32_t)moment(i));
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), 2);
	assert_string_not_equal(world_row(*state, 0)->cluster, world_row(*state, 1)->cluster);
}

static void one_handshake_of_the_other_family_may_be_chance(void **state)
{
	browse(*state, 8, BOX);
	world_shake(*state, .server = world_v6(0), .at_ms = 4100, .ts_value = BOX + 4100, .ttl = 59);
	assert_int_equal(only_row(*state)->servers, 8);
}

static void other_servers_of_the_other_family_stay_apart(void **state)
{
	browse(*state, 8, BOX);
	for (uint32_t i = 0; i < 4; i++)
		world_shake(*state, .server = world_v6(i), .at_ms = 4100 + i * 300,
					.ts_value = i < 2 ? world_random(i) : BOX + 4100 + i * 300, .ttl = 59);
	assert_int_equal(only_row(*state)->servers, 8);
}

static void a_clock_that_wraps_is_one_clock(void **state)
{
	browse(*state, 12, UINT32_MAX - 3000);
	assert_int_equal(only_row(*state)->servers, 12);
}

static void a_clock_that_starts_just_now_is_one_clock(void **state)
{
	browse(*state, 12, 1 - (uint32_t)moment(0)); // what is left without the time that went by is around 0
	assert_int_equal(only_row(*state)->servers, 12);
}

static void other_rates_are_found(void **state)
{
	for (uint32_t i = 0; i < 10; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = moment(i), .ts_value = BOX + (uint32_t)moment(i) / 4);
	assert_holds(only_row(*state)->proof, "one clock, 250 ticks a second");
}

static void a_clock_that_drifts_is_one_clock(void **state)
{
	world_settings(*state)->servers_at_least = 40;
	for (uint32_t i = 0; i < 48; i++) // 12 s apart, 90 in a million slow, and some answers 190 ms late
		world_shake(*state, .server = world_v4(i), .at_ms = i * 12000 + i % 2 * 190,
					.ts_value = BOX + i * 12000 - i * 12000 * 9 / 100000);
	assert_int_equal(only_row(*state)->servers, 48);
}

static void loss_in_the_mirror_leaves_it_found(void **state)
{
	for (uint32_t i = 0; i < 30; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = moment(i), .ts_value = BOX + (uint32_t)moment(i),
					.no_syn = world_random(i) % 3 == 0);
	assert_true(only_row(*state)->servers >= 15);
}

static void servers_elsewhere_do_not_hide_it(void **state)
{
	for (uint32_t i = 20; i < 27; i++) // a few that the box lets pass
		world_shake(*state, .server = world_v4(i), .at_ms = moment(i), .ts_value = world_random(i), .ttl = 52,
					.window = 65160);
	browse(*state, 12, BOX);
	assert_int_equal(only_row(*state)->servers, 12);
	assert_holds(only_row(*state)->proof, "443, 63 % are on it");
}

static void a_box_that_restarts_is_the_same_box(void **state)
{
	char cluster[MW_MIDDLEBOX_ID_BYTES];

	browse(*state, 12, BOX);
	memcpy(cluster, only_row(*state)->cluster, sizeof(cluster));
	for (uint32_t i = 0; i < 12; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = 60000 + moment(i), .ts_value = (uint32_t)moment(i) + 9000);
	world_report(*state, 60000);
	assert_int_equal(world_rows(*state), 1);
	assert_string_equal(world_row(*state, 0)->cluster, cluster);
	assert_int_equal(world_row(*state, 0)->servers, 12);
	assert_true(world_row(*state, 0)->last_ns > WORLD_EPOCH_NS + 64 * MW_NS_PER_SECOND);
}

static void old_servers_do_not_hide_it_after_a_restart(void **state)
{
	browse(*state, 12, BOX);
	for (uint32_t i = 20; i < 32; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = 1200000 + moment(i),
					.ts_value = (uint32_t)moment(i) + 9000);
	assert_int_equal(only_row(*state)->servers, 24);
}

static void a_silent_box_is_not_told_again(void **state)
{
	browse(*state, 12, BOX);
	assert_int_equal(only_row(*state)->servers, 12);
	world_report(*state, 60000);
	assert_int_equal(world_rows(*state), 0);
}

static void more_servers_than_are_kept_are_counted(void **state)
{
	for (uint32_t i = 0; i < 200; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 20, .ts_value = BOX + i * 20);
	assert_int_equal(only_row(*state)->servers, 200);
	assert_int_equal(only_row(*state)->confidence, 95);
}

static void an_old_clock_takes_no_strangers_in(void **state)
{
	browse(*state, 8, BOX);
	for (uint32_t i = 0; i < 3; i++)
		world_shake(*state, .server = world_v6(i), .at_ms = 2000000 + i * 300, .ts_value = BOX + 2000000 + i * 300,
					.ttl = 59);
	assert_int_equal(only_row(*state)->servers, 8);
}

static void the_box_that_is_silent_for_longest_gives_way(void **state)
{
	char first[MW_MIDDLEBOX_ID_BYTES];

	for (uint32_t box = 0; box <= PROXY_MAX; box++) {
		const uint32_t at_ms = box * 700000;

		for (uint32_t i = 0; i < 8; i++)
			world_shake(*state, .server = world_v4(i), .at_ms = at_ms + moment(i), .window = (uint16_t)(5000 + box),
						.ts_value = world_random(box) + (uint32_t)moment(i));
		if (box == 0)
			memcpy(first, only_row(*state)->cluster, sizeof(first));
		world_report(*state, at_ms);
		assert_int_equal(world_rows(*state), 1);
	}
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), PROXY_MAX);
	for (uint32_t i = 0; i < PROXY_MAX; i++)
		assert_string_not_equal(world_row(*state, i)->cluster, first);
}

/** Many clients and servers, some answers late: which of them are kept shows in the row. */
static struct mw_middlebox_row row_of_many(uint32_t workers, uint32_t story)
{
	struct world *world = world_new(workers);
	struct mw_middlebox_row row;

	for (uint32_t i = 0; i < 2000 + story * 97; i++) {
		const bool v6 = i % 9 == 0;
		const uint32_t late = !v6 && world_random(i + story) % 40 == 0 ? world_random(i + 7) % 180 : 0;

		world_shake(world, .server = v6 ? world_v6(i / 9 % 50) : world_v4(i * 7 % 150),
					.client = (uint8_t)(2 + world_random(i) % 5), .ttl = v6 ? 59 : 250, .at_ms = i * 11,
					.ts_value = BOX + i * 11 - late);
	}
	row = *only_row(world);
	world_free(world);
	return row;
}

static void any_number_of_workers_tells_the_same(void **state)
{
	(void)state;
	for (uint32_t story = 0; story < 12; story++) {
		const struct mw_middlebox_row alone = row_of_many(1, story);

		for (uint32_t workers = 2; workers <= WORLD_WORKERS_MAX; workers++) {
			const struct mw_middlebox_row row = row_of_many(workers, story);

			assert_string_equal(row.proof, alone.proof);
			assert_memory_equal(&row, &alone, sizeof(row));
		}
	}
}

static void a_server_is_told_once_in_four_seconds(void **state)
{
	for (uint32_t i = 0; i < 100; i++)
		world_shake(*state, .server = world_v4(1), .at_ms = i * 100, .ts_value = BOX + i * 100);
	assert_int_equal(world_count(*state, "handshakes"), 100);
	assert_int_equal(world_count(*state, "told"), 3);
}

static void a_flood_of_servers_is_capped_and_the_box_is_found_after_it(void **state)
{
	for (uint32_t i = 0; i < 3000; i++) {
		struct mw_address server = world_v4(i);

		server.bytes[14] = (uint8_t)(i >> 8);
		world_shake(*state, .server = server, .at_ms = i / 3, .ts_value = world_random(i),
					.window = (uint16_t)(1 + i % 2000), .port = 80);
	}
	assert_int_equal(world_count(*state, "told"), 1000);
	assert_int_equal(world_count(*state, "capped"), 2000);
	for (uint32_t i = 0; i < 12; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = 8000 + moment(i), .ts_value = BOX + (uint32_t)moment(i));
	assert_int_equal(only_row(*state)->servers, 12);
}

static void the_share_is_that_of_today(void **state)
{
	for (uint32_t i = 20; i < 80; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = i * 20, .ts_value = world_random(i), .ttl = 52);
	browse(*state, 12, BOX);
	world_report(*state, 0);
	assert_int_equal(world_rows(*state), 0);
	for (uint32_t i = 0; i < 12; i++)
		world_shake(*state, .server = world_v4(i), .at_ms = 700000 + moment(i),
					.ts_value = BOX + 700000 + (uint32_t)moment(i));
	assert_holds(only_row(*state)->proof, "443, 100 % are on it");
}

static void the_longest_proof_fits(void **state)
{
	struct proxy proxy = {.id = 1,
						  .clock.rate_hz = 1000000,
						  .v4 = true,
						  .v6 = true,
						  .span_ns = UINT64_C(399) * 86400 * MW_NS_PER_SECOND,
						  .deviation_ns = 86399 * MW_NS_PER_SECOND,
						  .shared_on = 1,
						  .shared_all = 1,
						  .servers = {.count = PROXY_SET, .more = true},
						  .networks = {.count = PROXY_SET, .more = true},
						  .fingerprints_count = PROXY_FINGERPRINTS,
						  .ports_count = PROXY_PORTS};
	struct mw_middlebox_row row;

	(void)state;
	for (uint32_t i = 0; i < PROXY_FINGERPRINTS; i++) {
		struct proxy_observation observation = {.ttl = (uint8_t)(200 + i),
												.window = (uint16_t)(60000 + i),
												.mss = (uint16_t)(60000 + i),
												.wscale = (uint8_t)(i * 14),
												.options = i % 2 == 0 ? 0 : MW_TCP_OPTION_WSCALE};

		proxy.fingerprints[i] = proxy_fingerprint(&observation);
		proxy.ports[i] = (uint16_t)(50000 + i);
	}
	proxy_row(&proxy, &row);
	assert_string_equal(row.window, "varies");
	assert_holds(row.proof, "window scale none or 14 or others.\n");
	assert_holds(row.proof, "100 % are on it.\n");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static const struct CMUnitTest tests[] = {
	CASE(one_clock_for_unrelated_servers_is_a_proxy),
	CASE(four_servers_are_enough_and_make_less_sure),
	CASE(more_servers_can_be_asked_for),
	CASE(both_families_on_one_clock_are_one_box),
	CASE(one_handshake_of_the_other_family_may_be_chance),
	CASE(other_servers_of_the_other_family_stay_apart),
	CASE(two_boxes_are_two_rows),
	CASE(a_clock_that_wraps_is_one_clock),
	CASE(a_clock_that_starts_just_now_is_one_clock),
	CASE(other_rates_are_found),
	CASE(a_clock_that_drifts_is_one_clock),
	CASE(loss_in_the_mirror_leaves_it_found),
	CASE(servers_elsewhere_do_not_hide_it),
	CASE(a_box_that_restarts_is_the_same_box),
	CASE(old_servers_do_not_hide_it_after_a_restart),
	CASE(a_silent_box_is_not_told_again),
	CASE(more_servers_than_are_kept_are_counted),
	CASE(an_old_clock_takes_no_strangers_in),
	CASE(the_box_that_is_silent_for_longest_gives_way),
	CASE(any_number_of_workers_tells_the_same),
	CASE(a_server_is_told_once_in_four_seconds),
	CASE(a_flood_of_servers_is_capped_and_the_box_is_found_after_it),
	CASE(the_share_is_that_of_today),
	CASE(the_longest_proof_fits),
};

MW_TEST_MAIN("detect_proxy", tests)
