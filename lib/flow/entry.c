// SPDX-License-Identifier: BSD-3-Clause
// The life of an entry: taken, opened, restarted, closed. Each step is one published change.
// Neighbours: lookup.c opens, enter.c restarts, evict.c and expire.c end.
#include "macs.h"
#include "parts.h"

#include <string.h>

uint32_t cell_take(struct mw_flow_table *table)
{
	uint32_t index = table->spare;

	if (MW_UNLIKELY(index != FLOW_NONE)) {
		table->spare = FLOW_NONE;
		return index;
	}
	index = table->free_head;
	if (index != FLOW_NONE) {
		table->free_head = table->timers[index].next;
		return index;
	}
	while (table->fresh < table->cells) {
		index = table->fresh++;
		if (index % FLOW_PAGE_CELLS != 0)
			return index;
		*page_table(entry_at(table, index)) = table;
	}
	return FLOW_NONE;
}

uint32_t entry_take(struct mw_flow_table *table)
{
	return table->live < table->config.flows_max ? cell_take(table) : FLOW_NONE;
}

void cell_give_back(struct mw_flow_table *table, uint32_t index)
{
	table->timers[index].worth = FLOW_WORTH_FREE;
	if (table->timers[index].slot == 0) {
		table->timers[index].next = table->free_head;
		table->free_head = index;
	} else if (table->spare == FLOW_NONE) {
		table->spare = index; // any other comes back when its slot is looked at
	}
}

static void set_live(struct mw_flow_table *table, uint32_t live)
{
	__atomic_store_n(&table->live, live, __ATOMIC_RELAXED);
}

// All but the key: a flow that nobody has seen yet. Between publish_begin and publish_end.
static inline __attribute__((always_inline)) void make_fresh(struct mw_flow_table *table, struct flow_entry *flow,
															 uint32_t kind, const struct mw_packet *packet)
{
	PUBLISH(flow->facts, FLOW_WITH(FLOW_WITH(0, KIND, kind), APART, 3));
	PUBLISH(flow->lag_ns, 0);
	PUBLISH(flow->clock_ns, packet->clock_ns);
	publish_zero_wide(flow->hot, sizeof(flow->hot));
	publish_zero_wide(&flow->first, MW_CACHE_LINE_BYTES);
	PUBLISH(flow->first, flow_field(packet->time_ns, 0, FLOW_FIRST_NS_BITS));
	PUBLISH(flow->opening, flow_field_with(flow_field(packet->vlan_outer, 0, FLOW_VLAN_BITS) << FLOW_VLAN_AT,
										   FLOW_TUNNEL_AT, FLOW_TUNNEL_BITS, packet->tunnel));
	tally(table, MW_FLOW_COUNTER_NEW);
}
static_assert(MW_LAYERS < 1 << FLOW_TUNNEL_BITS, "a layer's number fits");

static __attribute__((noinline)) void publish_rest(struct flow_long *rest, const struct mw_flow_key *key)
{
	struct flow_long filled = {.scope = key->scope, .vlan = key->vlan, .protocol = key->protocol};
	uint32_t words[sizeof(filled) / sizeof(uint32_t)], *to = (uint32_t *)(void *)rest;

	memcpy(filled.a_head, key->a.bytes, sizeof(filled.a_head));
	memcpy(filled.b, key->b.bytes, sizeof(filled.b));
	memcpy(words, &filled, sizeof(words));
	for (size_t i = 0; i < MW_ARRAY_SIZE(words); i++)
		PUBLISH(to[i], words[i]);
}

static void publish_key(struct mw_flow_table *table, struct flow_entry *flow, uint32_t rest,
						const struct flow_wanted *wanted)
{
	uint32_t tails[2];
	uint16_t ports[2];

	memcpy(tails, &wanted->brief.tails, sizeof(tails));
	memcpy(ports, &wanted->brief.ports, sizeof(ports));
	PUBLISH(flow->a_tail, tails[0]);
	PUBLISH(flow->b_tail, rest != 0 ? rest : tails[1]);
	PUBLISH(flow->a_port, ports[0]);
	PUBLISH(flow->b_port, ports[1]);
	if (MW_UNLIKELY(rest != 0))
		publish_rest(part_at(table, rest, sizeof(struct flow_long)), wanted->key);
}

