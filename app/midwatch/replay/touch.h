// SPDX-License-Identifier: BSD-3-Clause
// Memory of flows touched before a worker comes to it. The kernel clears a page when it is touched first, and on a
// virtual machine may have to ask for it: 0.1 to 2 ms for 2 MiB, in which the worker stands still.
// Neighbours: replay/read_ahead.c has the time; memory/memory.h; mw_flow_ahead says where the next flows will lie.
#ifndef TOUCH_H
#define TOUCH_H

#include "memory/worker.h"

struct touch {
	const struct workers *workers;
	uint8_t *until[MW_WORKERS_MAX]; // touched up to here
	bool works;
};

/** From where the workers are now. Does nothing, here and later, for memory in small pages. */
void touch_start(struct touch *touch, const struct workers *workers);

/** Touches a page when one is next, at most half as far ahead as there are flows. Always the same thread. */
void touch_ahead(struct touch *touch);

#endif
