// SPDX-License-Identifier: BSD-3-Clause
// Stories of a line: what a worker tells goes in, rows come out. The near misses are half of them.
// Neighbours: lib/detectors/outages; detector_world.h starts the control half.
#include <stdlib.h>

#include "control.h"
#include "detector_world.h"
#include "finding_world.h"

FINDING_WORLD(8, &outages_diagnoser, &outages_pattern_diagnoser)

#define ROWS_MAX 8
#define MS       MW_NS_PER_MS
#define GATEWAY  1 // last bytes of MAC addresses: hosts have 10 and more

struct world {
	struct outages_settings settings;
	struct mw_detector_control control;
	struct outages_row rows[ROWS_MAX];
	uint32_t rows_count;
	struct outages_coverage coverage; // the latest that was reported
	uint8_t sort; // of attempts that are told
	uint16_t port; // their source
};

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	if (record == &outages_coverage_record) {
		world->coverage = *(const struct outages_coverage *)row;
		return;
	}
	assert_ptr_equal(record, &outages_record);
	assert_true(world->rows_count < ROWS_MAX);
	memcpy(&world->rows[world->rows_count++], row, sizeof(world->rows[0]));
}

static int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_row_sink rows = {keep_row, world};

	assert_non_null(world);
	world->settings = (struct outages_settings){.enabled = true,
												.failures = 3,
												.lives_ns = 600 * MW_NS_PER_SECOND,
												.within_ns = 30 * MW_NS_PER_SECOND,
												.spread_ns = 500 * MS,
												.deadline_least_ns = MW_NS_PER_SECOND,
												.deadline_most_ns = 3 * MW_NS_PER_SECOND,
												.deadline_round_trips = 4,
												.busy_flows = 8,
												.busy_within_ns = 800 * MS,
												.settle_ns = 30 * MW_NS_PER_SECOND,
												.events_per_second = 500};
	detector_control_start(&world->control, &mw_detector_outages, &world->settings, rows);
	*state = world;
	return 0;
}

