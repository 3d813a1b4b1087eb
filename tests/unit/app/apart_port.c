// SPDX-License-Identifier: BSD-3-Clause
// The port of apart_test.c. Its functions are called by app/midwatch/live/worker.c.
// Neighbours: apart_port.h; page_watch.h.
#include "apart_port.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "affinity.h"
#include "mw_test.h"
#include "page_watch.h"

#define IDLE_POLLS 20u // at the end of a turn: inboxes are emptied, seconds pass
#define POLL_NS    (20 * MW_NS_PER_MS) // each poll sees the clock this much later, so that workers tick as well

struct apart_queue *apart_queues[APART_WORKERS];
static _Thread_local uint64_t clock_ns = UINT64_C(1767225600) * MW_NS_PER_SECOND;

void apart_port_new(void)
{
	for (unsigned i = 0; i < APART_WORKERS; i++) {
		struct apart_queue *queue =
			mmap(NULL, sizeof(*queue), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_ptr_not_equal(queue, MAP_FAILED);
		assert_int_equal(sem_init(&queue->turn, 0, 0), 0);
		assert_int_equal(sem_init(&queue->done, 0, 0), 0);
		apart_queues[i] = queue;
	}
}

void apart_port_free(void)
{
	for (unsigned i = 0; i < APART_WORKERS; i++)
		munmap(apart_queues[i], sizeof(*apart_queues[i]));
}

void apart_port_turn(unsigned worker, uint32_t first, uint32_t end, bool watched)
{
	struct apart_queue *queue = apart_queues[worker];

	assert_true(first <= end && end <= APART_FRAMES);
	queue->next = first;
	queue->end = end;
	queue->watched = watched;
	sem_post(&queue->turn);
	sem_wait(&queue->done);
}

void apart_port_end(void)
{
	for (unsigned i = 0; i < APART_WORKERS; i++) {
		atomic_store(&apart_queues[i]->over, true);
		sem_post(&apart_queues[i]->turn);
	}
}

uint16_t mw_port_queues(const struct mw_port *port)
{
	(void)port;
	return APART_WORKERS;
}

// @return false when there is nothing more to receive in this turn.
static bool take_turn(struct apart_queue *queue, uint16_t number)
{
	if (!queue->running) {
		sem_wait(&queue->turn);
		queue->running = !atomic_load(&queue->over);
		if (queue->running && queue->watched)
			page_watch_begin(number);
		queue->idle = 0;
	} else if (queue->next == queue->end && queue->idle++ == IDLE_POLLS) {
		if (queue->watched)
			page_watch_end();
		queue->running = false;
		sem_post(&queue->done);
	}
	return queue->running;
}

uint32_t mw_port_receive(struct mw_port *port, uint16_t queue, uint64_t now_ns, struct mw_packet own_packets[],
						 struct mw_packet *packets[])
{
	struct apart_queue *own = apart_queues[queue];
	uint32_t count = 0;

	(void)port;
	if (atomic_load(&own->over) || !take_turn(own, queue))
		return 0;
	if (own->also != NULL)
		own->also(queue);
	for (; count < MW_BATCH_PACKETS && own->next < own->end; count++, own->next++) {
		struct apart_frame *frame = &own->frames[own->next];
		struct mw_packet *packet = own_packets != NULL ? &own_packets[count] : &frame->kept;

		packets[count] = packet;
		packet->data = frame->bytes;
		packet->captured_bytes = packet->wire_bytes = frame->len_bytes;
		packet->time_ns = packet->clock_ns = now_ns + count;
		packet->source_cookie = frame;
		packet->dlt = MW_DLT_ETHERNET;
		packet->link = MW_LINK_ETHERNET;
		packet->is_marker = 0;
	}
	return count;
}

// A driver's pool would take the buffers back.
void mw_port_release(struct mw_packet *const packets[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		assert_non_null(packets[i]->source_cookie);
}

bool affinity_pin(const struct options *options, uint16_t index)
{
	(void)options;
	(void)index;
	return true; // so that an idle worker does not yield
}

// Wall time is the test's own, the same in every run; other clocks are the kernel's.
int clock_gettime(clockid_t which, struct timespec *now) // NOLINT: the C library's names are reserved
{
	if (which != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, which, now);
	clock_ns += POLL_NS;
	now->tv_sec = (time_t)(clock_ns / MW_NS_PER_SECOND);
	now->tv_nsec = (long)(clock_ns % MW_NS_PER_SECOND);
	return 0;
}
