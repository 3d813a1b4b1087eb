// SPDX-License-Identifier: BSD-3-Clause
// Stories of one connection: what the mirror lost, and what looks like it. A clock in milliseconds tells each.
// Neighbours: lib/detectors/mirror/follow.c; detector_world.h starts the worker half.
#include <stdlib.h>
#include <string.h>

#include "detector_world.h"
#include "mirror.h"
#include "mw_test.h"

#define DATA DETECTOR_MSS // bytes of a segment

static int start(void **state)
{
	static const struct mirror_settings settings = {.enabled = true, .flows_per_second = 1000};

	return detector_worker_set_up(state, &mw_detector_mirror, &settings, MW_NS_PER_SECOND);
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, start, detector_worker_tear_down)

/** A handshake of 20 ms, a request of 100 bytes: the server's data begins at 30 ms. */
static void open_connection(struct detector_worker *worker)
{
	detector_worker_send_tcp(worker, false, 0, MW_TCP_SYN, 0, 0, 0);
	detector_worker_send_tcp(worker, true, 18, MW_TCP_SYN | MW_TCP_ACK, 0, 1, 0);
	detector_worker_send_tcp(worker, false, 20, MW_TCP_ACK, 1, 1, 0);
	detector_worker_send_tcp(worker, false, 20, MW_TCP_ACK, 1, 1, 100);
}

/** Segment number of the server's data, from 0 on. */
static void data(struct detector_worker *worker, uint64_t at_ms, uint32_t number)
{
	detector_worker_send_tcp(worker, true, at_ms, MW_TCP_ACK, 1 + number * DATA, 101, DATA);
}

static void ack(struct detector_worker *worker, uint64_t at_ms, uint32_t segments)
{
	detector_worker_send_tcp(worker, false, at_ms, MW_TCP_ACK, 101, 1 + segments * DATA, 0);
}

/** Both sides close in order: what was acknowledged is counted. */
static void close_connection(struct detector_worker *worker, uint64_t at_ms, uint32_t segments)
{
	detector_worker_send_tcp(worker, false, at_ms, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + segments * DATA, 0);
	detector_worker_send_tcp(worker, true, at_ms + 18, MW_TCP_ACK | MW_TCP_FIN, 1 + segments * DATA, 102, 0);
	detector_worker_send_tcp(worker, false, at_ms + 20, MW_TCP_ACK, 102, 2 + segments * DATA, 0);
}

static uint64_t count(const struct detector_worker *worker, const char *name)
{
	return detector_worker_count(worker, name);
}

static void assert_counts(const struct detector_worker *worker, uint64_t unseen, uint64_t before, uint64_t again,
						  uint64_t late)
{
	assert_int_equal(count(worker, "servers-unseen-bytes"), unseen);
	assert_int_equal(count(worker, "servers-before-bytes"), before);
	assert_int_equal(count(worker, "servers-again-bytes"), again);
	assert_int_equal(count(worker, "servers-late-bytes"), late);
	assert_int_equal(count(worker, "clients-unseen-bytes"), 0);
}

static void test_what_is_whole_has_no_loss(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	for (uint32_t i = 0; i < 10; i++)
		data(worker, 30 + i, i);
	ack(worker, 50, 10);
	close_connection(worker, 60, 10);
	assert_counts(worker, 0, 0, 0, 0);
	assert_int_equal(count(worker, "servers-acked-bytes"), 10 * DATA);
	assert_int_equal(count(worker, "servers-segments"), 10);
	assert_int_equal(count(worker, "clients-acked-bytes"), 101); // with the FIN
	assert_int_equal(count(worker, "servers-flows"), 1);
}

static void test_acknowledged_and_never_seen_was_lost_by_the_mirror(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 2);
	assert_true(detector_worker_watches(worker));
	ack(worker, 50, 3);
	data(worker, 70, 3);
	assert_false(detector_worker_watches(worker));
	ack(worker, 90, 4);
	close_connection(worker, 100, 4);
	assert_counts(worker, DATA, 0, 0, 0);
	assert_int_equal(count(worker, "servers-flows-lossy"), 1);
}

