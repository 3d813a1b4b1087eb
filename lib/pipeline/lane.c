// SPDX-License-Identifier: BSD-3-Clause
// The quick way of an ordinary packet: no copy, nothing new of its service; its flow says so, or the packet goes the long
// way as if it had not been here. Detectors that watch the flow see it all the same.
// Neighbours: pipeline.c has the long way; flow/lane.c asks the flow. A test compares both ways over many packets.
#include "pipeline.h"

// What of the first payloads the service signatures would have to see. @return what to add to the flow's count; -1: one
// may match, or the flow's service is not settled.
static inline int scanned_by(const struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const uint8_t scanned = mw_flow_scanned(packet->flow);
	uint32_t payload_at, captured_bytes;

	if (MW_LIKELY(scanned >= PAYLOADS_SCANNED))
		return 0;
	if (scanned == 0)
		return -1; // its service is told by a port, or by its first payload
	payload_at = mw_lane_payload_at(packet);
	captured_bytes = mw_lane_payload_captured(packet, payload_at);
	if (captured_bytes == 0)
		return 0;
	return mw_signature_may_match(pipeline->config.signatures, MW_SIGNATURE_ON_SERVICE, packet->protocol,
								  packet->data + payload_at, captured_bytes)
			   ? -1
			   : 1;
}

// The flow is watched, or of a service that somebody follows: they get the packet whole, the flow takes the lane.
static __attribute__((noinline)) bool show(struct mw_pipeline *pipeline, struct mw_packet *packet, uint32_t callees)
{
	if (!mw_flow_takes_lane(pipeline->flows, packet))
		return false;
	mw_packet_rest(packet);
	packet->service = mw_flow_service(packet->flow);
	call_detectors(pipeline, packet, callees);
	return true;
}

bool lane_process(struct mw_pipeline *pipeline, struct mw_packet *packet, const struct duplicate_probe *probe)
{
	struct mw_flow *flow = packet->flow;
	uint32_t callees;
	uint8_t service;
	int scanned;

	if (MW_UNLIKELY(flow == NULL) || (probe != NULL && MW_UNLIKELY(duplicate_may_be(probe))))
		return false;
	service = mw_flow_service(flow);
	callees = pipeline->dispatch.by_service[service] | mw_flow_watch(flow);
	scanned = scanned_by(pipeline, packet);
	if (MW_UNLIKELY(scanned < 0 || (packet->kinds & pipeline->dispatch.kinds) != 0) ||
		(MW_UNLIKELY(callees != 0) && !show(pipeline, packet, callees)) ||
		MW_UNLIKELY(!mw_flow_update_lane(pipeline->flows, packet, (uint32_t)scanned)))
		return false;
	if (MW_LIKELY(probe != NULL))
		duplicate_remember(probe, packet->time_ns);
	classes_count_lane(&pipeline->classes, packet, service);
	return true;
}
