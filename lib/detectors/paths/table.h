// SPDX-License-Identifier: BSD-3-Clause
// Paths by sender and destination. Beyond half of the room new ones are kept by network; when it is full, the least
// serious one that was silent for longest gives way. Looking up, ranking and giving up take constant time.
// Neighbours: control.c. Control half: memory is allocated at start.
#ifndef PATHS_TABLE_H
#define PATHS_TABLE_H

#include "sum.h"

#define PATH_NONE  UINT32_MAX
#define PATH_RANKS 6 // how serious a path can be: 0 least

struct path {
	struct mw_address src, dst; // of networks: the first address
	bool is_network;
	uint8_t rank;
	uint32_t next; // in its bucket
	uint32_t older, newer; // of its rank
	uint64_t told_ns; // when it was told of last, by the control half's clock
	struct path_sum sum;
};

struct path_table {
	uint32_t room, used, buckets_mask;
	uint32_t oldest[PATH_RANKS], newest[PATH_RANKS];
	uint64_t given_up; // paths that gave way, or that found no place
	uint32_t *buckets;
	struct path *paths; // in order of appearance, until some give way
};

/** @return 0 or -ENOMEM. */
int path_table_start(struct path_table *table, uint32_t paths_max);
/** Zeroed memory is allowed. */
void path_table_stop(struct path_table *table);

/** NULL when it is not there. */
struct path *path_table_find(const struct path_table *table, const struct mw_address *src,
							 const struct mw_address *dst);

/**
 * The path, made anew if need be. rank_most is how serious it can become by what is told now: nothing that is more
 * serious gives way. @return NULL when there is no such place.
 */
struct path *path_table_get(struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
							uint8_t rank_most);

/** The path was seen now, and is that serious. */
void path_table_saw(struct path_table *table, struct path *path, uint8_t rank);

#endif
