// SPDX-License-Identifier: BSD-3-Clause
// A few places, each row goes down to its own.
// Neighbours: report/longest.h.
#include "report/longest.h"

static void put(struct longest *longest, const void *row, double (*length_s)(const void *row), uint32_t most)
{
	uint32_t place = longest->count;

	while (place > 0 && length_s(longest->rows[place - 1]) < length_s(row))
		place--;
	if (longest->count == most) {
		const void *least = most == place ? row : longest->rows[most - 1];

		longest->others++;
		longest->others_s += length_s(least);
		if (least == row)
			return;
	} else {
		longest->count++;
	}
	for (uint32_t i = longest->count - 1; i > place; i--)
		longest->rows[i] = longest->rows[i - 1];
	longest->rows[place] = row;
}

void longest_pick(const struct recent_rows *recent, bool (*is_one)(const void *row),
				  double (*length_s)(const void *row), uint32_t most, struct longest *longest)
{
	*longest = (struct longest){0};
	for (uint64_t i = recent->total - MW_MIN(recent->total, (uint64_t)RECENT_ROWS); i < recent->total; i++) {
		const void *row = recent_row(recent, i);

		if (is_one(row))
			put(longest, row, length_s, MW_MIN(most, LONGEST_MAX));
	}
}
