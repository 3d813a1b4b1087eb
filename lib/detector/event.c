// SPDX-License-Identifier: BSD-3-Clause
// Events from what a worker half gets.
// Neighbours: mw_kit_event.h.
#include "mw_kit_event.h"

struct mw_event_flow mw_kit_ends_quoted(const struct mw_packet *packet)
{
	const struct mw_packet_quote *quote = &packet->quote;

	return (struct mw_event_flow){.src = quote->src,
								  .dst = quote->dst,
								  .src_port = quote->ports_known ? quote->src_port : 0,
								  .dst_port = quote->ports_known ? quote->dst_port : 0,
								  .protocol = quote->protocol,
								  .tunnel = packet->tunnel,
								  .vlan = packet->vlan_outer};
}

struct mw_event_flow mw_kit_ends_of_datagram(const struct mw_fragment_datagram *datagram)
{
	return (struct mw_event_flow){.src = datagram->src,
								  .dst = datagram->dst,
								  .src_port = datagram->ports_known ? datagram->src_port : 0,
								  .dst_port = datagram->ports_known ? datagram->dst_port : 0,
								  .protocol = datagram->protocol,
								  .tunnel = datagram->tunnel,
								  .vlan = datagram->vlan};
}

bool mw_kit_emit(struct mw_detector_ctx *ctx, uint8_t number, uint64_t time_ns, const struct mw_event_flow *ends,
				 const void *body, size_t bytes)
{
	struct mw_event *event = mw_detector_begin(ctx, number, (uint32_t)bytes);

	if (event == NULL)
		return false;
	mw_kit_event_begin(event, time_ns, ends);
	event->body_bytes = (uint32_t)bytes;
	memcpy(event->body, body, bytes);
	mw_detector_send(ctx);
	return true;
}
