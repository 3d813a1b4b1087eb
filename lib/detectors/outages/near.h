// SPDX-License-Identifier: BSD-3-Clause
// What is said on the link itself: whose address is whose, and what a router sends when it starts.
// Neighbours: near.c reads it, worker.c tells it, marks.c and lan.c judge it. Worker half.
#ifndef OUTAGES_NEAR_H
#define OUTAGES_NEAR_H

#include "outages.h"

struct outages_near {
	struct mw_address src, dst; // ASKS, PROBES: who asks, for whose address; SAYS: whose address it says it has
	uint64_t value; // BOOTS: which device, upper half, and its boot number
	uint8_t sort; // enum outages_sort
};

/** Reads a packet without IP, of neighbour discovery, or to many. @return false: it says nothing of this kind. */
bool outages_near_read(const struct mw_packet *packet, struct outages_near *near);

#endif
