// SPDX-License-Identifier: BSD-3-Clause
// Looks through the lines: it is asked once a line and interval.
// Neighbours: pair.h.
#include "pair.h"

static bool may_be_of(const struct nat_line *outside, uint32_t inside)
{
	return outside->used && !nat_line_is_inside(outside) && outside->side.found > 0 && outside->side.line == inside;
}

/** The only outside address whose sessions are those of the line inside; several mirrors of it may be in view. */
static const struct nat_line *sole_outside(struct nat_lines *lines, uint32_t inside)
{
	const struct nat_line *found = NULL;

	for (uint32_t i = 0; i < nat_lines_top(lines); i++) {
		const struct nat_line *line = nat_lines_at(lines, i);

		if (!may_be_of(line, inside))
			continue;
		if (found != NULL && mw_address_compare(&found->outside, &line->outside) != 0)
			return NULL;
		if (found == NULL || (!nat_side_is_known(&found->side) && nat_side_is_known(&line->side)))
			found = line;
	}
	return found != NULL && nat_side_is_known(&found->side) ? found : NULL;
}

const struct nat_line *nat_pair_of(struct nat_lines *lines, const struct nat_line *line)
{
	const struct nat_line *inside;

	if (nat_line_is_inside(line))
		return sole_outside(lines, nat_lines_place(lines, line));
	if (!nat_side_is_known(&line->side))
		return NULL;
	inside = nat_lines_at(lines, line->side.line);
	return inside->used && nat_line_is_inside(inside) && sole_outside(lines, line->side.line) != NULL ? inside : NULL;
}
