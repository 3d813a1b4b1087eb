// SPDX-License-Identifier: BSD-3-Clause
// Workers as threads that hand packets to each other: every flow stays in order, and every packet is processed once or
// counted as lost. Also run under ThreadSanitizer.
// Neighbours: app/midwatch/live/worker.c, replay/worker.c and handover.c as they are; port and pipeline are the test's.
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "affinity.h"
#include "engine.h"
#include "live/worker.h"
#include "mw_test.h"
#include "replay/control.h"
#include "replay/worker.h"

#define WORKERS_MAX 4u
#define FLOWS       64u // a queue; flow f belongs to worker f modulo their number
#define TURNS       1000u // packets of each flow
#define PACKETS     (FLOWS * TURNS) // a queue
#define BUFFERS_MAX 2048u
#define POINTS      2048u // of a replay

/**
 * A frame's buffer, with room for the packet that outlives its batch. busy: the receiver sets it, any worker clears it.
 */
struct buffer {
	struct mw_packet kept;
	atomic_bool busy;
};

/** Where a worker's packets come from. */
struct queue {
	struct buffer *buffers;
	uint32_t buffers_count, next; // taken in turn
	uint32_t made; // packets so far
	uint32_t foreign; // of these, for another worker
	_Atomic uint32_t received; // as made, for the thread that stops the others
};

/** What a worker has seen. The name is that of the library's own, for which this one stands. */
struct mw_pipeline {
	uint16_t worker;
	uint32_t expected[WORKERS_MAX][FLOWS]; // next number of each queue's flow
	uint64_t processed, missing, out_of_order, misdelivered, late;
	uint64_t ticked_ns;
	uint64_t points, misplaced; // that it came to; with other packets done than those before
};

static struct engine engine;
static struct live live;
static struct queue queues[WORKERS_MAX];
static struct mw_pipeline pipelines[WORKERS_MAX];
static void *ring_memory[WORKERS_MAX][WORKERS_MAX];

static uint16_t owner_of_flow(uint32_t flow)
{
	return (uint16_t)(flow % engine.workers.count);
}

// Numbers within a flow count up; flows take turns in an order that is not that of their owners.
static bool make_packet(struct queue *queue, uint16_t number, struct mw_packet *packet)
{
	struct buffer *buffer = &queue->buffers[queue->next];
	uint32_t turn = queue->made / FLOWS, flow = queue->made * 37 % FLOWS; // 37 is odd: each flow has its turn

	if (queue->made == PACKETS || atomic_load_explicit(&buffer->busy, memory_order_acquire))
		return false;
	atomic_store_explicit(&buffer->busy, true, memory_order_relaxed);
	queue->next = (queue->next + 1) % queue->buffers_count;
	*packet = (struct mw_packet){
		.source_cookie = buffer, .vlan_outer = number, .scope = flow, .ip_id = turn, .clock_ns = queue->made};
	queue->made++;
	queue->foreign += owner_of_flow(flow) != number;
	return true;
}

uint16_t mw_port_queues(const struct mw_port *port)
{
	(void)port;
	return engine.workers.count;
}

uint32_t mw_port_receive(struct mw_port *port, uint16_t queue, uint64_t now_ns, struct mw_packet own_packets[],
						 struct mw_packet *packets[])
{
	struct queue *own = &queues[queue];
	struct mw_packet packet;
	uint32_t count = 0;

	(void)port;
	(void)now_ns;
	assert_null(own_packets); // there is more than one worker
	for (; count < MW_BATCH_PACKETS && make_packet(own, queue, &packet); count++) {
		struct buffer *buffer = packet.source_cookie;

		buffer->kept = packet;
		packets[count] = &buffer->kept;
	}
	atomic_store_explicit(&own->received, own->made, memory_order_relaxed);
	return count;
}

void mw_port_release(struct mw_packet *const packets[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct buffer *buffer = packets[i]->source_cookie;

		atomic_store_explicit(&buffer->busy, false, memory_order_release);
	}
}

void mw_pipeline_receive(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	(void)pipeline;
	for (uint32_t i = 0; i < packets_count; i++)
		packets[i]->owner = owner_of_flow(packets[i]->scope);
}

