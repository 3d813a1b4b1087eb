// SPDX-License-Identifier: BSD-3-Clause
// When a remote was heard last: one that never answers says nothing about the line.
// Neighbours: control.c. The remote that was silent for longest gives way. Control thread.
#ifndef OUTAGES_REMOTES_H
#define OUTAGES_REMOTES_H

#include "mw_address.h"
#include "mw_hash.h"
#include "mw_kit_index.h"
#include "mw_kit_list.h"

#define OUTAGES_REMOTES_MAX 16384

struct outages_remotes {
	struct mw_kit_index index;
	struct mw_kit_list by_age;
	struct outages_remote {
		struct mw_kit_link age;
		struct mw_address address;
		uint64_t heard_ns;
	} * remotes;
};

/** @return 0 or -ENOMEM; outages_remotes_stop is due in both cases. */
int outages_remotes_start(struct outages_remotes *remotes);
void outages_remotes_stop(struct outages_remotes *remotes);

/** A packet of it came. */
void outages_remotes_heard(struct outages_remotes *remotes, const struct mw_hash_key *key,
						   const struct mw_address *address, uint64_t time_ns);

/** When one came last; 0 never, as far as is remembered. */
uint64_t outages_remotes_last(const struct outages_remotes *remotes, const struct mw_hash_key *key,
							  const struct mw_address *address);

#endif
