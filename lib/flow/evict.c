// SPDX-License-Identifier: BSD-3-Clause
// Room in a full table: the least valuable of a bounded set of flows goes.
// Neighbours: lookup.c asks. The set: the flows of the newcomer's two buckets, and a sample under a moving hand.
#include "table.h"

/** The best victim so far. */
struct victim {
	uint32_t index;
	uint32_t worth; // 0 its timer ran out, 1 nobody answered, 2 both sides spoke
	uint64_t clock_ns; // of its last packet
};

// Flows that this batch found are out of reach: packets point at them. Of the batch only the lowest bits are known, so
// one flow in 64 is spared without need.
static void consider(const struct mw_flow_table *table, uint32_t index, uint64_t clock_ns, struct victim *victim)
{
	const struct mw_flow *flow = entry_at(table, index);
	uint32_t worth = 1;

	if (MW_FLOW_FACT(flow, KIND) == MW_FLOW_FREE ||
		MW_FLOW_FACT(flow, BATCH) == (table->batch & ((1u << MW_FLOW_BATCH_BITS) - 1)))
		return;
	if (timer_deadline(table, flow) <= clock_ns)
		worth = 0;
	else if (MW_FLOW_FACT(flow, SPOKE) == 3)
		worth = 2;
	if (victim->index == FLOW_NONE || worth < victim->worth ||
		(worth == victim->worth && flow->clock_ns < victim->clock_ns))
		*victim = (struct victim){index, worth, flow->clock_ns};
}

static void consider_bucket(const struct mw_flow_table *table, const struct flow_bucket *bucket, uint64_t clock_ns,
							struct victim *victim)
{
	for (unsigned bits = bucket->used; bits != 0; bits &= bits - 1)
		consider(table, bucket->entries[__builtin_ctz(bits)], clock_ns, victim);
}

bool evict_one(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns, bool near)
{
	struct victim victim = {.index = FLOW_NONE};

	consider_bucket(table, bucket_of(table, hash, 0), clock_ns, &victim);
	consider_bucket(table, bucket_of(table, hash, 1), clock_ns, &victim);
	for (int i = 0; i < EVICT_SAMPLE && !near; i++) {
		consider(table, table->hand, clock_ns, &victim);
		table->hand = (uint32_t)(((uint64_t)table->hand + table->hand_step) % table->config.flows_max);
	}
	if (victim.index == FLOW_NONE)
		return false;
	entry_end(table, victim.index, victim.worth == 0 ? MW_FLOW_END_IDLE : MW_FLOW_END_EVICTED);
	return true;
}
