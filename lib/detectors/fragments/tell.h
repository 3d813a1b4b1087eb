// SPDX-License-Identifier: BSD-3-Clause
// How much a worker may tell of datagrams in pieces, and the word that something went untold.
// Neighbours: fragments.c. A flood of pieces that nobody answers must neither fill the way to the control core nor keep
// out what is worth telling; and what control was not told, it must not take for lost.
#ifndef FRAGMENTS_TELL_H
#define FRAGMENTS_TELL_H

#include "facts.h"
#include "pairs.h"
#include "mw_detector.h"
#include "mw_kit_budget.h"

#define FRAGMENT_WORKER_PAIRS 4096

enum fragment_counter {
	FRAGMENT_COUNT_TOLD,
	FRAGMENT_COUNT_CAPPED,
	FRAGMENT_COUNT_UNTOLD,
	FRAGMENT_COUNT_OUTER,
	FRAGMENT_COUNT_EXCEEDED,
	FRAGMENT_COUNTERS_OWN,
};

/** Who draws on fragment.reports-per-second. Each has a part of it at most; together they have no more than all. */
enum fragment_share {
	FRAGMENT_SHARE_VALUED, // of answered flows, of pairs that have sent complete datagrams
	FRAGMENT_SHARE_SINGLE, // one piece alone
	FRAGMENT_SHARE_OTHER, // several pieces
	FRAGMENT_SHARE_OUTER, // first pieces with a tunnel inside, and what may belong to them
	FRAGMENT_SHARE_REPORT, // ICMP about a flow that nobody answered
	FRAGMENT_SHARES,
};

/** What was not told, since the last tick. */
struct fragment_untold_span {
	uint64_t from_ns, to_ns; // to_ns 0: nothing
};

struct fragment_worker {
	uint64_t minute; // of packet time
	struct mw_kit_budget budget, shares[FRAGMENT_SHARES];
	struct fragment_untold_span untold[FRAGMENT_UNTOLDS];
	struct fragment_pair pairs[FRAGMENT_WORKER_PAIRS];
};

/** Sends the event when share has room in this second. @return false when it was not sent: capped, or lost. */
bool fragment_tell(struct mw_detector_ctx *ctx, enum fragment_share share, enum fragment_what what,
				   struct mw_event *event);

/** Notes that something of this kind, seen from from_ns to to_ns, was not told. */
void fragment_tell_not(struct mw_detector_ctx *ctx, enum fragment_untold untold, uint64_t from_ns, uint64_t to_ns);

/** Sends what fragment_tell_not noted; what cannot be sent is kept. */
void fragment_tell_gaps(struct mw_detector_ctx *ctx);

/** Sends what was counted of pairs that had incomplete datagrams, where it changed since it was told. */
void fragment_tell_pairs(struct mw_detector_ctx *ctx);

#endif
