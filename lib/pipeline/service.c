// SPDX-License-Identifier: BSD-3-Clause
// The service of a packet: what its flow is known for, else what a signature or a port tells.
// Neighbours: pipeline.c asks; classes.c counts; detectors may want a service (mw_detector.wants_services).
#include "mw_service.h"
#include "pipeline.h"

_Static_assert(MW_SERVICES <= MW_FLOW_SERVICES_MAX, "a flow has room for every service");

// @return true on the flow's first payload.
static __attribute__((noinline)) bool scan(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;
	const uint8_t scanned = mw_flow_scanned(flow);
	int rule;

	mw_flow_set_scanned(flow, (uint8_t)(scanned + 1));
	rule = mw_signature_scan(pipeline->config.signatures, pipeline->scratch, MW_SIGNATURE_ON_SERVICE, packet->protocol,
							 packet->payload, packet->payload_bytes);
	if (rule >= 0) {
		packet->service = mw_signatures_rule(pipeline->config.signatures, (uint32_t)rule)->service;
		mw_flow_set_scanned(flow, PAYLOADS_SCANNED); // it has said what it is
	}
	if (packet->service != mw_flow_service(flow))
		mw_flow_set_service(flow, packet->service);
	return scanned == 0;
}

bool service_find(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	const struct mw_flow *flow = packet->flow;

	packet->service = mw_flow_service(flow);
	if (MW_LIKELY(!service_is_sought(flow)))
		return false;
	if (packet->service == MW_SERVICE_UNKNOWN &&
		mw_flow_scanned(flow) == 0) // later the flow knows all that a port tells
		packet->service = mw_service_by_port(packet->protocol, packet->src_port, packet->dst_port);
	if (packet->payload_bytes == 0 || packet->fragment_offset_bytes > 0 || (packet->kinds & MW_KIND_RST))
		return false;
	return scan(pipeline, packet);
}
