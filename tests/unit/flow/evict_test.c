// SPDX-License-Identifier: BSD-3-Clause
// A full table: who goes, who stays, what is counted; keys aimed at one bucket.
// Neighbours: lib/flow/evict.c, bucket.c.
#include "flow_fixture.h"

#include "table.h"

static void all_entries_fit_before_anything_is_evicted(void **state)
{
	static const uint32_t sizes[] = {5, 40, 640, 20480, 30000};

	(void)state;
	for (size_t size = 0; size < MW_ARRAY_SIZE(sizes); size++) {
		struct fixture *fixture = fixture_of(sizes[size]);

		for (uint32_t i = 0; i < sizes[size]; i++)
			run_udp(fixture, 0x0a000000 + i, 1000, 0x08080808, 53, SECOND);
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 0);
		assert_int_equal(mw_flow_count(fixture->table), sizes[size]);
		for (uint32_t i = 0; i < sizes[size]; i++) // moved ones are found as well
			run_udp(fixture, 0x08080808, 53, 0x0a000000 + i, 1000, SECOND);
		assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), sizes[size]);
		check_books(fixture);
		fixture_free(fixture);
	}
}

static void a_syn_flood_leaves_established_flows_alone(void **state)
{
	struct fixture *fixture = fixture_of(2000);
	uint64_t now = 100 * SECOND;

	(void)state;
	for (uint16_t i = 0; i < 1000; i++) {
		run_udp(fixture, 1, i, 2, 443, now);
		run_udp(fixture, 2, 443, 1, i, now);
	}
	for (uint32_t i = 0; i < 50000; i++) {
		struct mw_packet syn = udp_packet(0x20000000 + i, 7, 2, 443, now + i * 1000);

		syn.protocol = 6;
		syn.kinds = MW_KIND_TCP | MW_KIND_SYN;
		syn.tcp.flags = MW_TCP_SYN;
		assert_non_null(run(fixture, &syn));
	}
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 49000);
	assert_int_equal(mw_flow_count(fixture->table), 2000);
	check_books(fixture);
	for (uint16_t i = 0; i < 1000; i++)
		run_udp(fixture, 1, i, 2, 443, now + SECOND);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_NEW), 51000); // each was still there
	fixture_free(fixture);
}

// Their lines are far apart, and nobody waits for them one by one: cells that are kept for other uses are no room.
static void who_goes_is_chosen_a_batch_ahead(void **state)
{
	struct fixture *fixture = fixture_of(2000);
	struct mw_packet packets[64], *batch[64];

	(void)state;
	for (uint16_t i = 0; i < 2000; i++)
		run_udp(fixture, 1, i, 2, 443, SECOND);
	assert_true(fixture->table->fresh + 64 <= fixture->table->cells);
	for (uint16_t i = 0; i < 64; i++) {
		packets[i] = udp_packet(3, i, 2, 443, SECOND);
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, 64);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 64);
	for (uint16_t i = 0; i < 64; i++) // one with each new flow, amid other work
		mw_flow_update(fixture->table, batch[i]);
	assert_int_equal(fixture->table->alone_count, 64);
	for (uint16_t i = 0; i < 64; i++) // the oldest of those that are left
		assert_int_equal(entry_at(fixture->table, fixture->table->alone[i])->a_port, 64 + i);
	fixture_free(fixture);
}

static uint64_t evicted_first_ns_sum;

static void note_age(struct fixture *fixture, const struct mw_flow_view *flow, enum mw_flow_end why)
{
	(void)fixture;
	if (why == MW_FLOW_END_EVICTED)
		evicted_first_ns_sum += flow->last_ns;
}

static void older_flows_go_before_younger_ones(void **state)
{
	struct fixture *fixture = fixture_of(1000);

	(void)state;
	evicted_first_ns_sum = 0;
	fixture->also = note_age;
	for (uint16_t i = 0; i < 1000; i++)
		run_udp(fixture, 1, i, 2, 53, SECOND + i);
	for (uint16_t i = 0; i < 200; i++)
		run_udp(fixture, 3, i, 2, 53, 2 * SECOND + i);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 200);
	// of random victims the mean would be 500; of the oldest of twenty or so it is far below
	assert_true(evicted_first_ns_sum / 200 < SECOND + 200);
	fixture_free(fixture);
}

static void a_flow_whose_timer_ran_out_goes_first_and_as_idle(void **state)
{
	struct fixture *fixture = fixture_of(2);

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, SECOND); // answered, but over at 61 s
	run_udp(fixture, 2, 2, 1, 1, SECOND);
	run_udp(fixture, 3, 3, 4, 4, 50 * SECOND); // never answered
	run_udp(fixture, 5, 5, 6, 6, 62 * SECOND);
	assert_int_equal(fixture->ends[MW_FLOW_END_IDLE], 1);
	assert_int_equal(fixture->ends[MW_FLOW_END_EVICTED], 0);
	assert_int_equal(fixture->last_end.side[1].packets, 1);
	fixture_free(fixture);
}

