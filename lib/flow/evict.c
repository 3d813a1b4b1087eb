// SPDX-License-Identifier: BSD-3-Clause
// Room in a full table: a flow whose time ran out goes, then one that nobody answered, else the least valuable of a
// bounded set. Under a flood each batch has as many go as the one before: they are chosen a batch ahead, so that their
// lines are there when they are hashed, and their buckets when they leave them.
// Neighbours: lookup.c asks and says when to fetch. entry.c and enter.c keep the worth of each.
#include "table.h"

/** The best victim so far. */
struct victim {
	uint32_t index;
	uint32_t worth; // 0 its timer ran out, else enum flow_worth
	uint64_t clock_ns; // of its last packet
};

static inline bool may_be_found(const struct mw_flow_table *table, uint32_t index)
{
	return (table->found_bits[index / 64 % FOUND_WORDS] >> index % 64 & 1) != 0;
}

// Flows that this batch found are out of reach: packets point at them.
static bool is_found(const struct mw_flow_table *table, uint32_t index)
{
	const struct flow_entry *flow = entry_at(table, index);
	bool found = false;

	if (MW_LIKELY(!may_be_found(table, index)))
		return false;
	for (uint32_t i = 0; i < table->found_count; i++)
		found |= entry_of(table->found[i]->flow) == flow;
	return found;
}

static void consider(const struct mw_flow_table *table, uint32_t index, uint64_t clock_ns, struct victim *victim)
{
	const struct flow_entry *flow = entry_at(table, index);
	uint32_t worth = table->timers[index].worth;

	if (worth == FLOW_WORTH_FREE || worth == FLOW_WORTH_PARTS)
		return;
	if (timer_is_over(table, flow, clock_ns))
		worth = 0;
	if ((victim->index == FLOW_NONE || worth < victim->worth ||
		 (worth == victim->worth && flow->clock_ns < victim->clock_ns)) &&
		!is_found(table, index))
		*victim = (struct victim){index, worth, flow->clock_ns};
}

static void consider_bucket(const struct mw_flow_table *table, const struct flow_bucket *bucket, uint64_t clock_ns,
							struct victim *victim)
{
	for (unsigned bits = bucket->used; bits != 0; bits &= bits - 1)
		consider(table, bucket->entries[__builtin_ctz(bits)], clock_ns, victim);
}

// The next one that nobody answered, in the order of entries, which go round: the oldest comes first.
static uint32_t next_alone(struct mw_flow_table *table)
{
	for (int i = 0; i < EVICT_LOOKS; i++) {
		uint32_t index = table->hand;

		table->hand = index + 1 == table->cells ? 0 : index + 1;
		if (table->timers[index].worth == FLOW_WORTH_ALONE)
			return index;
	}
	return FLOW_NONE;
}

// One that was chosen before and still is what it was, else the next.
static uint32_t take_alone(struct mw_flow_table *table, uint64_t *hash)
{
	while (table->alone_first < table->alone_count) {
		uint32_t index = table->alone[table->alone_first];

		*hash = table->alone_hashes[table->alone_first++];
		if (table->timers[index].worth == FLOW_WORTH_ALONE && !is_found(table, index))
			return index;
	}
	*hash = 0;
	for (int i = 0; i < EVICT_TRIES; i++) {
		uint32_t index = next_alone(table);

		if (index == FLOW_NONE || !is_found(table, index))
			return index;
	}
	return FLOW_NONE;
}

// One whose time ran out since the last tick, as far as a bounded look finds one.
static __attribute__((noinline)) uint32_t take_due(const struct mw_flow_table *table, uint64_t clock_ns)
{
	const uint64_t clock_s = clock_ns / MW_NS_PER_SECOND;
	uint32_t looks = EVICT_LOOKS;

	for (uint64_t second = table->timer_s; second < clock_s && looks > 0; second++, looks--) {
		uint32_t index = table->timer_heads[second % TIMER_SLOTS];

		for (; index != FLOW_NONE && looks > 0; index = table->timers[index].next, looks--) {
			const uint32_t worth = table->timers[index].worth;

			if (timer_is_over(table, entry_at(table, index), clock_ns) && !is_found(table, index) &&
				(worth == FLOW_WORTH_ALONE || worth == FLOW_WORTH_ANSWERED))
				return index;
		}
	}
	return FLOW_NONE;
}

