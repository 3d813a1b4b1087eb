// SPDX-License-Identifier: BSD-3-Clause
// Spans of blindness in order of time.
// Neighbours: mw_kit_blind.h.
#include "mw_kit_blind.h"

#include <string.h>

static void take_out(struct mw_kit_blind *blind, uint32_t at)
{
	blind->count--;
	memmove(&blind->spans[at], &blind->spans[at + 1], (blind->count - at) * sizeof(blind->spans[0]));
}

void mw_kit_blind_add(struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns)
{
	uint32_t at = 0;

	if (to_ns <= from_ns)
		return;
	for (uint32_t i = blind->count; i-- > 0;) {
		if (blind->spans[i].from_ns > to_ns || blind->spans[i].to_ns < from_ns)
			continue;
		from_ns = MW_MIN(from_ns, blind->spans[i].from_ns);
		to_ns = MW_MAX(to_ns, blind->spans[i].to_ns);
		take_out(blind, i);
	}
	if (blind->count == MW_KIT_BLIND_MAX)
		take_out(blind, 0);
	while (at < blind->count && blind->spans[at].from_ns < from_ns)
		at++;
	memmove(&blind->spans[at + 1], &blind->spans[at], (blind->count - at) * sizeof(blind->spans[0]));
	blind->spans[at].from_ns = from_ns;
	blind->spans[at].to_ns = to_ns;
	blind->count++;
}

uint64_t mw_kit_blind_within(const struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t within_ns = 0;

	for (uint32_t i = 0; i < blind->count; i++) {
		const uint64_t start_ns = MW_MAX(from_ns, blind->spans[i].from_ns),
					   end_ns = MW_MIN(to_ns, blind->spans[i].to_ns);

		within_ns += end_ns > start_ns ? end_ns - start_ns : 0;
	}
	return within_ns;
}

bool mw_kit_blind_touches(const struct mw_kit_blind *blind, uint64_t from_ns, uint64_t to_ns)
{
	for (uint32_t i = 0; i < blind->count; i++) {
		if (blind->spans[i].from_ns <= to_ns && blind->spans[i].to_ns >= from_ns)
			return true;
	}
	return false;
}
