// SPDX-License-Identifier: BSD-3-Clause
// The life of an entry: taken, opened, restarted, closed. Each step is one published change.
// Neighbours: lookup.c opens, enter.c restarts, evict.c and expire.c end.
#include "publish.h"

#include <string.h>

uint32_t entry_take(struct mw_flow_table *table)
{
	uint32_t index = table->free_head;

	if (index != FLOW_NONE)
		table->free_head = table->timers[index].next;
	else if (table->fresh < table->config.flows_max)
		index = table->fresh++;
	return index;
}

void entry_give_back(struct mw_flow_table *table, uint32_t index)
{
	table->timers[index].next = table->free_head;
	table->free_head = index;
}

static void set_live(struct mw_flow_table *table, uint32_t live)
{
	__atomic_store_n(&table->live, live, __ATOMIC_RELAXED);
}

// What is known before the first packet is tracked.
static void make_fresh(const struct mw_flow_table *table, struct mw_flow *fresh, const struct mw_packet *packet,
					   uint32_t batch)
{
	fresh->facts = MW_FLOW_WITH(fresh->facts, KEY_VLAN, table->config.vlan_in_key);
	fresh->facts = MW_FLOW_WITH(fresh->facts, APART, 3);
	fresh->facts = MW_FLOW_WITH(fresh->facts, BATCH, batch);
	fresh->clock_ns = packet->clock_ns;
	fresh->first_ns = packet->time_ns;
	fresh->vlan = packet->vlan_outer;
	fresh->tunnel = packet->tunnel;
	fresh->wscale[0] = 255;
	fresh->wscale[1] = 255;
}

// Publishes a fresh flow in place of whatever the entry holds.
static void start(struct mw_flow_table *table, struct mw_flow *flow, const struct mw_flow *fresh)
{
	uint64_t *to = (uint64_t *)(void *)flow;
	const uint64_t *from = (const uint64_t *)(const void *)fresh;

	publish_begin(flow);
	PUBLISH(flow->facts, fresh->facts);
	for (size_t i = 1; i < FLOW_SHARED_WORDS; i++)
		PUBLISH(to[i], from[i]);
	publish_end(flow);
	memset(mw_flow_state(flow, 0), 0, table->config.state_bytes);
	tally(table, MW_FLOW_COUNTER_NEW);
}

void entry_open(struct mw_flow_table *table, uint32_t index, const struct flow_wanted *wanted,
				const struct mw_packet *packet)
{
	struct mw_flow *flow = entry_at(table, index), fresh = {0};
	bool is_long = wanted->brief.kind == MW_FLOW_LONG;

	if (table->live == 0)
		table->timer_s = packet->clock_ns / MW_NS_PER_SECOND; // nothing is linked: no seconds to catch up with
	memcpy(&fresh.a_tail, &wanted->brief.tails, sizeof(wanted->brief.tails));
	memcpy(&fresh.a_port, &wanted->brief.ports, sizeof(wanted->brief.ports));
	// short keys are made for IPv4 alone: both heads are the same
	memcpy(fresh.a_head, is_long ? wanted->key.a.bytes : packet->src.bytes, sizeof(fresh.a_head));
	memcpy(fresh.b_head, is_long ? wanted->key.b.bytes : packet->src.bytes, sizeof(fresh.b_head));
	fresh.scope = packet->scope;
	fresh.protocol = packet->protocol;
	fresh.facts = MW_FLOW_WITH(0, KIND, wanted->brief.kind);
	make_fresh(table, &fresh, packet, table->batch);
	start(table, flow, &fresh);
	timer_link(table, index, timer_deadline(table, flow));
	set_live(table, table->live + 1);
}

static void tell_end(struct mw_flow_table *table, struct mw_flow *entry, enum mw_flow_end why)
{
	static const uint8_t counters[] = {
		[MW_FLOW_END_IDLE] = MW_FLOW_COUNTER_ENDED_IDLE,
		[MW_FLOW_END_REUSED] = MW_FLOW_COUNTER_ENDED_REUSED,
		[MW_FLOW_END_EVICTED] = MW_FLOW_COUNTER_EVICTED,
	};

	if (why != MW_FLOW_END_SHUTDOWN)
		tally(table, counters[why]);
	if (table->config.on_end != NULL)
		table->config.on_end(table->config.context, entry, why);
}

void entry_restart(struct mw_flow_table *table, uint32_t index, const struct mw_packet *packet, enum mw_flow_end why)
{
	struct mw_flow *flow = entry_at(table, index), fresh = {0};
	uint64_t before_ns = timer_deadline(table, flow);

	tell_end(table, flow, why);
	memcpy(&fresh.a_tail, &flow->a_tail, sizeof(fresh.a_tail) + sizeof(fresh.b_tail));
	memcpy(&fresh.a_port, &flow->a_port, sizeof(fresh.a_port) + sizeof(fresh.b_port));
	memcpy(fresh.a_head, flow->a_head, sizeof(fresh.a_head));
	memcpy(fresh.b_head, flow->b_head, sizeof(fresh.b_head));
	fresh.scope = flow->scope;
	fresh.protocol = flow->protocol;
	fresh.facts = MW_FLOW_WITH(0, KIND, MW_FLOW_FACT(flow, KIND));
	make_fresh(table, &fresh, packet, MW_FLOW_FACT(flow, BATCH));
	start(table, flow, &fresh);
	if (timer_deadline(table, flow) < before_ns)
		timer_forward(table, index, timer_deadline(table, flow));
}

void entry_close(struct mw_flow_table *table, uint32_t index, enum mw_flow_end why)
{
	struct mw_flow *flow = entry_at(table, index);

	tell_end(table, flow, why);
	timer_unlink(table, index);
	publish_begin(flow);
	PUBLISH_FACT(flow, KIND, MW_FLOW_FREE);
	publish_end(flow);
	entry_give_back(table, index);
	set_live(table, table->live - 1);
	table->disturbed = true;
}

void entry_end(struct mw_flow_table *table, uint32_t index, enum mw_flow_end why)
{
	bucket_remove(table, index);
	entry_close(table, index, why);
}
