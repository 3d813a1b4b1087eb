// SPDX-License-Identifier: BSD-3-Clause
// Shared nothing: on the path of an ordinary packet no worker writes a cache line that another one reads or writes.
// Neighbours: app/midwatch/memory/worker.c builds the workers, live/worker.c is their loop, both as they are; the port
// and the memory under them are the test's (apart_port.c, apart_memory.c), and page_watch.c sees every access.
#include <stdlib.h>
#include <string.h>

#include "apart_memory.h"
#include "apart_port.h"
#include "commands/commands.h"
#include "engine.h"
#include "flow_row.h"
#include "live/worker.h"
#include "mw_log.h"
#include "mw_test.h"
#include "packet_builder.h"
#include "page_watch.h"

#define KNOWN_FLOWS 400u // a worker
#define NEW_FLOWS   200u // a worker and turn
#define TURNS       3u // the first is not watched: flows become known in it
#define KINDS       6u
#define READER      APART_WORKERS // number of the thread that walks over flows

// No command is given here.
const struct mw_command *commands_all(uint32_t *count)
{
	*count = 0;
	return NULL;
}

static struct options options = {.overrides = {"flow.flows-max=4096"}, .overrides_count = 1};
static struct engine engine;
static struct live live;
static struct live_worker workers[APART_WORKERS];
static uint64_t shared_by_mistake __attribute__((aligned(PAGE_WATCH_BYTES)));
static struct pb pb;

// What the control thread writes as time passes lies a line and more behind what workers read in every poll.
_Static_assert(offsetof(struct engine, intervals) >=
				   offsetof(struct engine, workers) + sizeof(engine.workers) + MW_CACHE_LINE_BYTES,
			   "a line lies between the workers' part and the control thread's");
_Static_assert(offsetof(struct engine, settings_old) + sizeof(engine.settings_old) ==
					   offsetof(struct engine, workers) &&
				   offsetof(struct workers, settings) == 0,
			   "beside the newest settings lie only settings: written when they change");

/** One worker's share of the frames of all turns. */
struct script {
	uint32_t ends[TURNS]; // of each turn's frames
	uint32_t packets;
};
static struct script scripts[APART_WORKERS];

