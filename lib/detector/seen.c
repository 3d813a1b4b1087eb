// SPDX-License-Identifier: BSD-3-Clause
// A small bounded set.
// Neighbours: mw_seen.h.
#include "mw_seen.h"

#include "mw_digest.h"

void seen_add(struct seen *seen, const void *bytes, size_t count)
{
	uint64_t value;

	if (seen->more)
		return; // nothing changes any more
	value = mw_digest_64(MW_DIGEST_64, bytes, count);
	for (uint32_t i = 0; i < seen->count; i++) {
		if (seen->items[i] == value)
			return;
	}
	if (seen->count < SEEN_MAX)
		seen->items[seen->count++] = value;
	else
		seen->more = true;
}

void seen_add_text(struct mw_text *text, const struct seen *seen, const char *one, const char *many)
{
	mw_text_add(text, "%s%u %s", seen->more ? "more than " : "", seen->count, seen->count == 1 ? one : many);
}