void entry_open(struct mw_flow_table *table, uint32_t index, uint32_t rest, const struct flow_wanted *wanted,
				const struct mw_packet *packet)
{
	struct flow_entry *flow = entry_at(table, index);

	if (table->live == 0 && table->spare == FLOW_NONE)
		table->timer_s = packet->clock_ns / MW_NS_PER_SECOND; // nothing is linked: no seconds to catch up with
	publish_begin(flow);
	publish_key(table, flow, rest, wanted);
	make_fresh(table, flow, wanted->brief.kind, packet);
	publish_end(flow);
	if (table->timers[index].slot == 0)
		timer_link(table, index, packet->clock_ns);
	table->timers[index].worth = FLOW_WORTH_ALONE;
	set_live(table, table->live + 1);
}

static void notify_end(struct mw_flow_table *table, struct flow_entry *entry, enum mw_flow_end why)
{
	static const uint8_t counters[] = {
		[MW_FLOW_END_IDLE] = MW_FLOW_COUNTER_ENDED_IDLE,
		[MW_FLOW_END_REUSED] = MW_FLOW_COUNTER_ENDED_REUSED,
		[MW_FLOW_END_EVICTED] = MW_FLOW_COUNTER_EVICTED,
	};

	if (why != MW_FLOW_END_SHUTDOWN)
		tally(table, counters[why]);
	if (table->config.on_end != NULL)
		table->config.on_end(table->config.context, flow_of(entry), why);
}

// What a flow holds beside its key. Between publish_begin and publish_end.
static void let_go(struct mw_flow_table *table, struct flow_entry *flow)
{
	story_end(flow, UINT8_MAX);
	mac_drop(table, flow->mac[0]);
	mac_drop(table, flow->mac[1]);
}

void entry_restart(struct mw_flow_table *table, uint32_t index, const struct mw_packet *packet, enum mw_flow_end why)
{
	struct flow_entry *flow = entry_at(table, index);

	notify_end(table, flow, why);
	publish_begin(flow);
	let_go(table, flow);
	make_fresh(table, flow, FLOW_FACT(flow, KIND), packet);
	publish_end(flow);
	table->timers[index].worth = FLOW_WORTH_ALONE;
}

static void end_life(struct mw_flow_table *table, struct flow_entry *flow, enum mw_flow_end why)
{
	uint32_t kind;

	notify_end(table, flow, why);
	kind = FLOW_FACT(flow, KIND);
	publish_begin(flow);
	let_go(table, flow);
	PUBLISH(flow->facts, FLOW_FREE); // nobody watches it, nothing of it waits: its story is gone
	publish_end(flow);
	if (kind == FLOW_LONG)
		part_give_back(table, FLOW_PART_LONG, flow->rest);
}

void entry_shut(struct mw_flow_table *table, uint32_t index)
{
	end_life(table, entry_at(table, index), MW_FLOW_END_SHUTDOWN);
}

void entry_forget_all(struct mw_flow_table *table)
{
	for (size_t i = 0; i < TIMER_SLOTS; i++)
		table->timer_heads[i] = FLOW_NONE;
	memset(table->timers, 0, table->fresh * sizeof(*table->timers));
	table->spare = FLOW_NONE;
	table->timer_back_ns = 0;
	table->fresh = 0;
	table->free_head = FLOW_NONE;
	parts_forget_all(table);
	macs_forget_all(table);
	table->alone_first = table->alone_hashed = table->alone_count = table->alone_wanted = 0;
	set_live(table, 0);
	table->disturbed = true;
}

uint32_t entry_end(struct mw_flow_table *table, uint32_t index, uint64_t hash, enum mw_flow_end why)
{
	bucket_remove(table, index, hash);
	end_life(table, entry_at(table, index), why);
	table->timers[index].worth = FLOW_WORTH_FREE;
	set_live(table, table->live - 1);
	table->disturbed = true;
	return index;
}