static void transport(uint32_t kind, bool back, uint32_t step)
{
	static const uint8_t flags[] = {MW_TCP_SYN, MW_TCP_SYN | MW_TCP_ACK, MW_TCP_ACK | MW_TCP_PSH, MW_TCP_ACK};
	uint16_t client = 40000, server = kind % 2 == 0 ? 80 : 53;

	if (kind % 2 == 0)
		pb_tcp(&pb, .sport = back ? server : client, .dport = back ? client : server, .seq = 1000 + step,
			   .ack = step == 0 ? 0 : 2000 + step, .flags = flags[step], .timestamp = true, .ts_value = step);
	else
		pb_udp(&pb, .sport = back ? server : client, .dport = back ? client : server);
	if (step >= 2 || kind % 2 != 0)
		pb_text(&pb, "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
}

// Kinds: TCP and UDP, each over IPv4, IPv6, and IPv4 in IPv6. Steps 0 to 3: the flow's packets, direction after
// direction.
static void build_frame(uint32_t kind, uint32_t flow, uint32_t step)
{
	bool back = step % 2 != 0;
	char client[48];
	const char *server = kind / 2 == 1 ? "2001:db8:1::9" : "192.0.2.9";

	snprintf(client, sizeof(client), kind / 2 == 1 ? "2001:db8::%x:%x" : "10.%u.%u.7", flow >> 8 & 255, flow & 255);
	pb_init(&pb);
	pb_ethernet(&pb);
	if (kind / 2 == 2)
		pb_ipv6(&pb, .src = back ? "2001:db8:a::1" : "2001:db8:b::1", .dst = back ? "2001:db8:b::1" : "2001:db8:a::1");
	if (kind / 2 == 1)
		pb_ipv6(&pb, .src = back ? server : client, .dst = back ? client : server);
	else
		pb_ipv4(&pb, .src = back ? server : client, .dst = back ? client : server, .id = (uint16_t)(flow + step));
	transport(kind, back, step);
	pb_finish(&pb);
}

// Asked with worker 0's own code; what it counts here is taken into account at the end.
static uint16_t owner_of_frame(void)
{
	struct mw_packet packet, *batch[1] = {&packet};

	pb_packet(&pb, &packet, 1);
	mw_pipeline_receive(engine.workers.each[0].pipeline, batch, 1);
	assert_int_equal(packet.fate, MW_FATE_ANALYSED);
	return packet.owner;
}

static void add_frame(uint32_t worker, uint32_t *at)
{
	struct apart_frame *frame = &apart_queues[worker]->frames[(*at)++];

	assert_true(*at <= APART_FRAMES && pb.len_bytes <= APART_FRAME_BYTES);
	memcpy(frame->bytes, pb.bytes, pb.len_bytes);
	frame->len_bytes = pb.len_bytes;
}

// Flows numbered from `flow` on whose owner is the worker, all packets of each. @return the number after the last.
static uint32_t add_flows(uint32_t worker, uint32_t owner, uint32_t flow, uint32_t count, uint32_t *at)
{
	for (uint32_t added = 0; added < count; flow++) {
		build_frame(flow % KINDS, flow, 0);
		if (owner_of_frame() != owner)
			continue;
		for (uint32_t step = 0; step < 4; step++) {
			build_frame(flow % KINDS, flow, step);
			add_frame(worker, at);
		}
		added++;
	}
	return flow;
}

// Every turn has packets of the flows that all know, and some of new ones.
static void write_scripts(void)
{
	for (uint32_t worker = 0; worker < APART_WORKERS; worker++) {
		struct script *script = &scripts[worker];
		uint32_t at = 0, fresh = KINDS * KNOWN_FLOWS;

		for (uint32_t turn = 0; turn < TURNS; turn++) {
			add_flows(worker, worker, 0, turn == 0 ? KNOWN_FLOWS : NEW_FLOWS, &at);
			fresh = add_flows(worker, worker, fresh, NEW_FLOWS, &at);
			script->ends[turn] = at;
		}
		script->packets = at;
	}
}

static int start(void **state)
{
	static uint8_t port; // its address is all that is asked for

	(void)state;
	mw_log_set_level(MW_LOG_ERROR);
	memset(&engine, 0, sizeof(engine));
	memset(&live, 0, sizeof(live));
	apart_port_new();
	assert_int_equal(engine_configure(&engine, &options), 0);
	apart_memory_begin();
	assert_int_equal(engine_build(&engine, APART_WORKERS), 0);
	apart_memory_end();
	live.engine = &engine;
	live.ports[0] = (struct mw_port *)&port;
	live.ports_count = 1;
	write_scripts();
	for (uint16_t i = 0; i < APART_WORKERS; i++)
		assert_int_equal(live_worker_start(&workers[i], &live, i), 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	atomic_store(&live.stage, LIVE_FINISH);
	apart_port_end();
	for (uint32_t i = 0; i < APART_WORKERS; i++)
		live_worker_join(&workers[i]);
	engine_close(&engine);
	apart_port_free();
	return 0;
}

static void unwatched_turn(void)
{
	for (uint32_t worker = 0; worker < APART_WORKERS; worker++)
		apart_port_turn(worker, 0, scripts[worker].ends[0], false);
}

static void watched_turns(void)
{
	for (uint32_t turn = 1; turn < TURNS; turn++) {
		for (uint32_t worker = 0; worker < APART_WORKERS; worker++)
			apart_port_turn(worker, scripts[worker].ends[turn - 1], scripts[worker].ends[turn], true);
	}
}

static uint64_t sum(uint32_t counter)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < APART_WORKERS; i++)
		all += mw_stats_read(engine.workers.each[i].stats, counter);
	return all;
}

