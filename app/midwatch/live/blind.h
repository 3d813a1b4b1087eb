// SPDX-License-Identifier: BSD-3-Clause
// When a live run does not see: workers that did not look, and losses on the way to them. A detector that waits for an
// answer has to know. Neighbours: live/worker.c notes how it looks, live/live.c asks once a loop;
// lib/detector/mw_blind.h.
#ifndef LIVE_BLIND_H
#define LIVE_BLIND_H

#include <stdatomic.h>

#include "mw_blind.h"

#define LIVE_BLIND_GAP_NS   (50 * MW_NS_PER_MS) // a NIC's queue of 1,024 frames holds less than this at line rate
#define LIVE_BLIND_LOOK_NS  MW_NS_PER_SECOND // losses are summed once in this time
#define LIVE_BLIND_LOST_PCT 1 // of what came: fewer losses leave answers enough
#define LIVE_BLIND_START_NS (3 * MW_NS_PER_SECOND) // who has not caught up by then is too slow
#define LIVE_BLIND_GAPS     32u // of a worker that wait for control

/** Of a worker: it writes, control reads. A gap that found no room is joined to the latest one. */
struct live_gaps {
	_Atomic uint32_t written; // gaps ever
	_Atomic uint32_t taken;
	struct {
		uint64_t from_ns, to_ns;
	} gaps[LIVE_BLIND_GAPS];
	uint64_t waiting_ns; // start of one that found no room, 0 none; worker's
} __attribute__((aligned(4096))); // a worker's own page, so that no other one's line is near

/** What control knows of losses. */
struct live_blind {
	uint64_t looked_ns; // packet time; 0 not yet
	uint64_t lost, received; // packets and events, at that look
	uint64_t clock_told_ns; // live_clock.told_ns, as seen last
	uint64_t starting_ns; // packet time of the start, until all workers have caught up; 0 they have
};

/** A worker looks at its queues at now_ns, and looked last at looked_ns, LIVE_BLIND_GAP_NS or more before. */
void live_gaps_note(struct live_gaps *gaps, uint64_t looked_ns, uint64_t now_ns);

/** Takes the earliest gap of a worker. Control. @return false: there is none. */
bool live_gaps_take(struct live_gaps *gaps, struct mw_blind *blind);

/**
 * Sums of losses and of what came at now_ns; at the first look it is not known since when. Control.
 * @return true: too much of it was lost since the look before.
 */
bool live_blind_lost(struct live_blind *self, uint64_t now_ns, uint64_t lost, uint64_t received,
					 struct mw_blind *blind);

#endif
