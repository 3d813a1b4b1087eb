// SPDX-License-Identifier: BSD-3-Clause
// Related packets, as connection tracking says: they belong to a flow without its tuple. Later pieces of a datagram,
// and ICMP errors that quote it. Neighbours: pipeline.c; lib/fragment knows whose a later piece is, lib/flow finds the
// flow.
#include "pipeline.h"

static void find_quoted(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;
	const struct mw_flow_ends ends = {.src = quote->src,
									  .dst = quote->dst,
									  .src_port = quote->src_port,
									  .dst_port = quote->dst_port,
									  .scope = packet->scope,
									  .vlan = packet->vlan_outer,
									  .protocol = quote->protocol};

	packet->quoted_flow = NULL;
	if (quote->ports_known)
		packet->quoted_flow = mw_flow_find(pipeline->flows, &ends, packet->clock_ns, &packet->quoted_direction);
}

static void find_flow(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct mw_fragment_match *match)
{
	const struct mw_flow_ends ends = {.src = packet->src,
									  .dst = packet->dst,
									  .src_port = match->src_port,
									  .dst_port = match->dst_port,
									  .scope = packet->scope,
									  .vlan = packet->vlan_outer,
									  .protocol = packet->protocol};

	packet->src_port = match->src_port;
	packet->dst_port = match->dst_port;
	packet->flow = mw_flow_find(pipeline->flows, &ends, packet->clock_ns, &packet->direction);
}

// Before the packet is processed: only what a later piece needs.
void related_before(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	struct mw_fragment_match match;

	if (packet->kinds & MW_KIND_ICMP_ERROR)
		find_quoted(pipeline, packet);
	if (packet->fragment_offset_bytes == 0 || packet->kinds & MW_KIND_DUPLICATE)
		return;
	pipeline->clock_ns = packet->clock_ns;
	match = mw_fragments_take(pipeline->fragments, packet, false);
	if (match.ports_known)
		find_flow(pipeline, packet, &match);
}

// After it: a first piece has its flow, and the detectors have seen it when its datagram ends.
void related_after(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;
	struct mw_fragment_match match;

	if (!(packet->kinds & MW_KIND_FRAGMENT) || packet->fragment_offset_bytes > 0 || packet->kinds & MW_KIND_DUPLICATE)
		return;
	pipeline->clock_ns = packet->clock_ns;
	match = mw_fragments_take(pipeline->fragments, packet, flow != NULL && mw_flow_is_answered(flow));
	if (flow != NULL && match.waited_packets > 0)
		mw_flow_add_waited(flow, packet->direction, match.waited_packets, match.waited_bytes);
}

void related_end(void *context, const struct mw_fragment_datagram *datagram, enum mw_fragment_end end)
{
	struct mw_pipeline *pipeline = context;

	for (uint32_t i = 0; i < pipeline->config.detectors.count; i++) {
		if (pipeline->config.detectors.items[i]->on_datagram == NULL)
			continue;
		pipeline->detectors[i].clock_ns = pipeline->clock_ns;
		pipeline->config.detectors.items[i]->on_datagram(&pipeline->detectors[i], datagram, end);
	}
}
