// SPDX-License-Identifier: BSD-3-Clause
// A small bounded set.
// Neighbours: mw_seen.h.
#include "mw_seen.h"

#include "mw_digest.h"

static void add_hash(struct seen *seen, uint64_t value)
{
	for (uint32_t i = 0; i < seen->count; i++) {
		if (seen->items[i] == value)
			return;
	}
	if (seen->count < SEEN_MAX)
		seen->items[seen->count++] = value;
	else
		seen->more = true;
}

void seen_add(struct seen *seen, const void *bytes, size_t count)
{
	if (!seen->more) // else nothing changes any more
		add_hash(seen, mw_digest_64(MW_DIGEST_64, bytes, count));
}

void seen_join(struct seen *seen, const struct seen *other)
{
	for (uint32_t i = 0; i < other->count && !seen->more; i++)
		add_hash(seen, other->items[i]);
	seen->more |= other->more;
}

void seen_add_text(struct mw_text *text, const struct seen *seen, const char *one, const char *many)
{
	mw_text_add(text, "%s%u %s", seen->more ? "more than " : "", seen->count, seen->count == 1 ? one : many);
}
