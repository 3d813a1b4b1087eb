// SPDX-License-Identifier: BSD-3-Clause
// Which datagrams may begin with a tunnel, and what such a first piece adds to them.
// Neighbours: outer.h.
#include "outer.h"

/** Protocols that are no tunnel: a datagram of these has no first piece elsewhere. */
static const uint8_t ENDS[] = {1, 6, 58, 132};

bool fragment_outer_may_hide(uint8_t protocol)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(ENDS); i++) {
		if (protocol == ENDS[i])
			return false;
	}
	return true;
}

bool fragment_outer_join(struct fragment_facts *facts, uint32_t bytes)
{
	bool known = facts->missing_count > 0; // else there are more gaps than were followed
	uint32_t kept = 0;

	for (uint32_t i = 0; i < facts->missing_count; i++) {
		struct mw_fragment_range range = facts->missing[i];
		uint32_t to = MW_MIN(range.to, bytes);

		if (range.from < to) {
			facts->bytes_seen += to - range.from;
			range.from = to;
		}
		if (range.from < range.to)
			facts->missing[kept++] = range;
	}
	facts->missing_count = kept;
	facts->fragments++;
	facts->first_seen = true;
	return known && kept == 0;
}
