// SPDX-License-Identifier: BSD-3-Clause
// The readers' half of the table: copies of live entries from any thread, without a lock.
// Neighbours: publish.h is the other half; app/ walks the slots. docs/concurrency.md holds the argument.
#include "table.h"

#include <errno.h>

#define READER_TRIES 64 // an entry changes once a packet: one try nearly always does

// One try: 1 or 0, or -EAGAIN when the writer was at it.
static int snapshot_once(const struct flow_entry *flow, struct flow_entry *copy)
{
	const uint64_t *from = (const uint64_t *)(const void *)flow;
	uint64_t *to = (uint64_t *)(void *)copy;
	uint32_t before = __atomic_load_n(&flow->version, __ATOMIC_ACQUIRE);

	if (before % 2 != 0)
		return -EAGAIN;
	copy->facts = __atomic_load_n(&flow->facts, __ATOMIC_ACQUIRE);
	for (size_t i = 1; FLOW_FACT(copy, KIND) != FLOW_FREE && i < FLOW_SHARED_WORDS; i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
	// the loads above acquire, so this one stays behind them
	if (__atomic_load_n(&flow->version, __ATOMIC_RELAXED) != before)
		return -EAGAIN;
	return FLOW_FACT(copy, KIND) != FLOW_FREE ? 1 : 0;
}

int mw_flow_snapshot(const struct mw_flow_table *table, uint32_t slot, struct mw_flow_view *copy)
{
	struct flow_entry flow;
	int result = 0;

	if (slot >= table->cells)
		return 0;
	for (int tries = 0; tries < READER_TRIES; tries++) {
		result = snapshot_once(entry_at(table, slot), &flow);
		if (result != -EAGAIN)
			break;
	}
	if (result == 1)
		view_expand(&flow, copy);
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
