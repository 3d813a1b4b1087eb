// SPDX-License-Identifier: BSD-3-Clause
// What the files of the path detector's worker half share: its memory, and how something is told.
// Neighbours: paths.c drives; resend.c, hole.c, reaction.c and sizes.c are the parts of an episode.
#ifndef PATHS_WORKER_H
#define PATHS_WORKER_H

#include "mw_detector.h"
#include "mw_kit_budget.h"
#include "facts.h"
#include "passes.h"
#include "pool.h"
#include "repeat.h"

enum {
	PATH_COUNT_TOLD,
	PATH_COUNT_CAPPED,
	PATH_COUNT_EARLY,
	PATH_COUNTS,
};

/** Reasons of marks. */
enum path_mark {
	PATH_MARK_REPORT = 1, // ICMP: too big
	PATH_MARK_TOO_BIG, // larger than a report allows, after it
	PATH_MARK_AGAIN, // a large segment that is sent again
	PATH_MARK_BEHIND, // behind a hole; value: the number of its first byte
};

/** One worker's memory; zeroed is ready. */
struct path_worker {
	struct mw_kit_budget budget, full_budget;
	struct mw_kit_budget full_notes; // full MSS that are looked at
	struct mw_kit_budget outers; // datagrams around tunnels have their own
	bool ending; // the input is over: what is left is told, there is no more than memory holds
	struct path_repeat repeat;
	struct path_passes passes;
	struct path_pool pool;
};

/** Sends facts, unless the budget of this second is spent: then counts them. */
void path_emit(struct mw_detector_ctx *ctx, uint64_t time_ns, const struct mw_event_flow *ends,
			   const struct path_facts *facts);

/**
 * The episode of a direction of flow, opened when there is none; the oldest gives way when all are open.
 * ends: src is the sender. @return NULL when the flow cannot be watched.
 */
struct path_episode *path_open(struct mw_detector_ctx *ctx, struct mw_flow *flow, uint8_t direction,
							   const struct mw_event_flow *ends);

/** Opens a part of an episode, which the tick looks at from due_ns of the clock on. */
static inline void path_part_open(struct mw_detector_ctx *ctx, struct path_episode *episode, uint8_t part,
								  uint64_t due_ns)
{
	struct path_worker *worker = ctx->worker_state;

	episode->parts |= part;
	path_pool_wake(&worker->pool, episode, due_ns);
}

static inline struct mw_flow *path_flow_of(struct mw_detector_ctx *ctx, const struct path_episode *episode)
{
	const struct path_worker *worker = ctx->worker_state;

	return path_pool_flow(&worker->pool, episode);
}

/** There is something to tell of the episode: it shall not give way to those of which there is not. */
static inline void path_make_firm(struct mw_detector_ctx *ctx, const struct path_episode *episode)
{
	struct path_worker *worker = ctx->worker_state;

	path_pool_make_firm(&worker->pool, episode);
}

/** later minus earlier, 0 when it went back. */
static inline uint64_t path_since(uint64_t later_ns, uint64_t earlier_ns)
{
	return later_ns > earlier_ns ? later_ns - earlier_ns : 0;
}

#endif
