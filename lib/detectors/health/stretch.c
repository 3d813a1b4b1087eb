// SPDX-License-Identifier: BSD-3-Clause
// Slices to a stretch, and what others did in it.
// Neighbours: stretch.h.
#include "stretch.h"

#include "slices.h"

static uint32_t place_of(const struct health_control *self, const struct health_cell *cell, uint32_t slice)
{
	return health_slice_at(self->intervals[cell->interval % HEALTH_INTERVALS_MAX].start_ns, slice);
}

// Failures less answers; where they are as many, that anything failed decides.
static int64_t surplus_of(const struct health_cell *cell, uint32_t at)
{
	const int64_t unanswered = cell->slices[at].unanswered, exchanges = cell->slices[at].exchanges;

	return (2 * unanswered - exchanges) * 2 * HEALTH_SLICES + (unanswered > 0);
}

static struct health_part worst_of(const struct health_control *self, const struct health_cell *cell)
{
	int64_t surplus[HEALTH_SLICES];

	for (uint32_t slice = 0; slice < HEALTH_SLICES; slice++)
		surplus[slice] = surplus_of(cell, place_of(self, cell, slice));
	return health_slices_worst(surplus);
}

static void add(const struct health_control *self, const struct health_cell *cell, struct health_part part,
				struct health_share *share)
{
	for (uint32_t i = 0; i < part.count; i++) {
		const uint32_t at = place_of(self, cell, part.first + i);

		share->exchanges += cell->slices[at].exchanges;
		share->unanswered += cell->slices[at].unanswered;
	}
}

static void add_others(const struct health_control *self, uint32_t count, const struct health_cell *cell,
					   struct health_part part, struct health_share others[HEALTH_OTHERS])
{
	for (uint32_t i = 0; i < count; i++) {
		const struct health_cell *other = self->chosen[i];

		if (other->family != cell->family || other->service == HEALTH_TCP ||
			mw_address_compare(&other->peer, &cell->peer) == 0)
			continue;
		if (other->service == HEALTH_DNS) {
			add(self, other, part, &others[HEALTH_OTHERS_RESOLVERS]);
			continue;
		}
		if (!health_counts_for_line(other))
			continue;
		add(self, other, part, &others[HEALTH_OTHERS_REST]);
		if (other->service == HEALTH_QUIC || other->service == HEALTH_NTP)
			add(self, other, part, &others[HEALTH_OTHERS_UDP]);
	}
}

// An exchange is counted where it was sent last, and may have begun a slice before.
static void set_times(const struct health_control *self, const struct health_cell *cell, struct health_part part,
					  struct health_stretch *stretch)
{
	const uint64_t start_ns = self->intervals[cell->interval % HEALTH_INTERVALS_MAX].start_ns;
	const uint64_t end_ns = self->intervals[cell->interval % HEALTH_INTERVALS_MAX].end_ns;
	const uint64_t from_ns = (start_ns / HEALTH_SLICE_NS + part.first) * HEALTH_SLICE_NS;
	const bool known = health_slices_are_whole(start_ns, end_ns);

	stretch->first_ns = cell->failed_first_ns;
	stretch->last_ns = cell->failed_last_ns;
	if (known && stretch->first_ns + HEALTH_SLICE_NS < from_ns)
		stretch->first_ns = from_ns;
	if (known)
		stretch->last_ns = MW_MIN(stretch->last_ns, from_ns + part.count * HEALTH_SLICE_NS - 1);
}

void health_stretch_find(const struct health_control *self, uint32_t count, const struct health_cell *cell,
						 struct health_stretch *stretch)
{
	const struct health_part part = worst_of(self, cell), all = {0, HEALTH_SLICES};

	*stretch = (struct health_stretch){0};
	if (part.count == 0)
		return;
	add(self, cell, part, &stretch->own);
	add_others(self, count, cell, part, stretch->others);
	add_others(self, count, cell, all, stretch->around);
	stretch->shared = health_common_shared(&cell->common, place_of(self, cell, 0), part);
	stretch->host = cell->common.host;
	set_times(self, cell, part, stretch);
}