static void test_the_last_segment_is_told_by_its_acknowledgement(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 2);
	data(worker, 70, 2);
	close_connection(worker, 100, 3);
	assert_counts(worker, DATA, 0, 0, 0);
}

static void test_late_is_not_lost(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 2);
	data(worker, 33, 1); // within 3 ms or half a round trip of 20 ms
	ack(worker, 50, 3);
	close_connection(worker, 60, 3);
	assert_counts(worker, 0, 0, 0, DATA);
}

static void test_a_direction_that_lags_is_not_lost(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 40, 3);
	data(worker, 41, 1);
	data(worker, 42, 2);
	close_connection(worker, 60, 3);
	assert_counts(worker, 0, 0, 0, 2 * DATA);
}

static void test_what_comes_again_later_was_lost_before_the_tap(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 2);
	ack(worker, 50, 1);
	data(worker, 70, 1);
	ack(worker, 90, 3);
	close_connection(worker, 100, 3);
	assert_counts(worker, 0, DATA, 0, 0);
}

static void test_an_end_that_was_lost_on_the_line_comes_again(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	detector_worker_send_tcp(worker, false, 50, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + DATA,
							 0); // the server's own end was lost before the tap
	detector_worker_send_tcp(worker, true, 60, MW_TCP_ACK, 2 + DATA, 102, 0);
	detector_worker_send_tcp(worker, true, 260, MW_TCP_ACK | MW_TCP_FIN, 1 + DATA, 102, 0);
	detector_worker_send_tcp(worker, false, 280, MW_TCP_ACK, 102, 2 + DATA, 0);
	detector_worker_send_tcp(worker, true, 400, MW_TCP_ACK, 2 + DATA, 102, 0);
	assert_counts(worker, 0, 1, 0, 0);
}

static void test_what_was_lost_is_told_with_its_moment(void **state)
{
	struct detector_worker *worker = *state;
	const struct mw_moment arrived = {.number = (DETECTOR_EPOCH_NS + 30 * MW_NS_PER_MS) / MW_MOMENT_NS,
									  .packets = 7,
									  .bytes = 5000,
									  .segment_bytes = 4000};
	const struct mw_event *event;
	struct mirror_moment moment;
	struct mirror_lost lost;

	mw_detector_mirror.on_moment(&worker->ctx, &arrived);
	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 2); // one between is never seen
	data(worker, 38, 3);
	data(worker, 41, 5); // nor one in this moment or the one before
	ack(worker, 50, 6);
	data(worker, 70, 6);
	mw_detector_mirror.on_tick(&worker->ctx, DETECTOR_EPOCH_NS + MW_NS_PER_SECOND);
	assert_int_equal(worker->events_count, 2);
	event = detector_worker_event(worker, 0);
	assert_int_equal(event->kind & 0xff, MIRROR_EVENT_HOLE);
	memcpy(&lost, event->body, sizeof(lost));
	assert_int_equal(lost.until, lost.from + 1);
	assert_int_equal(lost.bytes, DATA);
	event = detector_worker_event(worker, 1);
	assert_int_equal(event->kind & 0xff, MIRROR_EVENT_MOMENT);
	memcpy(&moment, event->body, sizeof(moment));
	assert_int_equal(moment.number, arrived.number);
	assert_int_equal(moment.bytes, 5000);
	assert_int_equal(moment.lost.bytes, DATA);
	assert_int_equal(moment.unplaced.holes, 0);
}

static void test_what_was_seen_and_comes_again_was_lost_beyond_the_tap(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 1);
	ack(worker, 50, 0);
	data(worker, 250, 0);
	ack(worker, 270, 2);
	close_connection(worker, 280, 2);
	assert_counts(worker, 0, 0, DATA, 0);
}

static void test_a_keep_alive_is_nothing(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 1);
	detector_worker_send_tcp(worker, true, 900, MW_TCP_ACK, DATA, 101, 1);
	detector_worker_send_tcp(worker, true, 1900, MW_TCP_ACK, DATA, 101, 0);
	close_connection(worker, 2000, 1);
	assert_counts(worker, 0, 0, 0, 0);
}

