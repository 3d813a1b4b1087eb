// SPDX-License-Identifier: BSD-3-Clause
// A chained hash of paths, and for each rank a list from the path that was silent for longest to the latest one.
// Neighbours: table.h.
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "network.h"

int path_table_start(struct path_table *table, uint32_t paths_max, const struct mw_hash_key *hash_key)
{
	int error;

	*table = (struct path_table){.hash_key = *hash_key};
	error = mw_kit_index_new(&table->index, paths_max);
	table->paths = calloc((size_t)paths_max + 1, sizeof(*table->paths));
	if (error == 0 && table->paths != NULL)
		return 0;
	path_table_stop(table);
	return -ENOMEM;
}

void path_table_stop(struct path_table *table)
{
	mw_kit_index_free(&table->index);
	free(table->paths);
	*table = (struct path_table){0};
}

// The hash only spreads: nothing that is shown depends on it.
static uint64_t hash_of(const struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
						bool is_network)
{
	struct {
		struct mw_address src, dst;
		uint64_t is_network;
	} key = {*src, *dst, is_network};

	return mw_hash(&table->hash_key, &key, sizeof(key));
}

static struct path *find(const struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
						 bool is_network)
{
	struct mw_kit_walk walk = mw_kit_walk(&table->index, hash_of(table, src, dst, is_network));

	for (; walk.number != 0; mw_kit_walk_next(&table->index, &walk)) {
		struct path *path = &table->paths[walk.number];

		if (path->is_network == is_network && mw_address_compare(&path->src, src) == 0 &&
			mw_address_compare(&path->dst, dst) == 0)
			return path;
	}
	return NULL;
}

static bool by_networks(const struct path_table *table)
{
	return table->index.used - table->hearsay > table->index.max / 2;
}

struct path *path_table_find(const struct path_table *table, const struct mw_address *src, const struct mw_address *dst)
{
	struct path *path = find(table, src, dst, false);
	struct mw_address src_network, dst_network;

	if (path != NULL || !by_networks(table))
		return path;
	src_network = path_network(src);
	dst_network = path_network(dst);
	return find(table, &src_network, &dst_network, true);
}

static void unlink_rank(struct path_table *table, const struct path *path)
{
	mw_kit_list_remove(&table->ranks[path->rank], &table->paths->of_rank, sizeof(*path),
					   (uint32_t)(path - table->paths));
	table->hearsay -= path->rank == 0;
}

static void link_rank(struct path_table *table, struct path *path, uint8_t rank)
{
	path->rank = rank;
	table->hearsay += rank == 0;
	mw_kit_list_append(&table->ranks[rank], &table->paths->of_rank, sizeof(*path), (uint32_t)(path - table->paths));
}

/** Sees to a free place, if need be that of the least serious path that was silent for longest. @return false: none. */
static bool make_place(struct path_table *table, uint8_t rank_most)
{
	bool full = mw_kit_index_full(&table->index);
	uint32_t rank = 0;

	if (!full && (rank_most > 0 || table->hearsay < MW_MAX(table->index.max / PATH_HEARSAY_SHARE, 1u)))
		return true;
	table->given_up += full;
	while (rank <= rank_most && table->ranks[rank].oldest == 0)
		rank++;
	if (rank > rank_most)
		return false;
	mw_kit_index_remove(&table->index, table->ranks[rank].oldest);
	unlink_rank(table, &table->paths[table->ranks[rank].oldest]);
	return true;
}

struct path *path_table_get(struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
							uint8_t rank_most)
{
	struct path *path = path_table_find(table, src, dst);
	bool is_network = by_networks(table);
	struct mw_address src_kept = is_network ? path_network(src) : *src;
	struct mw_address dst_kept = is_network ? path_network(dst) : *dst;

	if (path != NULL || !make_place(table, rank_most))
		return path;
	path = &table->paths[mw_kit_index_add(&table->index, hash_of(table, &src_kept, &dst_kept, is_network))];
	*path = (struct path){.src = src_kept, .dst = dst_kept, .is_network = is_network};
	link_rank(table, path, 0);
	return path;
}

void path_table_saw(struct path_table *table, struct path *path, uint8_t rank)
{
	unlink_rank(table, path);
	link_rank(table, path, rank);
}