static int world_stop(void **state)
{
	struct world *world = *state;

	detector_control_stop(&world->control, &mw_detector_outages);
	free(world);
	return 0;
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

static struct mw_address remote_of(unsigned class, uint8_t remote)
{
	struct mw_address address = v4(198, 51, remote, 7);

	if (class == OUTAGES_IPV6)
		memset(address.bytes, 0x20, 15);
	if (class == OUTAGES_IPV6 && remote >= 100)
		address.bytes[4] = remote; // another site
	address.bytes[15] = class == OUTAGES_IPV6 ? remote : 7;
	return address;
}

/** An event of a host and a remote; of what is heard the remote is the source. */
static void tell(struct world *world, uint64_t at_ns, uint8_t what, uint8_t class, uint8_t host, uint8_t remote,
				 uint64_t until_ns, uint8_t end)
{
	const bool turned = what == OUTAGES_HEARD || what == OUTAGES_RESUMED || what == OUTAGES_RESET;
	const struct outages_brief brief = {.what = what,
										.class = class,
										.end = end,
										.transmissions = 1,
										.sort = what == OUTAGES_AGAIN ? (uint8_t)MW_EXCHANGE_CONNECT : world->sort};
	const struct outages_facts facts = {.until_ns = until_ns == 0 ? 0 : NOON_NS + until_ns,
										.mac_near = {2, 0, 0, 0, 0, host},
										.mac_far = {2, 0, 0, 0, 0, GATEWAY},
										.flow = (uint32_t)(class << 16 | host << 8 | remote)};
	struct mw_event event = {.time_ns = NOON_NS + at_ns, .body_bytes = sizeof(facts)};

	event.flow.protocol = 6;
	event.flow.src_port = world->port;
	event.flow.src = turned ? remote_of(class, remote) : v4(192, 168, 1, host);
	event.flow.dst = turned ? v4(192, 168, 1, host) : remote_of(class, remote);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

static void heard(struct world *world, uint64_t at_ms, uint8_t class)
{
	for (uint8_t remote = 1; remote <= 4; remote++)
		tell(world, at_ms * MS + remote, OUTAGES_HEARD, class, 10, remote, 0, 0);
}

/** A connect and its retransmission a second later, neither answered. */
static void lost(struct world *world, uint64_t at_ms, uint8_t class, uint8_t host, uint8_t remote)
{
	tell(world, at_ms * MS, OUTAGES_ATTEMPT, class, host, remote, (at_ms + 1000) * MS, MW_EXCHANGE_UNANSWERED);
}

static void fails(struct world *world, uint64_t at_ms, uint8_t class)
{
	for (uint8_t i = 0; i < 4; i++)
		lost(world, at_ms + 100u * i, class, (uint8_t)(10 + i), (uint8_t)(1 + i));
}

static void flows(struct world *world, uint64_t at_ms, uint8_t what, uint8_t class, uint64_t until_ms)
{
	for (uint8_t i = 0; i < 4; i++)
		tell(world, (at_ms + i) * MS, what, class, (uint8_t)(10 + i), (uint8_t)(1 + i), until_ms * MS, 0);
}

/** What a host sends through the gateway, each 100 ms. */
static void speaks(struct world *world, uint64_t from_ms, uint64_t to_ms, uint8_t host)
{
	for (uint64_t at_ms = from_ms; at_ms < to_ms; at_ms += 100)
		tell(world, at_ms * MS, OUTAGES_ATTEMPT, OUTAGES_IPV4, host, host, at_ms * MS + MS, MW_EXCHANGE_ANSWERED);
}

static uint32_t end(struct world *world)
{
	outages_on_end(&world->control, NOON_NS + 3600 * MW_NS_PER_SECOND);
	return world->rows_count;
}

static void both_fail_and_old_flows_die(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	heard(world, 1000, OUTAGES_IPV6);
	fails(world, 1500, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV6);
	flows(world, 21000, OUTAGES_RESUMED, OUTAGES_IPV6, 900);
	lost(world, 30000, OUTAGES_IPV4, 10, 1);
	heard(world, 33000, OUTAGES_IPV4);
	flows(world, 40000, OUTAGES_WAITING, OUTAGES_IPV4, 900);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_GATEWAY_RESTART);
	assert_int_equal(world->rows[0].scope, OUTAGES_SCOPE_LINE);
	assert_int_equal(world->rows[0].start_earliest_ns, NOON_NS + 1000 * MS);
	assert_int_equal(world->rows[0].start_ns, NOON_NS + 1500 * MS);
	assert_int_equal(world->rows[0].ipv6_ns, NOON_NS + 21000 * MS);
	assert_int_equal(world->rows[0].ipv4_earliest_ns, NOON_NS + 31000 * MS);
	assert_int_equal(world->rows[0].ipv4_ns, NOON_NS + 33000 * MS + 1);
}

// An exchange tells its first and its last transmission: those between are told by the SYNs themselves.
static void a_syn_that_is_sent_again_bounds_the_end(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	tell(world, 12000 * MS, OUTAGES_AGAIN, OUTAGES_IPV4, 10, 1, 0, 0);
	tell(world, 13000 * MS, OUTAGES_AGAIN, OUTAGES_IPV4, 10, 1, 0, 0);
	heard(world, 13500, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].ipv4_earliest_ns, NOON_NS + 13000 * MS);
}

static void old_flows_that_go_on_clear_the_gateway(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	flows(world, 20000, OUTAGES_RESUMED, OUTAGES_IPV4, 900);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_LINE_DOWN);
}

static void router(struct world *world, uint64_t at_ms, uint8_t sort)
{
	world->sort = sort;
	tell(world, at_ms * MS, OUTAGES_NEIGHBOUR, OUTAGES_IPV6, GATEWAY, 1, 0, 0);
	world->sort = MW_EXCHANGE_DATA;
}

// A restart told by old connections that died, with advertisements every so many ms from its end on.
static const struct outages_row *restart(struct world *world, uint64_t every_ms)
{
	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	for (uint64_t i = 0; i < 3; i++)
		router(world, 20000 + i * every_ms, OUTAGES_ADVERTISES);
	heard(world, 33000, OUTAGES_IPV4);
	flows(world, 40000, OUTAGES_WAITING, OUTAGES_IPV4, 900);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_GATEWAY_RESTART);
	return &world->rows[0];
}