static void need_watch(void)
{
	if (page_watch_why_not() != NULL)
		mw_test_skip(page_watch_why_not());
}

static void fail_with_touches(void)
{
	const struct page_watch_touch *touches;

	if (page_watch_touches(&touches) > 0)
		fail_msg("worker %u touched %p, in a page that workers of mask %#x write; the engine is at %p, counters of "
				 "worker 0 at %p",
				 touches[0].who, (const void *)touches[0].address, touches[0].owners, (void *)&engine,
				 (void *)engine.workers.each[0].stats);
}

static void no_worker_touches_what_another_writes(void **state)
{
	uint32_t packets = 0, flows;

	(void)state;
	need_watch();
	unwatched_turn();
	flows = (uint32_t)sum(engine.workers.counters.flow + MW_FLOW_COUNTER_NEW);
	page_watch_new();
	watched_turns();
	fail_with_touches();
	assert_true(page_watch_written() > 100);
	page_watch_free();
	// and it was the whole path: every packet analysed, in old and in new flows, by three workers
	for (uint32_t i = 0; i < APART_WORKERS; i++)
		packets += scripts[i].packets;
	assert_int_equal(sum(engine.workers.counters.fates + MW_FATE_ANALYSED), packets);
	assert_int_equal(sum(engine.workers.counters.handed_over), 0);
	assert_true(sum(engine.workers.counters.flow + MW_FLOW_COUNTER_NEW) >=
				flows + APART_WORKERS * NEW_FLOWS * (TURNS - 1));
}

// Worker 0 receives packets that are all worker 1's: no more of them than the inbox has places.
#define GIVEN_FLOWS (WORKERS_HANDOVER / 4 - 1)

static bool lies_in(const uint8_t *address, const void *start, size_t bytes)
{
	return address >= (const uint8_t *)start && address < (const uint8_t *)start + bytes;
}

static void hand_over_touches_the_inbox_and_the_packet_alone(void **state)
{
	size_t inbox_bytes = mw_ring_bytes(sizeof(struct mw_packet *), WORKERS_HANDOVER);
	const struct page_watch_touch *touches;
	uint32_t count, given = scripts[0].packets;
	uint64_t before;

	(void)state;
	need_watch();
	add_flows(0, 1, 0, GIVEN_FLOWS, &given);
	unwatched_turn();
	before = mw_stats_read(engine.workers.each[1].stats, engine.workers.counters.fates + MW_FATE_ANALYSED);
	page_watch_new();
	apart_port_turn(0, scripts[0].packets, given, true);
	apart_port_turn(1, 0, 0, true);
	apart_port_turn(2, scripts[2].ends[0], scripts[2].ends[1], true);
	count = page_watch_touches(&touches);
	assert_true(count > 0);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(touches[i].who, 1);
		assert_true(lies_in(touches[i].address, engine.workers.each[1].inbox[0], inbox_bytes) ||
					lies_in(touches[i].address, apart_queues[0]->frames, sizeof(apart_queues[0]->frames)));
	}
	page_watch_free();
	assert_int_equal(sum(engine.workers.counters.handed_over), 4 * GIVEN_FLOWS);
	assert_int_equal(mw_stats_read(engine.workers.each[1].stats, engine.workers.counters.fates + MW_FATE_ANALYSED) -
						 before,
					 4 * GIVEN_FLOWS);
}

#define RING_PLACES 64u
#define RING_LINES  64u // room for its head and 64 pointers

/** Which lines of a ring an action changed. */
struct lines {
	uint8_t before[RING_LINES][MW_CACHE_LINE_BYTES];
	bool changed[RING_LINES];
};

static void note_changes(struct lines *lines, const void *memory)
{
	const uint8_t(*now)[MW_CACHE_LINE_BYTES] = memory;

	for (uint32_t i = 0; i < RING_LINES; i++) {
		lines->changed[i] |= memcmp(now[i], lines->before[i], MW_CACHE_LINE_BYTES) != 0;
		memcpy(lines->before[i], now[i], MW_CACHE_LINE_BYTES);
	}
}

