// SPDX-License-Identifier: BSD-3-Clause
// Stories of a line: what a worker tells goes in, rows come out. The near misses are half of them.
// Neighbours: lib/detectors/outages; line_world.h.
#include "line_world.h"

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

// Only open connections ask, and their timers double: those that go on have tried in vain until then.
static void old_flows_that_go_on_bound_the_end(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	flows(world, 5000, OUTAGES_WAITING, OUTAGES_IPV4, 900);
	flows(world, 12000, OUTAGES_WAITING, OUTAGES_IPV4, 900);
	tell(world, 14000 * MS, OUTAGES_WAITING, OUTAGES_IPV4, 17, 7, 900 * MS, 0); // of one that does not go on
	flows(world, 20000, OUTAGES_RESUMED, OUTAGES_IPV4, 900);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].ipv4_earliest_ns, NOON_NS + 12003 * MS);
	assert_int_equal(world->rows[0].end_earliest_ns, NOON_NS + 12003 * MS);
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

static void a_step_is_heard_once_however_many_workers_tell_of_it(void **state)
{
	struct outages_row rows[2];

	for (unsigned workers = 1; workers <= 2; workers++) {
		struct world *world = *state;

		heard(world, 1000, OUTAGES_IPV4);
		tell(world, 1501 * MS, OUTAGES_HEARD, OUTAGES_IPV4, 10, 1, 0, 0);
		fails(world, 1520, OUTAGES_IPV4);
		if (workers == 2)
			tell(world, 1560 * MS, OUTAGES_HEARD, OUTAGES_IPV4, 10, 2, 0, 0);
		heard(world, 15000, OUTAGES_IPV4);
		assert_int_equal(end(world), 1);
		rows[workers - 1] = world->rows[0];
		assert_int_equal(world_stop(state), 0);
		assert_int_equal(world_start(state), 0);
	}
	assert_int_equal(rows[1].start_ns, rows[0].start_ns);
	assert_int_equal(rows[1].start_earliest_ns, rows[0].start_earliest_ns);
}

// Of four workers each tells of another remote's packet, of one alone the first.
static void of_whom_a_step_was_heard_says_nothing(void **state)
{
	uint32_t rows[2];

	for (unsigned i = 0; i < 2; i++) {
		struct world *world = *state;

		for (uint8_t remote = 1; remote <= (i == 0 ? 1 : 4); remote++)
			tell(world, 1000 * MS + remote, OUTAGES_HEARD, OUTAGES_IPV4, 10, remote, 0, 0);
		fails(world, 1500, OUTAGES_IPV4);
		heard(world, 15000, OUTAGES_IPV4);
		rows[i] = end(world);
		assert_int_equal(world_stop(state), 0);
		assert_int_equal(world_start(state), 0);
	}
	assert_int_equal(rows[1], rows[0]);
}

// What had no answer is told late, all at once when time leaps: it is taken before what came after it.
static void what_is_told_late_is_taken_in_order(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	heard(world, 5000, OUTAGES_IPV4);
	world->control.clock_ns = NOON_NS + 60 * MW_NS_PER_SECOND;
	fails(world, 1500, OUTAGES_IPV4);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].start_ns, NOON_NS + 1500 * MS);
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 5000 * MS + 1);
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

// The switch restarts: what was asked before midwatch's own link was seen to be down fails with it.
static void an_outage_while_its_own_link_was_down_is_none(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	for (uint8_t i = 0; i < 4; i++)
		tell(world, (1500u + 200u * i) * MS, OUTAGES_ATTEMPT, OUTAGES_IPV4, (uint8_t)(10 + i), (uint8_t)(1 + i),
			 (1500u + 200u * i) * MS, MW_EXCHANGE_UNANSWERED);
	blind(world, 5200, 12000, MW_BLIND_UNLINKED);
	heard(world, 12500, OUTAGES_IPV4);
	assert_int_equal(end(world), 2);
	assert_string_equal(world->rows[0].line, "midwatch");
	assert_non_null(strstr(world->rows[0].evidence, "no link"));
	assert_int_equal(world->rows[1].verdict, OUTAGES_BLIND);
}

