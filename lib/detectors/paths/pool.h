// SPDX-License-Identifier: BSD-3-Clause
// What a worker follows of paths: one episode for a direction of a flow, in a fixed pool. No allocation.
// Neighbours: paths.c; each part of an episode has its own file.
#ifndef PATHS_POOL_H
#define PATHS_POOL_H

#include "mw_event.h"
#include "mw_flow.h"
#include "hole.h"
#include "reaction.h"
#include "resend.h"
#include "sizes.h"
#include "mw_kit_list.h"

#define PATH_POOL_EPISODES 2048
#define PATH_LINK_DONE     UINT16_MAX // in a flow instead of a link: large packets pass here, look no more
#define PATH_LINK_SACKED   (UINT16_MAX - 1) // ... the receiver has a small packet behind a hole (path_tcp_sacks_small)
#define PATH_LINK_SEVERAL  (UINT16_MAX - 2) // ... several packets behind it, perhaps large ones
#define PATH_LINK_SHRANK   (UINT16_MAX - 3) // ... large packets got through when they were smaller

/** Parts of an episode that are open. */
enum {
	PATH_PART_REACTION = 1,
	PATH_PART_RESEND = 2,
	PATH_PART_HOLE = 4,
	PATH_PART_SIZES = 8,
};

struct path_episode {
	struct mw_event_flow ends; // src is the sender of the large packets
	uint8_t direction; // of its packets in the flow
	uint8_t parts; // PATH_PART_*
	bool reported; // a too-big report came for this direction
	bool small_sacked; // the receiver had a small packet behind a hole, and no large one before
	bool shrank; // large packets got through when they were smaller, and none before
	struct path_reaction_part reaction;
	struct path_resend resend;
	struct path_hole hole;
	struct path_sizes sizes;
};

/** Zeroed memory is an empty pool. What the tick and the lists need lies dense. */
struct path_pool {
	struct mw_kit_list
		ages[2]; // in the order of opening, index + 1; 1: firm episodes, of which there is something to tell
	uint16_t free, fresh; // index + 1; fresh: entries never used begin here
	bool firm[PATH_POOL_EPISODES];
	struct mw_kit_link links[PATH_POOL_EPISODES + 1];
	struct mw_flow *flows[PATH_POOL_EPISODES]; // whose, alive as long as the episode is open; NULL: not open
	uint64_t due_ns[PATH_POOL_EPISODES]; // clock at which the tick looks at it
	struct path_episode episodes[PATH_POOL_EPISODES];
};

/** A zeroed episode of flow, its index + 1 in *link; NULL when all are open. */
struct path_episode *path_pool_take(struct path_pool *pool, struct mw_flow *flow, uint16_t *link);

/** The episode of this link; NULL for 0, for PATH_LINK_*, and when it is not flow's. */
struct path_episode *path_pool_find(struct path_pool *pool, uint16_t link, const struct mw_flow *flow);

struct mw_flow *path_pool_flow(const struct path_pool *pool, const struct path_episode *episode);

/** From now on it is given up only when no other is left. */
void path_pool_make_firm(struct path_pool *pool, const struct path_episode *episode);

/** The tick looks at it at this clock, or before. */
void path_pool_wake(struct path_pool *pool, const struct path_episode *episode, uint64_t clock_ns);

/** Gives an episode back. */
void path_pool_give(struct path_pool *pool, const struct path_episode *episode);

/** The one to give up for another: the oldest of which there is nothing to tell yet, else the oldest; NULL: none. */
struct path_episode *path_pool_victim(struct path_pool *pool);

#endif
