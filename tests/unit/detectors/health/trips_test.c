// SPDX-License-Identifier: BSD-3-Clause
// Round trips of one connection: which segments are timed, and which nobody can tell.
// Neighbours: lib/detectors/health/trips.c; detector_world.h starts the worker half.
#include <stdlib.h>
#include <string.h>

#include "detector_world.h"
#include "health.h"
#include "mw_test.h"

#define ACK MW_TCP_ACK

static struct health_settings settings;

static int start(void **state)
{
	settings = (struct health_settings){.enabled = true, .peers = 20, .segments_per_second = 1000};
	return detector_worker_set_up(state, &mw_detector_health, &settings, MW_NS_PER_SECOND);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, start, detector_worker_tear_down)

static void open_connection(struct detector_worker *worker)
{
	detector_worker_send_tcp(worker, false, 0, MW_TCP_SYN, 0, 0, 0);
	detector_worker_send_tcp(worker, true, 18, MW_TCP_SYN | ACK, 0, 1, 0);
	detector_worker_send_tcp(worker, false, 20, ACK, 1, 1, 0);
}

/** The round trip of event number, in ms; whether the server took it. */
static void assert_trip(const struct detector_worker *worker, uint32_t number, uint32_t ms, bool of_server)
{
	const struct mw_event *event = detector_worker_event(worker, number);
	struct health_brief brief;

	memcpy(&brief, event->brief, sizeof(brief));
	assert_int_equal(brief.service, HEALTH_TCP);
	assert_int_equal(brief.us, ms * 1000);
	assert_int_equal(event->flow.dst_port, of_server ? 443 : 50000);
}

static void handshake_and_data_are_timed(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	detector_worker_send_tcp(worker, false, 30, ACK, 1, 1, 100);
	detector_worker_send_tcp(worker, true, 55, ACK, 1, 101, 0);
	assert_int_equal(worker->events_count, 3);
	assert_trip(worker, 0, 18, true);
	assert_trip(worker, 1, 2, false);
	assert_trip(worker, 2, 25, true);
	assert_int_equal(detector_worker_event(worker, 2)->time_ns, DETECTOR_EPOCH_NS + 30 * MW_NS_PER_MS);
}

static void an_acknowledgement_of_several_times_the_last(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	detector_worker_send_tcp(worker, true, 30, ACK, 1, 1, 1000);
	detector_worker_send_tcp(worker, true, 31, ACK, 1001, 1, 1000);
	detector_worker_send_tcp(worker, false, 33, ACK, 1, 2001, 0);
	assert_int_equal(worker->events_count, 3);
	assert_trip(worker, 2, 2, false);
	detector_worker_send_tcp(worker, false, 40, ACK, 1, 2001, 0); // the same again
	assert_int_equal(worker->events_count, 3);
}

static void half_a_segment_tells_nothing(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	detector_worker_send_tcp(worker, true, 30, ACK, 1, 1, 1000);
	detector_worker_send_tcp(worker, false, 33, ACK, 1, 501, 0);
	assert_int_equal(worker->events_count, 2);
}

static void what_was_sent_again_is_not_timed(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	detector_worker_send_tcp(worker, true, 30, ACK, 1, 1, 1000);
	detector_worker_send_tcp(worker, true, 31, ACK, 1001, 1, 1000);
	detector_worker_send_tcp(worker, true, 230, ACK, 1, 1, 1000);
	detector_worker_send_tcp(worker, false, 232, ACK, 1, 2001, 0); // waited for what was lost
	assert_int_equal(worker->events_count, 2);
	detector_worker_send_tcp(worker, true, 240, ACK, 2001, 1, 1000);
	detector_worker_send_tcp(worker, false, 243, ACK, 1, 3001, 0);
	assert_trip(worker, 2, 3, false);
}

static void a_reset_that_is_ignored_ends_nothing(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	detector_worker_send_tcp(worker, false, 30, ACK, 1, 1, 100);
	detector_worker_send_tcp(worker, true, 31, MW_TCP_RST, 50000, 0, 0);
	detector_worker_send_tcp(worker, true, 55, ACK, 1, 101, 0);
	assert_trip(worker, 2, 25, true);
}

static void of_many_open_segments_the_newest_are_known(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	for (uint32_t i = 0; i < 100; i++)
		detector_worker_send_tcp(worker, true, 30 + i, ACK, 1 + i * 1000, 1, 1000);
	detector_worker_send_tcp(worker, false, 130, ACK, 1, 1001, 0); // given up
	assert_int_equal(worker->events_count, 2);
	detector_worker_send_tcp(worker, false, 131, ACK, 1, 100001, 0);
	assert_trip(worker, 2, 2, false);
}

static void beyond_its_budget_connections_are_left_alone(void **state)
{
	struct detector_worker *worker = *state;

	settings.segments_per_second = 4;
	open_connection(worker);
	detector_worker_send_tcp(worker, false, 30, ACK, 1, 1, 100);
	detector_worker_send_tcp(worker, true, 55, ACK, 1, 101, 100);
	assert_int_equal(worker->events_count, 3);
	assert_true(detector_worker_watches(worker));
	detector_worker_send_tcp(worker, false, 60, ACK, 101, 101, 0);
	assert_int_equal(worker->events_count, 3);
	assert_false(detector_worker_watches(worker));
}

static const struct CMUnitTest tests[] = {
	STORY(handshake_and_data_are_timed),
	STORY(an_acknowledgement_of_several_times_the_last),
	STORY(half_a_segment_tells_nothing),
	STORY(what_was_sent_again_is_not_timed),
	STORY(a_reset_that_is_ignored_ends_nothing),
	STORY(of_many_open_segments_the_newest_are_known),
	STORY(beyond_its_budget_connections_are_left_alone),
};
MW_TEST_MAIN("health_trips", tests)
