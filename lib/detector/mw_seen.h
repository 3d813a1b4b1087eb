// SPDX-License-Identifier: BSD-3-Clause
// How many different things were seen: exact up to a bound, "more than" beyond it.
// Neighbours: the diagnosers. Control thread.
#ifndef MW_SEEN_H
#define MW_SEEN_H

#include "mw_text.h"

#define SEEN_MAX 256

/** Zero it before use. */
struct seen {
	uint64_t items[SEEN_MAX]; // hashes
	uint32_t count;
	bool more;
};

/** Adds a thing; the same bytes count once. */
void seen_add(struct seen *seen, const void *bytes, size_t count);

/** Adds the things of another set. */
void seen_join(struct seen *seen, const struct seen *other);

/** Appends "1 server", "6 servers" or "more than 256 servers". */
void seen_add_text(struct mw_text *text, const struct seen *seen, const char *one, const char *many);

#endif
