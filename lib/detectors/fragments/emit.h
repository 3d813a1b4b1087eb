// SPDX-License-Identifier: BSD-3-Clause
// How much a worker may send about fragmented datagrams, and how control learns that something was not sent.
// Neighbours: fragments.c. A flood of fragments that nobody answers must neither fill the way to the control core nor
// keep out what is worth sending; and what control did not get, it must not take for lost.
#ifndef FRAGMENTS_EMIT_H
#define FRAGMENTS_EMIT_H

#include "facts.h"
#include "pairs.h"
#include "spoken.h"
#include "words.h"
#include "mw_detector.h"
#include "mw_kit_budget.h"

#define FRAGMENT_WORKER_PAIRS 4096

enum fragment_counter {
	FRAGMENT_COUNT_TOLD,
	FRAGMENT_COUNT_CAPPED,
	FRAGMENT_COUNT_UNSENT,
	FRAGMENT_COUNT_OUTER,
	FRAGMENT_COUNT_EXCEEDED,
	FRAGMENT_COUNT_DELIVERED,
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

/** What was not sent, since the last tick. */
struct fragment_unsent_span {
	uint64_t from_ns, to_ns; // to_ns 0: nothing
};

struct fragment_worker {
	uint64_t minute; // of packet time
	struct mw_kit_budget budget, shares[FRAGMENT_SHARES];
	struct fragment_unsent_span unsent[FRAGMENT_UNSENTS];
	struct fragment_pair pairs[FRAGMENT_WORKER_PAIRS];
	struct fragment_words words;
	struct fragment_spoken spoken;
};

/** Sends the event when share has room in this second. @return false when it was not sent: capped, or lost. */
bool fragment_emit(struct mw_detector_ctx *ctx, enum fragment_share share, enum fragment_what what,
				   struct mw_event *event);

/** Notes that something of this kind, seen from from_ns to to_ns, was not sent. */
void fragment_note_unsent(struct mw_detector_ctx *ctx, enum fragment_unsent unsent, uint64_t from_ns, uint64_t to_ns);

/** Sends what fragment_note_unsent noted; what cannot be sent is kept. */
void fragment_emit_gaps(struct mw_detector_ctx *ctx);

/** Sends what was counted of pairs that had incomplete datagrams, where it changed since it was sent. */
void fragment_emit_pairs(struct mw_detector_ctx *ctx);

#endif
