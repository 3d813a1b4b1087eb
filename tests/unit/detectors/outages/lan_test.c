// SPDX-License-Identifier: BSD-3-Clause
// A gateway that is asked itself: gone, there, or not a gateway at all.
// Neighbours: lib/detectors/outages/lan.c, cause.c; line_world.h.
#include "line_world.h"

/** Four hosts have answers through the gateway, which says its address. */
static void lives(struct world *world)
{
	for (uint8_t host = 10; host < 14; host++)
		speaks(world, 500u + host, 1400, host);
	near(world, 1000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
}

/** Asked twice, a second apart. */
static void asks(struct world *world, uint64_t at_ms, uint8_t host, uint8_t target)
{
	near(world, at_ms, OUTAGES_ASKS, host, host, target);
	near(world, at_ms + 1000, OUTAGES_ASKS, host, host, target);
}

static void three_ask(struct world *world, uint64_t at_ms, uint8_t target)
{
	for (uint8_t i = 0; i < 3; i++)
		near(world, at_ms + 300u * i, OUTAGES_ASKS, (uint8_t)(10 + i), (uint8_t)(10 + i), target);
	for (uint8_t i = 0; i < 3; i++)
		near(world, at_ms + 1000 + 300u * i, OUTAGES_ASKS, (uint8_t)(10 + i), (uint8_t)(10 + i), target);
}

static void a_gateway_that_answers_nobody_is_gone(void **state)
{
	struct world *world = *state;

	lives(world);
	three_ask(world, 2000, GATEWAY);
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].verdict, OUTAGES_GATEWAY_DOWN);
	assert_int_equal(world->rows[0].scope, OUTAGES_SCOPE_LINE);
	assert_int_equal(world->rows[0].lan, OUTAGES_LAN_DOWN);
	assert_int_equal(world->rows[0].start_ns, NOON_NS + 2000 * MS);
	assert_true(world->rows[0].start_earliest_ns >= NOON_NS + 1300 * MS);
	assert_int_equal(world->rows[0].lan_ns, NOON_NS + 20000 * MS);
	assert_int_equal(world->rows[0].end_ns, NOON_NS + 20000 * MS);
	assert_int_equal(world->rows[0].end_earliest_ns, NOON_NS + 3600 * MS);
}

static void one_host_alone_does_not_accuse_it(void **state)
{
	struct world *world = *state;

	lives(world);
	for (uint64_t at_ms = 2000; at_ms < 18000; at_ms += 4000)
		asks(world, at_ms, 10, GATEWAY);
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	assert_int_equal(end(world), 0);
}

static void any_frame_of_its_own_is_an_answer(void **state)
{
	struct world *world = *state;

	lives(world);
	for (uint64_t at_ms = 2000; at_ms < 18000; at_ms += 4000) {
		three_ask(world, at_ms, GATEWAY);
		near(world, at_ms + 2000, OUTAGES_ASKS, GATEWAY, GATEWAY, 99); // it seeks another one
	}
	assert_int_equal(end(world), 0);
}

static void a_host_that_went_home_is_no_outage(void **state)
{
	struct world *world = *state;

	lives(world);
	near(world, 1100, OUTAGES_SAYS, 13, 13, GATEWAY);
	three_ask(world, 2000, 13);
	near(world, 20000, OUTAGES_SAYS, 13, 13, GATEWAY);
	assert_int_equal(end(world), 0);
}

// A tap of one host's port: what others are answered does not pass.
static void who_is_never_seen_answered_proves_nothing(void **state)
{
	struct world *world = *state;

	for (uint64_t at_ms = 500; at_ms < 1400; at_ms += 100) {
		for (uint8_t remote = 1; remote <= 4; remote++)
			tell(world, at_ms * MS + remote, OUTAGES_ATTEMPT, OUTAGES_IPV4, 20, remote, at_ms * MS + MS,
				 MW_EXCHANGE_ANSWERED);
	}
	near(world, 1000, OUTAGES_SAYS, GATEWAY, GATEWAY, 20);
	three_ask(world, 2000, GATEWAY);
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 20);
	assert_int_equal(end(world), 0);
}

static void what_is_not_asked_again_was_answered(void **state)
{
	struct world *world = *state;

	lives(world);
	for (uint8_t i = 0; i < 4; i++)
		near(world, 2000u + 300u * i, OUTAGES_ASKS, (uint8_t)(10 + i), (uint8_t)(10 + i), GATEWAY);
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	assert_int_equal(end(world), 0);
}

static void an_address_that_moved_is_answered(void **state)
{
	struct world *world = *state;

	lives(world);
	three_ask(world, 2000, GATEWAY);
	near(world, 3700, OUTAGES_SAYS, 2, GATEWAY, 10); // by the router that stands in for it
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	assert_int_equal(end(world), 0);
}

static const struct outages_row *fails_and(struct world *world, uint8_t what)
{
	heard(world, 1400, OUTAGES_IPV6);
	fails(world, 2000, OUTAGES_IPV4);
	fails(world, 2000, OUTAGES_IPV6);
	heard(world, 15000, OUTAGES_IPV6);
	heard(world, 15000, OUTAGES_IPV4);
	flows(world, 20000, what, OUTAGES_IPV4, 1350);
	assert_int_equal(end(world), 1);
	return &world->rows[0];
}

