// SPDX-License-Identifier: BSD-3-Clause
// Control half: one entry a sender, found by its address under the run's key, the oldest giving way.
// Neighbours: NAME.h; worker.c emits the events, row.c describes the rows.
#include "NAME.h"

#include <string.h>

#include "mw_hash.h"

int NAME_control_start(struct mw_detector_control *control)
{
	struct NAME_control *self = control->state;

	return mw_kit_index_new(&self->index, SENDERS_MAX);
}

void NAME_control_stop(struct mw_detector_control *control)
{
	struct NAME_control *self = control->state;

	mw_kit_index_free(&self->index);
}

static void append(struct NAME_control *self, uint32_t number)
{
	mw_kit_list_append(&self->by_age, &self->senders[0].age, sizeof(self->senders[0]), number);
}

static void take_out(struct NAME_control *self, uint32_t number)
{
	mw_kit_list_remove(&self->by_age, &self->senders[0].age, sizeof(self->senders[0]), number);
}

static uint32_t begin(struct NAME_control *self, uint64_t hash, const struct mw_event *event)
{
	uint32_t number = self->by_age.oldest;

	if (mw_kit_index_full(&self->index)) {
		take_out(self, number);
		mw_kit_index_remove(&self->index, number);
	}
	number = mw_kit_index_add(&self->index, hash);
	self->senders[number].row = (struct NAME_row){.first_ns = event->time_ns, .sender = event->flow.src};
	append(self, number);
	return number;
}

/** The sender's number, made the newest. */
static uint32_t number_of(struct mw_detector_control *control, const struct mw_event *event)
{
	struct NAME_control *self = control->state;
	uint64_t hash = mw_hash(control->hash_key, &event->flow.src, sizeof(event->flow.src));
	struct mw_kit_walk walk = mw_kit_walk(&self->index, hash);

	while (walk.number != 0 && mw_address_compare(&self->senders[walk.number].row.sender, &event->flow.src) != 0)
		mw_kit_walk_next(&self->index, &walk);
	if (walk.number == 0)
		return begin(self, hash, event);
	take_out(self, walk.number);
	append(self, walk.number);
	return walk.number;
}

void NAME_on_event(struct mw_detector_control *control, const struct mw_event *event)
{
	struct NAME_control *self = control->state;
	struct NAME_row *row = &self->senders[number_of(control, event)].row;
	struct NAME_facts facts;

	memcpy(&facts, event->body, sizeof(facts));
	row->last_ns = event->time_ns;
	row->errors++;
	row->type = facts.type;
	row->code = facts.code;
}

void NAME_on_report(struct mw_detector_control *control, uint64_t since_ns, const struct mw_row_sink *rows)
{
	const struct NAME_control *self = control->state;

	for (uint32_t i = self->by_age.oldest; i != 0; i = self->senders[i].age.newer) {
		if (self->senders[i].row.last_ns >= since_ns)
			rows->row(rows->context, &NAME_record, &self->senders[i].row);
	}
}