static void giver_and_taker_of_a_ring_write_different_lines(void **state)
{
	static _Alignas(MW_CACHE_LINE_BYTES) uint8_t memory[RING_LINES][MW_CACHE_LINE_BYTES];
	static struct lines given, taken;
	struct mw_ring *ring = mw_ring_init(memory, sizeof(memory), sizeof(void *), RING_PLACES);
	uint32_t givers = 0, takers = 0;
	void *elements[7] = {memory, &given, &taken, &ring, &givers, &takers, elements};

	(void)state;
	assert_non_null(ring);
	for (uint32_t round = 0; round < 4 * RING_PLACES; round++) {
		memcpy(given.before, memory, sizeof(memory));
		mw_ring_push(ring, elements, 1 + round % 7);
		note_changes(&given, memory);
		memcpy(taken.before, memory, sizeof(memory));
		mw_ring_pop(ring, elements, 1 + round % 7);
		note_changes(&taken, memory);
	}
	for (uint32_t i = 0; i < RING_LINES; i++) {
		assert_false(given.changed[i] && taken.changed[i]);
		givers += given.changed[i];
		takers += taken.changed[i];
	}
	assert_int_equal(givers, 1 + RING_PLACES * sizeof(void *) / MW_CACHE_LINE_BYTES); // its counters, and the places
	assert_int_equal(takers, 1);
}

static void what_workers_have_from_malloc_is_whole_lines(void **state)
{
	const struct apart_block *blocks;
	uint32_t count, written = 0;

	(void)state;
	need_watch();
	unwatched_turn();
	page_watch_new();
	watched_turns();
	count = apart_memory_blocks(&blocks);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t owners = 0;

		for (size_t at = 0; at < blocks[i].bytes; at += PAGE_WATCH_BYTES)
			owners |= page_watch_owners(blocks[i].at + at);
		if (owners == 0)
			continue;
		written++;
		if (blocks[i].alignment % MW_CACHE_LINE_BYTES != 0 || blocks[i].bytes % MW_CACHE_LINE_BYTES != 0)
			fail_msg("%zu bytes aligned to %zu are written by a worker: their ends share lines with other memory",
					 blocks[i].bytes, blocks[i].alignment);
	}
	assert_true(written >= APART_WORKERS); // each has scratch memory for signatures
	page_watch_free();
}

static void no_worker_allocates(void **state)
{
	uint64_t before;

	(void)state;
	need_watch();
	unwatched_turn();
	before = apart_memory_calls();
	for (uint32_t turn = 1; turn < TURNS; turn++) {
		for (uint32_t worker = 0; worker < APART_WORKERS; worker++)
			apart_port_turn(worker, scripts[worker].ends[turn - 1], scripts[worker].ends[turn], false);
	}
	assert_int_equal(apart_memory_calls(), before);
}

// All rows of `show flows`, as app/midwatch/commands/commands.c makes them. @return how many.
static uint32_t walk_flows(void)
{
	uint32_t count = 0;

	for (uint16_t i = 0; i < APART_WORKERS; i++) {
		const struct mw_flow_table *table = mw_pipeline_flows(engine.workers.each[i].pipeline);

		for (uint32_t slot = 0; slot < mw_flow_slots(table); slot++) {
			struct mw_flow_view flow;
			struct flow_row row;

			if (mw_flow_snapshot(table, slot, &flow) != 1)
				continue;
			flow_row_of(&flow, i, &row);
			count++;
		}
	}
	return count;
}

/** What a watched walk found. */
struct walk {
	uint32_t flows;
	uint64_t calls; // of malloc
};

static void *walk_watched(void *argument)
{
	struct walk *walk = argument;
	struct walk found;

	page_watch_begin(READER);
	found.calls = apart_memory_calls();
	found.flows = walk_flows();
	found.calls = apart_memory_calls() - found.calls;
	page_watch_end();
	*walk = found;
	return NULL;
}