static void a_router_that_starts_advertises_three_times(void **state)
{
	const struct outages_row *row = restart(*state, 16000);

	assert_non_null(strstr(row->evidence, "as a router that starts"));
	assert_int_equal(row->confidence, 85);
}

static void later_advertisements_say_nothing(void **state)
{
	const struct outages_row *row = restart(*state, 17000);

	assert_null(strstr(row->evidence, "as a router that starts"));
	assert_int_equal(row->confidence, 75);
}

static void a_router_that_always_talks_says_nothing(void **state)
{
	for (uint64_t at_ms = 1; at_ms < 900; at_ms += 300)
		router(*state, at_ms, OUTAGES_ADVERTISES);
	assert_null(strstr(restart(*state, 4000)->evidence, "as a router that starts"));
}

static void a_router_that_says_goodbye_is_told(void **state)
{
	const struct outages_row *row;

	router(*state, 900, OUTAGES_LEAVES);
	row = restart(*state, 17000);
	assert_non_null(strstr(row->evidence, "it stops being a router"));
	assert_int_equal(row->confidence, 80);
}

static void the_family_that_answers_is_not_down(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	for (uint64_t at_ms = 1000; at_ms < 20000; at_ms += 500)
		heard(world, at_ms, OUTAGES_IPV6);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_IPV4_ONLY);
	assert_int_equal(world->rows[0].scope, OUTAGES_SCOPE_IPV4);
}

static void one_answer_in_between_is_no_outage(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	lost(world, 1500, OUTAGES_IPV4, 10, 1);
	lost(world, 1600, OUTAGES_IPV4, 11, 2);
	heard(world, 1700, OUTAGES_IPV4);
	lost(world, 1800, OUTAGES_IPV4, 12, 3);
	assert_int_equal(end(world), 0);
}

static void a_dead_server_is_no_outage(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	for (uint8_t host = 10; host < 20; host++)
		lost(world, 1000u + 100u * host, OUTAGES_IPV4, host, 1);
	assert_int_equal(end(world), 0);
}

static void one_host_alone_is_no_outage(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	for (uint8_t remote = 1; remote <= 4; remote++)
		lost(world, 1000u + 100u * remote, OUTAGES_IPV4, 10, remote);
	assert_int_equal(end(world), 0);
}

static void remotes_that_never_answered_prove_nothing(void **state)
{
	struct world *world = *state;

	fails(world, 1500, OUTAGES_IPV4);
	assert_int_equal(end(world), 0);
}

static void who_sleeps_is_not_cut_off(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	heard(world, 3000 * 1000, OUTAGES_IPV4);
	assert_int_equal(end(world), 0);
}

// What was asked within a round trip before the mirror went silent has no answer; afterwards flows are further.
static void a_silent_mirror_is_no_outage(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	for (uint8_t i = 0; i < 4; i++)
		tell(world, 1010 * MS, OUTAGES_ATTEMPT, OUTAGES_IPV4, (uint8_t)(10 + i), (uint8_t)(1 + i), 1010 * MS,
			 MW_EXCHANGE_UNANSWERED);
	flows(world, 16000, OUTAGES_JUMPED, OUTAGES_IPV4, 1012);
	heard(world, 16100, OUTAGES_IPV4);
	heard(world, 25000, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_MIRROR_SILENT);
	assert_int_equal(world->rows[0].start_earliest_ns, NOON_NS + 1012 * MS);
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 16000 * MS);
}

static void a_capture_that_was_stopped_is_no_outage(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	heard(world, 60000, OUTAGES_IPV4);
	heard(world, 70000, OUTAGES_IPV4);
	assert_int_equal(end(world), 0);
}

static void blind(struct world *world, uint64_t from_ms, uint64_t to_ms, uint8_t why)
{
	const struct mw_blind blind = {NOON_NS + from_ms * MS, NOON_NS + to_ms * MS, why};

	outages_on_blind(&world->control, &blind);
}

