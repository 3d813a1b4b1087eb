// SPDX-License-Identifier: BSD-3-Clause
// One packet meets its flow: before the detectors (is it still the same flow?) and after (what it added).
// Neighbours: tcp.c knows when a SYN opens anew, track.c what a packet says; pipeline/ calls both halves.
#include "publish.h"

#include <string.h>

static bool is_fresh(const struct mw_flow *flow)
{
	return MW_FLOW_FACT(flow, SPOKE) == 0;
}

// Without a branch: directions take turns as they like.
static uint8_t direction_of(const struct mw_flow *flow, const struct mw_packet *packet)
{
	uint32_t tail, differ;

	memcpy(&tail, &packet->src.bytes[12], sizeof(tail));
	differ = (tail ^ flow->a_tail) | (uint32_t)(packet->src_port ^ flow->a_port);
	if (MW_UNLIKELY(MW_FLOW_FACT(flow, KIND) == MW_FLOW_LONG))
		differ |= memcmp(flow->a_head, packet->src.bytes, sizeof(flow->a_head)) != 0;
	return differ != 0;
}

void mw_flow_enter(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct mw_flow *flow;

	if (packet->flow != NULL && MW_UNLIKELY(table->disturbed))
		lookup_one(table, packet); // a tick amid the batch ended flows: this one perhaps
	flow = packet->flow;
	if (flow == NULL)
		return;
	packet->direction = direction_of(flow, packet);
	if (!is_fresh(flow)) {
		if (MW_UNLIKELY(timer_deadline(table, flow) <= packet->clock_ns))
			entry_restart(table, entry_index(table, flow), packet, MW_FLOW_END_IDLE);
		else if (MW_UNLIKELY(tcp_opens_again(flow, packet)))
			entry_restart(table, entry_index(table, flow), packet, MW_FLOW_END_REUSED);
	}
	if (MW_UNLIKELY(is_fresh(flow)))
		packet->kinds |= MW_KIND_FLOW_START;
}

// What the idle time depends on.
static uint32_t idle_facts(const struct mw_flow *flow)
{
	return flow->facts & (MW_FLOW_WITH(0, STATE, 7) | MW_FLOW_WITH(0, SPOKE, 3));
}

void mw_flow_update(struct mw_flow_table *table, struct mw_packet *packet)
{
	struct track_counts counts = {0};
	struct mw_flow *flow = packet->flow;
	uint64_t clock_ns, deadline_ns;
	uint32_t facts;

	if (flow == NULL)
		return;
	facts = idle_facts(flow);
	clock_ns = flow->clock_ns;
	publish_begin(flow);
	track_packet(flow, packet, &counts);
	publish_end(flow);
	// with the same idle time and a later clock the deadline cannot come forward
	if (MW_UNLIKELY(idle_facts(flow) != facts || flow->clock_ns < clock_ns)) {
		deadline_ns = timer_deadline(table, flow);
		timer_forward(table, entry_index(table, flow), deadline_ns);
	}
	mw_stats_add(table->stats, table->counters_base + MW_FLOW_COUNTER_ACKS, counts.acks);
	if (MW_UNLIKELY(counts.ack_gaps != 0))
		mw_stats_add(table->stats, table->counters_base + MW_FLOW_COUNTER_ACK_GAPS, counts.ack_gaps);
}

void mw_flow_set_service(struct mw_flow *flow, uint8_t service)
{
	publish_begin(flow);
	PUBLISH_FACT(flow, SERVICE, service);
	publish_end(flow);
}
