// SPDX-License-Identifier: BSD-3-Clause
// Counts by kind. A resolver that is dead answers nobody and no name, so whoever else it answered meanwhile clears it.
// Neighbours: common.h.
#include "common.h"

#define SHARED_PCT       90 // of what failed
#define OUTSIDE_LEAST    2 // exchanges
#define OUTSIDE_LOST_PCT 20

void health_common_add(struct health_common *common, const struct health_brief *brief, uint32_t slice,
					   const struct mw_address *asker, uint64_t host)
{
	const bool answered = health_is_answered(brief);

	for (unsigned by = 0; by < HEALTH_COMMONS; by++) {
		const uint32_t kind = by == HEALTH_COMMON_HOST ? (uint32_t)host % HEALTH_COMMON_KINDS
													   : mw_exchange_suffix(brief->suffixes, by - HEALTH_COMMON_SUFFIX);

		common->kinds[by][kind].exchanges++;
		common->kinds[by][kind].unanswered += !answered;
		if (answered)
			common->answered[slice][by] |= (uint16_t)(1u << kind);
	}
	if (answered)
		return;
	if (common->host_votes == 0)
		common->host = *asker;
	if (mw_address_compare(&common->host, asker) == 0)
		common->host_votes++;
	else
		common->host_votes--;
}

static unsigned worst_of(const struct health_common *common, unsigned by)
{
	unsigned worst = 0;

	for (unsigned kind = 1; kind < HEALTH_COMMON_KINDS; kind++) {
		if (common->kinds[by][kind].unanswered > common->kinds[by][worst].unanswered)
			worst = kind;
	}
	return worst;
}

// Within: the first and the last slice may hold answers from before and after.
static bool is_any_answered(const struct health_common *common, unsigned by, unsigned but, uint32_t start,
							struct health_part part)
{
	const uint32_t edge = part.count > 2;

	for (uint32_t i = edge; i < part.count - edge; i++) {
		if ((common->answered[(start + part.first + i) % HEALTH_SLICES][by] & ~(1u << but)) != 0)
			return true;
	}
	return false;
}

static bool is_shared(const struct health_common *common, unsigned by, uint32_t start, struct health_part part)
{
	const unsigned worst = worst_of(common, by);
	uint64_t outside = 0, lost = 0;

	for (unsigned kind = 0; kind < HEALTH_COMMON_KINDS; kind++) {
		outside += kind == worst ? 0 : common->kinds[by][kind].exchanges;
		lost += kind == worst ? 0 : common->kinds[by][kind].unanswered;
	}
	return outside >= OUTSIDE_LEAST && lost * 100 <= outside * OUTSIDE_LOST_PCT &&
		   lost * SHARED_PCT <= (uint64_t)common->kinds[by][worst].unanswered * (100 - SHARED_PCT) &&
		   is_any_answered(common, by, worst, start, part);
}

uint8_t health_common_shared(const struct health_common *common, uint32_t start, struct health_part part)
{
	uint8_t shared = 0;

	for (unsigned by = 0; by < HEALTH_COMMONS; by++) {
		if (is_shared(common, by, start, part))
			shared |= by == HEALTH_COMMON_HOST ? HEALTH_SHARED_HOST : HEALTH_SHARED_NAMES;
	}
	return shared;
}
