// SPDX-License-Identifier: BSD-3-Clause
// What a detector's half meets in a unit test.
// Neighbours: detector_world.h.
#include "detector_world.h"

#include <stdlib.h>
#include <string.h>

#include "mw_kit_side.h"
#include "mw_test.h"

const struct mw_hash_key *detector_world_key(void)
{
	static struct mw_hash_key key;

	mw_hash_key_from_seed(&key, 1);
	return &key;
}

static void *zeroed_lines(size_t bytes)
{
	void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, (bytes + MW_CACHE_LINE_BYTES - 1) & ~(MW_CACHE_LINE_BYTES - 1ul));

	assert_non_null(memory);
	return memset(memory, 0, bytes);
}

struct mw_kit_side *detector_world_side(const struct mw_detector *detector)
{
	if (detector->side_max == 0)
		return NULL;
	return mw_kit_side_init(zeroed_lines(mw_kit_side_bytes(detector->side_max, detector->side_bytes)),
							detector->side_max, detector->side_bytes, detector_world_key());
}
