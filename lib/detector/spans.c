// SPDX-License-Identifier: BSD-3-Clause
// A sorted list that is bounded: what is mixed hides nothing and excuses nothing.
// Neighbours: mw_spans.h.
#include "mw_spans.h"

#include <string.h>

#include "mw_base.h"

static void take_out(struct mw_spans *spans, uint32_t at)
{
	spans->count--;
	memmove(&spans->at[at], &spans->at[at + 1], (spans->count - at) * sizeof(spans->at[0]));
}

// The next one becomes a part of this one.
static void join(struct mw_spans *spans, uint32_t at, bool mixed)
{
	struct mw_span *span = &spans->at[at];

	span->last_ns = MW_MAX(span->last_ns, spans->at[at + 1].last_ns);
	span->mixed |= mixed || spans->at[at + 1].mixed;
	take_out(spans, at + 1);
}

static void make_room(struct mw_spans *spans)
{
	uint32_t closest = 0;
	uint64_t least_ns = UINT64_MAX;

	for (uint32_t i = 0; i + 1 < spans->count; i++) {
		const uint64_t gap_ns = spans->at[i + 1].first_ns - spans->at[i].last_ns;

		if (gap_ns < least_ns) {
			least_ns = gap_ns;
			closest = i;
		}
	}
	join(spans, closest, true);
}

void mw_spans_add(struct mw_spans *spans, uint64_t first_ns, uint64_t last_ns)
{
	uint32_t at;

	if (spans->count == MW_SPANS_MAX)
		make_room(spans);
	at = spans->count;
	while (at > 0 && spans->at[at - 1].first_ns > first_ns)
		at--;
	memmove(&spans->at[at + 1], &spans->at[at], (spans->count - at) * sizeof(spans->at[0]));
	spans->at[at] = (struct mw_span){.first_ns = first_ns, .last_ns = MW_MAX(first_ns, last_ns)};
	spans->count++;
	if (at > 0 && spans->at[at - 1].last_ns >= first_ns)
		join(spans, --at, false);
	while (at + 1 < spans->count && spans->at[at].last_ns >= spans->at[at + 1].first_ns)
		join(spans, at, false);
}

// Those that are no further apart than around_ns are one.
static uint64_t end_of(const struct mw_spans *spans, uint32_t at, uint64_t around_ns)
{
	uint64_t end_ns = spans->at[at].last_ns;

	while (++at < spans->count && !spans->at[at].mixed && spans->at[at].first_ns - end_ns <= around_ns)
		end_ns = spans->at[at].last_ns;
	return end_ns;
}

bool mw_spans_cover(const struct mw_spans *spans, const struct mw_span *span, uint64_t sooner_ns, uint64_t later_ns)
{
	for (uint32_t i = 0; i < spans->count; i++) {
		const uint64_t end_ns = end_of(spans, i, later_ns);

		if (!spans->at[i].mixed && span->first_ns + sooner_ns >= spans->at[i].first_ns &&
			(span->last_ns <= end_ns || span->last_ns - end_ns <= later_ns))
			return true;
	}
	return false;
}

static uint64_t common_ns(const struct mw_span *a, const struct mw_span *b)
{
	const uint64_t from_ns = MW_MAX(a->first_ns, b->first_ns), to_ns = MW_MIN(a->last_ns, b->last_ns);

	return to_ns < from_ns ? 0 : to_ns - from_ns + 1; // an instant is no nothing
}

double mw_spans_share(const struct mw_spans *spans, const struct mw_spans *others, uint64_t most_ns)
{
	uint64_t all_ns = 0, shared_ns = 0;

	for (uint32_t i = 0; i < spans->count; i++) {
		all_ns += spans->at[i].last_ns - spans->at[i].first_ns + 1;
		for (uint32_t j = 0; j < others->count; j++) {
			const uint64_t common = others->at[j].mixed ? 0 : common_ns(&spans->at[i], &others->at[j]);

			shared_ns += most_ns == 0 ? common : MW_MIN(common, most_ns);
		}
	}
	return all_ns == 0 ? 0 : MW_MIN(1.0, (double)shared_ns / (double)all_ns);
}
