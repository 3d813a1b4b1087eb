// SPDX-License-Identifier: BSD-3-Clause
// Both sides of one translator in view: what opens inside opens outside a moment later, to the same destination. So a
// line that is seen from outside is known to be that of the hosts inside.
// Neighbours: control.c feeds it, rows.c asks. Control half: fixed memory. DNS and echo are passed over: a router asks
// for itself, and everybody asks the same.
#ifndef NAT_SIDES_H
#define NAT_SIDES_H

#include "mw_address.h"
#include "mw_base.h"

#define NAT_SIDES_RECENT 128
#define NAT_SIDES_PEERS  3 // different destinations that it takes

/** What opened inside of late, of all lines; zeroed memory knows nothing. */
struct nat_sides {
	struct nat_sides_open {
		uint64_t at_ns; // 0: none, or found again outside
		uint32_t peer, line;
		uint16_t port;
		uint8_t protocol;
	} recent[NAT_SIDES_RECENT];
	uint32_t count;
	uint64_t asked_ns; // latest time that somebody outside wanted to know
};

/** Of a line seen from outside: which one inside it is. Zeroed memory knows nothing. */
struct nat_side {
	uint32_t line; // the candidate
	uint32_t opened, found; // sessions outside; those that had opened at the candidate just before
	uint32_t peers[NAT_SIDES_PEERS];
	uint32_t peers_count;
};

/** A session that opens now; line: its number, of those inside. */
void nat_sides_inside(struct nat_sides *sides, uint64_t now_ns, uint32_t line, const struct mw_address *peer,
					  uint16_t port, uint8_t protocol);
void nat_sides_outside(struct nat_sides *sides, struct nat_side *side, uint64_t now_ns, const struct mw_address *peer,
					   uint16_t port, uint8_t protocol);

/** True when nearly all that it opens had opened at side's line just before. */
bool nat_side_is_known(const struct nat_side *side);

#endif
