// SPDX-License-Identifier: BSD-3-Clause
// The life of an entry: taken, opened, restarted, closed. Each step is one published change.
// Neighbours: lookup.c opens, enter.c restarts, evict.c and expire.c end.
#include "macs.h"
#include "publish.h"

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
static void make_fresh(struct mw_flow_table *table, struct flow_entry *flow, uint32_t kind,
					   const struct mw_packet *packet)
{
	uint32_t facts = FLOW_WITH(0, KIND, kind);

	facts = FLOW_WITH(facts, KEY_VLAN, table->config.vlan_in_key);
	PUBLISH(flow->facts, FLOW_WITH(facts, APART, 3));
	PUBLISH(flow->lag_ns, 0);
	PUBLISH(flow->clock_ns, packet->clock_ns);
	publish_zero(flow->hot, offsetof(struct flow_entry, a_head) - offsetof(struct flow_entry, hot)); // and line 1
	PUBLISH(flow->vlan, packet->vlan_outer);
	PUBLISH(flow->tunnel, packet->tunnel);
	PUBLISH(flow->first_ns, packet->time_ns);
	publish_zero(flow->side_last_ns, offsetof(struct flow_entry, state) - offsetof(struct flow_entry, side_last_ns));
	PUBLISH(flow->wscale[0], FLOW_WSCALE_UNKNOWN);
	PUBLISH(flow->wscale[1], FLOW_WSCALE_UNKNOWN);
	memset(mw_flow_state(flow_of(flow), 0), 0, table->config.state_bytes);
	tally(table, MW_FLOW_COUNTER_NEW);
}

// Short keys are made for IPv4 alone: both heads are the same.
static void publish_key(struct flow_entry *flow, const struct flow_wanted *wanted, const struct mw_packet *packet)
{
	const bool is_long = wanted->brief.kind == FLOW_LONG;
	uint64_t heads[3], *to = (uint64_t *)(void *)flow->a_head;
	uint32_t tails[2];
	uint16_t ports[2];

	memcpy(tails, &wanted->brief.tails, sizeof(tails));
	memcpy(ports, &wanted->brief.ports, sizeof(ports));
	PUBLISH(flow->a_tail, tails[0]);
	PUBLISH(flow->b_tail, tails[1]);
	PUBLISH(flow->a_port, ports[0]);
	PUBLISH(flow->b_port, ports[1]);
	memcpy(heads, is_long ? wanted->key->a.bytes : packet->src.bytes, sizeof(flow->a_head));
	memcpy((uint8_t *)heads + sizeof(flow->a_head), is_long ? wanted->key->b.bytes : packet->src.bytes,
		   sizeof(flow->b_head));
	for (size_t i = 0; i < MW_ARRAY_SIZE(heads); i++)
		PUBLISH(to[i], heads[i]);
	PUBLISH(flow->scope, packet->scope);
	PUBLISH(flow->protocol, packet->protocol);
}
static_assert(offsetof(struct flow_entry, b_head) == offsetof(struct flow_entry, a_head) + 12,
			  "three words hold both heads");

void entry_open(struct mw_flow_table *table, uint32_t index, const struct flow_wanted *wanted,
				const struct mw_packet *packet)
{
	struct flow_entry *flow = entry_at(table, index);

	if (table->live == 0 && table->spare == FLOW_NONE)
		table->timer_s = packet->clock_ns / MW_NS_PER_SECOND; // nothing is linked: no seconds to catch up with
	publish_begin(flow);
	publish_key(flow, wanted, packet);
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
	notify_end(table, flow, why);
	publish_begin(flow);
	let_go(table, flow);
	PUBLISH_FACT(flow, KIND, FLOW_FREE);
	publish_end(flow);
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
	macs_forget_all(table);
	table->alone_first = table->alone_count = 0;
	set_live(table, 0);
	table->disturbed = true;
}

void entry_end(struct mw_flow_table *table, uint32_t index, uint64_t hash, enum mw_flow_end why)
{
	bucket_remove(table, index, hash);
	end_life(table, entry_at(table, index), why);
	table->timers[index].worth = FLOW_WORTH_FREE;
	set_live(table, table->live - 1);
	table->disturbed = true;
}
