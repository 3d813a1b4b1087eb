// SPDX-License-Identifier: BSD-3-Clause
// A binary heap by time, then by content, so that the order depends on no worker.
// Neighbours: queue.h.
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int outages_queue_start(struct outages_queue *queue)
{
	queue->signs = calloc(OUTAGES_QUEUE_MAX, sizeof(queue->signs[0]));
	return queue->signs == NULL ? -ENOMEM : 0;
}

void outages_queue_stop(struct outages_queue *queue)
{
	free(queue->signs);
	queue->signs = NULL;
	queue->count = 0;
}

static bool is_before(const struct outages_sign *a, const struct outages_sign *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	return memcmp(a, b, sizeof(*a)) < 0;
}

void outages_queue_push(struct outages_queue *queue, const struct outages_sign *sign)
{
	uint32_t at = queue->count++;

	for (; at > 0 && is_before(sign, &queue->signs[(at - 1) / 2]); at = (at - 1) / 2)
		queue->signs[at] = queue->signs[(at - 1) / 2];
	queue->signs[at] = *sign;
}

struct outages_sign outages_queue_pop(struct outages_queue *queue)
{
	const struct outages_sign first = queue->signs[0], last = queue->signs[--queue->count];
	uint32_t at = 0, child;

	for (;; at = child) {
		child = 2 * at + 1;
		if (child >= queue->count)
			break;
		if (child + 1 < queue->count && is_before(&queue->signs[child + 1], &queue->signs[child]))
			child++;
		if (!is_before(&queue->signs[child], &last))
			break;
		queue->signs[at] = queue->signs[child];
	}
	queue->signs[at] = last;
	return first;
}
