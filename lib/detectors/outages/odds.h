// SPDX-License-Identifier: BSD-3-Clause
// How questions of a class fare while it is up, and how often something comes: what a silence has to be unlikely for.
// Neighbours: line.c has one a class and notes; cause.c asks before it tells of an outage. Control thread.
#ifndef OUTAGES_ODDS_H
#define OUTAGES_ODDS_H

#include <stdbool.h>
#include <stdint.h>

/** What was seen outside of silences that are outages. */
struct outages_fare {
	uint32_t answered, failed; // questions whose remotes lived
	uint32_t steps; // of OUTAGES_STEP_NS in which something came
	uint64_t within_ns; // the time in which all this was
};

/** The present half of a minute, and the one before it. */
struct outages_odds {
	struct outages_fare halves[2];
	uint64_t began_ns; // the present half; 0 nothing yet
};

/** The half that now_ns lies in, to count in. */
struct outages_fare *outages_odds_now(struct outages_odds *odds, uint64_t now_ns);

/** All that is known, of a minute at most. */
struct outages_fare outages_odds_fare(const struct outages_odds *odds);

/**
 * True when a line that fares as this one did before, or as it does after, would hardly have been silent for silent_ns
 * while asked questions, whose remotes lived, failed: by the questions, or by what else comes. As much is asked for as
 * failures questions say of a line that is well.
 */
bool outages_odds_tell(const struct outages_fare *before, const struct outages_fare *after, uint32_t asked,
					   uint64_t silent_ns, uint64_t failures);

#endif
