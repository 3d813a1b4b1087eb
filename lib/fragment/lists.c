// SPDX-License-Identifier: BSD-3-Clause
// Lists of datagrams in order of time, one for each worth: what is due and what is evicted stands at a head.
// Neighbours: table.h has the links; end.c takes the heads.
#include "table.h"

void datagram_enlist(struct mw_fragments *fragments, struct datagram *datagram, enum list list)
{
	struct list_ends *ends = &fragments->lists[list];
	uint32_t number = number_of(fragments, datagram);

	datagram->list = (uint8_t)list;
	datagram->older = ends->newest;
	datagram->newer = 0;
	if (ends->newest != 0)
		datagram_at(fragments, ends->newest)->newer = number;
	else
		ends->oldest = number;
	ends->newest = number;
}

void datagram_unlist(struct mw_fragments *fragments, struct datagram *datagram)
{
	struct list_ends *ends = &fragments->lists[datagram->list];

	if (datagram->older != 0)
		datagram_at(fragments, datagram->older)->newer = datagram->newer;
	else
		ends->oldest = datagram->newer;
	if (datagram->newer != 0)
		datagram_at(fragments, datagram->newer)->older = datagram->older;
	else
		ends->newest = datagram->older;
}

enum list datagram_list(const struct datagram *datagram)
{
	if (ranges_complete(datagram))
		return LIST_COMPLETE;
	if (datagram->fragments > 1)
		return LIST_OTHERS;
	if (!datagram->first_seen)
		return LIST_LATER_ALONE;
	return datagram->answered ? LIST_OTHERS : LIST_FIRST_ALONE;
}

static uint64_t period_ns(const struct mw_fragments *fragments, uint32_t list)
{
	return list == LIST_COMPLETE ? REMEMBER_NS : fragments->settings.timeout_ns;
}

bool datagram_is_due(const struct mw_fragments *fragments, const struct datagram *datagram)
{
	return fragments->clock_ns - datagram->clock_ns >= period_ns(fragments, datagram->list);
}

uint64_t datagrams_due_ns(const struct mw_fragments *fragments)
{
	uint64_t due_ns = UINT64_MAX;

	for (uint32_t list = 0; list < LISTS; list++) {
		uint32_t oldest = fragments->lists[list].oldest;
		uint64_t from_ns = oldest == 0 ? fragments->clock_ns : datagram_at(fragments, oldest)->clock_ns;

		due_ns = MW_MIN(due_ns, from_ns + period_ns(fragments, list));
	}
	return due_ns;
}