void mw_pipeline_process(struct mw_pipeline *pipeline, struct mw_packet *const packets[], uint32_t packets_count)
{
	for (uint32_t i = 0; i < packets_count; i++) {
		const struct mw_packet *packet = packets[i];
		uint32_t *expected = &pipeline->expected[packet->vlan_outer][packet->scope];

		pipeline->processed++;
		pipeline->misdelivered += owner_of_flow(packet->scope) != pipeline->worker;
		pipeline->late += packet->clock_ns < pipeline->ticked_ns;
		if (packet->ip_id < *expected) {
			pipeline->out_of_order++; // or came twice
			continue;
		}
		pipeline->missing += packet->ip_id - *expected;
		*expected = packet->ip_id + 1;
	}
}

bool mw_pipeline_tick(struct mw_pipeline *pipeline, uint64_t now_ns, uint32_t expire_budget)
{
	if (expire_budget == UINT32_MAX) // of a replay, where time is that of the packets
		pipeline->ticked_ns = now_ns;
	return true;
}

// How many packets of this flow a queue has made: 45 turns make_packet's 37 back.
static uint32_t made_of_flow(const struct queue *queue, uint32_t flow)
{
	return queue->made / FLOWS + (flow * 45 % FLOWS < queue->made % FLOWS);
}

// What no later packet of its flow told is missing too.
void mw_pipeline_finish(struct mw_pipeline *pipeline, uint64_t now_ns)
{
	(void)now_ns;
	for (uint32_t queue = 0; queue < WORKERS_MAX; queue++) {
		for (uint32_t flow = 0; flow < FLOWS; flow++) {
			if (owner_of_flow(flow) == pipeline->worker)
				pipeline->missing += made_of_flow(&queues[queue], flow) - pipeline->expected[queue][flow];
		}
	}
}

void mw_pipeline_filter(struct mw_pipeline *pipeline, const struct mw_filter *filter)
{
	(void)pipeline;
	(void)filter;
}

void mw_pipeline_settings(struct mw_pipeline *pipeline, const struct mw_settings *settings)
{
	(void)pipeline;
	(void)settings;
}

bool affinity_pin(const struct options *options, uint16_t index)
{
	(void)options;
	(void)index;
	return false;
}

static void *lines(size_t bytes)
{
	size_t rounded = (bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
	void *at = aligned_alloc(MW_CACHE_LINE_BYTES, rounded);

	assert_non_null(at);
	memset(at, 0, rounded);
	return at;
}

static void build_worker(uint16_t index, uint32_t places)
{
	struct worker *worker = &engine.workers.each[index];
	size_t bytes = mw_ring_bytes(sizeof(struct mw_packet *), places);

	pipelines[index] = (struct mw_pipeline){.worker = index};
	worker->index = index;
	worker->pipeline = &pipelines[index];
	worker->stats = lines(sizeof(struct mw_stats_block));
	for (uint16_t from = 0; from < engine.workers.count; from++) {
		if (from == index)
			continue;
		ring_memory[index][from] = lines(bytes);
		worker->inbox[from] = mw_ring_init(ring_memory[index][from], bytes, sizeof(struct mw_packet *), places);
		assert_non_null(worker->inbox[from]);
	}
}

// places: of each inbox; buffers: of each queue.
static void build(uint16_t workers, uint32_t places, uint32_t buffers)
{
	assert_true(workers <= WORKERS_MAX && buffers <= BUFFERS_MAX);
	memset(&engine, 0, sizeof(engine));
	memset(&live, 0, sizeof(live));
	memset(queues, 0, sizeof(queues));
	engine.workers.count = workers;
	engine.workers.counters.handover_full = 1; // handed_over is 0
	for (uint16_t i = 0; i < workers; i++) {
		build_worker(i, places);
		queues[i].buffers_count = buffers;
		queues[i].buffers = lines(buffers * sizeof(struct buffer));
	}
}

static void tear_down(void)
{
	for (uint16_t i = 0; i < engine.workers.count; i++) {
		free(engine.workers.each[i].stats);
		free(queues[i].buffers);
		for (uint16_t from = 0; from < engine.workers.count; from++) {
			free(ring_memory[i][from]);
			ring_memory[i][from] = NULL;
		}
	}
}

static uint64_t counted(uint32_t counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < engine.workers.count; i++)
		sum += mw_stats_read(engine.workers.each[i].stats, counter);
	return sum;
}

