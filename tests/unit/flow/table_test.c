// SPDX-License-Identifier: BSD-3-Clause
// Which packets share a flow, what a flow shows when, and that the table stays within its memory.
// Neighbours: lib/flow/lookup.c, enter.c, entry.c, table.c.
#include <sys/mman.h>
#include <unistd.h>

#include "flow_fixture.h"

static void both_orders_are_one_flow_with_a_direction(void **state)
{
	struct fixture *fixture = fixture_of(100);
	struct mw_packet there = udp_packet(0x0a000001, 1000, 0x0a000002, 53, SECOND);
	struct mw_packet back = udp_packet(0x0a000002, 53, 0x0a000001, 1000, 2 * SECOND);
	struct mw_flow *flow = run(fixture, &there);

	(void)state;
	assert_ptr_equal(run(fixture, &back), flow);
	assert_int_equal(there.direction, 0);
	assert_int_equal(back.direction, 1);
	assert_true(there.kinds & MW_KIND_FLOW_START);
	assert_false(back.kinds & MW_KIND_FLOW_START);
	assert_int_equal(see(flow)->side[0].packets, 1);
	assert_int_equal(see(flow)->side[1].bytes, 100);
	assert_int_equal(see(flow)->client, 0);
	assert_int_equal(see(flow)->first_ns, SECOND);
	assert_int_equal(see(flow)->last_ns, 2 * SECOND);
	assert_int_equal(mw_flow_count(fixture->table), 1);
	fixture_free(fixture);
}

static void equal_addresses_are_ordered_by_port(void **state)
{
	struct fixture *fixture = fixture_of(100);
	struct mw_packet there = udp_packet(0x7f000001, 9000, 0x7f000001, 80, 1);
	struct mw_packet back = udp_packet(0x7f000001, 80, 0x7f000001, 9000, 1);
	struct mw_packet land = udp_packet(0x7f000001, 80, 0x7f000001, 80, 1);

	(void)state;
	assert_ptr_equal(run(fixture, &there), run(fixture, &back));
	assert_int_equal(there.direction, 1);
	assert_int_equal(back.direction, 0);
	assert_ptr_not_equal(run(fixture, &land), there.flow);
	assert_int_equal(land.direction, 0);
	fixture_free(fixture);
}

static void every_part_of_the_tuple_tells_flows_apart(void **state)
{
	struct fixture *fixture = fixture_of(100);
	struct mw_packet packets[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		packets[i] = udp_packet(0x0a000001, 1000, 0x0a000002, 53, 1);
	packets[1].protocol = 6;
	packets[2].scope = 5;
	packets[3].src_port = 1001;
	packets[4].dst_port = 54;
	packets[5].dst.bytes[3] = 1; // no mapped IPv4 any more
	packets[5].family = 6;
	for (int i = 0; i < 6; i++) {
		run(fixture, &packets[i]);
		assert_int_equal(mw_flow_count(fixture->table), i + 1);
	}
	fixture_free(fixture);
}

static void vlan_is_in_the_key_only_when_asked(void **state)
{
	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		struct fixture *fixture = fixture_new(100, 0);
		struct mw_packet there = udp_packet(1, 1, 2, 2, 1), back = udp_packet(2, 2, 1, 1, 1);

		fixture->config.vlan_in_key = asked != 0;
		fixture_build(fixture);
		there.vlan_outer = 10;
		back.vlan_outer = 20;
		assert_int_equal(run(fixture, &there) == run(fixture, &back), asked == 0);
		assert_int_equal(see(there.flow)->vlan, 10);
		fixture_free(fixture);
	}
}

