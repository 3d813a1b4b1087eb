// SPDX-License-Identifier: BSD-3-Clause
// A chained hash of paths, and for each rank a list from the path that was silent for longest to the latest one.
// Neighbours: table.h.
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mw_hash.h"
#include "network.h"

int path_table_start(struct path_table *table, uint32_t paths_max)
{
	uint32_t buckets = 16;

	while (buckets < paths_max)
		buckets *= 2;
	*table = (struct path_table){.room = paths_max, .buckets_mask = buckets - 1};
	table->buckets = malloc(buckets * sizeof(*table->buckets));
	table->paths = calloc(paths_max, sizeof(*table->paths));
	if (table->buckets == NULL || table->paths == NULL) {
		path_table_stop(table);
		return -ENOMEM;
	}
	memset(table->buckets, 0xff, buckets * sizeof(*table->buckets));
	memset(table->oldest, 0xff, sizeof(table->oldest));
	memset(table->newest, 0xff, sizeof(table->newest));
	return 0;
}

void path_table_stop(struct path_table *table)
{
	free(table->buckets);
	free(table->paths);
	*table = (struct path_table){0};
}

// The hash only spreads: nothing that is shown depends on the order within a bucket.
static uint32_t *bucket_of(const struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
						   bool is_network)
{
	static const struct mw_hash_key hash_key;
	struct {
		struct mw_address src, dst;
		uint64_t is_network;
	} key = {*src, *dst, is_network};

	return &table->buckets[mw_hash(&hash_key, &key, sizeof(key)) & table->buckets_mask];
}

static struct path *find(const struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
						 bool is_network)
{
	for (uint32_t at = *bucket_of(table, src, dst, is_network); at != PATH_NONE; at = table->paths[at].next) {
		struct path *path = &table->paths[at];

		if (path->is_network == is_network && mw_address_compare(&path->src, src) == 0 &&
			mw_address_compare(&path->dst, dst) == 0)
			return path;
	}
	return NULL;
}

static bool by_networks(const struct path_table *table)
{
	return table->used > table->room / 2;
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
	uint32_t *before = path->older == PATH_NONE ? &table->oldest[path->rank] : &table->paths[path->older].newer;
	uint32_t *behind = path->newer == PATH_NONE ? &table->newest[path->rank] : &table->paths[path->newer].older;

	*before = path->newer;
	*behind = path->older;
}

static void link_rank(struct path_table *table, struct path *path, uint8_t rank)
{
	uint32_t place = (uint32_t)(path - table->paths);

	path->rank = rank;
	path->older = table->newest[rank];
	path->newer = PATH_NONE;
	if (path->older == PATH_NONE)
		table->oldest[rank] = place;
	else
		table->paths[path->older].newer = place;
	table->newest[rank] = place;
}

static void forget(struct path_table *table, struct path *path)
{
	uint32_t *at = bucket_of(table, &path->src, &path->dst, path->is_network);

	while (*at != (uint32_t)(path - table->paths))
		at = &table->paths[*at].next;
	*at = path->next;
	unlink_rank(table, path);
}

/** A free place, or that of the least serious path that was silent for longest. */
static struct path *find_place(struct path_table *table, uint8_t rank_most)
{
	if (table->used < table->room)
		return &table->paths[table->used++];
	table->given_up++;
	for (uint32_t rank = 0; rank <= rank_most; rank++) {
		if (table->oldest[rank] != PATH_NONE) {
			struct path *path = &table->paths[table->oldest[rank]];

			forget(table, path);
			return path;
		}
	}
	return NULL;
}

struct path *path_table_get(struct path_table *table, const struct mw_address *src, const struct mw_address *dst,
							uint8_t rank_most)
{
	struct path *path = path_table_find(table, src, dst);
	bool is_network = by_networks(table);
	uint32_t *bucket;

	if (path != NULL || (path = find_place(table, rank_most)) == NULL)
		return path;
	*path = (struct path){.src = is_network ? path_network(src) : *src,
						  .dst = is_network ? path_network(dst) : *dst,
						  .is_network = is_network};
	bucket = bucket_of(table, &path->src, &path->dst, is_network);
	path->next = *bucket;
	*bucket = (uint32_t)(path - table->paths);
	link_rank(table, path, 0);
	return path;
}

void path_table_saw(struct path_table *table, struct path *path, uint8_t rank)
{
	unlink_rank(table, path);
	link_rank(table, path, rank);
}
