// SPDX-License-Identifier: BSD-3-Clause
// The timer slots: entries linked by the second in which they are looked at next, never later than their deadline.
// Neighbours: expire.c empties the slots; entry.c links what it opens. Time is packet time. Deadlines may move both
// ways without a word to the slots: whatever happens to a flow, it lives for the least idle time from then on.
#include "parts.h"

static uint64_t idle_of(const struct mw_flow_config *config, uint32_t state, bool answered, uint8_t protocol)
{
	switch (state) {
	case MW_FLOW_TCP_NONE:
		return protocol == 6 ? config->tcp_opening_ns : protocol == 17 ? config->udp_idle_ns : config->other_idle_ns;
	case MW_FLOW_TCP_SYN:
	case MW_FLOW_TCP_SYN_ACK:
		return config->tcp_opening_ns;
	case MW_FLOW_TCP_MIDSTREAM:
		return answered ? config->tcp_idle_ns : config->tcp_opening_ns;
	case MW_FLOW_TCP_ESTABLISHED:
		return config->tcp_idle_ns;
	default:
		return config->tcp_closing_ns;
	}
}

void timer_init(struct mw_flow_table *table)
{
	for (uint32_t spoke = 0; spoke < 4; spoke++) {
		for (uint32_t state = 0; state < MW_FLOW_TCP_STATES; state++) {
			table->idle_ns[FLOW_SHORT_TCP][spoke][state] = idle_of(&table->config, state, spoke == 3, 6);
			table->idle_ns[FLOW_SHORT_UDP][spoke][state] = idle_of(&table->config, state, spoke == 3, 17);
		}
	}
	table->idle_least_ns = MW_MIN(MW_MIN(table->config.tcp_idle_ns, table->config.tcp_opening_ns),
								  MW_MIN(table->config.tcp_closing_ns, table->config.udp_idle_ns));
	table->idle_least_ns = MW_MIN(table->idle_least_ns, table->config.other_idle_ns);
	table->quiet_ns = MW_MIN(table->idle_least_ns, UINT32_MAX);
	table->timer_ahead_s = (table->idle_least_ns - MW_MIN(table->idle_least_ns, TIMER_BACK_NS)) / MW_NS_PER_SECOND;
	for (size_t i = 0; i < TIMER_SLOTS; i++)
		table->timer_heads[i] = FLOW_NONE;
}

uint64_t timer_idle_of_long(const struct mw_flow_table *table, const struct flow_entry *flow)
{
	return idle_of(&table->config, FLOW_FACT(flow, STATE), FLOW_FACT(flow, SPOKE) == 3, long_of(flow)->protocol);
}

void timer_link(struct mw_flow_table *table, uint32_t index, uint64_t clock_ns)
{
	struct flow_timer *timer = &table->timers[index];
	const uint64_t deadline_ns = timer_deadline(table, entry_at(table, index));
	uint64_t look_s = MW_MIN(deadline_ns / MW_NS_PER_SECOND, clock_ns / MW_NS_PER_SECOND + table->timer_ahead_s);

	table->timer_back_ns = MW_MAX(table->timer_back_ns, clock_ns - MW_MIN(clock_ns, TIMER_BACK_NS));
	// A clock that went back a little: every other entry is then only looked at too early.
	if (look_s < table->timer_s)
		table->timer_s = look_s;
	if (look_s - table->timer_s >= TIMER_SLOTS)
		look_s = table->timer_s + TIMER_SLOTS - 1;
	look_s %= TIMER_SLOTS;
	timer->slot = (uint16_t)(look_s + 1);
	timer->next = table->timer_heads[look_s];
	table->timer_heads[look_s] = index;
}

void timer_unhang(struct mw_flow_table *table, uint32_t index, uint64_t clock_ns)
{
	struct flow_timer *timer = &table->timers[index];

	timer->slot = 0;
	if (timer->worth == FLOW_WORTH_ALONE || timer->worth == FLOW_WORTH_ANSWERED)
		timer_link(table, index, clock_ns);
	else if (timer->worth == FLOW_WORTH_FREE && index != table->spare)
		cell_give_back(table, index);
}

void timer_go_back(struct mw_flow_table *table, uint64_t clock_ns)
{
	uint32_t all = FLOW_NONE;

	for (size_t i = 0; i < TIMER_SLOTS; i++) {
		for (uint32_t index = table->timer_heads[i], next; index != FLOW_NONE; index = next) {
			next = table->timers[index].next;
			table->timers[index].next = all;
			all = index;
		}
		table->timer_heads[i] = FLOW_NONE;
	}
	table->timer_s = clock_ns / MW_NS_PER_SECOND;
	table->timer_back_ns = 0;
	for (uint32_t next; all != FLOW_NONE; all = next) {
		next = table->timers[all].next;
		timer_unhang(table, all, clock_ns);
	}
}
