// SPDX-License-Identifier: BSD-3-Clause
// The readers' half of the table: copies of live entries from any thread, without a lock.
// Neighbours: publish.h is the other half; app/ walks the slots. docs/concurrency.md holds the argument.
#include "parts.h"

#include <errno.h>

#define READER_TRIES 64 // an entry changes once a packet: one try nearly always does

/** What one flow has, at one moment. */
struct copy {
	struct flow_entry flow;
	struct flow_long rest;
	struct flow_story story;
};

// Parts begin on words of 4 bytes.
static void copy_words(void *to, const void *from, size_t bytes)
{
	const uint32_t *source = from;
	uint32_t *target = to;

	for (size_t i = 0; i < bytes / sizeof(*source); i++)
		target[i] = __atomic_load_n(&source[i], __ATOMIC_ACQUIRE);
}

// One try: 1 or 0, or -EAGAIN when the writer was at it. What is copied in vain may be anything, so numbers of parts
// are checked.
static int snapshot_once(const struct mw_flow_table *table, const struct flow_entry *flow, struct copy *copy)
{
	uint32_t before = __atomic_load_n(&flow->version, __ATOMIC_ACQUIRE);
	bool is_flow;

	if (before % 2 != 0)
		return -EAGAIN;
	copy->flow.facts = __atomic_load_n(&flow->facts, __ATOMIC_ACQUIRE);
	is_flow = FLOW_FACT(&copy->flow, KIND) != FLOW_FREE;
	if (is_flow)
		copy_words(&copy->flow.a_tail, &flow->a_tail, sizeof(*flow) - offsetof(struct flow_entry, a_tail));
	if (is_flow && FLOW_FACT(&copy->flow, KIND) == FLOW_LONG && copy->flow.rest / 4 < table->cells)
		copy_words(&copy->rest, part_at(table, copy->flow.rest, sizeof(copy->rest)), sizeof(copy->rest));
	if (is_flow && copy->flow.story != 0 && copy->flow.story / 4 < table->cells)
		copy_words(&copy->story, part_at(table, copy->flow.story, sizeof(copy->story)),
				   offsetof(struct flow_story, state));
	// the loads above acquire, so this one stays behind them
	if (__atomic_load_n(&flow->version, __ATOMIC_RELAXED) != before)
		return -EAGAIN;
	return is_flow ? 1 : 0;
}

int mw_flow_snapshot(const struct mw_flow_table *table, uint32_t slot, struct mw_flow_view *copy)
{
	struct copy whole;
	int result = 0;

	if (slot >= table->cells)
		return 0;
	for (int tries = 0; tries < READER_TRIES; tries++) {
		result = snapshot_once(table, entry_at(table, slot), &whole);
		if (result != -EAGAIN)
			break;
	}
	if (result == 1)
		view_expand(&whole.flow, FLOW_FACT(&whole.flow, KIND) == FLOW_LONG ? &whole.rest : NULL,
					whole.flow.story != 0 ? &whole.story : NULL, copy);
	return result;
}

uint32_t mw_flow_count(const struct mw_flow_table *table)
{
	return __atomic_load_n(&table->live, __ATOMIC_RELAXED);
}

uint32_t mw_flow_slots(const struct mw_flow_table *table)
{
	return table->cells;
}

const void *mw_flow_ahead(const struct mw_flow_table *table, uint32_t flows)
{
	uint64_t index = (uint64_t)mw_flow_count(table) + flows;

	return entry_at(table, (uint32_t)MW_MIN(index, (uint64_t)mw_flow_slots(table) - 1));
}
