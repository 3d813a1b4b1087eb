// SPDX-License-Identifier: BSD-3-Clause
// A ring of marks, and an index of those that are not done.
// Neighbours: marks.h.
#include "marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fragment_marks_start(struct fragment_marks *marks, uint32_t room, const struct mw_hash_key *key)
{
	marks->key = *key;
	marks->room = room;
	marks->marks = calloc(room, sizeof(*marks->marks));
	return marks->marks == NULL ? -ENOMEM : mw_kit_index_new(&marks->index, room);
}

void fragment_marks_stop(struct fragment_marks *marks)
{
	free(marks->marks);
	mw_kit_index_free(&marks->index);
}

static uint64_t hash_of(const struct fragment_marks *marks, const struct mw_address *src, const struct mw_address *dst,
						uint32_t id)
{
	struct {
		struct mw_address src, dst;
		uint32_t id;
	} bytes = {*src, *dst, id};

	return mw_hash(&marks->key, &bytes, sizeof(bytes));
}

struct fragment_mark *fragment_marks_find(const struct fragment_marks *marks, const struct mw_address *src,
										  const struct mw_address *dst, uint32_t id)
{
	struct mw_kit_walk walk = mw_kit_walk(&marks->index, hash_of(marks, src, dst, id));

	for (; walk.number != 0; mw_kit_walk_next(&marks->index, &walk)) {
		struct fragment_mark *mark = &marks->marks[walk.number - 1];

		if (mark->id == id && mw_address_compare(&mark->flow.src, src) == 0 &&
			mw_address_compare(&mark->flow.dst, dst) == 0)
			return mark;
	}
	return NULL;
}

void fragment_marks_finish(struct fragment_marks *marks, struct fragment_mark *mark)
{
	if (mark->done)
		return;
	mw_kit_index_take_out(&marks->index, (uint32_t)(mark - marks->marks) + 1);
	mark->done = true;
}

static void forget(struct fragment_marks *marks, struct fragment_mark *mark)
{
	if (!mark->done)
		marks->forgotten_ns = MW_MAX(marks->forgotten_ns, mark->last_ns);
	fragment_marks_finish(marks, mark);
}

struct fragment_mark *fragment_marks_oldest(const struct fragment_marks *marks)
{
	return marks->count == 0 ? NULL : &marks->marks[marks->first];
}

void fragment_marks_drop_oldest(struct fragment_marks *marks)
{
	fragment_marks_finish(marks, &marks->marks[marks->first]);
	marks->first = (marks->first + 1) % marks->room;
	marks->count--;
}

void fragment_marks_put(struct fragment_marks *marks, const struct fragment_mark *mark)
{
	struct fragment_mark *same = fragment_marks_find(marks, &mark->flow.src, &mark->flow.dst, mark->id);
	uint32_t at;

	if (same != NULL)
		forget(marks, same);
	if (marks->count == marks->room) {
		forget(marks, fragment_marks_oldest(marks));
		fragment_marks_drop_oldest(marks);
	}
	at = (marks->first + marks->count++) % marks->room;
	marks->marks[at] = *mark;
	marks->marks[at].done = false;
	mw_kit_index_put(&marks->index, at + 1, hash_of(marks, &mark->flow.src, &mark->flow.dst, mark->id));
}