static void a_restart_is_surer_when_it_was_gone(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	asks(world, 4000, 10, GATEWAY);
	row = fails_and(world, OUTAGES_WAITING);
	assert_int_equal(row->verdict, OUTAGES_GATEWAY_RESTART);
	assert_int_equal(row->lan, OUTAGES_LAN_DOWN);
	assert_int_equal(row->confidence, 80);
}

static void gone_with_its_sessions_kept_it_was_its_port(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	asks(world, 4000, 10, GATEWAY);
	row = fails_and(world, OUTAGES_RESUMED);
	assert_int_equal(row->verdict, OUTAGES_GATEWAY_DOWN);
	assert_int_equal(row->lan, OUTAGES_LAN_DOWN);
}

static void answering_all_the_time_it_is_beyond(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	for (uint64_t at_ms = 3000; at_ms < 15000; at_ms += 3000)
		near(world, at_ms, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	row = fails_and(world, OUTAGES_WAITING);
	assert_int_equal(row->verdict, OUTAGES_UPSTREAM);
	assert_int_equal(row->lan, OUTAGES_LAN_UP);
	assert_non_null(strstr(row->evidence, "answers its neighbours all the time"));
}

static void answering_at_the_end_alone_it_may_have_restarted(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	near(world, 13000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	near(world, 14000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	row = fails_and(world, OUTAGES_WAITING);
	assert_int_equal(row->verdict, OUTAGES_GATEWAY_RESTART);
	assert_int_equal(row->lan, OUTAGES_LAN_UNKNOWN);
}

// It answers before anything goes through it again: whoever was gone does.
static void answering_at_the_end_alone_it_is_not_beyond(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	near(world, 13000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	row = fails_and(world, OUTAGES_RESUMED);
	assert_int_equal(row->verdict, OUTAGES_LINE_DOWN);
}

static void answering_in_between_it_is_beyond(void **state)
{
	struct world *world = *state;
	const struct outages_row *row;

	lives(world);
	near(world, 9000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	row = fails_and(world, OUTAGES_RESUMED);
	assert_int_equal(row->verdict, OUTAGES_UPSTREAM);
}

static void ping(struct world *world, uint64_t at_ms, uint8_t host)
{
	const struct outages_brief brief = {.what = OUTAGES_ATTEMPT,
										.class = OUTAGES_LAN,
										.end = MW_EXCHANGE_UNANSWERED,
										.transmissions = 1,
										.sort = MW_EXCHANGE_ECHO};
	const struct outages_facts facts = {
		.until_ns = NOON_NS + at_ms * MS, .mac_near = {2, 0, 0, 0, 0, host}, .mac_far = {2, 0, 0, 0, 0, GATEWAY}};
	struct mw_event event = {.time_ns = NOON_NS + at_ms * MS, .body_bytes = sizeof(facts)};

	event.flow.src = v4(192, 168, 1, host);
	event.flow.dst = v4(192, 168, 1, GATEWAY);
	memcpy(event.brief, &brief, sizeof(brief));
	memcpy(event.body, &facts, sizeof(facts));
	outages_on_event(&world->control, &event);
}

static void a_ping_is_a_question_too(void **state)
{
	struct world *world = *state;

	lives(world);
	for (uint8_t i = 0; i < 3; i++)
		ping(world, 2000u + 300u * i, (uint8_t)(10 + i));
	near(world, 20000, OUTAGES_SAYS, GATEWAY, GATEWAY, 10);
	assert_int_equal(end(world), 1);
	assert_int_equal(world->rows[0].lan, OUTAGES_LAN_DOWN);
}

static void its_time_is_accounted_for(void **state)
{
	struct world *world = *state;
	const struct mw_row_sink rows = {keep_row, world};

	lives(world);
	world->control.clock_ns = NOON_NS + 60 * MW_NS_PER_SECOND;
	end(world);
	outages_on_report(&world->control, 0, &rows);
	assert_int_equal(world->coverage.class, OUTAGES_LAN);
	assert_true(world->coverage.seen_s > 1 && world->coverage.seen_s < 2.5);
}

static const struct CMUnitTest tests[] = {
	STORY(a_gateway_that_answers_nobody_is_gone),
	STORY(one_host_alone_does_not_accuse_it),
	STORY(any_frame_of_its_own_is_an_answer),
	STORY(a_host_that_went_home_is_no_outage),
	STORY(who_is_never_seen_answered_proves_nothing),
	STORY(what_is_not_asked_again_was_answered),
	STORY(an_address_that_moved_is_answered),
	STORY(a_restart_is_surer_when_it_was_gone),
	STORY(gone_with_its_sessions_kept_it_was_its_port),
	STORY(answering_all_the_time_it_is_beyond),
	STORY(answering_at_the_end_alone_it_may_have_restarted),
	STORY(answering_at_the_end_alone_it_is_not_beyond),
	STORY(answering_in_between_it_is_beyond),
	STORY(a_ping_is_a_question_too),
	STORY(its_time_is_accounted_for),
};

MW_TEST_MAIN("outages_lan", tests)
