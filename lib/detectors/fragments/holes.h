// SPDX-License-Identifier: BSD-3-Clause
// A hole in the sequence numbers of a connection: bytes that never passed here in any whole segment. Which datagrams,
// of which only later pieces passed, is it?
// Neighbours: words.c.
#ifndef FRAGMENTS_HOLES_H
#define FRAGMENTS_HOLES_H

#include "words.h"

#define FRAGMENT_WORD_NS (5 * MW_NS_PER_SECOND) // how long after its newest piece a receiver may speak of a datagram

/** Sequence numbers [from, to), sent from src_port. */
struct fragment_hole {
	uint64_t now_ns;
	uint32_t from, to;
	uint16_t src_port, dst_port;
};

/** Gives their ports and sequence numbers to those of the pair's awaited datagrams that fill the hole exactly. */
void fragment_holes_fill(struct fragment_listened *listened, const struct fragment_hole *hole);

#endif
