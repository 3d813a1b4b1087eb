// SPDX-License-Identifier: BSD-3-Clause
// A worker of a live run: polls its queues and its inboxes, runs packets to completion.
// Neighbours: live/live.c.
#ifndef LIVE_WORKER_H
#define LIVE_WORKER_H

#include <pthread.h>

#include "live/live.h"

struct live_worker {
	struct live *live;
	struct worker *worker;
	pthread_t thread;
	bool running;
};

/** @return 0 or -errno. */
int live_worker_start(struct live_worker *self, struct live *live, uint16_t index);
void live_worker_join(struct live_worker *self);

#endif