static void test_silence_is_no_loss(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 1);
	data(worker, 20000, 50); // nothing in between: not this connection alone
	ack(worker, 20020, 51);
	data(worker, 20040, 51);
	close_connection(worker, 20100, 52);
	assert_counts(worker, 0, 0, 0, 0);
	assert_int_equal(count(worker, "servers-blind-bytes"), 49 * DATA);
}

static void test_one_direction_is_no_loss(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	for (uint32_t i = 0; i < 40; i++)
		ack(worker, 50 + 100 * i, 2 + i); // for four seconds nothing comes from the server
	data(worker, 4100, 41);
	close_connection(worker, 4200, 42);
	assert_counts(worker, 0, 0, 0, 0);
	assert_int_equal(count(worker, "servers-blind-bytes"), 40 * DATA);
}

static void test_a_whole_answer_is_no_chance(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 1);
	detector_worker_send_tcp(worker, false, 3000, MW_TCP_ACK, 101, 1 + DATA, 100);
	detector_worker_send_tcp(worker, false, 3020, MW_TCP_ACK, 201, 1 + 21 * DATA, 0);
	detector_worker_send_tcp(worker, true, 9000, MW_TCP_ACK, 1 + 21 * DATA, 201, DATA);
	close_connection(worker, 9100, 22);
	assert_counts(worker, 0, 0, 0, 0);
	assert_int_equal(count(worker, "servers-blind-bytes"), 20 * DATA);
}

static void test_one_segment_before_a_pause_is_chance(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 1);
	detector_worker_send_tcp(worker, false, 3000, MW_TCP_ACK, 101, 1 + DATA, 100);
	detector_worker_send_tcp(worker, false, 3020, MW_TCP_ACK, 201, 1 + 2 * DATA, 0);
	detector_worker_send_tcp(worker, true, 9000, MW_TCP_ACK, 1 + 2 * DATA, 201, DATA);
	close_connection(worker, 9100, 3);
	assert_counts(worker, DATA, 0, 0, 0);
}

static void test_nobody_acknowledged_it(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	data(worker, 31, 2);
	detector_worker_send_tcp(worker, true, 15000, MW_TCP_ACK, 1 + 3 * DATA, 101, DATA);
	assert_counts(worker, 0, 0, 0, 0);
	assert_int_equal(count(worker, "undecided"), 1);
}

static void test_it_ends_with_a_hole(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 2);
	assert_true(detector_worker_watches(worker));
	mw_flow_end_all(worker->flows);
	assert_counts(worker, DATA, 0, 0, 0);
}

static void test_a_reset_ends_it(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	data(worker, 30, 0);
	ack(worker, 50, 2);
	detector_worker_send_tcp(worker, false, 60, MW_TCP_RST, 101, 0, 0);
	assert_false(detector_worker_watches(worker));
	assert_counts(worker, DATA, 0, 0, 0);
}

static void test_more_holes_than_are_followed(void **state)
{
	struct detector_worker *worker = *state;

	open_connection(worker);
	for (uint32_t i = 0; i < 20; i++)
		data(worker, 30 + i, 2 * i);
	assert_int_equal(count(worker, "undecided"), 19 - 8);
	data(worker, 60, 1000000); // no window is so large
	assert_int_equal(count(worker, "undecided"), 19 - 8 + 1);
}

static void test_a_connection_met_in_its_middle(void **state)
{
	struct detector_worker *worker = *state;

	data(worker, 0, 0);
	ack(worker, 10, 1);
	data(worker, 20, 1);
	ack(worker, 30, 2);
	data(worker, 3000, 2); // followed from here on
	ack(worker, 3010, 3);
	data(worker, 3020, 4);
	ack(worker, 3030, 5);
	data(worker, 3100, 5);
	assert_int_equal(count(worker, "servers-flows") + count(worker, "clients-flows"), 2);
	assert_int_equal(count(worker, "servers-unseen-bytes") + count(worker, "clients-unseen-bytes"), DATA);
}

