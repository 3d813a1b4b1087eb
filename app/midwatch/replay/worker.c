// SPDX-License-Identifier: BSD-3-Clause
// The thread behind a hand-over ring.
// Neighbours: replay/worker.h. Partners of the atomics: reached (release here, acquire in the reader).
#include "replay/worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "affinity.h"
#include "engine.h"

#define DONE_RING 8192u // more than there are buffers: giving back never waits
#define VAIN_MAX  64u // a few tens of microseconds
#define NAP_NS    20000 // far less than what fills an inbox

void replay_worker_relax(uint32_t *vain)
{
	static const struct timespec nap = {.tv_nsec = NAP_NS};

	if (++*vain < VAIN_MAX)
		sched_yield();
	else
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
}

void replay_worker_meet(struct worker *worker, enum handover_marker marker, uint64_t now_ns)
{
	if (marker == HANDOVER_TICK)
		mw_pipeline_tick(worker->pipeline, now_ns, UINT32_MAX);
	else if (marker == HANDOVER_FINISH)
		mw_pipeline_finish(worker->pipeline, now_ns);
}

static void meet_marker(struct replay_worker *self, const struct mw_packet *packet)
{
	uint64_t reached = atomic_load_explicit(&self->reached, memory_order_relaxed);
	const struct replay_marker *marker = &self->markers[reached % REPLAY_MARKERS];

	replay_worker_meet(self->worker, packet->is_marker, packet->clock_ns);
	if (marker->order != NULL)
		self->at_order(self->worker, marker->order);
	atomic_store_explicit(&self->reached, reached + 1, memory_order_release);
}

static void process(struct replay_worker *self, struct mw_packet *const packets[], uint32_t count)
{
	if (count == 0)
		return;
	mw_pipeline_process(self->worker->pipeline, packets, count);
	mw_ring_push(self->done, packets, count);
}

static void process_batch(struct replay_worker *self, const struct handover_batch *batch)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < batch->count; i++) {
		if (batch->packets[i]->is_marker == HANDOVER_PACKET)
			continue;
		process(self, &batch->packets[first], i - first);
		meet_marker(self, batch->packets[i]);
		first = i + 1;
	}
	process(self, &batch->packets[first], batch->count - first);
}

static void *run(void *argument)
{
	struct replay_worker *self = argument;
	struct handover_batch batch;
	uint32_t vain = 0;

	affinity_pin(self->engine->options, self->worker->index);
	while (!atomic_load_explicit(&self->stop, memory_order_relaxed)) {
		worker_refresh(&self->engine->workers, self->worker);
		handover_collect(self->worker, 0, &batch);
		if (batch.count == 0) {
			replay_worker_relax(&vain);
			continue;
		}
		process_batch(self, &batch);
		vain = 0;
	}
	return NULL;
}

int replay_worker_start(struct replay_worker *self, struct engine *engine, uint16_t index)
{
	size_t bytes = mw_ring_bytes(sizeof(struct mw_packet *), DONE_RING);
	int error;

	self->engine = engine;
	self->worker = &engine->workers.each[index];
	self->done_memory = aligned_alloc(MW_CACHE_LINE_BYTES, (bytes + MW_CACHE_LINE_BYTES - 1) & ~(size_t)63);
	if (self->done_memory == NULL)
		return -ENOMEM;
	self->done = mw_ring_init(self->done_memory, bytes, sizeof(struct mw_packet *), DONE_RING);
	error = self->done == NULL ? ENOMEM : pthread_create(&self->thread, NULL, run, self);
	self->running = error == 0;
	return -error;
}

void replay_worker_stop(struct replay_worker *self)
{
	atomic_store(&self->stop, true);
	if (self->running)
		pthread_join(self->thread, NULL);
	free(self->done_memory);
	self->done_memory = NULL;
	self->running = false;
}

void replay_worker_mark(struct replay_worker *self, enum handover_marker marker, uint64_t now_ns,
						struct replay_order *order)
{
	struct replay_marker *place = &self->markers[self->marks % REPLAY_MARKERS];
	struct mw_packet *packet = &place->packet;
	uint32_t vain = 0;

	while (self->marks - atomic_load_explicit(&self->reached, memory_order_acquire) == REPLAY_MARKERS)
		replay_worker_relax(&vain);
	place->packet = (struct mw_packet){.is_marker = (uint8_t)marker, .clock_ns = now_ns};
	place->order = order;
	self->marks++;
	while (mw_ring_push(self->worker->inbox[0], &packet, 1) == 0)
		replay_worker_relax(&vain);
}

bool replay_worker_reached(const struct replay_worker *self)
{
	return atomic_load_explicit(&self->reached, memory_order_acquire) == self->marks;
}
