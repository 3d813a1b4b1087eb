// SPDX-License-Identifier: BSD-3-Clause
// Cells that are divided into parts, and the lists of those with room. No search: a part comes from the first.
// Neighbours: parts.h; entry.c gives cells out and takes them back.
#include "parts.h"

#include <string.h>

static const size_t part_bytes[FLOW_PART_KINDS] = {
	[FLOW_PART_STORY] = sizeof(struct flow_story), [FLOW_PART_LONG] = sizeof(struct flow_long)};

static struct flow_cell *cell_at(const struct mw_flow_table *table, uint32_t index)
{
	return (struct flow_cell *)(void *)entry_at(table, index);
}

static uint32_t parts_of_cell(enum flow_part_kind kind)
{
	return (uint32_t)(sizeof(((struct flow_cell *)0)->parts) / part_bytes[kind]);
}

static uint32_t all_taken(enum flow_part_kind kind)
{
	return ((1u << parts_of_cell(kind)) - 1) << FLOW_TAKEN_AT;
}

static void push(struct mw_flow_table *table, enum flow_part_kind kind, uint32_t index)
{
	struct flow_cell *cell = cell_at(table, index);

	PUBLISH(cell->next, table->parts[kind]);
	PUBLISH(cell->previous, FLOW_NONE);
	if (table->parts[kind] != FLOW_NONE)
		PUBLISH(cell_at(table, table->parts[kind])->previous, index);
	table->parts[kind] = index;
}

static void remove_cell(struct mw_flow_table *table, enum flow_part_kind kind, const struct flow_cell *cell)
{
	if (cell->previous == FLOW_NONE)
		table->parts[kind] = cell->next;
	else
		PUBLISH(cell_at(table, cell->previous)->next, cell->next);
	if (cell->next != FLOW_NONE)
		PUBLISH(cell_at(table, cell->next)->previous, cell->previous);
}

void part_divide(struct mw_flow_table *table, enum flow_part_kind kind, uint32_t index)
{
	table->timers[index].worth = FLOW_WORTH_PARTS;
	PUBLISH(cell_at(table, index)->facts, 0);
	table->parts_left[kind] += parts_of_cell(kind);
	push(table, kind, index);
}

uint32_t part_take(struct mw_flow_table *table, enum flow_part_kind kind)
{
	struct flow_cell *cell;
	uint32_t index, place;

	if (table->parts[kind] == FLOW_NONE) {
		index = cell_take(table);
		if (index == FLOW_NONE)
			return 0;
		part_divide(table, kind, index);
	}
	index = table->parts[kind];
	cell = cell_at(table, index);
	place = (uint32_t)__builtin_ctz(~(cell->facts >> FLOW_TAKEN_AT));
	PUBLISH(cell->facts, cell->facts | 1u << (FLOW_TAKEN_AT + place));
	table->parts_left[kind]--;
	if (cell->facts == all_taken(kind))
		remove_cell(table, kind, cell);
	publish_zero(cell->parts + place * part_bytes[kind], part_bytes[kind]);
	return index * 4 + place;
}

void part_give_back(struct mw_flow_table *table, enum flow_part_kind kind, uint32_t part)
{
	struct flow_cell *cell = cell_at(table, part / 4);

	if (part == 0)
		return;
	if (cell->facts == all_taken(kind))
		push(table, kind, part / 4);
	PUBLISH(cell->facts, cell->facts & ~(1u << (FLOW_TAKEN_AT + part % 4)));
	table->parts_left[kind]++;
	if (cell->facts != 0)
		return;
	table->parts_left[kind] -= parts_of_cell(kind);
	remove_cell(table, kind, cell);
	cell_give_back(table, part / 4);
}

void parts_forget_all(struct mw_flow_table *table)
{
	for (uint32_t kind = 0; kind < FLOW_PART_KINDS; kind++) {
		table->parts[kind] = FLOW_NONE;
		table->parts_left[kind] = 0;
	}
}

struct flow_story *story_begin(struct flow_entry *flow, uint8_t use)
{
	struct mw_flow_table *table = table_of(flow);
	struct flow_story *story = story_of(flow);
	uint32_t part;

	if (story == NULL) {
		part = part_take(table, FLOW_PART_STORY);
		if (part == 0) {
			tally(table, MW_FLOW_COUNTER_STORIES_MISSED);
			return NULL;
		}
		PUBLISH(flow->story, part);
		story = part_at(table, part, sizeof(*story));
	}
	if ((story->uses & use) == 0)
		PUBLISH(story->uses, story->uses | use);
	return story;
}

void story_leave(struct flow_entry *flow, uint8_t use)
{
	struct flow_story *story = story_of(flow);

	if ((story->uses & use) == 0)
		return;
	PUBLISH(story->uses, story->uses & (uint8_t)~use);
	if (story->uses == 0) {
		part_give_back(table_of(flow), FLOW_PART_STORY, flow->story);
		PUBLISH(flow->story, 0);
	}
}