// A reader that stores nothing cannot make anybody wait for it.
static void a_walk_over_all_flows_writes_nothing_and_allocates_nothing(void **state)
{
	uint32_t live_flows = 0;
	struct walk walk;
	pthread_t reader;

	(void)state;
	need_watch();
	unwatched_turn();
	for (uint32_t i = 0; i < APART_WORKERS; i++)
		live_flows += mw_flow_count(mw_pipeline_flows(engine.workers.each[i].pipeline));
	assert_true(live_flows >= APART_WORKERS * KNOWN_FLOWS);
	assert_int_equal(walk_flows(), live_flows);
	page_watch_new();
	assert_int_equal(pthread_create(&reader, NULL, walk_watched, &walk), 0);
	pthread_join(reader, NULL);
	assert_int_equal(walk.flows, live_flows);
	assert_int_equal(walk.calls, 0);
	assert_int_equal(page_watch_written(), 0);
	page_watch_free();
}

static void write_it(unsigned worker)
{
	(void)worker;
	shared_by_mistake++;
}

static volatile uint64_t seen;

static void read_the_first(unsigned worker)
{
	if (worker == 2)
		seen = mw_stats_read(engine.workers.each[0].stats, engine.workers.counters.packets);
}

// The watch itself can fail.
static void a_mistake_is_seen(void (*mistake)(unsigned), uint8_t who, const void *where)
{
	const struct page_watch_touch *touches;
	uint32_t count;

	need_watch();
	unwatched_turn();
	for (uint32_t worker = 0; worker < APART_WORKERS; worker++)
		apart_queues[worker]->also = mistake;
	page_watch_new();
	watched_turns();
	count = page_watch_touches(&touches);
	assert_true(count > 0);
	assert_int_equal(touches[0].who, who);
	assert_ptr_equal(touches[0].address, where);
	page_watch_free();
}

static void a_counter_that_all_write_is_seen(void **state)
{
	(void)state;
	a_mistake_is_seen(write_it, 1, &shared_by_mistake);
}

static void a_look_at_another_workers_counter_is_seen(void **state)
{
	(void)state;
	a_mistake_is_seen(read_the_first, 2, &engine.workers.each[0].stats->values[engine.workers.counters.packets]);
}

static void build_live_engine(struct engine *made)
{
	static struct options with_port;

	memset(made, 0, sizeof(*made));
	with_port = options;
	with_port.ports_count = 1;
	assert_int_equal(engine_configure(made, &with_port), 0);
	assert_int_equal(engine_build(made, 1), 0);
}

// Whoever knows the code must not know where keys fall. A replay has the same key every time: the workers' here.
static void live_runs_have_a_secret_key_each(void **state)
{
	static struct engine one, other;

	(void)state;
	build_live_engine(&one);
	build_live_engine(&other);
	assert_memory_not_equal(&one.workers.hash_key, &engine.workers.hash_key, sizeof(one.workers.hash_key));
	assert_memory_not_equal(&one.workers.hash_key, &other.workers.hash_key, sizeof(one.workers.hash_key));
	engine_close(&one);
	engine_close(&other);
}

#define WITH_WORKERS(test) cmocka_unit_test_setup_teardown(test, start, stop)

static const struct CMUnitTest tests[] = {
	WITH_WORKERS(no_worker_touches_what_another_writes),
	WITH_WORKERS(hand_over_touches_the_inbox_and_the_packet_alone),
	MW_TEST(giver_and_taker_of_a_ring_write_different_lines),
	WITH_WORKERS(what_workers_have_from_malloc_is_whole_lines),
	WITH_WORKERS(no_worker_allocates),
	WITH_WORKERS(a_walk_over_all_flows_writes_nothing_and_allocates_nothing),
	WITH_WORKERS(a_counter_that_all_write_is_seen),
	WITH_WORKERS(a_look_at_another_workers_counter_is_seen),
	WITH_WORKERS(live_runs_have_a_secret_key_each),
};

MW_TEST_MAIN("app_apart", tests)
