// SPDX-License-Identifier: BSD-3-Clause
// Seconds in which something was not sent: what control must not take for lost then.
// Neighbours: emit.c sends them, control.c asks. As a memory, the last 1024 seconds.
#ifndef FRAGMENTS_GAPS_H
#define FRAGMENTS_GAPS_H

#include "facts.h"

#define FRAGMENT_GAP_SECONDS 1024

struct fragment_gaps {
	uint64_t seconds[FRAGMENT_UNSENTS][FRAGMENT_GAP_SECONDS]; // by second of the epoch; 0: none
};

void fragment_gaps_add(struct fragment_gaps *gaps, uint32_t unsent, uint64_t from_ns, uint64_t to_ns);

/** True when something of this kind was not sent between these times, or in the seconds around them. */
bool fragment_gaps_touch(const struct fragment_gaps *gaps, uint32_t unsent, uint64_t from_ns, uint64_t to_ns);

#endif
