// SPDX-License-Identifier: BSD-3-Clause
// Two halves of one datagram under two source addresses: a translator wrote a new source into first pieces alone.
// Neighbours: control.h. RFC 3022 section 6.3, RFC 4787 REQ-14, RFC 6146 section 3.4.
#ifndef FRAGMENTS_SOURCES_H
#define FRAGMENTS_SOURCES_H

#include "control.h"

/** What its other half, if it came, can be found by; 0: it is no half. */
uint32_t fragment_sources_key(const struct fragment_waiting *waiting);

/**
 * Looks among those that wait for the other half of the one that was put in last: the same receiver, identification
 * and protocol, within half a second, one ends where the other begins, and their lengths agree. Both learn of it.
 */
void fragment_sources_join(struct mw_detector_control *control);

#endif
