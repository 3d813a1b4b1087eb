// SPDX-License-Identifier: BSD-3-Clause
// A ring of batches under a lock, taken once for 64 frames; a thread that sleeps is woken for half a ring.
// Neighbours: replay/read_ahead.h.
#include "replay/read_ahead.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "signals.h"

#define STOP_LOOK_MS  50 // a signal wakes nobody who waits for a lot
#define PROGRESS_LOTS 32u // asking a stream where it is costs a system call
#define LOT_BYTES     ((size_t)64 << 10)
#define STAGGER_BYTES 4160u // lots do not begin in the same sets of a cache

static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec until;

	clock_gettime(clock, &until);
	until.tv_nsec += ms * (long)MW_NS_PER_MS;
	until.tv_sec += until.tv_nsec / (long)MW_NS_PER_SECOND;
	until.tv_nsec %= (long)MW_NS_PER_SECOND;
	return until;
}

// Grows for a batch of large frames and stays so.
static bool make_room(struct read_ahead_lot *lot, size_t bytes, uint32_t number)
{
	size_t stagger = (size_t)number * STAGGER_BYTES;

	if (lot->memory_bytes >= bytes)
		return true;
	free(lot->memory);
	lot->memory_bytes = MW_MAX(bytes, LOT_BYTES);
	lot->memory = malloc(lot->memory_bytes + stagger);
	if (lot->memory == NULL)
		lot->memory_bytes = 0;
	else
		lot->bytes = lot->memory + stagger;
	return lot->memory != NULL;
}

static bool copy_frames(struct read_ahead_lot *lot, const struct mw_packet frames[], uint32_t number)
{
	size_t bytes = 0;
	uint8_t *at;

	for (uint32_t i = 0; i < lot->count; i++)
		bytes += frames[i].captured_bytes;
	if (!make_room(lot, MW_MAX(bytes, (size_t)1), number))
		return false;
	at = lot->bytes;
	for (uint32_t i = 0; i < lot->count; i++) {
		lot->frames[i] = (struct read_ahead_frame){.time_ns = frames[i].time_ns,
												   .clock_ns = frames[i].clock_ns,
												   .captured_bytes = frames[i].captured_bytes,
												   .wire_bytes = frames[i].wire_bytes,
												   .dlt = frames[i].dlt,
												   .link = frames[i].link};
		if (frames[i].captured_bytes > 0)
			memcpy(at, frames[i].data, frames[i].captured_bytes);
		at += frames[i].captured_bytes;
	}
	return true;
}

/** What the thread alone has. */
struct reader {
	struct mw_packet frames[MW_BATCH_PACKETS];
	uint64_t read_bytes, total_bytes;
};

static struct read_ahead_lot *fill(struct read_ahead *ahead, struct reader *reader, uint32_t number)
{
	struct read_ahead_lot *lot = &ahead->lots[number % READ_AHEAD_LOTS];
	struct mw_text problem = mw_text_in(lot->problem, sizeof(lot->problem));

	lot->got = merge_batch(ahead->merge, reader->frames, &lot->count, &lot->file, &problem);
	if (lot->count == 0 || number % PROGRESS_LOTS == 0)
		merge_progress(ahead->merge, &reader->read_bytes, &reader->total_bytes);
	lot->read_bytes = reader->read_bytes;
	lot->total_bytes = reader->total_bytes;
	if (!copy_frames(lot, reader->frames, number % READ_AHEAD_LOTS)) {
		mw_text_add(&problem, "%s", strerror(ENOMEM));
		lot->count = 0;
		lot->got = -EIO;
	}
	return lot;
}

static void *run(void *argument)
{
	struct read_ahead *ahead = argument;
	struct reader reader = {0};
	bool more = true;

	pthread_mutex_lock(&ahead->lock);
	while (more && !ahead->stop) {
		uint32_t number = ahead->given;

		if (number - ahead->taken == READ_AHEAD_LOTS) {
			ahead->thread_waits = true;
			pthread_cond_wait(&ahead->taken_some, &ahead->lock);
			continue;
		}
		pthread_mutex_unlock(&ahead->lock);
		more = fill(ahead, &reader, number)->got == 1;
		touch_ahead(&ahead->touch);
		pthread_mutex_lock(&ahead->lock);
		ahead->given++;
		if (ahead->taker_waits)
			pthread_cond_signal(&ahead->given_one);
		ahead->taker_waits = false;
	}
	pthread_mutex_unlock(&ahead->lock);
	return NULL;
}

