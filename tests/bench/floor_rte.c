// SPDX-License-Identifier: BSD-3-Clause
// The floor with DPDK's rte_hash as the table: bulk lookup, the same keyed hash, the same entries.
// Neighbours: floor.h. One table of 16-byte and one of 40-byte keys. Follows DPDK's rte_hash.h.
#include "floor.h"

#include <rte_config.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_lcore.h>
#include <stdio.h>
#include <stdlib.h>

#define FAMILIES 2

struct family {
	struct rte_hash *hash;
	struct block entries;
	uint64_t flows;
};

struct floor_rte {
	struct family families[FAMILIES]; // of 16-byte and of 40-byte keys
	struct mw_hash_key key;
};

/** The packets of a batch that have keys of one length. */
struct batch {
	struct tuple tuples[MW_BATCH_PACKETS];
	const void *keys[MW_BATCH_PACKETS];
	hash_sig_t hashes[MW_BATCH_PACKETS];
	const struct mw_packet *packets[MW_BATCH_PACKETS];
	int32_t positions[MW_BATCH_PACKETS];
	uint32_t count;
};

bool floor_rte_start(void)
{
	char core[16];
	const char *const huge[] = {
		"bench", "-l", core, "--in-memory", "--no-pci", "--no-telemetry", "--iova-mode=va", "--log-level=error"};
	const char *const plain[] = {"bench",
								 "-l",
								 core,
								 "--no-huge",
								 "--no-shconf",
								 "--no-pci",
								 "--no-telemetry",
								 "--iova-mode=va",
								 "--log-level=error",
								 "-m",
								 "512"};
	bool hugepages = hugepages_free_bytes() >= (size_t)512 << 20;
	int count = hugepages ? (int)MW_ARRAY_SIZE(huge) : (int)MW_ARRAY_SIZE(plain);

	snprintf(core, sizeof(core), "%d", core_of(0));
	return rte_eal_init(count, hugepages ? (char **)(uintptr_t)huge : (char **)(uintptr_t)plain) >= 0;
}

// rte_hash asks for a function even where every call brings the hash along.
static uint32_t no_hash(const void *key, uint32_t len_bytes, uint32_t start)
{
	(void)key;
	(void)len_bytes;
	return start;
}

static bool open_family(struct family *family, const char *name, uint32_t key_bytes, uint64_t flows_max)
{
	// cuckoo tables refuse keys before they are full
	const struct rte_hash_parameters parameters = {
		.name = name,
		.entries = (uint32_t)(flows_max + flows_max / 8 + 64),
		.key_len = key_bytes,
		.hash_func = no_hash,
		.socket_id = SOCKET_ID_ANY,
	};

	if (flows_max == 0)
		return true;
	family->hash = rte_hash_create(&parameters);
	return family->hash != NULL &&
		   block_take(&family->entries, ((size_t)rte_hash_max_key_id(family->hash) + 1) * sizeof(struct floor_entry));
}

struct floor_rte *floor_rte_new(uint64_t flows4_max, uint64_t flows6_max)
{
	struct floor_rte *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	mw_hash_key_from_seed(&table->key, 1);
	if (open_family(&table->families[0], "v4", TUPLE4_BYTES, flows4_max) &&
		open_family(&table->families[1], "v6", TUPLE6_BYTES, flows6_max))
		return table;
	floor_rte_free(table);
	return NULL;
}

void floor_rte_free(struct floor_rte *table)
{
	if (table == NULL)
		return;
	for (int i = 0; i < FAMILIES; i++) {
		rte_hash_free(table->families[i].hash);
		block_give(&table->families[i].entries);
	}
	free(table);
}

static void sort(const struct floor_rte *table, struct mw_packet *const packets[], uint32_t count,
				 struct batch batches[])
{
	batches[0].count = batches[1].count = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct tuple tuple;
		struct batch *batch;

		tuple_of(packets[i], &tuple);
		if (tuple.len_bytes == 0)
			continue;
		batch = &batches[tuple.len_bytes == TUPLE6_BYTES];
		batch->tuples[batch->count] = tuple;
		batch->keys[batch->count] = batch->tuples[batch->count].bytes;
		batch->hashes[batch->count] = (hash_sig_t)mw_hash(&table->key, tuple.bytes, tuple.len_bytes);
		batch->packets[batch->count++] = packets[i];
	}
}

static void look_up(struct family *family, struct batch *batch)
{
	struct floor_entry *entries = (struct floor_entry *)(void *)family->entries.base;

	if (batch->count == 0)
		return;
	rte_hash_lookup_with_hash_bulk(family->hash, batch->keys, batch->hashes, batch->count, batch->positions);
	for (uint32_t i = 0; i < batch->count; i++) {
		if (batch->positions[i] >= 0)
			__builtin_prefetch(&entries[batch->positions[i]], 1);
	}
	for (uint32_t i = 0; i < batch->count; i++) {
		struct floor_entry *entry;

		if (batch->positions[i] < 0)
			batch->positions[i] = rte_hash_add_key_with_hash(family->hash, batch->keys[i], batch->hashes[i]);
		if (batch->positions[i] < 0)
			die("rte_hash refuses a key: %s", rte_strerror(-batch->positions[i]));
		entry = &entries[batch->positions[i]];
		family->flows += entry->packets == 0;
		floor_update(entry, batch->packets[i]);
	}
}

void floor_rte_run(struct floor_rte *table, struct feed *feed, uint32_t first, uint32_t last)
{
	struct mw_packet *packets[MW_BATCH_PACKETS];
	struct batch batches[FAMILIES];

	for (uint32_t at = first; at < last; at += MW_BATCH_PACKETS) {
		uint32_t count = MW_MIN(last - at, (uint32_t)MW_BATCH_PACKETS);

		feed_take(feed, at, count, packets);
		sort(table, packets, count, batches);
		for (int i = 0; i < FAMILIES; i++)
			look_up(&table->families[i], &batches[i]);
		feed_give(feed, packets, count);
	}
}

uint64_t floor_rte_flows(const struct floor_rte *table)
{
	return table->families[0].flows + table->families[1].flows;
}