static void packets_without_a_flow_get_none(void **state)
{
	struct fixture *fixture = fixture_of(100);
	struct mw_packet packets[5], *batch[5];

	(void)state;
	for (int i = 0; i < 5; i++) {
		packets[i] = udp_packet(1, 1, 2, 2, 1);
		packets[i].flow = (struct mw_flow *)(void *)fixture;
		batch[i] = &packets[i];
	}
	packets[0].fate = MW_FATE_MALFORMED;
	packets[1].family = 0;
	packets[2].fragment_offset_bytes = 1480;
	packets[3].kinds = MW_KIND_ICMP | MW_KIND_ICMP_ERROR;
	packets[4].is_marker = 1;
	mw_flow_lookup(fixture->table, batch, 5);
	for (int i = 0; i < 5; i++) {
		assert_null(packets[i].flow);
		mw_flow_enter(fixture->table, &packets[i]);
		mw_flow_update(fixture->table, &packets[i]);
	}
	assert_int_equal(mw_flow_count(fixture->table), 0);
	fixture_free(fixture);
}

static void a_batch_finds_the_flow_that_it_started(void **state)
{
	struct fixture *fixture = fixture_of(1000);
	struct mw_packet packets[200], *batch[200];

	(void)state;
	for (int i = 0; i < 200; i++) {
		packets[i] = udp_packet(1, (uint16_t)(i % 50), 2, 2, SECOND);
		batch[i] = &packets[i];
	}
	mw_flow_lookup(fixture->table, batch, 200); // more than one batch of the pipeline
	assert_int_equal(mw_flow_count(fixture->table), 50);
	for (int i = 0; i < 200; i++) {
		assert_ptr_equal(packets[i].flow, packets[i % 50].flow);
		mw_flow_enter(fixture->table, &packets[i]);
		assert_int_equal((packets[i].kinds & MW_KIND_FLOW_START) != 0, i < 50);
		mw_flow_update(fixture->table, &packets[i]);
	}
	assert_int_equal(see(packets[0].flow)->side[0].packets, 4);
	fixture_free(fixture);
}

static void detector_state_is_zeroed_at_each_start(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_flow *flow = run_udp(fixture, 1, 1, 2, 2, SECOND);

	(void)state;
	assert_int_equal((uintptr_t)mw_flow_state(flow, 0) % 4, 0);
	memset(mw_flow_state(flow, 0), 0xff, 8);
	mw_flow_set_watch(flow, 3);
	mw_flow_set_scanned(flow, 9);
	run_udp(fixture, 1, 1, 2, 2, 2 * SECOND);
	assert_int_equal(*(uint8_t *)mw_flow_state(flow, 7), 0xff);
	assert_int_equal(see(flow)->watch, 3);
	assert_ptr_equal(run_udp(fixture, 1, 1, 2, 2, 200 * SECOND), flow); // idle since: a new flow in the same place
	assert_int_equal(fixture->ends[MW_FLOW_END_IDLE], 1);
	assert_int_equal(fixture->last_end.watch, 3);
	for (int i = 0; i < 8; i++)
		assert_int_equal(((uint8_t *)mw_flow_state(flow, 0))[i], 0);
	assert_int_equal(see(flow)->watch, 0);
	assert_int_equal(see(flow)->payloads_scanned, 0);
	fixture_free(fixture);
}

static void enter_shows_the_flow_before_the_packet(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet packet = udp_packet(1, 1, 2, 2, SECOND), *batch[1] = {&packet};
	struct mw_flow *flow;

	(void)state;
	mw_flow_lookup(fixture->table, batch, 1);
	mw_flow_enter(fixture->table, &packet);
	flow = packet.flow;
	assert_int_equal(see(flow)->side[0].packets, 0);
	assert_int_equal(see(flow)->side[0].seen, 0);
	assert_int_equal(see(flow)->side[1].wscale, 255);
	mw_flow_update(fixture->table, &packet);
	assert_int_equal(see(flow)->side[0].packets, 1);
	fixture_free(fixture);
}