// A process that was stopped for 3 s, in the middle of questions: their answers came unseen.
static void questions_that_midwatch_could_not_follow_prove_nothing(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	blind(world, 2000, 5000, MW_BLIND_STOPPED);
	flows(world, 5001, OUTAGES_JUMPED, OUTAGES_IPV4, 1990);
	heard(world, 5100, OUTAGES_IPV4);
	heard(world, 9500, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_BLIND);
	assert_int_equal(world->rows[0].start_ns, NOON_NS + 2000 * MS);
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 5000 * MS);
	assert_string_equal(world->rows[0].line, "midwatch");
}

static void an_outage_is_told_although_midwatch_was_blind_before(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	blind(world, 2000, 2100, MW_BLIND_STOPPED);
	blind(world, 2900, 3000, MW_BLIND_LOST);
	fails(world, 4500, OUTAGES_IPV4);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 2);
	assert_string_equal(world->rows[0].line, "midwatch"); // one row of both
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 3000 * MS);
	assert_int_equal(world->rows[1].verdict, OUTAGES_LINE_DOWN);
}

static void a_clock_that_was_set_is_a_row_and_hides_nothing(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	blind(world, 1500, 1500, MW_BLIND_CLOCK);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 2);
	assert_true(world->rows[0].duration_s == 0);
	assert_int_equal(world->rows[1].verdict, OUTAGES_LINE_DOWN);
}

static void the_time_of_a_line_adds_up(void **state)
{
	struct world *world = *state;
	const struct mw_row_sink rows = {keep_row, world};

	speaks(world, 1000, 5000, 10);
	blind(world, 8000, 9000, MW_BLIND_STOPPED);
	speaks(world, 60000, 61000, 10);
	world->control.clock_ns = NOON_NS + 3600 * MW_NS_PER_SECOND;
	end(world);
	outages_on_report(&world->control, 0, &rows);
	assert_string_equal(world->coverage.line, "02:00:00:00:00:01");
	assert_true(world->coverage.blind_s == 1);
	assert_true(world->coverage.seen_s > 6.5 && world->coverage.seen_s < 7.5);
	assert_true(world->coverage.wall_s > 3598 && world->coverage.wall_s < 3600);
}

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

static uint32_t busy(struct world *world, uint16_t flows_count)
{
	learn(world, OUTAGES_IPV4, 1, 10);
	world->sort = MW_EXCHANGE_DATA;
	for (world->port = 1; world->port <= flows_count; world->port++)
		lost(world, 1500u + 90u * world->port, OUTAGES_IPV4, 10, (uint8_t)(1 + world->port % 2));
	heard(world, 15000, OUTAGES_IPV4);
	return end(world);
}

static void many_connections_that_send_again_at_once_are_enough(void **state)
{
	assert_int_equal(busy(*state, 8), 1);
}

