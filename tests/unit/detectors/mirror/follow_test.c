// SPDX-License-Identifier: BSD-3-Clause
// Stories of one connection: what the mirror lost, and what looks like it. A clock in milliseconds tells each.
// Neighbours: lib/detectors/mirror/follow.c; detector_world.h starts the worker half.
#include <stdlib.h>
#include <string.h>

#include "detector_world.h"
#include "mirror.h"
#include "mw_test.h"

#define EPOCH_NS (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define DATA     1000 // bytes of a segment

struct world {
	struct mirror_settings settings;
	struct detector_worker worker;
};

static int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct mirror_settings){.enabled = true, .flows_per_second = 1000};
	detector_worker_start(&world->worker, &mw_detector_mirror, &world->settings, MW_NS_PER_SECOND);
	*state = world;
	return 0;
}

static int world_stop(void **state)
{
	struct world *world = *state;

	detector_worker_stop(&world->worker);
	free(world);
	return 0;
}

#define STORY(function) cmocka_unit_test_setup_teardown(function, world_start, world_stop)

/** Numbers are relative: both sides' first byte of data is 1. */
static void send(struct world *world, bool server, uint64_t at_ms, uint8_t flags, uint32_t seq, uint32_t ack,
				 uint32_t bytes)
{
	static const uint8_t ends[2][4] = {{10, 0, 0, 2}, {203, 0, 113, 5}};
	const bool syn = (flags & MW_TCP_SYN) != 0, acks = (flags & MW_TCP_ACK) != 0;
	struct mw_packet packet = {
		.kinds = MW_KIND_TCP,
		.fate = MW_FATE_ANALYSED,
		.family = 4,
		.protocol = 6,
		.tunnel = MW_LAYERS,
		.ttl = 64,
		.wire_bytes = 54 + bytes,
		.payload_wire_bytes = bytes,
		.src = mw_address_from_v4(ends[server]),
		.dst = mw_address_from_v4(ends[!server]),
		.src_port = server ? 443 : 50000,
		.dst_port = server ? 50000 : 443,
		.time_ns = EPOCH_NS + at_ms * MW_NS_PER_MS,
		.tcp = {.seq = seq, .ack = ack, .window = 1000, .flags = flags, .header_bytes = 20, .mss = syn ? DATA : 0},
	};

	packet.clock_ns = MW_MAX(world->worker.clock_ns, packet.time_ns);
	packet.tcp.present = syn ? MW_TCP_OPTION_MSS : 0;
	packet.kinds |= syn ? (acks ? MW_KIND_SYN_ACK : MW_KIND_SYN) : 0u;
	packet.kinds |= flags & MW_TCP_FIN ? MW_KIND_FIN : 0u;
	packet.kinds |= flags & MW_TCP_RST ? MW_KIND_RST : 0u;
	packet.kinds |= bytes > 0 ? MW_KIND_PAYLOAD : 0u;
	detector_worker_send(&world->worker, &packet);
}

/** A handshake of 20 ms, a request of 100 bytes: the server's data begins at 30 ms. */
static void open_connection(struct world *world)
{
	send(world, false, 0, MW_TCP_SYN, 0, 0, 0);
	send(world, true, 18, MW_TCP_SYN | MW_TCP_ACK, 0, 1, 0);
	send(world, false, 20, MW_TCP_ACK, 1, 1, 0);
	send(world, false, 20, MW_TCP_ACK, 1, 1, 100);
}

/** Segment number of the server's data, from 0 on. */
static void data(struct world *world, uint64_t at_ms, uint32_t number)
{
	send(world, true, at_ms, MW_TCP_ACK, 1 + number * DATA, 101, DATA);
}

static void ack(struct world *world, uint64_t at_ms, uint32_t segments)
{
	send(world, false, at_ms, MW_TCP_ACK, 101, 1 + segments * DATA, 0);
}

/** Both sides close in order: what was acknowledged is counted. */
static void close_connection(struct world *world, uint64_t at_ms, uint32_t segments)
{
	send(world, false, at_ms, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + segments * DATA, 0);
	send(world, true, at_ms + 18, MW_TCP_ACK | MW_TCP_FIN, 1 + segments * DATA, 102, 0);
	send(world, false, at_ms + 20, MW_TCP_ACK, 102, 2 + segments * DATA, 0);
}

static uint64_t count(const struct world *world, const char *name)
{
	return detector_worker_count(&world->worker, name);
}

static void assert_counts(const struct world *world, uint64_t unseen, uint64_t before, uint64_t again, uint64_t late)
{
	assert_int_equal(count(world, "servers-unseen-bytes"), unseen);
	assert_int_equal(count(world, "servers-before-bytes"), before);
	assert_int_equal(count(world, "servers-again-bytes"), again);
	assert_int_equal(count(world, "servers-late-bytes"), late);
	assert_int_equal(count(world, "clients-unseen-bytes"), 0);
}