static void wait_for_packets(uint32_t packets)
{
	for (uint16_t i = 0; i < engine.workers.count; i++) {
		while (atomic_load_explicit(&queues[i].received, memory_order_relaxed) < packets)
			sched_yield();
	}
}

// From start to stop as a live run has it; the order to stop comes when every queue has given so many packets.
static void run_live(uint16_t workers, uint32_t places, uint32_t buffers, uint32_t packets)
{
	static struct live_worker threads[WORKERS_MAX];
	static uint8_t port; // its address is all that is asked for

	build(workers, places, buffers);
	live.engine = &engine;
	live.ports[0] = (struct mw_port *)&port;
	live.ports_count = 1;
	for (uint16_t i = 0; i < workers; i++)
		assert_int_equal(live_worker_start(&threads[i], &live, i), 0);
	wait_for_packets(packets);
	atomic_store_explicit(&live.stage, LIVE_FINISH, memory_order_release);
	for (uint16_t i = 0; i < workers; i++)
		live_worker_join(&threads[i]);
}

static bool wait_for_room(void *context, struct mw_packet *packet)
{
	struct replay_worker *threads = context;
	struct mw_packet *done[MW_BATCH_PACKETS];
	uint32_t count, vain = 0;

	(void)packet;
	for (uint16_t i = 1; i < engine.workers.count; i++) {
		while ((count = mw_ring_pop(threads[i].done, done, MW_BATCH_PACKETS)) > 0)
			mw_port_release(done, count);
	}
	replay_worker_relax(&vain);
	return true;
}

static struct mw_packet *keep_as_it_is(struct mw_packet *packet)
{
	return packet;
}

// One batch as the reader of a replay does it: every packet lies in its buffer from the beginning.
static void read_batch(struct replay_worker threads[])
{
	const struct handover_source source = {.keep = keep_as_it_is, .full = wait_for_room, .context = threads};
	struct mw_packet *packets[MW_BATCH_PACKETS];
	struct handover_batch own;
	uint32_t count = mw_port_receive(NULL, 0, 0, NULL, packets);

	if (count == 0)
		wait_for_room(threads, NULL);
	mw_pipeline_receive(&pipelines[0], packets, count);
	handover_sort(&engine.workers, &engine.workers.each[0], packets, count, &own, &source);
	mw_pipeline_process(&pipelines[0], own.packets, own.count);
	mw_port_release(own.packets, own.count);
}

// Brings all workers to the same point, at which nothing is on its way.
static void mark(struct replay_worker threads[], enum handover_marker marker)
{
	uint64_t processed = 0;

	for (uint16_t i = 1; i < engine.workers.count; i++)
		replay_worker_mark(&threads[i], marker, queues[0].made, NULL);
	if (marker == HANDOVER_FINISH)
		mw_pipeline_finish(&pipelines[0], queues[0].made);
	for (uint16_t i = 1; i < engine.workers.count; i++) {
		while (!replay_worker_reached(&threads[i]))
			wait_for_room(threads, NULL);
	}
	for (uint16_t i = 0; i < engine.workers.count; i++)
		processed += pipelines[i].processed;
	assert_int_equal(processed, queues[0].made);
}

// A worker at a point: it has done its packets before it, and no other, whatever the others do.
static void note_point(struct worker *worker, struct replay_order *order)
{
	struct mw_pipeline *pipeline = worker->pipeline;
	const struct queue then = {.made = (uint32_t)order->clock_ns};
	uint64_t owned = 0;

	for (uint32_t flow = 0; flow < FLOWS; flow++)
		owned += owner_of_flow(flow) == pipeline->worker ? made_of_flow(&then, flow) : 0;
	pipeline->misplaced += pipeline->processed != owned || order->number != pipeline->points++;
}

