// SPDX-License-Identifier: BSD-3-Clause
// Packets between workers: each flow stays in order, nothing gets lost unsaid when an inbox is full.
// Neighbours: app/midwatch/handover.c.
#include "handover.h"

#include <stdlib.h>
#include <string.h>

#include "mw_detectors.h"
#include "mw_test.h"

#define ROOM 128u

static struct workers workers;
static struct mw_packet packets[MW_BATCH_PACKETS * 8];

static void *ring_memory[3][3];

static void build(void)
{
	size_t bytes = mw_ring_bytes(sizeof(struct mw_packet *), ROOM);

	memset(&workers, 0, sizeof(workers));
	workers.count = 3;
	assert_int_equal(mw_pipeline_register(&workers.names, &mw_detectors, &workers.counters), 0);
	for (uint16_t i = 0; i < 3; i++) {
		workers.each[i].index = i;
		workers.each[i].stats = aligned_alloc(64, sizeof(struct mw_stats_block));
		assert_non_null(workers.each[i].stats);
		memset(workers.each[i].stats, 0, sizeof(struct mw_stats_block));
		for (uint16_t from = 0; from < 3; from++) {
			if (from == i)
				continue;
			ring_memory[i][from] = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
			workers.each[i].inbox[from] = mw_ring_init(ring_memory[i][from], bytes, sizeof(struct mw_packet *), ROOM);
			assert_non_null(workers.each[i].inbox[from]);
		}
	}
}

static void tear_down(void)
{
	for (int i = 0; i < 3; i++) {
		free(workers.each[i].stats);
		for (int from = 0; from < 3; from++) {
			free(ring_memory[i][from]);
			ring_memory[i][from] = NULL;
		}
	}
}

static uint64_t counted(uint16_t worker, uint32_t counter)
{
	return mw_stats_read(workers.each[worker].stats, counter);
}

static bool never_full(void *context, struct mw_packet *packet)
{
	(void)context;
	(void)packet;
	fail_msg("an inbox was full");
	return false;
}

static bool give_up(void *context, struct mw_packet *packet)
{
	packet->source_cookie = &packets; // released
	++*(uint32_t *)context;
	return false;
}

// Makes room by letting the owner take what is there.
static bool collect_and_retry(void *context, struct mw_packet *packet)
{
	struct handover_batch got;

	handover_collect(&workers.each[packet->owner], 0, &got);
	*(uint32_t *)context += got.count;
	return true;
}

static struct mw_packet *keep_it(struct mw_packet *packet)
{
	return packet;
}

static void send_batch(uint32_t first, uint16_t owner_of(uint32_t), struct handover_batch *own,
					   bool (*full)(void *, struct mw_packet *), void *context)
{
	const struct handover_source source = {keep_it, full, context};
	struct mw_packet *batch[MW_BATCH_PACKETS];

	for (uint32_t i = 0; i < MW_BATCH_PACKETS; i++) {
		batch[i] = &packets[first + i];
		*batch[i] = (struct mw_packet){.owner = owner_of(first + i), .time_ns = first + i};
	}
	handover_sort(&workers, &workers.each[0], batch, MW_BATCH_PACKETS, own, &source);
}

static uint16_t by_three(uint32_t number)
{
	return (uint16_t)(number * 7 % 3);
}

static uint16_t to_one(uint32_t number)
{
	(void)number;
	return 1;
}

static uint32_t check_order(const struct handover_batch *got, uint16_t owner, uint64_t *latest)
{
	for (uint32_t i = 0; i < got->count; i++) {
		assert_int_equal(got->packets[i]->owner, owner);
		assert_true(got->packets[i]->time_ns + 1 > *latest);
		*latest = got->packets[i]->time_ns + 1;
	}
	return got->count;
}

static void order_of_each_owner_is_kept(void **state)
{
	uint64_t latest[3] = {0};
	uint32_t seen = 0;
	struct handover_batch got;

	(void)state;
	build();
	for (uint32_t batch = 0; batch < 4; batch++) {
		send_batch(batch * MW_BATCH_PACKETS, by_three, &got, never_full, NULL);
		seen += check_order(&got, 0, &latest[0]);
	}
	for (uint16_t worker = 1; worker < 3; worker++) {
		do {
			handover_collect(&workers.each[worker], 0, &got);
			seen += check_order(&got, worker, &latest[worker]);
		} while (got.count > 0);
	}
	assert_int_equal(seen, 4 * MW_BATCH_PACKETS);
	assert_int_equal(counted(0, workers.counters.handover_full), 0);
	assert_true(counted(0, workers.counters.handed_over) > 2 * MW_BATCH_PACKETS);
	tear_down();
}

static void full_inbox_loses_and_counts(void **state)
{
	uint32_t released = 0, taken = 0;
	struct handover_batch got;

	(void)state;
	build();
	for (uint32_t batch = 0; batch < 4; batch++)
		send_batch(batch * MW_BATCH_PACKETS, to_one, &got, give_up, &released);
	do {
		handover_collect(&workers.each[1], 0, &got);
		taken += got.count;
	} while (got.count > 0);
	assert_true(released > 0);
	assert_int_equal(counted(0, workers.counters.handover_full), released);
	assert_int_equal(taken + released, 4 * MW_BATCH_PACKETS);
	tear_down();
}

static void replay_waits_for_room_and_loses_nothing(void **state)
{
	uint32_t taken = 0;
	struct handover_batch got;

	(void)state;
	build();
	for (uint32_t batch = 0; batch < 8; batch++)
		send_batch(batch * MW_BATCH_PACKETS, to_one, &got, collect_and_retry, &taken);
	do {
		handover_collect(&workers.each[1], 0, &got);
		taken += got.count;
	} while (got.count > 0);
	assert_int_equal(taken, 8 * MW_BATCH_PACKETS);
	assert_int_equal(counted(0, workers.counters.handover_full), 0);
	tear_down();
}

static void nobody_leaves_packets_for_himself(void **state)
{
	struct handover_batch got = {.count = 9};

	(void)state;
	build();
	handover_collect(&workers.each[1], 1, &got);
	assert_int_equal(got.count, 0);
	tear_down();
}

static const struct CMUnitTest tests[] = {
	MW_TEST(order_of_each_owner_is_kept),
	MW_TEST(full_inbox_loses_and_counts),
	MW_TEST(replay_waits_for_room_and_loses_nothing),
	MW_TEST(nobody_leaves_packets_for_himself),
};

MW_TEST_MAIN("app_handover", tests)
