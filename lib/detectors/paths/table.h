// SPDX-License-Identifier: BSD-3-Clause
// Paths by sender and destination. Beyond half of the room new ones are kept by network; when it is full, the least
// serious one that was silent for longest gives way; what nobody need believe has a small share, and fills none of that
// half. Looking up, ranking and giving up take constant time.
// Neighbours: control.c. Control half: memory is allocated at start.
#ifndef PATHS_TABLE_H
#define PATHS_TABLE_H

#include "sum.h"
#include "mw_hash.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

#define PATH_RANKS 7 // how serious a path can be: 0 nobody need believe it

/** Of so many paths that a table holds, one may be of rank 0. */
#define PATH_HEARSAY_SHARE 8

struct path {
	struct mw_address src, dst; // of networks: the first address
	bool is_network;
	uint8_t rank;
	struct mw_kit_link of_rank;
	uint64_t told_ns; // when it was told of last, by the control half's clock
	struct path_sum sum;
};

struct path_table {
	struct mw_hash_key hash_key;
	struct mw_kit_index index;
	struct mw_kit_list ranks[PATH_RANKS]; // by when they were seen last
	uint32_t hearsay; // paths of rank 0
	uint64_t given_up; // paths that gave way, or that found no place
	struct path *paths; // by number in the index: in order of appearance, until some give way
};

/** Copies the key. @return 0 or -ENOMEM. */
int path_table_start(struct path_table *table, uint32_t paths_max, const struct mw_hash_key *hash_key);
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