static void what_the_batch_found_is_never_evicted_by_it(void **state)
{
	struct fixture *fixture = fixture_of(32);
	struct mw_packet packets[64], *batch[64];

	(void)state;
	for (uint16_t i = 0; i < 32; i++)
		run_udp(fixture, 1, i, 2, 2, SECOND);
	for (uint16_t i = 0; i < 64; i++) { // newcomers first: the known ones behind them must survive
		packets[i] = udp_packet(i < 32 ? 9 : 1, i % 32, 2, 2, SECOND);
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, 64);
	for (uint16_t i = 0; i < 64; i++) {
		mw_flow_enter(fixture->table, batch[i]);
		mw_flow_update(fixture->table, batch[i]);
		assert_int_equal(packets[i].flow != NULL, i >= 32);
	}
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_REFUSED), 32);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED), 0);
	mw_flow_lookup(fixture->table, batch, 32); // alone, they push the others out, as far as the sample finds them
	assert_in_range(counted(fixture, MW_FLOW_COUNTER_EVICTED), 24, 32);
	assert_int_equal(counted(fixture, MW_FLOW_COUNTER_EVICTED) + counted(fixture, MW_FLOW_COUNTER_REFUSED), 64);
	check_books(fixture);
	fixture_free(fixture);
}

static void random_load_keeps_the_books(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct fixture *fixture = fixture_of(300);
		uint64_t random = seed, now = SECOND;

		for (int step = 0; step < 20000; step++) {
			uint32_t who = (uint32_t)(random_next(&random) % 900);
			bool back = random_next(&random) % 2 != 0;

			now += random_next(&random) % (SECOND / 10);
			if (back)
				run_udp(fixture, 2, 53, 0x0a000000 + who, 9, now);
			else
				run_udp(fixture, 0x0a000000 + who, 9, 2, 53, now);
			if (step % 100 == 0)
				mw_flow_expire(fixture->table, now, (uint32_t)(random_next(&random) % 50));
		}
		assert_true(counted(fixture, MW_FLOW_COUNTER_EVICTED) > 100);
		assert_true(counted(fixture, MW_FLOW_COUNTER_ENDED_IDLE) > 100);
		assert_int_equal(walk_count(fixture), mw_flow_count(fixture->table));
		check_books(fixture);
		fixture_free(fixture);
	}
}

// Flows that one key's hash puts into one bucket of a 4096-flow table.
static uint32_t make_colliding(const struct mw_hash_key *key, uint32_t *sources, uint32_t wanted)
{
	uint32_t found = 0;

	for (uint32_t i = 0; found < wanted; i++) {
		struct mw_flow_key flow = {
			.a = v4(0x08080808), .b = v4(0x0a000000 + i), .a_port = 53, .b_port = 9, .protocol = 17};

		if ((mw_flow_key_hash(key, &flow) & 1023) == 77)
			sources[found++] = 0x0a000000 + i;
	}
	return found;
}

static uint64_t evictions_of(uint64_t seed, const uint32_t *sources, uint32_t length)
{
	struct fixture *fixture = fixture_new(4096, 0);
	uint64_t evicted;

	mw_hash_key_from_seed(&fixture->config.hash_key, seed);
	fixture_build(fixture);
	for (uint32_t i = 0; i < length; i++)
		run_udp(fixture, sources[i], 9, 0x08080808, 53, SECOND);
	evicted = counted(fixture, MW_FLOW_COUNTER_EVICTED);
	// whatever happened, the table still works
	run_udp(fixture, 1, 1, 2, 2, SECOND);
	check_books(fixture);
	fixture_free(fixture);
	return evicted;
}

static void keys_aimed_under_another_hash_key_gain_nothing(void **state)
{
	static uint32_t sources[1000];
	struct mw_hash_key known;

	(void)state;
	mw_hash_key_from_seed(&known, 99);
	assert_int_equal(make_colliding(&known, sources, 1000), 1000);
	assert_int_equal(evictions_of(1, sources, 1000), 0);
	assert_int_equal(evictions_of(2, sources, 1000), 0);
}

static const struct CMUnitTest tests[] = {
	MW_TEST(all_entries_fit_before_anything_is_evicted),
	MW_TEST(a_syn_flood_leaves_established_flows_alone),
	MW_TEST(who_goes_is_chosen_a_batch_ahead),
	MW_TEST(older_flows_go_before_younger_ones),
	MW_TEST(a_flow_whose_timer_ran_out_goes_first_and_as_idle),
	MW_TEST(what_the_batch_found_is_never_evicted_by_it),
	MW_TEST(random_load_keeps_the_books),
	MW_TEST(keys_aimed_under_another_hash_key_gain_nothing),
};
MW_TEST_MAIN("flow_evict", tests)
