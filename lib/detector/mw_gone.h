// SPDX-License-Identifier: BSD-3-Clause
// Remembers what gave way in a full table, by a digest alone: what is slow among a flood is known again when it comes
// back, though nothing of it was kept. Neighbours: detector/room.c, detectors/middlebox/middlebox.c. Control thread.
#ifndef MW_GONE_H
#define MW_GONE_H

#include "mw_base.h"

#define MW_GONE_MAX 16384u // a power of two; the newest of a place stands

/** Zeroed memory is empty. */
struct mw_gone {
	uint32_t digests[MW_GONE_MAX];
};

/** Where a digest, made to differ from none, is kept. */
static inline uint32_t *mw_gone_place(struct mw_gone *gone, uint32_t *digest)
{
	*digest |= 1u; // 0 is none
	return &gone->digests[(*digest >> 1) % MW_GONE_MAX];
}

/** What has this digest gives way now. */
static inline void mw_gone_add(struct mw_gone *gone, uint32_t digest)
{
	uint32_t *place = mw_gone_place(gone, &digest);

	*place = digest;
}

/** True when it gave way before; it is forgotten here, for it is back. A digest that others share says so, too. */
static inline bool mw_gone_take(struct mw_gone *gone, uint32_t digest)
{
	uint32_t *place = mw_gone_place(gone, &digest);
	bool is_back = *place == digest;

	if (is_back)
		*place = 0;
	return is_back;
}

#endif
