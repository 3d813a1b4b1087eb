// SPDX-License-Identifier: BSD-3-Clause
// Community ID version 1: one name for a flow that Zeek, Suricata and Arkime give it too.
// Neighbours: row.c. Follows the Community ID Flow Hashing specification, version 1, seed 0.
#ifndef RESETS_COMMUNITY_ID_H
#define RESETS_COMMUNITY_ID_H

#include "mw_event.h"

#define COMMUNITY_ID_BYTES 31 // "1:", 28 of base64, terminator

/** Writes the id of a TCP, UDP or SCTP flow; either order of its ends gives the same. */
void community_id(const struct mw_event_flow *flow, char id[COMMUNITY_ID_BYTES]);

#endif
