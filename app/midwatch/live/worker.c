// SPDX-License-Identifier: BSD-3-Clause
// The poll loop: receive, decode, hand over, process, tick. No lock, no allocation, no log line, no waiting.
// Neighbours: live/worker.h; handover.h. Partners of the atomics: stage, workers_idle, workers_done with
// live/live.c; workers_stopped with the other workers.
#include "live/worker.h"

#include <rte_lcore.h>
#include <sched.h>
#include <string.h>

#include "affinity.h"
#include "engine.h"
#include "handover.h"

#define EXPIRE_BUDGET  4096u // flows ended a tick: their turn comes again in the next
#define IDLE_POLLS_MAX 256u // then a worker that has no core of its own lets others run
#define QUIET_NS       (50 * MW_NS_PER_MS) // queues that gave nothing for this long after the stop are empty

struct poll {
	struct live_worker *self;
	struct tap *tap;
	uint64_t now_ns; // never goes back
	uint64_t ticked_s;
	uint64_t busy_ns; // when packets came last
	uint64_t turns;
	uint32_t idle;
	bool pinned, tick_again, caught_up, counted_idle;
	struct mw_packet packets[MW_BATCH_PACKETS]; // of an only worker's batch: always the same lines, so they stay cached
};

// What another worker may own lies in its frame's buffer.
static struct mw_packet *keep(struct mw_packet *packet)
{
	return packet;
}

// Never waits for another worker: what finds no room is lost here, and counted here.
static bool drop(void *context, struct mw_packet *packet)
{
	(void)context;
	mw_port_release(&packet, 1);
	return false;
}

static void process(struct poll *poll, const struct handover_batch *batch)
{
	if (batch->count == 0)
		return;
	poll->busy_ns = poll->now_ns;
	mw_pipeline_process(poll->self->worker->pipeline, batch->packets, batch->count);
	mw_port_release(batch->packets, batch->count);
}

static uint32_t poll_queue(struct poll *poll, struct mw_port *port, uint16_t queue)
{
	static const struct handover_source source = {.keep = keep, .full = drop};
	struct live_worker *self = poll->self;
	struct mw_packet *packets[MW_BATCH_PACKETS];
	struct handover_batch own;
	bool alone = self->live->engine->workers.count == 1;
	uint32_t count = mw_port_receive(port, queue, poll->now_ns, alone ? poll->packets : NULL, packets);

	if (count == 0)
		return 0;
	poll->busy_ns = poll->now_ns;
	if (MW_UNLIKELY(poll->tap->plan != NULL))
		tap_take(poll->tap, packets, count);
	mw_pipeline_receive(self->worker->pipeline, packets, count);
	handover_sort(&self->live->engine->workers, self->worker, packets, count, &own, &source);
	process(poll, &own);
	return count;
}

// Queue q of a port with a queue for each worker is worker q's: the NIC spreads packets as their owners are chosen.
// Queues of other ports are dealt out in turn.
static uint32_t poll_queues(struct poll *poll)
{
	const struct live *live = poll->self->live;
	const uint16_t workers = live->engine->workers.count;
	uint32_t count = 0, turn = 0;

	for (uint32_t p = 0; p < live->ports_count; p++) {
		const uint16_t queues = mw_port_queues(live->ports[p]);
		const uint32_t first = queues == workers ? 0 : turn;

		for (uint16_t q = 0; q < queues; q++) {
			if ((first + q) % workers == poll->self->worker->index)
				count += poll_queue(poll, live->ports[p], q);
		}
		turn += queues == workers ? 0 : queues;
	}
	return count;
}

static uint32_t poll_inboxes(struct poll *poll)
{
	struct handover_batch batch;
	uint32_t count = 0;

	for (uint16_t from = 0; from < poll->self->live->engine->workers.count; from++) {
		handover_collect(poll->self->worker, from, &batch);
		process(poll, &batch);
		count += batch.count;
	}
	return count;
}

static void tick(struct poll *poll)
{
	uint64_t second = poll->now_ns / MW_NS_PER_SECOND;

	if (second == poll->ticked_s && !poll->tick_again)
		return;
	poll->tick_again = !mw_pipeline_tick(poll->self->worker->pipeline, poll->now_ns, EXPIRE_BUDGET);
	poll->ticked_s = second;
}

static void rest(struct poll *poll, uint32_t worked)
{
	poll->idle = worked > 0 ? 0 : poll->idle + 1;
	if (worked == 0 && !poll->caught_up) {
		poll->caught_up = true;
		atomic_fetch_add_explicit(&poll->self->live->workers_caught_up, 1, memory_order_relaxed);
	}
	if (!poll->pinned && poll->idle > IDLE_POLLS_MAX)
		sched_yield();
}

static void look(struct poll *poll)
{
	struct live *live = poll->self->live;
	const uint64_t looked_ns = poll->now_ns;

	poll->now_ns = live_clock_after(&live->clock, looked_ns);
	if (poll->now_ns - looked_ns > LIVE_BLIND_GAP_NS && looked_ns != 0)
		live_gaps_note(&live->gaps[poll->self->worker->index], looked_ns, poll->now_ns);
}

static void work(struct poll *poll)
{
	struct live *live = poll->self->live;
	enum live_stage stage;

	while ((stage = atomic_load_explicit(&live->stage, memory_order_acquire)) != LIVE_FINISH) {
		uint32_t worked;

		live_moves_turn(&live->moves, poll->self->worker->index, ++poll->turns);
		look(poll);
		worker_refresh(&live->engine->workers, poll->self->worker);
		tap_refresh(&live->capture.taps, poll->tap);
		worked = poll_queues(poll) + poll_inboxes(poll);
		tick(poll);
		if (stage == LIVE_EMPTY_QUEUES && !poll->counted_idle && poll->now_ns - poll->busy_ns > QUIET_NS) {
			poll->counted_idle = true;
			atomic_fetch_add_explicit(&live->workers_idle, 1, memory_order_release);
		}
		rest(poll, worked);
	}
}

// Once nobody receives any more, nothing new comes into an inbox.
static void wait_for_others(struct live *live)
{
	atomic_fetch_add_explicit(&live->workers_stopped, 1, memory_order_acq_rel);
	while (atomic_load_explicit(&live->workers_stopped, memory_order_acquire) < live->engine->workers.count)
		sched_yield();
}

static void *run(void *argument)
{
	struct poll poll = {.self = argument};
	struct live *live = poll.self->live;

	poll.tap = &live->capture.taps.each[poll.self->worker->index];
	poll.pinned = affinity_pin(live->engine->options, poll.self->worker->index);
	rte_thread_register(); // a place of its own in the packet pools' caches
	work(&poll);
	tap_leave(poll.tap);
	wait_for_others(live);
	while (poll_inboxes(&poll) > 0)
		;
	mw_pipeline_finish(poll.self->worker->pipeline, poll.now_ns);
	rte_thread_unregister();
	atomic_fetch_add_explicit(&live->workers_done, 1, memory_order_release);
	return NULL;
}

int live_worker_start(struct live_worker *self, struct live *live, uint16_t index)
{
	int error;

	self->live = live;
	self->worker = &live->engine->workers.each[index];
	mw_pipeline_filter(self->worker->pipeline, live->filter);
	error = pthread_create(&self->thread, NULL, run, self);
	self->running = error == 0;
	return -error;
}

void live_worker_join(struct live_worker *self)
{
	if (self->running)
		pthread_join(self->thread, NULL);
	self->running = false;
}
