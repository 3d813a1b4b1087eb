// SPDX-License-Identifier: BSD-3-Clause
// Addresses by hash, and by their age.
// Neighbours: mw_kit_lives.h.
#include "mw_kit_lives.h"

#include <errno.h>
#include <stdlib.h>

int mw_kit_lives_start(struct mw_kit_lives *lives, uint32_t lives_max)
{
	lives->lives = calloc((size_t)lives_max + 1, sizeof(lives->lives[0]));
	return lives->lives == NULL ? -ENOMEM : mw_kit_index_new(&lives->index, lives_max);
}

void mw_kit_lives_stop(struct mw_kit_lives *lives)
{
	mw_kit_index_free(&lives->index);
	free(lives->lives);
	lives->lives = NULL;
}

static uint64_t hash_of(const struct mw_hash_key *hash_key, const struct mw_address *address, uint32_t sort)
{
	const struct {
		struct mw_address address;
		uint64_t sort;
	} key = {*address, sort};

	return mw_hash(hash_key, &key, sizeof(key));
}

static uint32_t find(const struct mw_kit_lives *lives, uint64_t hash, const struct mw_address *address, uint32_t sort)
{
	struct mw_kit_walk walk = mw_kit_walk(&lives->index, hash);

	while (walk.number != 0 && (lives->lives[walk.number].sort != sort ||
								mw_address_compare(&lives->lives[walk.number].address, address) != 0))
		mw_kit_walk_next(&lives->index, &walk);
	return walk.number;
}

static void take_out(struct mw_kit_lives *lives, uint32_t number)
{
	mw_kit_list_remove(&lives->by_age, &lives->lives[0].age, sizeof(lives->lives[0]), number);
}

static uint32_t begin(struct mw_kit_lives *lives, uint64_t hash, const struct mw_address *address, uint32_t sort)
{
	uint32_t number = lives->by_age.oldest;

	if (mw_kit_index_full(&lives->index)) {
		take_out(lives, number);
		mw_kit_index_remove(&lives->index, number);
	}
	number = mw_kit_index_add(&lives->index, hash);
	lives->lives[number] = (struct mw_kit_life){.address = *address, .sort = sort};
	return number;
}

struct mw_kit_life *mw_kit_lives_heard(struct mw_kit_lives *lives, const struct mw_hash_key *key,
									   const struct mw_address *address, uint32_t sort, uint64_t time_ns)
{
	const uint64_t hash = hash_of(key, address, sort);
	uint32_t number = find(lives, hash, address, sort);

	if (number != 0)
		take_out(lives, number);
	else
		number = begin(lives, hash, address, sort);
	mw_kit_list_append(&lives->by_age, &lives->lives[0].age, sizeof(lives->lives[0]), number);
	lives->lives[number].heard_ns = MW_MAX(lives->lives[number].heard_ns, time_ns);
	return &lives->lives[number];
}

const struct mw_kit_life *mw_kit_lives_find(const struct mw_kit_lives *lives, const struct mw_hash_key *key,
											const struct mw_address *address, uint32_t sort)
{
	const uint32_t number = find(lives, hash_of(key, address, sort), address, sort);

	return number == 0 ? NULL : &lives->lives[number];
}