static void test_what_is_whole_has_no_loss(void **state)
{
	struct world *world = *state;

	open_connection(world);
	for (uint32_t i = 0; i < 10; i++)
		data(world, 30 + i, i);
	ack(world, 50, 10);
	close_connection(world, 60, 10);
	assert_counts(world, 0, 0, 0, 0);
	assert_int_equal(count(world, "servers-acked-bytes"), 10 * DATA);
	assert_int_equal(count(world, "servers-segments"), 10);
	assert_int_equal(count(world, "clients-acked-bytes"), 101); // with the FIN
	assert_int_equal(count(world, "servers-flows"), 1);
}

static void test_acknowledged_and_never_seen_was_lost_by_the_mirror(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 2);
	assert_true(detector_worker_watches(&world->worker));
	ack(world, 50, 3);
	data(world, 70, 3);
	assert_false(detector_worker_watches(&world->worker));
	ack(world, 90, 4);
	close_connection(world, 100, 4);
	assert_counts(world, DATA, 0, 0, 0);
	assert_int_equal(count(world, "servers-flows-lossy"), 1);
}

static void test_the_last_segment_is_told_by_its_acknowledgement(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 2);
	data(world, 70, 2);
	close_connection(world, 100, 3);
	assert_counts(world, DATA, 0, 0, 0);
}

static void test_late_is_not_lost(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 2);
	data(world, 33, 1); // within 3 ms or half a round trip of 20 ms
	ack(world, 50, 3);
	close_connection(world, 60, 3);
	assert_counts(world, 0, 0, 0, DATA);
}

static void test_a_direction_that_lags_is_not_lost(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 40, 3);
	data(world, 41, 1);
	data(world, 42, 2);
	close_connection(world, 60, 3);
	assert_counts(world, 0, 0, 0, 2 * DATA);
}

static void test_what_comes_again_later_was_lost_before_the_tap(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 2);
	ack(world, 50, 1);
	data(world, 70, 1);
	ack(world, 90, 3);
	close_connection(world, 100, 3);
	assert_counts(world, 0, DATA, 0, 0);
}

static void test_an_end_that_was_lost_on_the_line_comes_again(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	send(world, false, 50, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + DATA, 0); // the server's own end was lost before the tap
	send(world, true, 60, MW_TCP_ACK, 2 + DATA, 102, 0);
	send(world, true, 260, MW_TCP_ACK | MW_TCP_FIN, 1 + DATA, 102, 0);
	send(world, false, 280, MW_TCP_ACK, 102, 2 + DATA, 0);
	send(world, true, 400, MW_TCP_ACK, 2 + DATA, 102, 0);
	assert_counts(world, 0, 1, 0, 0);
}

static void test_what_was_lost_is_told_with_its_moment(void **state)
{
	struct world *world = *state;
	const struct mw_moment arrived = {
		.number = (EPOCH_NS + 30 * MW_NS_PER_MS) / MW_MOMENT_NS, .packets = 7, .bytes = 5000, .segment_bytes = 4000};
	const struct mw_event *event;
	struct mirror_moment moment;
	struct mirror_lost lost;

	mw_detector_mirror.on_moment(&world->worker.ctx, &arrived);
	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 2); // one between is never seen
	data(world, 38, 3);
	data(world, 41, 5); // nor one in this moment or the one before
	ack(world, 50, 6);
	data(world, 70, 6);
	mw_detector_mirror.on_tick(&world->worker.ctx, EPOCH_NS + MW_NS_PER_SECOND);
	assert_int_equal(world->worker.events_count, 2);
	event = detector_worker_event(&world->worker, 0);
	assert_int_equal(event->kind & 0xff, MIRROR_EVENT_HOLE);
	memcpy(&lost, event->body, sizeof(lost));
	assert_int_equal(lost.until, lost.from + 1);
	assert_int_equal(lost.bytes, DATA);
	event = detector_worker_event(&world->worker, 1);
	assert_int_equal(event->kind & 0xff, MIRROR_EVENT_MOMENT);
	memcpy(&moment, event->body, sizeof(moment));
	assert_int_equal(moment.number, arrived.number);
	assert_int_equal(moment.bytes, 5000);
	assert_int_equal(moment.lost.bytes, DATA);
	assert_int_equal(moment.unplaced.holes, 0);
}

static void test_what_was_seen_and_comes_again_was_lost_beyond_the_tap(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 1);
	ack(world, 50, 0);
	data(world, 250, 0);
	ack(world, 270, 2);
	close_connection(world, 280, 2);
	assert_counts(world, 0, 0, DATA, 0);
}

static void test_a_keep_alive_is_nothing(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 1);
	send(world, true, 900, MW_TCP_ACK, DATA, 101, 1);
	send(world, true, 1900, MW_TCP_ACK, DATA, 101, 0);
	close_connection(world, 2000, 1);
	assert_counts(world, 0, 0, 0, 0);
}

