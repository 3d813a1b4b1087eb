// SPDX-License-Identifier: BSD-3-Clause
// The first piece of a datagram with a tunnel inside: another worker saw it than the later pieces.
// Neighbours: fragments.c tells of it, control.c joins it.
#ifndef FRAGMENTS_OUTER_H
#define FRAGMENTS_OUTER_H

#include "facts.h"

/** True when a first piece of this IP protocol may have a tunnel inside. */
bool fragment_outer_may_hide(uint8_t protocol);

/** Adds a first piece of bytes to a datagram without one. @return true when nothing is missing any more. */
bool fragment_outer_join(struct fragment_facts *facts, uint32_t bytes);

#endif
