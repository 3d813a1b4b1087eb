// SPDX-License-Identifier: BSD-3-Clause
// Paths by number: as many as there is room for, the nearest ones joined.
// Neighbours: path.h. What is joined changes only how much is let through: any choice is right.
#include "path.h"

#include <string.h>

double path_part(const struct byte_set *set)
{
	uint32_t members = 0;

	for (uint32_t i = 0; i < MW_ARRAY_SIZE(set->words); i++)
		members += (uint32_t)__builtin_popcountll(set->words[i]);
	return byte_set_has(set, 0) ? 0.25 + (members - 1) * (0.75 / 255) : members * (0.75 / 255);
}

/** Part of all payloads that begin so. */
static double whole_part(const struct path *path)
{
	double product = path->anchored ? 1 : 2; // one that may still become anchored is joined last

	for (uint32_t i = 0; i < path->count; i++)
		product *= path_part(&path->bytes[i]);
	return product;
}

/** Makes into allow all that from allows too. */
static void merge(struct path *into, const struct path *from)
{
	uint32_t count = MW_MIN(into->count, from->count);

	for (uint32_t i = 0; i < count; i++)
		byte_set_unite(&into->bytes[i], &from->bytes[i]);
	into->open = into->open || from->open || into->count != from->count;
	into->anchored = into->anchored && from->anchored;
	into->width_min = MW_MIN(into->width_min, from->width_min);
	into->count = count;
}

static bool is_same(const struct path *a, const struct path *b)
{
	return a->count == b->count && a->width_min == b->width_min && a->anchored == b->anchored && a->open == b->open &&
		   memcmp(a->bytes, b->bytes, a->count * sizeof(a->bytes[0])) == 0;
}

void path_add(struct path *paths, uint32_t *count, uint32_t max, const struct path *path)
{
	uint32_t nearest = 0;
	double least = 4;

	for (uint32_t i = 0; i < *count; i++) {
		if (is_same(&paths[i], path))
			return;
	}
	if (*count < max) {
		paths[(*count)++] = *path;
		return;
	}
	for (uint32_t i = 0; i < max; i++) {
		struct path both = paths[i];
		double more;

		merge(&both, path);
		more = whole_part(&both) - whole_part(&paths[i]);
		if (more < least) {
			least = more;
			nearest = i;
		}
	}
	merge(&paths[nearest], path);
}
