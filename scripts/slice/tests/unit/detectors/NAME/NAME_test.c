// SPDX-License-Identifier: BSD-3-Clause
// Hosts that send ICMP errors: packets in, rows and findings out. An honest network is among the stories.
// Neighbours: lib/detectors/NAME; detector_world.h starts both halves, finding_world.h the diagnosis.
#include <stdlib.h>

#include "NAME.h"
#include "detector_world.h"
#include "finding_world.h"

FINDING_WORLD(8, &NAME_diagnoser)

#define ROWS_MAX 4

/** Both halves. Events go to control when it is asked for rows. */
struct world {
	struct NAME_settings settings;
	struct detector_worker worker;
	struct mw_detector_control control;
	uint32_t events_given;
	struct NAME_row rows[ROWS_MAX];
	uint32_t rows_count;
};

static void keep_row(void *context, const struct mw_record *record, const void *row)
{
	struct world *world = context;

	assert_ptr_equal(record, &NAME_record);
	if (world->rows_count < ROWS_MAX)
		memcpy(&world->rows[world->rows_count], row, sizeof(world->rows[0]));
	world->rows_count++;
}

static int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct mw_row_sink rows = {keep_row, world};

	assert_non_null(world);
	world->settings = (struct NAME_settings){.enabled = true, .events_per_second = 100};
	detector_worker_start(&world->worker, &mw_detector_NAME, &world->settings, MW_NS_PER_SECOND);
	detector_control_start(&world->control, &mw_detector_NAME, &world->settings, rows);
	*state = world;
	return 0;
}

static int world_stop(void **state)
{
	struct world *world = *state;

	detector_worker_stop(&world->worker);
	detector_control_stop(&world->control, &mw_detector_NAME);
	free(world);
	return 0;
}

/** An ICMP error of 192.0.2.x; x may be large. */
static struct mw_packet error_of(uint32_t sender, uint64_t at_ns)
{
	const uint8_t high = (uint8_t)(sender >> 8), low = (uint8_t)sender;

	return (struct mw_packet){.kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR,
							  .time_ns = NOON_NS + at_ns,
							  .clock_ns = NOON_NS + at_ns,
							  .family = 4,
							  .protocol = 1,
							  .src = v4(192, 0, (uint8_t)(2 + high), low),
							  .dst = v4(198, 51, 100, 7),
							  .icmp_type = 3,
							  .icmp_code = 1};
}

static void send(struct world *world, uint32_t sender, uint64_t at_ns)
{
	const struct mw_packet packet = error_of(sender, at_ns);

	detector_worker_show(&world->worker, &packet);
}

/** What control tells after all events. */
static uint32_t count_rows(struct world *world)
{
	while (world->events_given < world->worker.events_count)
		NAME_on_event(&world->control, detector_worker_event(&world->worker, world->events_given++));
	world->rows_count = 0;
	NAME_on_report(&world->control, 0, &world->control.rows);
	return world->rows_count;
}

static void errors_are_rows_of_their_senders(void **state)
{
	struct world *world = *state;

	send(world, 1, 0);
	send(world, 2, 10);
	send(world, 1, 20);
	assert_int_equal(count_rows(world), 2);
	assert_int_equal(world->rows[0].errors, 1); // the one that was silent for longest comes first
	assert_int_equal(world->rows[1].errors, 2);
	assert_int_equal(world->rows[1].first_ns, NOON_NS);
	assert_int_equal(world->rows[1].last_ns, NOON_NS + 20);
	assert_int_equal(world->rows[1].type, 3);
}

static void what_is_over_the_budget_is_counted(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i < 150; i++)
		send(world, 1, i);
	send(world, 1, MW_NS_PER_SECOND); // a new second has a new budget
	assert_int_equal(count_rows(world), 1);
	assert_int_equal(world->rows[0].errors, 101);
	assert_int_equal(detector_worker_count(&world->worker, "errors"), 151);
	assert_int_equal(detector_worker_count(&world->worker, "capped"), 50);
}

static void copies_do_not_count(void **state)
{
	struct world *world = *state;
	struct mw_packet copy = error_of(1, 0);

	copy.kinds |= MW_KIND_DUPLICATE;
	detector_worker_show(&world->worker, &copy);
	assert_int_equal(count_rows(world), 0);
}

static void it_is_silent_when_it_is_off(void **state)
{
	struct world *world = *state;

	world->settings.enabled = false;
	send(world, 1, 0);
	assert_int_equal(count_rows(world), 0);
	assert_int_equal(detector_worker_count(&world->worker, "errors"), 0);
}

static void the_oldest_sender_gives_way(void **state)
{
	struct world *world = *state;

	for (uint32_t i = 0; i <= SENDERS_MAX; i++)
		send(world, i, i * MW_NS_PER_SECOND);
	assert_int_equal(count_rows(world), SENDERS_MAX);
	assert_int_equal(world->rows[0].first_ns, NOON_NS + MW_NS_PER_SECOND);
}

static struct NAME_row row_of(int64_t errors)
{
	return (struct NAME_row){
		.first_ns = NOON_NS,
		.last_ns = NOON_NS + MW_NS_PER_SECOND,
		.sender = v4(192, 0, 2, 1),
		.errors = errors,
		.type = 3,
		.code = 1,
	};
}

static void give(struct mw_diagnosis *diagnosis, int64_t errors)
{
	const struct NAME_row row = row_of(errors);

	mw_diagnosis_row(diagnosis, &NAME_record, &row);
}

static void many_errors_are_a_finding(void **state)
{
	const struct mw_finding *finding;

	give(*state, 12);
	give(*state, 40); // the row comes again at each interval's end, and grows
	finding = only(*state);
	assert_sound(finding);
	assert_string_equal(finding->kind, "WORD-errors");
	assert_string_equal(finding->subject, "192.0.2.1");
	assert_int_equal(finding->severity, MW_SEVERITY_NOTICE);
	assert_int_equal(finding->count, 40);
	assert_holds(finding->summary, "192.0.2.1 sent 40 ICMP errors");
	assert_holds(finding->evidence, "type 3, code 1");
}

static void a_few_errors_are_none(void **state)
{
	give(*state, 9);
	assert_int_equal(count_findings(*state), 0);
}

static void the_report_has_a_line_a_sender(void **state)
{
	const struct NAME_row row = row_of(1);
	char chars[256];
	struct mw_text line = mw_text_in(chars, sizeof(chars));

	(void)state;
	assert_true(NAME_report_line(&row, &line));
	assert_string_equal(chars, "192.0.2.1 sent 1 ICMP error");
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

static const struct CMUnitTest tests[] = {
	STORY(errors_are_rows_of_their_senders),
	STORY(what_is_over_the_budget_is_counted),
	STORY(copies_do_not_count),
	STORY(it_is_silent_when_it_is_off),
	STORY(the_oldest_sender_gives_way),
	CASE(many_errors_are_a_finding),
	CASE(a_few_errors_are_none),
	MW_TEST(the_report_has_a_line_a_sender),
};

MW_TEST_MAIN("NAME", tests)
