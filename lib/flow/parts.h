// SPDX-License-Identifier: BSD-3-Clause
// What few flows have: the rest of a long key, and a story. Both are parts of cells: a cell of the table that holds no
// flow holds two stories or three keys. Parts are made and written by the worker, between publish_begin and publish_end
// of their flow; readers copy them as they copy the entry.
// Neighbours: parts.c, entry.h. Decision 0047 says what a flow loses when there is no cell left for its story.
#ifndef FLOW_PARTS_H
#define FLOW_PARTS_H

#include "publish.h"

/** What a story is kept for: bits of flow_story.uses. It ends with the last of them. */
enum {
	STORY_TIMES = 1, // side_last_ns
	STORY_RESET = 2, // reset_last_ns
	STORY_SUMS = 4, // packets and bytes
	STORY_TTL = 8, // ttl_min and ttl_max
	STORY_STATE = 16,
	STORY_WATCH = 32,
	STORY_ACK = 64, // far_ack, of side 0; twice that of side 1
};

/** What is remarkable about a flow. */
struct flow_story {
	// readers copy it down to state
	uint64_t side_last_ns[2]; // see FLOW_APART
	uint64_t reset_last_ns; // time of the last reset
	uint32_t far_ack; // see acks.h
	uint8_t packets[2][3], bytes[2][3]; // what the high parts of line 1 carry, low byte first
	uint8_t ttl_min[2], ttl_max[2];
	uint8_t uses; // STORY_*
	uint8_t padding;
	uint16_t watch; // bit i: detector i sees every packet
	uint8_t state[MW_FLOW_STATE_BYTES]; // of the detectors, the worker's own
};
static_assert(offsetof(struct flow_story, state) == 48, "readers copy twelve words, and states are aligned");
static_assert(sizeof(struct flow_story) == 56, "no more than is written here");

/** The rest of a LONG flow's key. */
struct flow_long {
	uint8_t a_head[12], b[16];
	uint32_t scope;
	uint16_t vlan; // of the key
	uint8_t protocol;
	uint8_t padding;
};
static_assert(sizeof(struct flow_long) == 36, "readers copy nine words");

/** How a cell begins that is divided into parts. Readers see no flow in it. */
struct flow_cell {
	uint32_t version; // as in an entry, not used
	uint32_t facts; // FLOW_FREE below; above, from FLOW_TAKEN_AT on, a bit per part that is in use
	uint32_t next, previous; // of the cells of this kind with room, FLOW_NONE
	uint8_t parts[sizeof(struct flow_entry) - 16];
};
static_assert(sizeof(struct flow_cell) == sizeof(struct flow_entry), "a cell");
static_assert(sizeof(((struct flow_cell *)0)->parts) / sizeof(struct flow_story) == 2, "two stories");
static_assert(sizeof(((struct flow_cell *)0)->parts) / sizeof(struct flow_long) == 3, "three keys");
#define FLOW_TAKEN_AT 8

/** A sum of a story. */
static inline uint32_t story_sum(const uint8_t sum[3])
{
	return (uint32_t)sum[2] << 16 | (uint32_t)sum[1] << 8 | sum[0];
}

/** Where a part lies: its cell's number four times, and its place in there. part: not 0. */
static inline void *part_at(const struct mw_flow_table *table, uint32_t part, size_t part_bytes)
{
	struct flow_cell *cell = (struct flow_cell *)(void *)entry_at(table, part / 4);

	return cell->parts + part % 4 * part_bytes;
}

/** A part of a kind, zeroed; 0 when no cell is left. */
uint32_t part_take(struct mw_flow_table *table, enum flow_part_kind kind);
/** Gives it back, and its cell with the last one of it. part: may be 0. */
void part_give_back(struct mw_flow_table *table, enum flow_part_kind kind, uint32_t part);
/** Divides a cell that holds no flow, so that the next part_take succeeds. */
void part_divide(struct mw_flow_table *table, enum flow_part_kind kind, uint32_t index);
/** No part is in use any more. */
void parts_forget_all(struct mw_flow_table *table);

/** The rest of the key of a LONG flow. */
static inline struct flow_long *long_of(const struct flow_entry *flow)
{
	return part_at(table_of(flow), flow->rest, sizeof(struct flow_long));
}

/** The story of a flow, NULL when it has none. */
static inline struct flow_story *story_of(const struct flow_entry *flow)
{
	return MW_LIKELY(flow->story == 0) ? NULL : part_at(table_of(flow), flow->story, sizeof(struct flow_story));
}

/** The same, if it is kept for use. */
static inline struct flow_story *story_for(const struct flow_entry *flow, uint8_t use)
{
	struct flow_story *story = story_of(flow);

	return story != NULL && (story->uses & use) != 0 ? story : NULL;
}

/** From now on the story is kept for use, too: made if need be. NULL, and counted, when no cell is left for it. */
struct flow_story *story_begin(struct flow_entry *flow, uint8_t use);
/** No longer: for a flow that has a story. */
void story_leave(struct flow_entry *flow, uint8_t use);

/** The same of any flow. */
static inline void story_end(struct flow_entry *flow, uint8_t use)
{
	if (MW_UNLIKELY(flow->story != 0))
		story_leave(flow, use);
}

#endif
