// SPDX-License-Identifier: BSD-3-Clause
// Remotes by address, and by their age.
// Neighbours: remotes.h.
#include "remotes.h"

#include <errno.h>
#include <stdlib.h>

int outages_remotes_start(struct outages_remotes *remotes)
{
	remotes->remotes = calloc(OUTAGES_REMOTES_MAX + 1, sizeof(remotes->remotes[0]));
	if (remotes->remotes == NULL)
		return -ENOMEM;
	return mw_kit_index_new(&remotes->index, OUTAGES_REMOTES_MAX);
}

void outages_remotes_stop(struct outages_remotes *remotes)
{
	mw_kit_index_free(&remotes->index);
	free(remotes->remotes);
	remotes->remotes = NULL;
}

static uint32_t find(const struct outages_remotes *remotes, uint64_t hash, const struct mw_address *address)
{
	struct mw_kit_walk walk = mw_kit_walk(&remotes->index, hash);

	while (walk.number != 0 && mw_address_compare(&remotes->remotes[walk.number].address, address) != 0)
		mw_kit_walk_next(&remotes->index, &walk);
	return walk.number;
}

static void take_out(struct outages_remotes *remotes, uint32_t number)
{
	mw_kit_list_remove(&remotes->by_age, &remotes->remotes[0].age, sizeof(remotes->remotes[0]), number);
}

static uint32_t begin(struct outages_remotes *remotes, uint64_t hash, const struct mw_address *address)
{
	uint32_t number = remotes->by_age.oldest;

	if (mw_kit_index_full(&remotes->index)) {
		take_out(remotes, number);
		mw_kit_index_remove(&remotes->index, number);
	}
	number = mw_kit_index_add(&remotes->index, hash);
	remotes->remotes[number] = (struct outages_remote){.address = *address};
	return number;
}

void outages_remotes_heard(struct outages_remotes *remotes, const struct mw_hash_key *key,
						   const struct mw_address *address, uint64_t time_ns)
{
	const uint64_t hash = mw_hash_address(key, address->bytes);
	uint32_t number = find(remotes, hash, address);

	if (number != 0)
		take_out(remotes, number);
	else
		number = begin(remotes, hash, address);
	mw_kit_list_append(&remotes->by_age, &remotes->remotes[0].age, sizeof(remotes->remotes[0]), number);
	remotes->remotes[number].heard_ns = MW_MAX(remotes->remotes[number].heard_ns, time_ns);
}

uint64_t outages_remotes_last(const struct outages_remotes *remotes, const struct mw_hash_key *key,
							  const struct mw_address *address)
{
	const uint32_t number = find(remotes, mw_hash_address(key, address->bytes), address);

	return number == 0 ? 0 : remotes->remotes[number].heard_ns;
}