static void a_tick_amid_the_batch_leaves_no_stale_flow(void **state)
{
	struct fixture *fixture = fixture_of(10);
	struct mw_packet first = udp_packet(1, 1, 2, 2, 100 * SECOND), second = udp_packet(3, 3, 4, 4, 100 * SECOND);
	struct mw_packet *batch[2] = {&first, &second};

	(void)state;
	run_udp(fixture, 1, 1, 2, 2, SECOND);
	run_udp(fixture, 3, 3, 4, 4, SECOND);
	mw_flow_lookup(fixture->table, batch, 2);
	assert_true(mw_flow_expire(fixture->table, 90 * SECOND, UINT32_MAX));
	assert_int_equal(mw_flow_count(fixture->table), 0);
	for (int i = 0; i < 2; i++) {
		mw_flow_enter(fixture->table, batch[i]);
		assert_true(batch[i]->kinds & MW_KIND_FLOW_START);
		mw_flow_update(fixture->table, batch[i]);
	}
	assert_ptr_not_equal(first.flow, second.flow);
	assert_int_equal(see(first.flow)->key.a_port, 1);
	assert_int_equal(mw_flow_count(fixture->table), 2);
	check_books(fixture);
	fixture_free(fixture);
}

static void readers_find_every_live_flow_and_no_other(void **state)
{
	struct fixture *fixture = fixture_of(500);
	struct mw_flow_view copy;
	struct mw_flow *flow;

	(void)state;
	for (uint16_t i = 0; i < 300; i++)
		run_udp(fixture, 1, i, 2, 2, (1u + (i & 1)) * 100 * SECOND);
	assert_in_range(mw_flow_slots(fixture->table), 500, 600);
	assert_int_equal(walk_count(fixture), 300);
	mw_flow_expire(fixture->table, 170 * SECOND, UINT32_MAX);
	assert_int_equal(walk_count(fixture), 150);
	flow = run_udp(fixture, 9, 9, 2, 2, 170 * SECOND);
	mw_flow_set_service(flow, 5);
	mw_flow_set_watch(flow, 1);
	for (uint32_t slot = 0; slot < mw_flow_slots(fixture->table); slot++) {
		if (mw_flow_snapshot(fixture->table, slot, &copy) == 1 && copy.key.b_port == 9) {
			assert_int_equal(copy.service, 5);
			assert_int_equal(copy.watch, 0);
			assert_int_equal(copy.side[1].packets, 1);
		}
	}
	assert_int_equal(mw_flow_snapshot(fixture->table, mw_flow_slots(fixture->table), &copy), 0);
	assert_int_equal(see(flow)->service, 5);
	fixture_free(fixture);
}

static uint64_t shutdown_order[64];

static void note_shutdown(struct fixture *fixture, const struct mw_flow_view *flow, enum mw_flow_end why)
{
	assert_int_equal(why, MW_FLOW_END_SHUTDOWN);
	shutdown_order[fixture->ends[why] - 1] = flow->first_ns << 16 | __builtin_bswap16(flow->key.b_port);
}

static void end_of_input_ends_all_oldest_first(void **state)
{
	struct fixture *fixture = fixture_of(64);
	uint64_t seed = 3;

	(void)state;
	for (uint16_t i = 0; i < 64; i++)
		run_udp(fixture, 5, (uint16_t)(1000 + i), 2, 2, 1 + random_next(&seed) % 20);
	fixture->also = note_shutdown;
	mw_flow_end_all(fixture->table);
	assert_int_equal(fixture->ends[MW_FLOW_END_SHUTDOWN], 64);
	for (int i = 1; i < 64; i++)
		assert_true(shutdown_order[i - 1] < shutdown_order[i]);
	assert_int_equal(walk_count(fixture), 0);
	check_books(fixture);
	run_udp(fixture, 5, 1000, 2, 2, 30); // the table goes on
	assert_int_equal(mw_flow_count(fixture->table), 1);
	fixture_free(fixture);
}

static size_t pages_touched(const struct fixture *fixture, uint8_t *memory)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), bytes = mw_flow_table_bytes(&fixture->config), touched = 0;
	size_t pages = (bytes + page_bytes - 1) / page_bytes;
	unsigned char *states = calloc(pages, 1);

	assert_non_null(states);
	assert_int_equal(mincore(memory, bytes, states), 0);
	for (size_t i = 0; i < pages; i++)
		touched += states[i] & 1u;
	free(states);
	return touched;
}

