// SPDX-License-Identifier: BSD-3-Clause
// Round trips of one connection: which segments are timed, and which nobody can tell.
// Neighbours: lib/detectors/health/trips.c; detector_world.h starts the worker half.
#include <stdlib.h>
#include <string.h>

#include "detector_world.h"
#include "health.h"
#include "mw_test.h"

#define EPOCH_NS (UINT64_C(1768000000) * MW_NS_PER_SECOND)
#define ACK      MW_TCP_ACK

struct world {
	struct health_settings settings;
	struct detector_worker worker;
};

static int world_start(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->settings = (struct health_settings){.enabled = true, .peers = 20, .segments_per_second = 1000};
	detector_worker_start(&world->worker, &mw_detector_health, &world->settings, MW_NS_PER_SECOND);
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
		.tcp = {.seq = seq, .ack = ack, .window = 1000, .flags = flags, .header_bytes = 20},
	};

	packet.clock_ns = MW_MAX(world->worker.clock_ns, packet.time_ns);
	if (flags & MW_TCP_SYN)
		packet.kinds |= flags & ACK ? MW_KIND_SYN_ACK : MW_KIND_SYN;
	packet.kinds |= flags & MW_TCP_RST ? MW_KIND_RST : 0u;
	packet.kinds |= bytes > 0 ? MW_KIND_PAYLOAD : 0u;
	detector_worker_send(&world->worker, &packet);
}

static void open_connection(struct world *world)
{
	send(world, false, 0, MW_TCP_SYN, 0, 0, 0);
	send(world, true, 18, MW_TCP_SYN | ACK, 0, 1, 0);
	send(world, false, 20, ACK, 1, 1, 0);
}

/** The round trip of event number, in ms; whether the server took it. */
static void assert_trip(const struct world *world, uint32_t number, uint32_t ms, bool of_server)
{
	const struct mw_event *event = detector_worker_event(&world->worker, number);
	struct health_brief brief;

	memcpy(&brief, event->brief, sizeof(brief));
	assert_int_equal(brief.service, HEALTH_TCP);
	assert_int_equal(brief.us, ms * 1000);
	assert_int_equal(event->flow.dst_port, of_server ? 443 : 50000);
}

static void handshake_and_data_are_timed(void **state)
{
	struct world *world = *state;

	open_connection(world);
	send(world, false, 30, ACK, 1, 1, 100);
	send(world, true, 55, ACK, 1, 101, 0);
	assert_int_equal(world->worker.events_count, 3);
	assert_trip(world, 0, 18, true);
	assert_trip(world, 1, 2, false);
	assert_trip(world, 2, 25, true);
	assert_int_equal(detector_worker_event(&world->worker, 2)->time_ns, EPOCH_NS + 30 * MW_NS_PER_MS);
}

static void an_acknowledgement_of_several_times_the_last(void **state)
{
	struct world *world = *state;

	open_connection(world);
	send(world, true, 30, ACK, 1, 1, 1000);
	send(world, true, 31, ACK, 1001, 1, 1000);
	send(world, false, 33, ACK, 1, 2001, 0);
	assert_int_equal(world->worker.events_count, 3);
	assert_trip(world, 2, 2, false);
	send(world, false, 40, ACK, 1, 2001, 0); // the same again
	assert_int_equal(world->worker.events_count, 3);
}

static void half_a_segment_tells_nothing(void **state)
{
	struct world *world = *state;

	open_connection(world);
	send(world, true, 30, ACK, 1, 1, 1000);
	send(world, false, 33, ACK, 1, 501, 0);
	assert_int_equal(world->worker.events_count, 2);
}

static void what_was_sent_again_is_not_timed(void **state)
{
	struct world *world = *state;

	open_connection(world);
	send(world, true, 30, ACK, 1, 1, 1000);
	send(world, true, 31, ACK, 1001, 1, 1000);
	send(world, true, 230, ACK, 1, 1, 1000);
	send(world, false, 232, ACK, 1, 2001, 0); // waited for what was lost
	assert_int_equal(world->worker.events_count, 2);
	send(world, true, 240, ACK, 2001, 1, 1000);
	send(world, false, 243, ACK, 1, 3001, 0);
	assert_trip(world, 2, 3, false);
}

static void a_reset_that_is_ignored_ends_nothing(void **state)
{
	struct world *world = *state;

	open_connection(world);
	send(world, false, 30, ACK, 1, 1, 100);
	send(world, true, 31, MW_TCP_RST, 50000, 0, 0);
	send(world, true, 55, ACK, 1, 101, 0);
	assert_trip(world, 2, 25, true);
}

static void of_many_open_segments_the_newest_are_known(void **state)
{
	struct world *world = *state;

	open_connection(world);
	for (uint32_t i = 0; i < 100; i++)
		send(world, true, 30 + i, ACK, 1 + i * 1000, 1, 1000);
	send(world, false, 130, ACK, 1, 1001, 0); // given up
	assert_int_equal(world->worker.events_count, 2);
	send(world, false, 131, ACK, 1, 100001, 0);
	assert_trip(world, 2, 2, false);
}

static void beyond_its_budget_connections_are_left_alone(void **state)
{
	struct world *world = *state;

	world->settings.segments_per_second = 4;
	open_connection(world);
	send(world, false, 30, ACK, 1, 1, 100);
	send(world, true, 55, ACK, 1, 101, 100);
	assert_int_equal(world->worker.events_count, 3);
	assert_true(detector_worker_watches(&world->worker));
	send(world, false, 60, ACK, 101, 101, 0);
	assert_int_equal(world->worker.events_count, 3);
	assert_false(detector_worker_watches(&world->worker));
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
