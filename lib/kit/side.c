// SPDX-License-Identifier: BSD-3-Clause
// An index by the flow's place in memory, lists by worth, entries.
// Neighbours: mw_kit_side.h, mw_kit_index.h, mw_kit_list.h.
#include "mw_kit_side.h"

#include <string.h>

#include "mw_kit_index.h"
#include "mw_kit_list.h"

/** One flow's; its number is that in the index. */
struct place {
	struct mw_flow *flow;
	struct mw_kit_link age;
	uint32_t worth;
};

struct mw_kit_side {
	struct mw_hash_key hash_key;
	struct mw_kit_index index;
	struct mw_kit_list worths[MW_KIT_SIDE_WORTHS]; // in the order of begin
	struct place *places; // as entries by number, which begins at 1
	uint8_t *entries;
	size_t entry_bytes;
};

static size_t aligned(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

size_t mw_kit_side_bytes(uint32_t max, uint32_t entry_bytes)
{
	if (max == 0)
		return 0;
	return aligned(sizeof(struct mw_kit_side)) + aligned(mw_kit_index_bytes(max)) +
		   ((size_t)max + 1) * (sizeof(struct place) + aligned(entry_bytes));
}

struct mw_kit_side *mw_kit_side_init(void *memory, uint32_t max, uint32_t entry_bytes,
									 const struct mw_hash_key *hash_key)
{
	struct mw_kit_side *side = memory;
	uint8_t *at = (uint8_t *)memory + aligned(sizeof(*side));

	side->hash_key = *hash_key;
	mw_kit_index_init(&side->index, at, max);
	at += aligned(mw_kit_index_bytes(max));
	side->places = (struct place *)(void *)at;
	side->entries = at + ((size_t)max + 1) * sizeof(*side->places);
	side->entry_bytes = aligned(entry_bytes);
	return side;
}

// Where a flow lies nobody outside chooses, and what it is called shows nowhere: a product is enough.
static uint64_t hash_of(const struct mw_kit_side *side, const struct mw_flow *flow)
{
	return mw_hash_fold((uintptr_t)flow ^ mw_hash_secret(&side->hash_key, 0), mw_hash_secret(&side->hash_key, 1));
}

/** Its number, or 0. */
static uint32_t find(const struct mw_kit_side *side, const struct mw_flow *flow)
{
	struct mw_kit_walk walk = mw_kit_walk(&side->index, hash_of(side, flow));

	while (walk.number != 0 && side->places[walk.number].flow != flow)
		mw_kit_walk_next(&side->index, &walk);
	return walk.number;
}

static void *entry_of(const struct mw_kit_side *side, uint32_t number)
{
	return number == 0 ? NULL : side->entries + number * side->entry_bytes;
}

void *mw_kit_side_find(const struct mw_kit_side *side, const struct mw_flow *flow)
{
	return entry_of(side, find(side, flow));
}

static void unlist(struct mw_kit_side *side, uint32_t number)
{
	mw_kit_list_remove(&side->worths[side->places[number].worth], &side->places->age, sizeof(*side->places), number);
}

/** Sees to a free place for a flow of this worth. @return false: there is none. */
static bool make_place(struct mw_kit_side *side, uint32_t worth, struct mw_flow **evicted_out)
{
	uint32_t least = 0, victim;

	if (!mw_kit_index_full(&side->index))
		return true;
	while (least <= worth && side->worths[least].oldest == 0)
		least++;
	if (least > worth)
		return false;
	victim = side->worths[least].oldest;
	*evicted_out = side->places[victim].flow;
	unlist(side, victim);
	mw_kit_index_remove(&side->index, victim);
	return true;
}

void *mw_kit_side_begin(struct mw_kit_side *side, struct mw_flow *flow, uint32_t worth, struct mw_flow **evicted_out)
{
	uint32_t number = find(side, flow);

	*evicted_out = NULL;
	worth = MW_MIN(worth, MW_KIT_SIDE_WORTHS - 1u);
	if (number != 0)
		unlist(side, number);
	else if (make_place(side, worth, evicted_out))
		number = mw_kit_index_add(&side->index, hash_of(side, flow));
	else
		return NULL;
	side->places[number] = (struct place){.flow = flow, .worth = worth};
	mw_kit_list_append(&side->worths[worth], &side->places->age, sizeof(*side->places), number);
	return memset(entry_of(side, number), 0, side->entry_bytes);
}

void mw_kit_side_forget(struct mw_kit_side *side, const struct mw_flow *flow)
{
	uint32_t number = find(side, flow);

	if (number == 0)
		return;
	unlist(side, number);
	side->places[number].flow = NULL;
	mw_kit_index_remove(&side->index, number);
}
