// SPDX-License-Identifier: BSD-3-Clause
// Cells in bounded memory.
// Neighbours: cells.h.
#include "cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_hash.h"

#define LOOKED_AT 16 // of which the least used gives way

int health_cells_start(struct health_cells *cells)
{
	cells->cells = calloc(HEALTH_CELLS_MAX + 1, sizeof(cells->cells[0]));
	return cells->cells == NULL ? -ENOMEM : mw_kit_index_new(&cells->index, HEALTH_CELLS_MAX);
}

void health_cells_stop(struct health_cells *cells)
{
	mw_kit_index_free(&cells->index);
	free(cells->cells);
	cells->cells = NULL;
}

static uint64_t hash_of(const struct mw_hash_key *hash_key, uint32_t interval, const struct health_brief *brief,
						const struct mw_address *peer)
{
	struct {
		struct mw_address peer;
		uint32_t interval, sort;
	} key = {*peer, interval, (uint32_t)brief->family << 8 | brief->service};

	return mw_hash(hash_key, &key, sizeof(key));
}

static bool is_of(const struct health_cell *cell, uint32_t interval, const struct health_brief *brief,
				  const struct mw_address *peer)
{
	return cell->interval == interval && cell->family == brief->family && cell->service == brief->service &&
		   mw_address_compare(&cell->peer, peer) == 0;
}

static void join(struct health_cell *to, const struct health_cell *from)
{
	to->first_ns = to->first_ns == 0 ? from->first_ns : MW_MIN(to->first_ns, from->first_ns);
	to->last_ns = MW_MAX(to->last_ns, from->last_ns);
	to->askers |= from->askers;
	health_join(&to->counts, &from->counts);
	for (uint32_t i = 0; i < HEALTH_SLICES; i++) {
		to->slices[i].exchanges += from->slices[i].exchanges;
		to->slices[i].unanswered += from->slices[i].unanswered;
	}
	mw_kit_histogram_join(&to->round_trips, &from->round_trips);
}

struct health_cell *health_cells_rest(struct health_cells *cells, uint32_t interval, uint8_t family, uint8_t service)
{
	struct health_cell *rest = &cells->rests[interval % HEALTH_INTERVALS_MAX][family][service];

	if (!rest->used)
		*rest = (struct health_cell){
			.interval = interval, .family = family, .service = service, .used = true, .rest = true};
	return rest;
}

void health_cells_forget(struct health_cells *cells, struct health_cell *cell)
{
	if (!cell->rest) {
		mw_kit_index_remove(&cells->index, (uint32_t)(cell - cells->cells));
		cells->used--;
	}
	mw_kit_histogram_clear(&cell->round_trips); // a storm takes one after the other: most of it stays untouched
	if (cell->service == HEALTH_DNS)
		memset(&cell->common, 0, sizeof(cell->common));
	memset(cell, 0, offsetof(struct health_cell, round_trips));
}

void health_cells_give_way(struct health_cells *cells, struct health_cell *cell)
{
	join(health_cells_rest(cells, cell->interval, cell->family, cell->service), cell);
	health_cells_forget(cells, cell);
}

static void make_room(struct health_cells *cells)
{
	struct health_cell *least = NULL;

	for (uint32_t i = 0; i < LOOKED_AT; i++) {
		struct health_cell *cell = &cells->cells[1 + cells->hand++ % HEALTH_CELLS_MAX];

		if (least == NULL || cell->counts.asked < least->counts.asked)
			least = cell;
	}
	health_cells_give_way(cells, least);
}

static struct health_cell *find(const struct health_cells *cells, uint64_t hash, uint32_t interval,
								const struct health_brief *brief, const struct mw_address *peer)
{
	struct mw_kit_walk walk = mw_kit_walk(&cells->index, hash);

	while (walk.number != 0 && !is_of(&cells->cells[walk.number], interval, brief, peer))
		mw_kit_walk_next(&cells->index, &walk);
	return walk.number != 0 ? &cells->cells[walk.number] : NULL;
}

struct health_cell *health_cells_find(const struct health_cells *cells, const struct mw_hash_key *hash_key,
									  uint32_t interval, const struct health_brief *brief,
									  const struct mw_address *peer)
{
	return find(cells, hash_of(hash_key, interval, brief, peer), interval, brief, peer);
}

struct health_cell *health_cells_get(struct health_cells *cells, const struct mw_hash_key *hash_key, uint32_t interval,
									 const struct health_brief *brief, const struct mw_address *peer)
{
	const uint64_t hash = hash_of(hash_key, interval, brief, peer);
	struct health_cell *cell = find(cells, hash, interval, brief, peer);

	if (cell != NULL)
		return cell;
	if (mw_kit_index_full(&cells->index))
		make_room(cells);
	cell = &cells->cells[mw_kit_index_add(&cells->index, hash)];
	cells->used++;
	cell->interval = interval;
	cell->family = brief->family;
	cell->service = brief->service;
	cell->used = true;
	cell->peer = *peer;
	return cell;
}