static void seven_are_not(void **state)
{
	assert_int_equal(busy(*state, 7), 0);
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

static void acknowledgements_of_what_never_passed_name_the_mirror(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	flows(world, 2000, OUTAGES_AHEAD, OUTAGES_IPV4, 1000);
	flows(world, 6000, OUTAGES_AHEAD, OUTAGES_IPV4, 1000);
	heard(world, 15000, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_MIRROR_ONE_WAY);
}

static void two_outages_within_the_settling_are_two(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	heard(world, 8000, OUTAGES_IPV4);
	heard(world, 20000, OUTAGES_IPV4);
	fails(world, 20500, OUTAGES_IPV4);
	heard(world, 28000, OUTAGES_IPV4);
	assert_int_equal(end(world), 2);
	assert_int_equal(world->rows[1].start_ns, NOON_NS + 20500 * MS);
}

/** A host's own neighbour discovery or ARP. */
static void neighbour(struct world *world, uint64_t at_ms, uint8_t class, uint8_t sort, uint8_t host)
{
	const struct outages_brief brief = {.what = OUTAGES_NEIGHBOUR, .class = class, .sort = sort};
	const struct outages_facts facts = {.mac_near = {2, 0, 0, 0, 0, host}};
	struct mw_event event = {.time_ns = NOON_NS + at_ms * MS, .body_bytes = sizeof(facts)};

	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

static uint32_t silent_host(struct world *world, uint64_t others_ms, uint8_t sort)
{
	speaks(world, 1000, 5000, 10);
	speaks(world, 1000, others_ms, 11);
	neighbour(world, 13000, OUTAGES_IPV4, sort, 10);
	for (uint8_t i = 1; i <= 3; i++)
		tell(world, 13010 * MS + i, OUTAGES_WAITING, OUTAGES_IPV4, 10, i, 4900 * MS, 0);
	speaks(world, 13100, 15000, 10);
	speaks(world, 13100, 15000, 11);
	return end(world);
}

static void a_pulled_cable_is_told_as_such(void **state)
{
	struct world *world = *state;

	assert_int_equal(silent_host(world, 13000, OUTAGES_STARTS), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_LINK_FLAP);
	assert_string_equal(world->rows[0].line, "02:00:00:00:00:0a");
	assert_int_equal(world->rows[0].start_earliest_ns, NOON_NS + 4900 * MS);
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 13000 * MS);
}

static void a_host_that_paused_did_not_flap(void **state)
{
	assert_int_equal(silent_host(*state, 13000, OUTAGES_ASKS), 0); // of one family: its cache had aged
}

static void where_all_are_silent_no_host_flapped(void **state)
{
	assert_int_equal(silent_host(*state, 6000, OUTAGES_STARTS), 0);
}

static struct outages_row row_at(uint64_t at_s, uint8_t verdict)
{
	return (struct outages_row){.line = "02:00:00:00:00:01",
								.start_earliest_ns = NOON_NS + at_s * MW_NS_PER_SECOND - MS,
								.start_ns = NOON_NS + at_s * MW_NS_PER_SECOND,
								.end_ns = NOON_NS + (at_s + 30) * MW_NS_PER_SECOND,
								.duration_s = 30,
								.confidence = 90,
								.verdict = verdict,
								.evidence = "old IPv4 connections that go on: 4"};
}

static const struct mw_finding *pattern_of(struct mw_diagnosis *diagnosis, const uint32_t hours[], uint32_t count)
{
	const struct mw_finding *const *findings;
	uint32_t found;

	for (uint32_t i = 0; i < count; i++) {
		const struct outages_row row = row_at(hours[i] * UINT64_C(3600), OUTAGES_LINE_DOWN);

		mw_diagnosis_row(diagnosis, &outages_record, &row);
	}
	found = mw_diagnosis_findings(diagnosis, &findings);
	for (uint32_t i = 0; i < found; i++) {
		if (strcmp(findings[i]->kind, "outage-pattern") == 0)
			return findings[i];
	}
	return NULL;
}

static void a_timer_is_named(void **state)
{
	static const uint32_t hours[] = {0, 72, 144, 216, 289, 360};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "as by a timer");
}

static void an_hour_of_day_is_named(void **state)
{
	static const uint32_t hours[] = {0, 24, 49, 120, 144, 360, 383, 600};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "around 12:");
}

static void chance_is_named(void **state)
{
	static const uint32_t hours[] = {0, 31, 57, 103, 121, 386, 651, 692, 927, 1168};

	assert_holds(pattern_of(*state, hours, MW_ARRAY_SIZE(hours))->summary, "at random");
}

static void an_afternoon_has_no_pattern(void **state)
{
	static const uint32_t hours[] = {0, 1, 4, 5, 9};

	assert_null(pattern_of(*state, hours, MW_ARRAY_SIZE(hours)));
}

static void an_outage_is_told_with_its_bounds(void **state)
{
	const struct outages_row row = row_at(0, OUTAGES_LINE_DOWN);
	const struct mw_finding *finding;

	mw_diagnosis_row(*state, &outages_record, &row);
	finding = only(*state);
	assert_int_equal(finding->severity, MW_SEVERITY_WARNING);
	assert_holds(finding->summary, "The line was down at 2026-01-11T12:00:00.000000Z, for 30.0 s");
	assert_holds(finding->evidence, "between 2026-01-11T11:59:59.999000Z and 2026-01-11T12:00:00.000000Z");
	assert_holds(finding->evidence, "connections that go on: 4");
}

static uint32_t told(struct mw_diagnosis *diagnosis, uint32_t count, const struct mw_finding *const **findings)
{
	for (uint32_t i = 0; i < count; i++) {
		struct outages_row row = row_at(i * UINT64_C(1200), OUTAGES_GATEWAY_RESTART);

		row.duration_s = 30 + i;
		mw_diagnosis_row(diagnosis, &outages_record, &row);
	}
	return mw_diagnosis_findings(diagnosis, findings);
}

