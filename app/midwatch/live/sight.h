// SPDX-License-Identifier: BSD-3-Clause
// What a live run sees at this moment, said of itself: `show status`, the service manager, the first line of the log.
// Neighbours: live/watch.h has the links, live/moves.h the workers; live/live.c calls it. Control thread.
#ifndef LIVE_SIGHT_H
#define LIVE_SIGHT_H

#include "mw_base.h"
#include "mw_text.h"

struct live;

/** What cannot be seen with: bit i is port i, worker i. */
struct live_sight {
	uint32_t ports;
	uint64_t workers;
};

/** Appends what is not seen now, and since when: "no link on eth1 since 2026-11-30T18:46:41Z"; nothing: all is. */
void live_sight_add_unseen(const struct live *live, struct mw_text *text);

/**
 * All workers have caught up, and it watches: tells the service manager, and the log on one line what, where files go,
 * how to ask and to stop.
 */
void live_sight_start(struct live *live);

/** Once a loop, after it has started: what changed is in engine->state, and told to the service manager. */
void live_sight_look(struct live *live);

#endif
