// SPDX-License-Identifier: BSD-3-Clause
// What became of datagrams in pieces whose first piece another worker saw: the trackers cannot count it.
// Neighbours: settle.c fills it, report.c adds it to the trackers' counters.
#ifndef FRAGMENTS_TALLY_H
#define FRAGMENTS_TALLY_H

#include "mw_base.h"

/** As a tracker counted a datagram. */
enum fragment_told {
	FRAGMENT_TOLD_LACKING, // incomplete
	FRAGMENT_TOLD_EVICTED,
	FRAGMENT_TOLD_UNKNOWN, // unfinished, though there was time for all of it
	FRAGMENT_TOLD_CUT, // unfinished, and the input ended
	FRAGMENT_TOLDS,
};

/** Moved from what a tracker counted; outers_: first pieces that no later one followed, which no tracker counted. */
struct fragment_tally {
	uint64_t whole[FRAGMENT_TOLDS], lacking[FRAGMENT_TOLDS], unknown[FRAGMENT_TOLDS];
	uint64_t outers_lacking, outers_unknown, outers_cut;
};

#endif