static void an_outage_that_was_blind_for_a_while_says_so(void **state)
{
	struct world *world = *state;

	heard(world, 1000, OUTAGES_IPV4);
	fails(world, 1500, OUTAGES_IPV4);
	blind(world, 8000, 10000, MW_BLIND_UNLINKED);
	heard(world, 25000, OUTAGES_IPV4);
	assert_int_equal(end(world), 2);
	assert_int_equal(world->rows[1].verdict, OUTAGES_LINE_DOWN);
	assert_non_null(strstr(world->rows[1].evidence, "nothing was seen for 2.0 s of it"));
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

// Whoever asks at 3 a.m. asks about a line at which nothing happens: its signs wait, and its time goes on.
static void the_ledger_goes_on_while_nothing_happens(void **state)
{
	struct world *world = *state;
	struct mw_detector_watched watched = {0};

	speaks(world, 1000, 2000, 10);
	speaks(world, 60000, 61000, 10);
	blind(world, 8000, 9000, MW_BLIND_STOPPED);
	world->control.clock_ns = NOON_NS + 100 * MW_NS_PER_SECOND;
	outages_on_watched(&world->control, &watched);
	assert_int_equal(watched.until_ns, NOON_NS + 88 * MW_NS_PER_SECOND);
	assert_int_equal(watched.seen_ns, 2 * 1900 * MS);
	assert_int_equal(watched.blind_ns, 1000 * MS);
	assert_int_equal(watched.seen_ns + watched.blind_ns + watched.unasked_ns, 87 * MW_NS_PER_SECOND);
	outages_on_report(&world->control, 0, &(struct mw_row_sink){keep_row, world});
	assert_true(world->coverage.wall_s == 87 && world->coverage.seen_s == 3.8);
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

// After twelve seconds connections try again within twelve more.
static void its_connections_go_on_when_their_timers_say_so(void **state)
{
	struct world *world = *state;

	speaks(world, 1000, 5000, 10);
	speaks(world, 1000, 40000, 11);
	neighbour(world, 17000, OUTAGES_IPV4, OUTAGES_STARTS, 10);
	for (uint8_t i = 1; i <= 3; i++)
		tell(world, (17000 + 3500ull * i) * MS, OUTAGES_WAITING, OUTAGES_IPV4, 10, i, 4900 * MS, 0);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_LINK_FLAP);
	assert_int_equal(world->rows[0].flows_before, 3);
}

static void a_host_that_paused_did_not_flap(void **state)
{
	assert_int_equal(silent_host(*state, 13000, OUTAGES_ASKS), 0); // of one family: its cache had aged
}

static void where_all_are_silent_no_host_flapped(void **state)
{
	assert_int_equal(silent_host(*state, 6000, OUTAGES_STARTS), 0);
}

static const struct CMUnitTest tests[] = {
	STORY(both_fail_and_old_flows_die),
	STORY(a_syn_that_is_sent_again_bounds_the_end),
	STORY(old_flows_that_go_on_clear_the_gateway),
	STORY(old_flows_that_go_on_bound_the_end),
	STORY(a_router_that_starts_advertises_three_times),
	STORY(later_advertisements_say_nothing),
	STORY(a_router_that_always_talks_says_nothing),
	STORY(a_router_that_says_goodbye_is_told),
	STORY(the_family_that_answers_is_not_down),
	STORY(a_step_is_heard_once_however_many_workers_tell_of_it),
	STORY(of_whom_a_step_was_heard_says_nothing),
	STORY(what_is_told_late_is_taken_in_order),
	STORY(one_answer_in_between_is_no_outage),
	STORY(a_dead_server_is_no_outage),
	STORY(one_host_alone_is_no_outage),
	STORY(remotes_that_never_answered_prove_nothing),
	STORY(who_sleeps_is_not_cut_off),
	STORY(a_silent_mirror_is_no_outage),
	STORY(a_capture_that_was_stopped_is_no_outage),
	STORY(questions_that_midwatch_could_not_follow_prove_nothing),
	STORY(an_outage_is_told_although_midwatch_was_blind_before),
	STORY(an_outage_while_its_own_link_was_down_is_none),
	STORY(an_outage_that_was_blind_for_a_while_says_so),
	STORY(a_clock_that_was_set_is_a_row_and_hides_nothing),
	STORY(the_time_of_a_line_adds_up),
	STORY(the_ledger_goes_on_while_nothing_happens),
	STORY(acknowledgements_of_what_never_passed_name_the_mirror),
	STORY(two_outages_within_the_settling_are_two),
	STORY(a_pulled_cable_is_told_as_such),
	STORY(its_connections_go_on_when_their_timers_say_so),
	STORY(a_host_that_paused_did_not_flap),
	STORY(where_all_are_silent_no_host_flapped),
};

MW_TEST_MAIN("outages", tests)
