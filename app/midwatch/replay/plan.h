// SPDX-License-Identifier: BSD-3-Clause
// How many threads a replay is worth.
// Neighbours: main.c asks; replay/replay.c does so.
#ifndef REPLAY_PLAN_H
#define REPLAY_PLAN_H

#include "options.h"

struct replay_plan {
	uint16_t workers;
	bool threaded; // control has a thread of its own; else it is the reader's
};

/**
 * As -w says: one worker is all in one thread. Without it, threads by stage where there is more than one core and the
 * capture is not short; but one worker, so that a storm that exceeds a worker's budgets (resets.reports-per-second,
 * nat.steps-per-second) or its tables gives the same on every machine.
 */
struct replay_plan replay_plan(const struct options *options);

#endif