static void point(struct replay_worker threads[], struct replay_order *order, uint32_t number)
{
	*order = (struct replay_order){.clock_ns = queues[0].made, .number = number};
	for (uint16_t i = 1; i < engine.workers.count; i++)
		replay_worker_mark(&threads[i], HANDOVER_POINT, queues[0].made, order);
}

static void run_replay(uint16_t workers, uint32_t places)
{
	static struct replay_worker threads[WORKERS_MAX];
	static struct replay_order orders[POINTS];
	uint32_t points = 0;

	build(workers, places, BUFFERS_MAX);
	memset(threads, 0, sizeof(threads));
	for (uint16_t i = 1; i < workers; i++) {
		threads[i].at_order = note_point;
		assert_int_equal(replay_worker_start(&threads[i], &engine, i), 0);
	}
	for (uint32_t batch = 0; queues[0].made < PACKETS; batch++) {
		read_batch(threads);
		if (batch % 50 == 0)
			mark(threads, HANDOVER_TICK);
		else if (batch % 3 == 0 && points < POINTS) { // and goes on
			point(threads, &orders[points], points);
			points++;
		}
	}
	mark(threads, HANDOVER_FINISH);
	wait_for_room(threads, NULL);
	for (uint16_t i = 1; i < workers; i++) {
		replay_worker_stop(&threads[i]);
		assert_int_equal(pipelines[i].points, points);
		assert_int_equal(pipelines[i].misplaced, 0);
	}
}

// All sums, whatever was received. @return packets that were lost.
static uint64_t check(void)
{
	uint64_t made = 0, foreign = 0, processed = 0, missing = 0, lost = counted(engine.workers.counters.handover_full);

	for (uint16_t i = 0; i < engine.workers.count; i++) {
		assert_int_equal(pipelines[i].out_of_order, 0);
		assert_int_equal(pipelines[i].misdelivered, 0);
		assert_int_equal(pipelines[i].late, 0);
		made += queues[i].made;
		foreign += queues[i].foreign;
		processed += pipelines[i].processed;
		missing += pipelines[i].missing;
		for (uint32_t b = 0; b < queues[i].buffers_count; b++)
			assert_false(atomic_load(&queues[i].buffers[b].busy));
	}
	assert_int_equal(processed + lost, made);
	assert_int_equal(missing, lost); // what is lost is what the flows miss, so nothing came twice
	assert_int_equal(counted(engine.workers.counters.handed_over), foreign);
	return lost;
}

static void live_workers_lose_nothing_while_inboxes_have_room(void **state)
{
	(void)state;
	for (uint16_t workers = 2; workers <= WORKERS_MAX; workers += 2) {
		run_live(workers, 1024, 1000, PACKETS); // all buffers of a queue fit into one inbox
		assert_int_equal(check(), 0);
		tear_down();
	}
}

static void live_workers_count_what_found_no_room(void **state)
{
	(void)state;
	for (uint16_t workers = 2; workers <= WORKERS_MAX; workers += 2) {
		run_live(workers, 8, BUFFERS_MAX, PACKETS);
		assert_true(check() > 0);
		tear_down();
	}
}

// Some workers have left their loop while others still give to them.
static void a_stop_in_full_traffic_loses_nothing(void **state)
{
	(void)state;
	for (uint32_t stop = 1; stop < 100; stop++) {
		run_live(stop % 2 == 0 ? 2 : 4, 1024, 1000, stop * 10);
		assert_int_equal(check(), 0);
		tear_down();
	}
}

static void a_replay_waits_for_room_and_loses_nothing(void **state)
{
	(void)state;
	for (uint16_t workers = 2; workers <= WORKERS_MAX; workers += 2) {
		run_replay(workers, 8);
		assert_int_equal(check(), 0);
		tear_down();
	}
}

static const struct CMUnitTest tests[] = {
	MW_TEST(live_workers_lose_nothing_while_inboxes_have_room),
	MW_TEST(live_workers_count_what_found_no_room),
	MW_TEST(a_stop_in_full_traffic_loses_nothing),
	MW_TEST(a_replay_waits_for_room_and_loses_nothing),
};

MW_TEST_MAIN("app_handover_order", tests)
