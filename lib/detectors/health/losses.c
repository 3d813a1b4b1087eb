// SPDX-License-Identifier: BSD-3-Clause
// Neighbours: losses.h; slices.h has the stretch.
#include "losses.h"

#include <string.h>

#include "slices.h"

#define HEALTHY 20 // loses one of so many at most: OTHER_LOST_MOST of finding_family.c

// Of what was answered when it was sent again the first transmission was lost.
void health_losses_note(struct health_losses *losses, uint32_t interval, const struct health_brief *brief,
						uint64_t first_ns, uint64_t last_ns)
{
	const bool answered = health_is_answered(brief);
	const uint32_t lost = (uint32_t)brief->transmissions - answered;
	struct health_loss *slice =
		&losses->slices[interval % HEALTH_INTERVALS_MAX][brief->family][health_slice_of(last_ns)];

	slice->asked += brief->transmissions;
	if (lost == 0)
		return;
	slice->first_ns = slice->lost == 0 ? first_ns : MW_MIN(slice->first_ns, first_ns);
	slice->last_ns = MW_MAX(slice->last_ns, answered ? first_ns : last_ns);
	slice->lost += lost;
}

void health_losses_span(const struct health_losses *losses, uint32_t interval, uint64_t start_ns, uint64_t end_ns,
						struct health_row *sum)
{
	const struct health_loss *slices = losses->slices[interval % HEALTH_INTERVALS_MAX][sum->family];
	struct health_part part = {0, HEALTH_SLICES};
	int64_t surplus[HEALTH_SLICES];
	uint64_t first_ns = UINT64_MAX, last_ns = 0;

	for (uint32_t i = 0; i < HEALTH_SLICES; i++) {
		const struct health_loss *slice = &slices[health_slice_at(start_ns, i)];

		surplus[i] = ((int64_t)slice->lost * HEALTHY - slice->asked) * HEALTH_SLICES + (slice->lost > 0);
	}
	if (health_slices_are_whole(start_ns, end_ns))
		part = health_slices_worst(surplus);
	for (uint32_t i = part.first; i < part.first + part.count; i++) {
		const struct health_loss *slice = &slices[health_slice_at(start_ns, i)];

		first_ns = slice->lost == 0 ? first_ns : MW_MIN(first_ns, slice->first_ns);
		last_ns = MW_MAX(last_ns, slice->last_ns);
	}
	if (last_ns == 0)
		return;
	sum->first_ns = first_ns;
	sum->last_ns = last_ns;
}

void health_losses_forget(struct health_losses *losses, uint32_t interval)
{
	memset(losses->slices[interval % HEALTH_INTERVALS_MAX], 0, sizeof(losses->slices[0]));
}
