// SPDX-License-Identifier: BSD-3-Clause
// Optimal string alignment: three rows of the table are enough.
// Neighbours: mw_nearest.h.
#include "mw_nearest.h"

#include <string.h>

#include "mw_base.h"

static bool is_swap(const char *a, const char *b, size_t i, size_t j)
{
	return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

unsigned mw_nearest_edits(const char *a, const char *b)
{
	const size_t a_len = strlen(a), b_len = strlen(b);
	unsigned rows[3][MW_NEAREST_BYTES];

	if (a_len >= MW_NEAREST_BYTES || b_len >= MW_NEAREST_BYTES)
		return MW_NEAREST_BYTES;
	for (size_t i = 0; i <= a_len; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		for (size_t j = 0; j <= b_len; j++) {
			if (i == 0 || j == 0) {
				row[j] = (unsigned)(i + j);
				continue;
			}
			row[j] = MW_MIN(above[j - 1] + (a[i - 1] != b[j - 1]), MW_MIN(above[j], row[j - 1]) + 1);
			if (is_swap(a, b, i, j))
				row[j] = MW_MIN(row[j], before[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

void mw_nearest_consider(struct mw_nearest *best, const char *wrong, const char *known)
{
	const unsigned edits = mw_nearest_edits(wrong, known), allowed = (unsigned)MW_MIN(strlen(known) / 3 + 1, (size_t)3);

	if (edits <= allowed && (best->name == NULL || edits < best->edits))
		*best = (struct mw_nearest){known, edits};
}