static void test_silence_is_no_loss(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 1);
	data(world, 20000, 50); // nothing in between: not this connection alone
	ack(world, 20020, 51);
	data(world, 20040, 51);
	close_connection(world, 20100, 52);
	assert_counts(world, 0, 0, 0, 0);
	assert_int_equal(count(world, "servers-blind-bytes"), 49 * DATA);
}

static void test_one_direction_is_no_loss(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	for (uint32_t i = 0; i < 40; i++)
		ack(world, 50 + 100 * i, 2 + i); // for four seconds nothing comes from the server
	data(world, 4100, 41);
	close_connection(world, 4200, 42);
	assert_counts(world, 0, 0, 0, 0);
	assert_int_equal(count(world, "servers-blind-bytes"), 40 * DATA);
}

static void test_a_whole_answer_is_no_chance(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 1);
	send(world, false, 3000, MW_TCP_ACK, 101, 1 + DATA, 100);
	send(world, false, 3020, MW_TCP_ACK, 201, 1 + 21 * DATA, 0);
	send(world, true, 9000, MW_TCP_ACK, 1 + 21 * DATA, 201, DATA);
	close_connection(world, 9100, 22);
	assert_counts(world, 0, 0, 0, 0);
	assert_int_equal(count(world, "servers-blind-bytes"), 20 * DATA);
}

static void test_one_segment_before_a_pause_is_chance(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 1);
	send(world, false, 3000, MW_TCP_ACK, 101, 1 + DATA, 100);
	send(world, false, 3020, MW_TCP_ACK, 201, 1 + 2 * DATA, 0);
	send(world, true, 9000, MW_TCP_ACK, 1 + 2 * DATA, 201, DATA);
	close_connection(world, 9100, 3);
	assert_counts(world, DATA, 0, 0, 0);
}

static void test_nobody_acknowledged_it(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	data(world, 31, 2);
	send(world, true, 15000, MW_TCP_ACK, 1 + 3 * DATA, 101, DATA);
	assert_counts(world, 0, 0, 0, 0);
	assert_int_equal(count(world, "undecided"), 1);
}

static void test_it_ends_with_a_hole(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 2);
	assert_true(detector_worker_watches(&world->worker));
	mw_flow_end_all(world->worker.flows);
	assert_counts(world, DATA, 0, 0, 0);
}

static void test_a_reset_ends_it(void **state)
{
	struct world *world = *state;

	open_connection(world);
	data(world, 30, 0);
	ack(world, 50, 2);
	send(world, false, 60, MW_TCP_RST, 101, 0, 0);
	assert_false(detector_worker_watches(&world->worker));
	assert_counts(world, DATA, 0, 0, 0);
}

static void test_more_holes_than_are_followed(void **state)
{
	struct world *world = *state;

	open_connection(world);
	for (uint32_t i = 0; i < 20; i++)
		data(world, 30 + i, 2 * i);
	assert_int_equal(count(world, "undecided"), 19 - 8);
	data(world, 60, 1000000); // no window is so large
	assert_int_equal(count(world, "undecided"), 19 - 8 + 1);
}

static void test_a_connection_met_in_its_middle(void **state)
{
	struct world *world = *state;

	data(world, 0, 0);
	ack(world, 10, 1);
	data(world, 20, 1);
	ack(world, 30, 2);
	data(world, 3000, 2); // followed from here on
	ack(world, 3010, 3);
	data(world, 3020, 4);
	ack(world, 3030, 5);
	data(world, 3100, 5);
	assert_int_equal(count(world, "servers-flows") + count(world, "clients-flows"), 2);
	assert_int_equal(count(world, "servers-unseen-bytes") + count(world, "clients-unseen-bytes"), DATA);
}

static void test_one_side_alone_that_is_answered(void **state)
{
	struct world *world = *state;

	send(world, false, 0, MW_TCP_SYN, 0, 0, 0);
	send(world, false, 20, MW_TCP_ACK, 1, 1, 0);
	for (uint32_t i = 1; i < 5; i++)
		ack(world, 20 + 10 * i, i);
	send(world, false, 100, MW_TCP_ACK | MW_TCP_FIN, 101, 1 + 5 * DATA, 0);
	assert_int_equal(count(world, "one-way"), 1);
	assert_int_equal(count(world, "both-ways"), 0);
	assert_int_equal(count(world, "servers-flows"), 0);
}

static void test_one_side_alone_that_is_not(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < 4; i++)
		send(world, false, 3000 * i, MW_TCP_ACK, 1 + 100 * i, 1, 100);
	send(world, false, 12000, MW_TCP_ACK | MW_TCP_FIN, 401, 1, 0);
	assert_int_equal(count(world, "one-way"), 0);
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
		STORY(test_one_side_alone_that_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