int read_ahead_start(struct read_ahead *ahead, struct merge *merge, const struct workers *workers)
{
	pthread_condattr_t attributes;
	int error;

	ahead->merge = merge;
	touch_start(&ahead->touch, workers);
	ahead->given = ahead->taken = 0;
	ahead->stop = ahead->taker_waits = ahead->thread_waits = ahead->holds = false;
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->taken_some, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&ahead->given_one, &attributes);
	pthread_condattr_destroy(&attributes);
	error = pthread_create(&ahead->thread, NULL, run, ahead);
	ahead->running = error == 0;
	return -error;
}

// Gives the lot before back: its bytes were of use until now. @return false when the process is to stop.
static bool wait_for_lot(struct read_ahead *ahead)
{
	bool some;

	pthread_mutex_lock(&ahead->lock);
	ahead->taken += ahead->holds;
	ahead->holds = false;
	if (ahead->thread_waits && ahead->given - ahead->taken <= READ_AHEAD_LOTS / 2) {
		pthread_cond_signal(&ahead->taken_some);
		ahead->thread_waits = false;
	}
	while (ahead->given == ahead->taken && !signals_stopped()) {
		struct timespec until = after_ms(CLOCK_MONOTONIC, STOP_LOOK_MS);

		ahead->taker_waits = true;
		pthread_cond_timedwait(&ahead->given_one, &ahead->lock, &until);
	}
	some = ahead->given != ahead->taken;
	ahead->holds = some;
	pthread_mutex_unlock(&ahead->lock);
	return some;
}

static void show_frames(const struct read_ahead_lot *lot, struct mw_packet frames[])
{
	const uint8_t *at = lot->bytes;

	for (uint32_t i = 0; i < lot->count; i++) {
		const struct read_ahead_frame *frame = &lot->frames[i];

		frames[i].data = at;
		frames[i].time_ns = frame->time_ns;
		frames[i].clock_ns = frame->clock_ns;
		frames[i].captured_bytes = frame->captured_bytes;
		frames[i].wire_bytes = frame->wire_bytes;
		frames[i].dlt = frame->dlt;
		frames[i].link = frame->link;
		frames[i].source_cookie = NULL;
		frames[i].is_marker = 0;
		at += frame->captured_bytes;
	}
}

int read_ahead_batch(struct read_ahead *ahead, struct mw_packet frames[], uint32_t *count, uint32_t *file,
					 struct mw_text *problem)
{
	struct read_ahead_lot *lot;

	*count = 0;
	if (!wait_for_lot(ahead))
		return 0;
	lot = &ahead->lots[ahead->taken % READ_AHEAD_LOTS];
	show_frames(lot, frames);
	*count = lot->count;
	*file = lot->file;
	if (lot->got < 0)
		mw_text_add(problem, "%s", lot->problem);
	return lot->got;
}

void read_ahead_progress(const struct read_ahead *ahead, uint64_t *read_bytes, uint64_t *total_bytes)
{
	const struct read_ahead_lot *lot = &ahead->lots[ahead->taken % READ_AHEAD_LOTS];

	*read_bytes = lot->read_bytes;
	*total_bytes = lot->total_bytes;
}

// A thread that waits for a pipe is woken by a signal, whose handler sets the flag that is set already.
static void end_thread(struct read_ahead *ahead)
{
	struct timespec until = after_ms(CLOCK_REALTIME, 0);

	while (pthread_timedjoin_np(ahead->thread, NULL, &until) == ETIMEDOUT) {
		if (signals_stopped())
			pthread_kill(ahead->thread, SIGTERM);
		until = after_ms(CLOCK_REALTIME, 5);
	}
}

void read_ahead_stop(struct read_ahead *ahead)
{
	if (!ahead->running)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->stop = true;
	pthread_cond_signal(&ahead->taken_some);
	pthread_mutex_unlock(&ahead->lock);
	end_thread(ahead);
	ahead->running = false;
	pthread_cond_destroy(&ahead->given_one);
	pthread_cond_destroy(&ahead->taken_some);
	pthread_mutex_destroy(&ahead->lock);
	for (uint32_t i = 0; i < READ_AHEAD_LOTS; i++) {
		free(ahead->lots[i].memory);
		ahead->lots[i].memory = NULL;
		ahead->lots[i].memory_bytes = 0;
	}
}
