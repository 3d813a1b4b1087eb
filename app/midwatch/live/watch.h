// SPDX-License-Identifier: BSD-3-Clause
// What a live run tells its operator by itself: a link that goes down or comes back, an interface that is gone, packets
// that were lost on the way to the analysis. Neighbours: live/live.c calls it once a loop; control thread.
#ifndef LIVE_WATCH_H
#define LIVE_WATCH_H

#include "mw_port.h"
#include "mw_text.h"

struct live;

#define LIVE_WATCH_PORTS_MAX 16
#define LIVE_WATCH_LOSSES    5 // the kinds of loss that are told, see live/watch.c

/** links and lost: as told last. */
struct live_watch {
	uint64_t looked_ns, summed_ns; // steady clock: of the last look at the links, of the last sum of losses
	enum mw_port_link links[LIVE_WATCH_PORTS_MAX];
	bool linked[LIVE_WATCH_PORTS_MAX]; // it had a link in this run
	uint64_t link_losses[LIVE_WATCH_PORTS_MAX]; // mw_port_link_losses
	bool unlinked; // at the last look a port had lost it
	uint64_t seen_ns; // packet time of that look; 0 none yet
	uint64_t down_ns[LIVE_WATCH_PORTS_MAX]; // packet time when it was seen that it has no link; 0: it has
	uint64_t gone_ns[LIVE_WATCH_PORTS_MAX]; // packet time when it was seen that the port is gone; 0: it is there
	uint64_t lost[LIVE_WATCH_PORTS_MAX][LIVE_WATCH_LOSSES];
	bool told_strayed;
};

/** Notes how things are at the start, and tells which links are down. steady_ns: of a clock that nobody sets. */
void live_watch_start(struct live *live, uint64_t steady_ns);

/**
 * Once a second the links, once a minute what was lost in it: one log line for each that changed. The time in which a
 * port that had a link has none is blind, from the look before to the one after; so is the time between two looks in
 * which a link was lost and came back.
 * @return false when no port is left that can ever give a packet again.
 */
bool live_watch_look(struct live *live, uint64_t steady_ns);

/** All workers have caught up: what was lost until now came while midwatch started, which is told. */
void live_watch_caught_up(struct live *live);

/** Appends which ports are gone and since when, for the report; nothing when all are there. */
void live_watch_add_gone(const struct live *live, struct mw_text *text);

/** The losses that were not told yet, after the workers have ended. */
void live_watch_end(struct live *live);

/** Whether every port was there until the end. */
bool live_watch_whole(const struct live *live);

/** Packets and events lost since start, wherever. */
uint64_t live_watch_lost(struct live *live);

/** One log line: packets, flows and findings so far, and what was lost. */
void live_watch_tell(struct live *live);

#endif
