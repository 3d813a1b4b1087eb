// SPDX-License-Identifier: BSD-3-Clause
// Taking and merging. A worker sends nearly in order, so what comes from a ring is a few ascending runs; they are
// merged by twos until one is left. Nothing is moved but 16 bytes an event.
// Neighbours: lot.h. Follows Knuth, The Art of Computer Programming, vol. 3, 5.2.4: natural merge sort.
#include "lot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *grown(void *old, size_t used_bytes, size_t bytes)
{
	size_t whole = (bytes + MW_CACHE_LINE_BYTES - 1) / MW_CACHE_LINE_BYTES * MW_CACHE_LINE_BYTES;
	void *memory = aligned_alloc(MW_CACHE_LINE_BYTES, whole);

	if (memory != NULL && used_bytes > 0)
		memcpy(memory, old, used_bytes);
	return memory;
}

static int reserve(struct aggregate_lane *lane, uint32_t room)
{
	struct aggregate_lane wider = *lane;

	if (room <= lane->room)
		return 0;
	wider.room = room;
	wider.items = grown(lane->items, lane->items_count * sizeof(*lane->items), room * sizeof(*lane->items));
	wider.spare = grown(NULL, 0, room * sizeof(*lane->items));
	wider.lines = grown(lane->lines, lane->lines_count * sizeof(*lane->lines), room * sizeof(*lane->lines));
	if (wider.items == NULL || wider.spare == NULL || wider.lines == NULL) {
		free(wider.items);
		free(wider.spare);
		free(wider.lines);
		return -ENOMEM;
	}
	free(lane->items);
	free(lane->spare);
	free(lane->lines);
	*lane = wider;
	return 0;
}

int aggregate_lot_reserve(struct aggregate_lot *lot, const struct mw_event_ring_sizes *sizes)
{
	int error = 0;

	for (uint32_t i = 0; error == 0 && i < MW_EVENT_CLASSES; i++)
		error = reserve(&lot->lanes[i], sizes->lines[i]);
	return error;
}

void aggregate_lot_free(struct aggregate_lot *lot)
{
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		free(lot->lanes[i].items);
		free(lot->lanes[i].spare);
		free(lot->lanes[i].lines);
	}
	*lot = (struct aggregate_lot){0};
}

static const struct mw_event *event_of(const struct aggregate_lane *lane, const struct aggregate_item *item)
{
	return (const struct mw_event *)(const void *)&lane->lines[item->line];
}

static bool is_before(const struct aggregate_lane *a_lane, const struct aggregate_item *a,
					  const struct aggregate_lane *b_lane, const struct aggregate_item *b)
{
	if (MW_LIKELY(a->time_ns != b->time_ns))
		return a->time_ns < b->time_ns;
	return mw_event_compare(event_of(a_lane, a), event_of(b_lane, b)) < 0;
}

static void list(struct aggregate_lane *lane, uint32_t from)
{
	while (from < lane->lines_count) {
		const struct mw_event *event = (const struct mw_event *)(const void *)&lane->lines[from];
		struct aggregate_item *item = &lane->items[lane->items_count++];

		*item = (struct aggregate_item){.time_ns = event->time_ns, .line = from};
		lane->disordered |= lane->items_count > 1 && is_before(lane, item, lane, item - 1);
		from += mw_event_lines(event->body_bytes);
	}
}

void aggregate_lot_take(struct aggregate_lot *lot, struct mw_event_ring *ring,
						const struct mw_event_positions *positions)
{
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		struct aggregate_lane *lane = &lot->lanes[i];
		uint32_t from = lane->lines_count, needs = mw_event_ring_waiting(ring, i, positions->lines[i]);

		if (needs > lane->room - from)
			(void)reserve(lane, MW_MAX(from + needs, 2 * lane->room)); // without it, fewer are taken
		lane->lines_count += mw_event_ring_take(ring, i, positions->lines[i], &lane->lines[from], lane->room - from);
		list(lane, from);
	}
}

/** Where the run that begins at from ends: the next one is before its predecessor. */
static uint32_t run_end(const struct aggregate_lane *lane, uint32_t from)
{
	while (from + 1 < lane->items_count && !is_before(lane, &lane->items[from + 1], lane, &lane->items[from]))
		from++;
	return MW_MIN(from + 1, lane->items_count);
}

static void merge(struct aggregate_lane *lane, uint32_t left, uint32_t right, uint32_t end)
{
	uint32_t to = left, left_end = right;

	while (left < left_end && right < end) {
		bool from_right = is_before(lane, &lane->items[right], lane, &lane->items[left]);

		lane->spare[to++] = lane->items[from_right ? right++ : left++];
	}
	memcpy(&lane->spare[to], &lane->items[left], (left_end - left) * sizeof(*lane->items));
	to += left_end - left;
	memcpy(&lane->spare[to], &lane->items[right], (end - right) * sizeof(*lane->items));
}

/** Merges each run with the next one. */
static void merge_pairs(struct aggregate_lane *lane)
{
	struct aggregate_item *merged = lane->spare;
	uint32_t end;

	for (uint32_t left = 0; left < lane->items_count; left = end) {
		uint32_t right = run_end(lane, left);

		end = right < lane->items_count ? run_end(lane, right) : right;
		merge(lane, left, right, end);
	}
	lane->spare = lane->items;
	lane->items = merged;
}

void aggregate_lot_sort(struct aggregate_lot *lot)
{
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		while (lot->lanes[i].disordered && run_end(&lot->lanes[i], 0) < lot->lanes[i].items_count)
			merge_pairs(&lot->lanes[i]);
	}
}

static void empty(struct aggregate_lot *lot)
{
	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		lot->lanes[i].items_count = lot->lanes[i].lines_count = lot->lanes[i].told = 0;
		lot->lanes[i].disordered = false;
	}
}

const struct mw_event *aggregate_lot_next(struct aggregate_lot *lot)
{
	struct aggregate_lane *first = NULL;

	for (uint32_t i = 0; i < MW_EVENT_CLASSES; i++) {
		struct aggregate_lane *lane = &lot->lanes[i];

		if (lane->told == lane->items_count)
			continue;
		if (first == NULL || is_before(lane, &lane->items[lane->told], first, &first->items[first->told]))
			first = lane;
	}
	if (first != NULL)
		return event_of(first, &first->items[first->told++]);
	empty(lot);
	return NULL;
}
