// SPDX-License-Identifier: BSD-3-Clause
// Watching live ports.
// Neighbours: main.c calls it; live/worker.c polls; engine.h.
#ifndef LIVE_H
#define LIVE_H

#include "live/blind.h"
#include "live/capture.h"
#include "live/clock.h"
#include "live/moves.h"
#include "live/sight.h"
#include "live/watch.h"
#include "mw_port.h"
#include "mw_stats.h"

struct engine;
struct options;

#define LIVE_PORTS_MAX LIVE_WATCH_PORTS_MAX

/**
 * What the workers share with the control core. stage: control writes, workers read; the counts the other way round.
 */
struct live {
	struct engine *engine;
	struct mw_port_spec specs[LIVE_PORTS_MAX];
	struct mw_port *ports[LIVE_PORTS_MAX];
	uint32_t ports_count;
	bool eal_started;
	struct mw_filter *filter;
	struct live_clock clock;
	struct live_watch watch;
	struct live_blind blind;
	struct live_gaps gaps[MW_WORKERS_MAX];
	struct live_moves moves;
	struct live_sight sight;
	struct capture capture;
	uint64_t kept_ns; // the interval in which kept_write was called last
	uint64_t fed_ns; // steady clock: the watchdog, last
	_Atomic uint32_t stage; // enum live_stage
	_Atomic uint32_t workers_caught_up; // workers that found their queues empty once
	_Atomic uint32_t workers_idle; // workers whose queues were empty after the stop
	_Atomic uint32_t workers_stopped; // workers that receive no more
	_Atomic uint32_t workers_done;
	struct mw_port_counts final[LIVE_PORTS_MAX]; // when the ports were stopped
};

/** A run's stages: workers poll; after the stop they say when their queues are empty; then they end their flows. */
enum live_stage { LIVE_RUN, LIVE_EMPTY_QUEUES, LIVE_FINISH };

/**
 * The filter for live ports, or NULL when none was asked for. The caller frees it, after an error, too.
 * @return 0 or -errno, logged.
 */
int live_filter(const struct options *options, struct mw_filter **filter);

/**
 * After check_command. Checks the ports, starts DPDK and opens them; decides the number of workers. Each port that
 * cannot be had is told in one sentence with the command that mends it. @return 0 or -errno.
 */
int live_open(struct live *live, struct engine *engine, const struct options *options, uint16_t *workers_count);

/** After engine_build: what else a live run needs from its start to its end. @return 0 or -errno, logged. */
int live_take_memory(struct live *live);

/**
 * Watches until a signal or `shutdown`, or until the last port is gone for ever, then drains.
 * @return 0; -ENODEV when no port is left, and everything is drained and written; or another -errno. All logged.
 */
int live_run(struct live *live);

/** Stops and closes ports and DPDK. NULL members are fine. */
void live_close(struct live *live);

/** Says in the log and in the events that a capture has begun. Control. */
void live_tell_capture(struct live *live);

/** Counters of a port now, or as they were at its end. */
int live_counts(struct live *live, uint32_t port, struct mw_port_counts *counts);

#endif
