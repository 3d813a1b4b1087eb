// SPDX-License-Identifier: BSD-3-Clause
// A short queue under a lock: an order is worth thousands of packets, so nobody waits for the lock.
// Neighbours: replay_control.h.
#include "replay_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"

#define SOCKET_EVERY_MS     20 // while nothing else is to be done
#define SOCKET_EVERY_ORDERS 16u

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
		pthread_cond_wait(&control->given_one, &control->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SOCKET_EVERY_MS * (long)MW_NS_PER_MS;
	until.tv_sec += until.tv_nsec / (long)MW_NS_PER_SECOND;
	until.tv_nsec %= (long)MW_NS_PER_SECOND;
	pthread_cond_timedwait(&control->given_one, &control->lock, &until);
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
	while (!control->stop || control->done != control->given) {
		bool some;

		if (control->done == control->given)
			wait_for_order(control);
		some = control->done != control->given;
		pthread_mutex_unlock(&control->lock);
		if (some)
			do_order_of_thread(control, &control->orders[control->done % REPLAY_ORDERS]);
		serve(control, !some);
		pthread_mutex_lock(&control->lock);
		control->done += some;
		pthread_cond_signal(&control->done_one);
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
	pthread_cond_init(&control->given_one, &attributes);
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

static void look_at_workers(const struct replay_control *control, struct replay_order *order,
							struct mw_stats_block *blocks)
{
	const struct workers *workers = &control->engine->workers;

	order->point = (struct mw_aggregate_point){0};
	for (uint16_t i = 0; i < workers->count; i++) {
		order->point.events[i] = mw_event_ring_sent(workers->each[i].events);
		if (order->ended.end_ns == 0)
			continue;
		order->point.flows += mw_flow_count(mw_pipeline_flows(workers->each[i].pipeline));
		for (uint32_t counter = 0; counter < MW_STATS_MAX; counter++)
			atomic_init(&blocks[i].values[counter], mw_stats_read(workers->each[i].stats, counter));
		order->point.blocks = blocks;
	}
}

static bool rings_are_filling(const struct workers *workers)
{
	for (uint16_t i = 0; i < workers->count; i++) {
		if (mw_event_ring_is_filling(workers->each[i].events))
			return true;
	}
	return false;
}

void replay_control_give(struct replay_control *control, const struct replay_order *order)
{
	const struct workers *workers = &control->engine->workers;
	struct replay_order *place;
	uint32_t slot;

	if (!control->threaded) {
		do_order(control, order);
		return;
	}
	pthread_mutex_lock(&control->lock);
	while (control->given - control->done == REPLAY_ORDERS)
		pthread_cond_wait(&control->done_one, &control->lock);
	slot = control->given % REPLAY_ORDERS;
	place = &control->orders[slot];
	*place = *order;
	look_at_workers(control, place, &control->blocks[(size_t)slot * workers->count]);
	control->given++;
	pthread_cond_signal(&control->given_one);
	while (control->given != control->done && rings_are_filling(workers))
		pthread_cond_wait(&control->done_one, &control->lock);
	pthread_mutex_unlock(&control->lock);
}

void replay_control_stop(struct replay_control *control)
{
	if (control->threaded) {
		pthread_mutex_lock(&control->lock);
		control->stop = true;
		pthread_cond_signal(&control->given_one);
		pthread_mutex_unlock(&control->lock);
		pthread_join(control->thread, NULL);
	}
	control->threaded = false;
	if (control->blocks != NULL) {
		mw_aggregate_see(control->engine->aggregate, NULL);
		pthread_cond_destroy(&control->given_one);
		pthread_cond_destroy(&control->done_one);
		pthread_mutex_destroy(&control->lock);
	}
	free(control->blocks);
	control->blocks = NULL;
}
