// SPDX-License-Identifier: BSD-3-Clause
// One queue, two owners: what handing a packet over costs the giver and the taker, with app's own code.
// Neighbours: workers.h; app/midwatch/handover.c is what is measured.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "handover.h"
#include "workers.h"

#define RETURN_RING    32768u // more than there are packets
#define INTERRUPTED_NS 20000.0 // no batch takes as long: the thread was not running

/** Both threads' view. done: the giver writes, the taker reads. */
struct pair {
	struct workers *workers;
	struct rig rigs[2];
	struct feed feed;
	struct mw_ring *inbox, *given_back;
	struct block rings;
	atomic_bool done;
	bool waited; // in the running batch
	uint64_t give_ticks, take_ticks;
	uint64_t taken, given_measured, taken_measured; // packets
};

static struct mw_packet *keep(struct mw_packet *packet)
{
	return packet;
}

// A live worker would drop here; a batch that waited for the taker is not measured.
static bool wait_for_room(void *context, struct mw_packet *packet)
{
	struct pair *pair = context;

	(void)packet;
	pair->waited = true;
	sched_yield();
	return true;
}

// Time since start, unless something else had the core meanwhile.
static bool undisturbed(uint64_t start, uint64_t *ticks)
{
	*ticks = ticks_read() - start;
	return (double)*ticks * ns_per_tick() < INTERRUPTED_NS;
}

static void *take(void *argument)
{
	struct pair *pair = argument;
	struct worker *worker = &pair->workers->each[1];
	struct handover_batch batch;
	bool last = false;

	pin_to(1);
	while (!last) {
		uint64_t start, ticks;

		last = atomic_load_explicit(&pair->done, memory_order_acquire); // before the look: nothing comes after it
		start = ticks_read();
		handover_collect(worker, 0, &batch);
		if (batch.count == 0)
			continue;
		last = false;
		if (undisturbed(start, &ticks)) {
			pair->take_ticks += ticks;
			pair->taken_measured += batch.count;
		}
		pair->taken += batch.count;
		mw_pipeline_process(pair->rigs[1].pipeline, batch.packets, batch.count);
		rig_between(&pair->rigs[1], batch.packets[batch.count - 1]->clock_ns);
		mw_ring_push(pair->given_back, batch.packets, batch.count);
	}
	return NULL;
}

static void collect_returned(struct pair *pair)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];
	uint32_t count;

	while ((count = mw_ring_pop(pair->given_back, packets, MW_BATCH_PACKETS)) > 0)
		feed_give(&pair->feed, packets, count);
}

static void give_all(struct pair *pair)
{
	const struct trace *trace = pair->feed.trace;
	const struct handover_source source = {.keep = keep, .full = wait_for_room, .context = pair};
	struct mw_packet *packets[MW_BATCH_PACKETS];
	struct handover_batch own;

	for (uint32_t at = 0; at < trace->count; at += MW_BATCH_PACKETS) {
		uint32_t count = MW_MIN(trace->count - at, (uint32_t)MW_BATCH_PACKETS);
		uint64_t start, ticks, clock_ns;

		do
			collect_returned(pair);
		while (feed_room(&pair->feed) < MW_BATCH_PACKETS);
		feed_take(&pair->feed, at, count, packets);
		mw_pipeline_receive(pair->rigs[0].pipeline, packets, count);
		clock_ns = packets[count - 1]->clock_ns;
		pair->waited = false;
		start = ticks_read();
		handover_sort(pair->workers, &pair->workers->each[0], packets, count, &own, &source);
		if (undisturbed(start, &ticks) && !pair->waited) {
			pair->give_ticks += ticks;
			pair->given_measured += count - own.count;
		}
		mw_pipeline_process(pair->rigs[0].pipeline, own.packets, own.count);
		feed_give(&pair->feed, own.packets, own.count);
		rig_between(&pair->rigs[0], clock_ns);
	}
}

static void build(struct pair *pair, struct rig_shared *shared)
{
	size_t inbox_bytes = mw_ring_bytes(sizeof(struct mw_packet *), WORKERS_HANDOVER);
	size_t returned_bytes = mw_ring_bytes(sizeof(struct mw_packet *), RETURN_RING);
	size_t inbox_room = (inbox_bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;

	pair->workers = aligned_alloc(MW_CACHE_LINE_BYTES, (sizeof(*pair->workers) + 63) / 64 * 64);
	if (pair->workers == NULL || !block_take(&pair->rings, inbox_room + returned_bytes))
		die("no memory for the hand-over");
	__builtin_memset(pair->workers, 0, sizeof(*pair->workers));
	pair->inbox = mw_ring_init(pair->rings.base, inbox_bytes, sizeof(struct mw_packet *), WORKERS_HANDOVER);
	pair->given_back =
		mw_ring_init(pair->rings.base + inbox_room, returned_bytes, sizeof(struct mw_packet *), RETURN_RING);
	pair->workers->count = 2;
	pair->workers->counters = shared->counters;
	for (uint16_t i = 0; i < 2; i++)
		pair->workers->each[i] =
			(struct worker){.index = i, .stats = pair->rigs[i].stats, .pipeline = pair->rigs[i].pipeline};
	pair->workers->each[1].inbox[0] = pair->inbox;
}

static void check(const struct pair *pair, uint64_t *handed_over)
{
	uint64_t total = pair->feed.trace->count;

	*handed_over = rig_count(&pair->rigs[0], pair->workers->counters.handed_over);
	if (*handed_over != pair->taken)
		die("hand-over: %lu given, %lu taken", *handed_over, pair->taken);
	rig_check(&pair->rigs[0], "hand-over, giver", total - *handed_over);
	rig_check(&pair->rigs[1], "hand-over, taker", *handed_over);
}

void handover_measure(struct rig_shared *shared, const struct trace *trace, struct handover_cost *cost)
{
	struct pair pair = {0};
	pthread_t thread;
	bool enough;

	*cost = (struct handover_cost){0};
	if (core_of(1) < 0)
		return;
	(void)ns_per_tick(); // known before there are two threads
	shared->workers_count = 2;
	enough = rig_new(&pair.rigs[0], shared, 0) && rig_new(&pair.rigs[1], shared, 1);
	shared->workers_count = 1;
	feed_new(&pair.feed, trace);
	pair.feed.in_buffers = true;
	if (enough) {
		uint64_t start_ns;

		build(&pair, shared);
		start_ns = clock_read_ns();
		if (pthread_create(&thread, NULL, take, &pair) != 0)
			die("no second thread");
		give_all(&pair);
		atomic_store_explicit(&pair.done, true, memory_order_release);
		pthread_join(thread, NULL);
		cost->both_ns = (double)(clock_read_ns() - start_ns) / (double)trace->count;
		check(&pair, &cost->handed_over);
		if (pair.given_measured > 0)
			cost->give_ns = (double)pair.give_ticks * ns_per_tick() / (double)pair.given_measured;
		if (pair.taken_measured > 0)
			cost->take_ns = (double)pair.take_ticks * ns_per_tick() / (double)pair.taken_measured;
	}
	for (int i = 0; i < 2; i++)
		rig_free(&pair.rigs[i]);
	feed_free(&pair.feed);
	block_give(&pair.rings);
	free(pair.workers);
}