static void each_outage_is_a_finding(void **state)
{
	const struct mw_finding *const *findings;

	assert_int_equal(told(*state, 3, &findings), 3);
	assert_int_equal(findings[0]->count, 1);
}

static void many_of_a_cause_are_one(void **state)
{
	const struct mw_finding *const *findings;

	assert_int_equal(told(*state, 4, &findings), 1);
	assert_int_equal(findings[0]->count, 4);
	assert_holds(findings[0]->summary, "The gateway restarted 4 times, the last time at 2026-01-11T13:00:00");
	assert_holds(findings[0]->evidence,
				 "4 times: shortest 30.0 s, mean 31.5 s, longest 33.0 s (at 2026-01-11T13:00:00");
}

static void what_the_mirror_hid_is_no_outage(void **state)
{
	const struct mw_finding *const *findings;
	const struct outages_row silent = row_at(0, OUTAGES_MIRROR_SILENT);
	const struct outages_row one_way = row_at(60, OUTAGES_MIRROR_ONE_WAY);

	mw_diagnosis_row(*state, &outages_record, &silent);
	mw_diagnosis_row(*state, &outages_record, &one_way);
	assert_int_equal(mw_diagnosis_findings(*state, &findings), 0);
}

static void a_host_that_flapped_is_no_warning(void **state)
{
	const struct outages_row row = row_at(0, OUTAGES_LINK_FLAP);

	mw_diagnosis_row(*state, &outages_record, &row);
	assert_int_equal(only(*state)->severity, MW_SEVERITY_NOTICE);
}

static const struct CMUnitTest tests[] = {
	STORY(both_fail_and_old_flows_die),
	STORY(a_syn_that_is_sent_again_bounds_the_end),
	STORY(old_flows_that_go_on_clear_the_gateway),
	STORY(a_router_that_starts_advertises_three_times),
	STORY(later_advertisements_say_nothing),
	STORY(a_router_that_always_talks_says_nothing),
	STORY(a_router_that_says_goodbye_is_told),
	STORY(the_family_that_answers_is_not_down),
	STORY(one_answer_in_between_is_no_outage),
	STORY(a_dead_server_is_no_outage),
	STORY(one_host_alone_is_no_outage),
	STORY(remotes_that_never_answered_prove_nothing),
	STORY(who_sleeps_is_not_cut_off),
	STORY(a_silent_mirror_is_no_outage),
	STORY(a_capture_that_was_stopped_is_no_outage),
	STORY(questions_that_midwatch_could_not_follow_prove_nothing),
	STORY(an_outage_is_told_although_midwatch_was_blind_before),
	STORY(a_clock_that_was_set_is_a_row_and_hides_nothing),
	STORY(the_time_of_a_line_adds_up),
	STORY(of_one_host_three_remotes_count),
	STORY(of_one_host_new_connections_alone_are_no_outage),
	STORY(of_one_host_what_is_not_asked_again_is_no_outage),
	STORY(an_answer_after_its_deadline_is_none),
	STORY(a_deadline_follows_the_round_trips_of_its_remote),
	STORY(many_connections_that_send_again_at_once_are_enough),
	STORY(seven_are_not),
	STORY(a_site_of_ipv6_is_one_remote),
	STORY(where_one_site_is_in_use_its_addresses_are_remotes),
	STORY(acknowledgements_of_what_never_passed_name_the_mirror),
	STORY(two_outages_within_the_settling_are_two),
	STORY(a_pulled_cable_is_told_as_such),
	STORY(a_host_that_paused_did_not_flap),
	STORY(where_all_are_silent_no_host_flapped),
	CASE(a_timer_is_named),
	CASE(an_hour_of_day_is_named),
	CASE(chance_is_named),
	CASE(an_afternoon_has_no_pattern),
	CASE(an_outage_is_told_with_its_bounds),
	CASE(each_outage_is_a_finding),
	CASE(many_of_a_cause_are_one),
	CASE(what_the_mirror_hid_is_no_outage),
	CASE(a_host_that_flapped_is_no_warning),
};

MW_TEST_MAIN("outages", tests)
