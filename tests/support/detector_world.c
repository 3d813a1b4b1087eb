// SPDX-License-Identifier: BSD-3-Clause
// What a detector's half meets in a unit test.
// Neighbours: detector_world.h.
#include "detector_world.h"

const struct mw_hash_key *detector_world_key(void)
{
	static struct mw_hash_key key;

	mw_hash_key_from_seed(&key, 1);
	return &key;
}