static __attribute__((noinline)) uint32_t least_of_set(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns,
													   bool near)
{
	struct victim victim = {.index = FLOW_NONE};

	consider_bucket(table, bucket_of(table, hash, 0), clock_ns, &victim);
	consider_bucket(table, bucket_of(table, hash, 1), clock_ns, &victim);
	for (int i = 0; i < EVICT_SAMPLE && !near; i++) {
		consider(table, table->sample, clock_ns, &victim);
		table->sample = (uint32_t)(((uint64_t)table->sample + table->sample_step) % table->cells);
	}
	return victim.index;
}

static __attribute__((noinline)) uint32_t evict_sought(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns,
													   bool near)
{
	uint64_t victim_hash = 0;
	uint32_t index = FLOW_NONE;
	bool is_over;

	if (!near && table->timer_s < clock_ns / MW_NS_PER_SECOND)
		index = take_due(table, clock_ns);
	if (index == FLOW_NONE && !near)
		index = take_alone(table, &victim_hash);
	if (MW_UNLIKELY(index == FLOW_NONE))
		index = least_of_set(table, hash, clock_ns, near);
	if (index == FLOW_NONE)
		return FLOW_NONE;
	is_over = timer_is_over(table, entry_at(table, index), clock_ns);
	return entry_end(table, index, victim_hash, is_over ? MW_FLOW_END_IDLE : MW_FLOW_END_EVICTED);
}

// What nearly every packet of a flood does: no time ran out since the last tick, and the next one that was chosen is as
// it was. Nothing is called but the end, last.
uint32_t evict_one(struct mw_flow_table *table, uint64_t hash, uint64_t clock_ns, bool near)
{
	const uint32_t first = table->alone_first, index = table->alone[first % MW_BATCH_PACKETS];

	if (MW_UNLIKELY(near || first >= table->alone_count || table->timer_s < clock_ns / MW_NS_PER_SECOND) ||
		MW_UNLIKELY(table->timers[index].worth != FLOW_WORTH_ALONE || may_be_found(table, index) ||
					timer_may_be_over(table, entry_at(table, index), clock_ns)))
		return evict_sought(table, hash, clock_ns, near);
	table->alone_first = first + 1;
	return entry_end(table, index, table->alone_hashes[first], MW_FLOW_END_EVICTED);
}

static void fetch_entry(const struct mw_flow_table *table, uint32_t index)
{
	const struct flow_entry *flow = entry_at(table, index);

	mw_fetch_line(flow);
	mw_fetch_line(&flow->first);
}

bool room_choose(struct mw_flow_table *table)
{
	const uint32_t index = next_alone(table);

	if (index == FLOW_NONE)
		return false;
	table->alone_hashes[table->alone_count] = 0;
	table->alone[table->alone_count++] = index;
	fetch_entry(table, index);
	return true;
}

// Chooses who goes next until so many are chosen, in the order in which they go.
static void choose(struct mw_flow_table *table, uint32_t count)
{
	while (table->alone_count < MW_MIN(count, (uint32_t)MW_BATCH_PACKETS) && room_choose(table))
		;
}

void room_fetch(struct mw_flow_table *table, uint32_t count)
{
	// cells that are free beyond this are for what flows have beside
	uint32_t free = MW_MIN(count, table->config.flows_max - table->live), index = table->free_head;

	count -= free;
	for (; free > 0 && index != FLOW_NONE; free--, index = table->timers[index].next)
		fetch_entry(table, index);
	for (index = table->fresh; free > 0 && index < table->cells; free--, index++) {
		fetch_entry(table, index);
		mw_fetch_line(&table->timers[index]);
	}
	choose(table, count + free);
}

void room_choose_rest(struct mw_flow_table *table)
{
	choose(table, table->alone_wanted);
	table->alone_wanted = 0;
}

void room_fetch_buckets(struct mw_flow_table *table)
{
	const uint32_t first = table->alone_hashed, count = table->alone_count - first;

	table->alone_hashed = table->alone_count;
	// one that was answered since, or ended, has some hash, too: it will not go
	key_hashes_of(table, &table->alone[first], &table->alone_hashes[first], count);
	for (uint32_t i = first; i < first + count; i++)
		mw_fetch_line(bucket_of(table, table->alone_hashes[i], 0));
}

void room_look_ahead(struct mw_flow_table *table)
{
	const uint32_t taken = table->alone_first, first = table->alone[0];
	uint32_t kept = 0;

	// a hash is taken again in the next lookup: another flow may live there then
	for (uint32_t i = taken; i < table->alone_count; i++) {
		table->alone_hashes[kept] = 0;
		table->alone[kept++] = table->alone[i];
	}
	if (taken == 0 && kept != 0) {
		table->hand = first; // nobody had to go
		kept = 0;
	}
	table->alone_first = table->alone_hashed = 0;
	table->alone_count = kept;
	table->alone_wanted = taken;
}