static void the_end_of_few_flows_touches_little_of_a_large_table(void **state)
{
	struct fixture *fixture = fixture_of(64);
	size_t bytes, before;
	uint8_t *memory;

	(void)state;
	fixture->config.flows_max = 1u << 18;
	bytes = mw_flow_table_bytes(&fixture->config);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	fixture->table = mw_flow_table_init(memory, bytes, &fixture->config, fixture->stats, 7);
	for (uint16_t i = 0; i < 5; i++)
		run_udp(fixture, 5, (uint16_t)(1000 + i), 2, 2, 1);
	before = pages_touched(fixture, memory);
	mw_flow_end_all(fixture->table);
	assert_int_equal(fixture->ends[MW_FLOW_END_SHUTDOWN], 5);
	assert_true(pages_touched(fixture, memory) <= before + 2);
	munmap(memory, bytes);
	fixture_free(fixture);
}

static void the_place_of_flows_to_come_is_in_the_table(void **state)
{
	struct fixture *fixture = fixture_of(1000);
	const uint8_t *memory = fixture->memory, *first = mw_flow_ahead(fixture->table, 0);

	(void)state;
	for (uint16_t i = 0; i < 500; i++)
		run_udp(fixture, 5, i, 2, 2, 1);
	assert_true(first >= memory);
	assert_true((const uint8_t *)mw_flow_ahead(fixture->table, 0) > first);
	assert_true((const uint8_t *)mw_flow_ahead(fixture->table, 100) >
				(const uint8_t *)mw_flow_ahead(fixture->table, 0));
	assert_true((const uint8_t *)mw_flow_ahead(fixture->table, UINT32_MAX) < memory + fixture->memory_bytes);
	fixture_free(fixture);
}

static void too_little_memory_is_refused(void **state)
{
	struct fixture *fixture = fixture_of(64);
	struct mw_flow_config none = fixture->config;

	(void)state;
	assert_null(mw_flow_table_init(fixture->memory, fixture->memory_bytes - 1, &fixture->config, fixture->stats, 0));
	none.flows_max = 0;
	assert_null(mw_flow_table_init(fixture->memory, fixture->memory_bytes, &none, fixture->stats, 0));
	fixture_free(fixture);
}

static void each_counter_has_a_name_and_help(void **state)
{
	(void)state;
	for (int i = 0; i < MW_FLOW_COUNTERS; i++) {
		assert_non_null(mw_flow_counters[i].name);
		assert_true(strlen(mw_flow_counters[i].help) > 10);
	}
	assert_string_equal(mw_flow_counters[MW_FLOW_COUNTER_ACK_GAPS].name, "ack-gaps");
}

static const struct CMUnitTest tests[] = {
	MW_TEST(both_orders_are_one_flow_with_a_direction),
	MW_TEST(equal_addresses_are_ordered_by_port),
	MW_TEST(every_part_of_the_tuple_tells_flows_apart),
	MW_TEST(vlan_is_in_the_key_only_when_asked),
	MW_TEST(packets_without_a_flow_get_none),
	MW_TEST(a_batch_finds_the_flow_that_it_started),
	MW_TEST(detector_state_is_zeroed_at_each_start),
	MW_TEST(enter_shows_the_flow_before_the_packet),
	MW_TEST(a_tick_amid_the_batch_leaves_no_stale_flow),
	MW_TEST(readers_find_every_live_flow_and_no_other),
	MW_TEST(end_of_input_ends_all_oldest_first),
	MW_TEST(the_end_of_few_flows_touches_little_of_a_large_table),
	MW_TEST(the_place_of_flows_to_come_is_in_the_table),
	MW_TEST(too_little_memory_is_refused),
	MW_TEST(each_counter_has_a_name_and_help),
};
MW_TEST_MAIN("flow_table", tests)
