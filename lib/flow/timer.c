// SPDX-License-Identifier: BSD-3-Clause
// The timer slots: entries linked by the second in which they are looked at next, never later than their deadline.
// Neighbours: expire.c empties the slots; entry.c and enter.c set deadlines. Time is packet time.
#include "table.h"

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
}

uint64_t timer_deadline(const struct mw_flow_table *table, const struct flow_entry *flow)
{
	uint32_t kind = FLOW_FACT(flow, KIND), state = FLOW_FACT(flow, STATE), spoke = FLOW_FACT(flow, SPOKE);
	uint64_t idle_ns = table->idle_ns[kind][spoke][state];

	if (MW_UNLIKELY(kind == FLOW_LONG))
		idle_ns = idle_of(&table->config, state, spoke == 3, flow->protocol);
	return MW_UNLIKELY(idle_ns > UINT64_MAX - flow->clock_ns) ? UINT64_MAX : flow->clock_ns + idle_ns;
}

void timer_link(struct mw_flow_table *table, uint32_t index, uint64_t deadline_ns)
{
	struct flow_timer *timers = table->timers, *timer = &timers[index];
	uint64_t due_s = deadline_ns / MW_NS_PER_SECOND;
	uint32_t *head;

	// A deadline in the past of the slots: the clock went back (another capture file). Going back is safe, every other
	// entry is then only looked at too early.
	if (due_s < table->timer_s)
		table->timer_s = due_s;
	if (due_s - table->timer_s >= TIMER_SLOTS)
		due_s = table->timer_s + TIMER_SLOTS - 1;
	timer->slot = (uint16_t)(due_s % TIMER_SLOTS);
	head = &table->timer_heads[timer->slot];
	timer->prev = FLOW_NONE;
	timer->next = *head;
	if (*head != FLOW_NONE)
		timers[*head].prev = index;
	*head = index;
}

void timer_unlink(struct mw_flow_table *table, uint32_t index)
{
	struct flow_timer *timers = table->timers;
	const struct flow_timer *timer = &timers[index];

	if (timer->prev == FLOW_NONE)
		table->timer_heads[timer->slot] = timer->next;
	else
		timers[timer->prev].next = timer->next;
	if (timer->next != FLOW_NONE)
		timers[timer->next].prev = timer->prev;
}

void timer_forward(struct mw_flow_table *table, uint32_t index, uint64_t deadline_ns)
{
	uint64_t due_s = deadline_ns / MW_NS_PER_SECOND;
	// the next second in which the slot is looked at
	uint64_t visit_s = table->timer_s + (table->timers[index].slot - table->timer_s) % TIMER_SLOTS;

	if (due_s < visit_s) {
		timer_unlink(table, index);
		timer_link(table, index, deadline_ns);
	}
}
