// SPDX-License-Identifier: BSD-3-Clause
// Readers on other threads see whole flows only, while the worker inserts, updates, evicts and expires at full speed.
// Neighbours: lib/flow/reader.c, publish.h. Meant for ThreadSanitizer as well.
#include "flow_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define READERS 2
#define FLOWS   64
#define TUPLES  200
#define BATCHES 4000

/** What a reader found. */
struct reader {
	pthread_t thread;
	const struct mw_flow_table *table;
	const atomic_bool *stop;
	uint64_t whole, again, torn, above;
};

// The worker keeps these relations in every packet, so a copy that breaks one is torn: bytes are 100 a packet, the
// source port repeats in the VLAN and in the address, the service follows the client's count.
static bool is_whole(const struct mw_flow_view *copy)
{
	uint16_t id = copy->key.b_port;
	uint64_t packets = copy->side[0].packets + copy->side[1].packets;

	return copy->vlan == id && copy->key.b.bytes[15] == (uint8_t)id && copy->key.a_port == 7 &&
		   copy->side[0].bytes == 100 * copy->side[0].packets && copy->side[1].bytes == 100 * copy->side[1].packets &&
		   copy->side[0].data_packets == MW_MIN(copy->side[0].packets, 3u) &&
		   copy->side[1].data_packets == MW_MIN(copy->side[1].packets, 3u) &&
		   copy->last_ns ==
			   MW_MAX(copy->side[0].last_ns, copy->side[1].last_ns) + (packets == 0 ? copy->first_ns : 0) &&
		   copy->watch == 0;
}

static void *read_all(void *argument)
{
	struct reader *reader = argument;
	struct mw_flow_view copy;

	while (!atomic_load_explicit(reader->stop, memory_order_acquire)) {
		for (uint32_t slot = 0; slot < mw_flow_slots(reader->table); slot++) {
			int result = mw_flow_snapshot(reader->table, slot, &copy);

			reader->again += result < 0;
			reader->whole += result == 1 && is_whole(&copy);
			reader->torn += result == 1 && !is_whole(&copy);
		}
		reader->above += mw_flow_count(reader->table) > FLOWS;
	}
	return NULL;
}

static void work(struct fixture *fixture, uint64_t *random, uint64_t *now)
{
	struct mw_packet packets[16], *batch[16];

	for (int i = 0; i < 16; i++) {
		uint16_t id = (uint16_t)(8 + random_next(random) % TUPLES);
		bool back = random_next(random) % 2 != 0;

		*now += random_next(random) % (SECOND / 4);
		packets[i] = back ? udp_packet(0x0a000100 + id, id, 0x0a000001, 7, *now)
						  : udp_packet(0x0a000001, 7, 0x0a000100 + id, id, *now);
		packets[i].vlan_outer = id;
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, 16);
	for (int i = 0; i < 16; i++) {
		mw_flow_enter(fixture->table, batch[i]);
		if (batch[i]->flow == NULL)
			continue;
		mw_flow_set_watch(batch[i]->flow, (uint16_t)(mw_flow_watch(batch[i]->flow) + 1));
		mw_flow_set_service(batch[i]->flow, (uint8_t)i);
		mw_flow_update(fixture->table, batch[i]);
	}
	mw_flow_expire(fixture->table, *now, UINT32_MAX);
}

static void readers_never_see_a_torn_flow(void **state)
{
	struct fixture *fixture = fixture_of(FLOWS);
	struct reader readers[READERS] = {0};
	atomic_bool stop = false;
	uint64_t random = 42, now = SECOND, seen = 0;

	(void)state;
	for (int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.table = fixture->table, .stop = &stop};
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
	}
	for (int i = 0; i < BATCHES; i++)
		work(fixture, &random, &now);
	atomic_store_explicit(&stop, true, memory_order_release);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].torn, 0);
		assert_int_equal(readers[i].above, 0);
		seen += readers[i].whole;
	}
	assert_true(seen > 0);
	assert_true(counted(fixture, MW_FLOW_COUNTER_EVICTED) > 100);
	check_books(fixture);
	fixture_free(fixture);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(readers_never_see_a_torn_flow),
};
MW_TEST_MAIN("flow_reader", tests)
