// SPDX-License-Identifier: BSD-3-Clause
// The translator's rules written down as plainly as possible: arrays, walked from end to end. Limits are below 64
// ports: no session is opened at the edge.
// Neighbours: model_random_test.c compares the model with it.
#ifndef NAT_MODEL_NAIVE_H
#define NAT_MODEL_NAIVE_H

#include "nat_model.h"

#define NAIVE_LINES  2
#define NAIVE_HOSTS  4 // of each line
#define NAIVE_USES   2000
#define NAIVE_GHOSTS 1000

struct naive {
	struct mw_nat_profile profiles[NAIVE_LINES];
	struct naive_use {
		struct mw_nat_activity at; // its 5-tuple
		uint64_t deadline_ns;
		bool answered, dependent;
		int life; // 0 waiting, 1 answered, 2 closing
	} uses[NAIVE_USES];
	uint32_t uses_count;
	struct mw_nat_activity ghosts[NAIVE_GHOSTS]; // latest attempts of sessions that no port was left for
	uint32_t ghosts_count;
	struct naive_host {
		struct mw_address address;
		struct mw_nat_counts counts;
	} hosts[NAIVE_LINES][NAIVE_HOSTS]; // the oldest first
	uint32_t hosts_count[NAIVE_LINES];
	struct mw_nat_counts lines[NAIVE_LINES];
};

/** Another profile; what is over by it ends at soon_ns. */
void naive_profile(struct naive *naive, uint32_t line, const struct mw_nat_profile *profile, uint64_t soon_ns);
void naive_advance(struct naive *naive, uint64_t now_ns);
enum mw_nat_outcome naive_activity(struct naive *naive, const struct mw_nat_activity *activity);
void naive_interval(struct naive *naive);

/** Brings all counts up to date. */
void naive_count(struct naive *naive);

#endif
