// SPDX-License-Identifier: BSD-3-Clause
// What was asked in the intervals that are still open: a cell for each interval, family, service and peer.
// Neighbours: control.c fills them and takes them out. When all are taken, what is used least of a few gives way: its
// counts go to the rest of its interval, family and service. Memory is fixed at start. Control thread.
#ifndef HEALTH_CELLS_H
#define HEALTH_CELLS_H

#include "common.h"
#include "mw_kit_histogram.h"
#include "mw_kit_index.h"

#define HEALTH_CELLS_MAX     4096
#define HEALTH_INTERVALS_MAX 32 // open at a time

struct health_cell {
	uint32_t interval; // running number
	uint8_t family, service;
	bool used, lived, rest;
	struct mw_address peer;
	uint64_t askers; // of what had no answer: a bit for each of 64 kinds of host
	uint64_t first_ns, last_ns;
	uint64_t failed_first_ns, failed_last_ns; // of what had no answer; 0 nothing
	uint32_t failed_questions; // DNS: a bit for each of 32 kinds of question
	struct {
		uint32_t exchanges, unanswered;
	} slices[HEALTH_SLICES]; // by when they were asked
	struct health_counts counts;
	struct health_afterwards afterwards; // DNS
	struct mw_kit_histogram round_trips; // most of it is seldom touched
	struct health_common common; // DNS
};

struct health_cells {
	struct mw_kit_index index;
	uint32_t used; // of cells
	uint32_t hand; // where the look for what gives way goes on
	struct health_cell *cells; // by number; 0 is nobody's
	struct health_cell rests[HEALTH_INTERVALS_MAX][HEALTH_FAMILIES][HEALTH_SERVICES];
};

/** @return 0 or -ENOMEM; health_cells_stop is due in both cases. */
int health_cells_start(struct health_cells *cells);
void health_cells_stop(struct health_cells *cells);

/** The cell of a peer, made when it is new. */
struct health_cell *health_cells_get(struct health_cells *cells, const struct mw_hash_key *hash_key, uint32_t interval,
									 const struct health_brief *brief, const struct mw_address *peer);

/** The same, or NULL when there is none. */
struct health_cell *health_cells_find(const struct health_cells *cells, const struct mw_hash_key *hash_key,
									  uint32_t interval, const struct health_brief *brief,
									  const struct mw_address *peer);

/** The rest of an interval: what has no cell of its own. */
struct health_cell *health_cells_rest(struct health_cells *cells, uint32_t interval, uint8_t family, uint8_t service);

/** Adds a cell to the rest of its interval and forgets it. */
void health_cells_give_way(struct health_cells *cells, struct health_cell *cell);

/** Forgets a cell, or a rest. */
void health_cells_forget(struct health_cells *cells, struct health_cell *cell);

#endif
