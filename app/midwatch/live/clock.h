// SPDX-License-Identifier: BSD-3-Clause
// Packet time of a live run: the wall clock as it was at the start, carried on by a clock that nobody sets.
// Neighbours: live/live.c follows the wall clock once a loop, live/worker.c reads. A wall clock that was set (NTP after
// a long boot, a hand, a virtual machine that was moved) is no gap in the traffic: timers, intervals and outages go on.
#ifndef LIVE_CLOCK_H
#define LIVE_CLOCK_H

#include <stdatomic.h>
#include <time.h>

#include "mw_base.h"

#define LIVE_CLOCK_STEP_NS  (MW_NS_PER_SECOND / 2) // a wall clock that is further off was set
#define LIVE_CLOCK_FOLLOW   100 // of so much time, one part is taken to come nearer to the wall clock
#define LIVE_CLOCK_QUIET_NS (60 * MW_NS_PER_SECOND) // steps are told once in this time

/** offset_ns: control writes, workers read; the rest is control's. All times in nanoseconds. */
struct live_clock {
	_Atomic int64_t offset_ns; // packet time = steady clock + this
	int64_t off_ns; // wall clock - packet time, as seen last
	int64_t untold_ns; // by how much it was set since the last line in the log
	uint64_t looked_ns, told_ns; // steady: of the last look, of the last line in the log
	bool stepped; // a step was told and is being worked off
};

static inline uint64_t live_clock_read(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (uint64_t)now.tv_sec * MW_NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/** CLOCK_BOOTTIME: also counts while the machine is suspended, so that this is a gap, as it is in the traffic. */
static inline uint64_t live_clock_steady_ns(void)
{
	return live_clock_read(CLOCK_BOOTTIME);
}

/** Packet time now. Any thread. It never jumps; within one call of live_clock_follow it can go back by under 1 ms. */
static inline uint64_t live_clock_now(const struct live_clock *clock)
{
	return live_clock_steady_ns() + (uint64_t)atomic_load_explicit(&clock->offset_ns, memory_order_relaxed);
}

/** Packet time now, and at least last_ns: for a time that never goes back. Any thread. */
static inline uint64_t live_clock_after(const struct live_clock *clock, uint64_t last_ns)
{
	const uint64_t now_ns = live_clock_now(clock); // read once: a second look may be an earlier time

	return MW_MAX(now_ns, last_ns);
}

/** Sets packet time to the wall clock. Control, before workers start. */
void live_clock_start(struct live_clock *clock, uint64_t steady_ns, uint64_t wall_ns);

/** Compares with the wall clock, comes nearer to it by 1 % of the time that has passed, and logs a step. Control. */
void live_clock_follow(struct live_clock *clock, uint64_t steady_ns, uint64_t wall_ns);

#endif
