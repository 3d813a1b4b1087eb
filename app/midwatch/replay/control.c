// SPDX-License-Identifier: BSD-3-Clause
// A short queue under a lock: an order is worth thousands of packets, so nobody waits for the lock. The thread is woken
// for half a queue, or when somebody waits.
// Neighbours: replay/control.h.
#include "replay/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"

#define SOCKET_EVERY_MS     20 // while nothing else is to be done
#define SOCKET_EVERY_ORDERS 16u
#define WAKE_ORDERS         (REPLAY_ORDERS / 2)

static void do_order(struct replay_control *control, const struct replay_order *order)
{
	struct engine *engine = control->engine;

	mw_aggregate_drain(engine->aggregate, order->clock_ns);
	if (order->ended.end_ns != 0)
		engine_end_interval(engine, &order->ended);
}

// The counters that an order brings are another one's once it is done.
static void do_order_of_thread(struct replay_control *control, const struct replay_order *order)
{
	control->engine->intervals = order->intervals;
	control->point = order->point;
	do_order(control, order);
	control->point.blocks = NULL;
}

static void wait_for_order(struct replay_control *control)
{
	struct timespec until;

	if (control->engine->server == NULL) {
		pthread_cond_wait(&control->ready_one, &control->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SOCKET_EVERY_MS * (long)MW_NS_PER_MS;
	until.tv_sec += until.tv_nsec / (long)MW_NS_PER_SECOND;
	until.tv_nsec %= (long)MW_NS_PER_SECOND;
	pthread_cond_timedwait(&control->ready_one, &control->lock, &until);
}

static void serve(struct replay_control *control, bool idle)
{
	if (control->engine->server != NULL && (idle || control->done % SOCKET_EVERY_ORDERS == 0))
		mw_server_poll(control->engine->server, 0);
}

static void *run(void *argument)
{
	struct replay_control *control = argument;

	pthread_mutex_lock(&control->lock);
	while (!control->stop || control->done != control->ready) {
		bool some;

		if (control->done == control->ready)
			wait_for_order(control);
		some = control->done != control->ready;
		pthread_mutex_unlock(&control->lock);
		if (some)
			do_order_of_thread(control, &control->orders[control->done % REPLAY_ORDERS]);
		serve(control, !some);
		pthread_mutex_lock(&control->lock);
		control->done += some;
		pthread_cond_broadcast(&control->done_one);
	}
	pthread_mutex_unlock(&control->lock);
	return NULL;
}

static int start_thread(struct replay_control *control)
{
	size_t blocks_bytes = sizeof(*control->blocks) * REPLAY_ORDERS * control->engine->workers.count;
	pthread_condattr_t attributes;
	int error;

	control->blocks = aligned_alloc(MW_CACHE_LINE_BYTES, blocks_bytes);
	if (control->blocks == NULL)
		return -ENOMEM;
	mw_aggregate_see(control->engine->aggregate, &control->point);
	pthread_mutex_init(&control->lock, NULL);
	pthread_cond_init(&control->done_one, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&control->ready_one, &attributes);
	pthread_condattr_destroy(&attributes);
	error = pthread_create(&control->thread, NULL, run, control);
	control->threaded = error == 0;
	return -error;
}

int replay_control_start(struct replay_control *control, struct engine *engine, bool threaded)
{
	*control = (struct replay_control){.engine = engine};
	return threaded ? start_thread(control) : 0;
}

// With the lock.
static void wait_for_done(struct replay_control *control)
{
	control->waiting++;
	pthread_cond_signal(&control->ready_one);
	pthread_cond_wait(&control->done_one, &control->lock);
	control->waiting--;
}

struct replay_order *replay_control_open(struct replay_control *control, uint64_t clock_ns,
										 const struct intervals *intervals, const struct intervals_ended *ended)
{
	struct replay_order *order;

	if (control->threaded)
		pthread_mutex_lock(&control->lock);
	while (control->opened - control->done == REPLAY_ORDERS)
		wait_for_done(control);
	order = &control->orders[control->opened % REPLAY_ORDERS];
	*order = (struct replay_order){.control = control,
								   .clock_ns = clock_ns,
								   .intervals = *intervals,
								   .number = control->opened++,
								   .missing = control->engine->workers.count};
	if (ended != NULL)
		order->ended = *ended;
	if (control->threaded)
		pthread_mutex_unlock(&control->lock);
	return order;
}

static struct mw_stats_block *blocks_of(const struct replay_order *order)
{
	const struct replay_control *control = order->control;

	return &control->blocks[(size_t)(order->number % REPLAY_ORDERS) * control->engine->workers.count];
}

// The worker's own part: nobody else writes there.
static void look_at(const struct worker *worker, struct replay_order *order)
{
	struct mw_stats_block *block = &blocks_of(order)[worker->index];

	order->point.events[worker->index] = mw_event_ring_sent(worker->events);
	for (uint32_t counter = 0; order->ended.end_ns != 0 && counter < MW_STATS_MAX; counter++)
		atomic_init(&block->values[counter], mw_stats_read(worker->stats, counter));
}

// With the lock: one worker more is there. Whoever is the last wakes the thread when it is worth that.
static void note_worker(const struct worker *worker, struct replay_order *order)
{
	struct replay_control *control = order->control;

	if (order->ended.end_ns != 0) {
		order->point.flows += mw_flow_count(mw_pipeline_flows(worker->pipeline));
		order->point.blocks = blocks_of(order);
	}
	if (--order->missing > 0)
		return;
	control->ready++;
	if (control->waiting > 0 || control->ready - control->done >= WAKE_ORDERS)
		pthread_cond_signal(&control->ready_one);
}

void replay_control_reached(struct worker *worker, struct replay_order *order)
{
	struct replay_control *control = order->control;
	const uint32_t number = order->number;

	if (!control->threaded) {
		do_order(control, order);
		control->done++;
		return;
	}
	look_at(worker, order);
	pthread_mutex_lock(&control->lock);
	note_worker(worker, order);
	while ((int32_t)(control->done - number) <= 0 && mw_event_ring_is_filling(worker->events))
		wait_for_done(control);
	pthread_mutex_unlock(&control->lock);
}

void replay_control_stop(struct replay_control *control)
{
	if (control->threaded) {
		pthread_mutex_lock(&control->lock);
		control->stop = true;
		pthread_cond_signal(&control->ready_one);
		pthread_mutex_unlock(&control->lock);
		pthread_join(control->thread, NULL);
	}
	control->threaded = false;
	if (control->blocks != NULL) {
		mw_aggregate_see(control->engine->aggregate, NULL);
		pthread_cond_destroy(&control->ready_one);
		pthread_cond_destroy(&control->done_one);
		pthread_mutex_destroy(&control->lock);
	}
	free(control->blocks);
	control->blocks = NULL;
}
