// SPDX-License-Identifier: BSD-3-Clause
// The quick way of an ordinary packet: no copy, no signature that may match; its flow says so, or the packet goes the
// long way as if it had not been here. Detectors that watch the flow see it all the same.
// Neighbours: pipeline.c has the long way; flow/lane.c asks the flow. A test compares both ways over many packets.
#include "pipeline.h"

/** What the packet tells of its service. */
struct learnt {
	uint8_t service;
	bool starts; // with the flow's first payload
	uint32_t facts; // for mw_flow_update_lane
};

// As service_find() has it, of a flow whose first payloads are looked at. @return false: one may match, or it is the
// first word of its side.
static __attribute__((noinline)) bool learn(const struct mw_pipeline *pipeline, const struct mw_packet *packet,
											struct learnt *learnt)
{
	const uint32_t payload_at = mw_lane_payload_at(packet);
	const uint32_t captured_bytes = mw_lane_payload_captured(packet, payload_at);

	if (!mw_flow_is_known(packet->flow, packet->lane.direction))
		return false;
	learnt->starts = mw_flow_scanned(packet->flow) == 0 && captured_bytes != 0;
	if (mw_flow_scanned(packet->flow) == 0 && learnt->service == MW_SERVICE_UNKNOWN)
		learnt->service =
			mw_service_by_port(packet->protocol, (uint16_t)packet->lane.ports, (uint16_t)(packet->lane.ports >> 16));
	if (captured_bytes == 0)
		return true;
	learnt->facts = mw_flow_learnt(packet->flow, learnt->service);
	return !mw_signature_may_match(pipeline->config.signatures, MW_SIGNATURE_ON_SERVICE, packet->protocol,
								   packet->data + payload_at, captured_bytes);
}

// A datagram of a service that the exchange tracker alone follows, and says nothing to it.
static bool says_nothing(const struct mw_packet *packet, uint32_t callees, uint8_t service)
{
	const uint32_t payload_at = mw_lane_payload_at(packet);

	return callees == 1u << EXCHANGES_BIT && mw_flow_watch(packet->flow) == 0 &&
		   (packet->lane.shape & MW_SHAPE_TRANSPORT) != MW_SHAPE_TCP &&
		   !mw_exchanges_may_take(service, packet->data + payload_at, mw_lane_payload_captured(packet, payload_at));
}

// The flow is watched, or of a service that somebody follows: they get the packet whole, the flow takes the lane.
static __attribute__((noinline)) bool show(struct mw_pipeline *pipeline, struct mw_packet *packet, uint32_t callees,
										   const struct learnt *learnt)
{
	if (says_nothing(packet, callees, learnt->service))
		return true;
	if (learnt->facts != 0 || !mw_flow_takes_lane(pipeline->flows, packet))
		return false;
	mw_packet_rest(packet);
	packet->service = learnt->service;
	call_detectors(pipeline, packet, callees);
	return true;
}

bool lane_process(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct duplicate_probe *probe)
{
	struct mw_flow *flow = packet->flow;
	struct learnt learnt = {0};
	uint32_t callees;

	if (MW_UNLIKELY(flow == NULL) || (probe != NULL && MW_UNLIKELY(duplicate_may_be(probe))))
		return false;
	learnt.service = mw_flow_service(flow);
	if (MW_UNLIKELY((packet->kinds & pipeline->dispatch.kinds) != 0) ||
		(MW_UNLIKELY(service_is_sought(flow)) && !learn(pipeline, packet, &learnt)))
		return false;
	callees = pipeline->dispatch.by_service[learnt.service] | mw_flow_watch(flow);
	if ((MW_UNLIKELY(callees != 0) && !show(pipeline, packet, callees, &learnt)) ||
		MW_UNLIKELY(!mw_flow_update_lane(pipeline->flows, packet, learnt.facts)))
		return false;
	if (MW_LIKELY(probe != NULL))
		duplicate_remember(probe, packet->time_ns);
	classes_count_lane(&pipeline->classes, packet, learnt.service)->services += learnt.starts;
	return true;
}