static void test_one_side_alone_that_is_answered(void **state)
{
	struct detector_worker *worker = *state;

	detector_worker_send_tcp(worker, false, 0, MW_TCP_SYN, 0, 0, 0);
	detector_worker_send_tcp(worker, false, 20, MW_TCP_ACK, 1, 1, 0);
	for (uint32_t i = 1; i < 5; i++)
		ack(worker, 20 + 10 * i, i);
	detector_worker_send_tcp(worker, false, 100, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + 5 * DATA, 0);
	assert_int_equal(count(worker, "one-way"), 1);
	assert_int_equal(count(worker, "both-ways"), 0);
	assert_int_equal(count(worker, "servers-flows"), 0);
}

// Captured with a clock of its own: all that the server acknowledged comes later.
static void test_a_side_that_comes_after_it_was_acknowledged(void **state)
{
	struct detector_worker *worker = *state;

	detector_worker_send_tcp(worker, true, 0, MW_TCP_SYN | MW_TCP_ACK, 0, 1, 0);
	for (uint32_t i = 1; i < 4; i++)
		detector_worker_send_tcp(worker, true, 10 * i, MW_TCP_ACK, 1, 1 + i * DATA, 0);
	detector_worker_send_tcp(worker, false, 50, MW_TCP_SYN, 0, 0, 0);
	detector_worker_send_tcp(worker, false, 60, MW_TCP_ACK, 1, 1, DATA);
	assert_int_equal(count(worker, "late-sides"), 1);
	assert_int_equal(count(worker, "late-sides-ms"), 50);
}

// One that begins in mid-connection says what nobody has acknowledged.
static void test_a_side_that_is_shown_from_then_on(void **state)
{
	struct detector_worker *worker = *state;

	for (uint32_t i = 1; i < 4; i++)
		detector_worker_send_tcp(worker, true, 10 * i, MW_TCP_ACK, 1, 1 + i * DATA, 0);
	detector_worker_send_tcp(worker, false, 50, MW_TCP_ACK, 1 + 3 * DATA, 1, DATA);
	assert_int_equal(count(worker, "late-sides"), 0);
}

static void test_one_side_alone_that_is_not(void **state)
{
	struct detector_worker *worker = *state;

	for (unsigned i = 0; i < 4; i++)
		detector_worker_send_tcp(worker, false, 3000 * i, MW_TCP_ACK, 1 + 100 * i, 1, 100);
	detector_worker_send_tcp(worker, false, 12000, MW_TCP_ACK | MW_TCP_FIN, 401, 1, 0);
	assert_int_equal(count(worker, "one-way"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(test_what_is_whole_has_no_loss),
		STORY(test_acknowledged_and_never_seen_was_lost_by_the_mirror),
		STORY(test_the_last_segment_is_told_by_its_acknowledgement),
		STORY(test_late_is_not_lost),
		STORY(test_a_direction_that_lags_is_not_lost),
		STORY(test_what_comes_again_later_was_lost_before_the_tap),
		STORY(test_what_was_seen_and_comes_again_was_lost_beyond_the_tap),
		STORY(test_an_end_that_was_lost_on_the_line_comes_again),
		STORY(test_what_was_lost_is_told_with_its_moment),
		STORY(test_a_keep_alive_is_nothing),
		STORY(test_silence_is_no_loss),
		STORY(test_one_direction_is_no_loss),
		STORY(test_a_whole_answer_is_no_chance),
		STORY(test_one_segment_before_a_pause_is_chance),
		STORY(test_nobody_acknowledged_it),
		STORY(test_it_ends_with_a_hole),
		STORY(test_a_reset_ends_it),
		STORY(test_more_holes_than_are_followed),
		STORY(test_a_connection_met_in_its_middle),
		STORY(test_one_side_alone_that_is_answered),
		STORY(test_a_side_that_comes_after_it_was_acknowledged),
		STORY(test_a_side_that_is_shown_from_then_on),
		STORY(test_one_side_alone_that_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
