// SPDX-License-Identifier: BSD-3-Clause
// Traffic classes: which family, protocol, encapsulations and service a packet belongs to, and the counting of it.
// Neighbours: pipeline.c; control/ turns the counters into classes.csv.
#include "mw_service.h"
#include "pipeline.h"

enum { CLASS_IPV4, CLASS_IPV6, CLASS_NO_IP, CLASS_FAMILIES };

/** X(symbol, IP protocol number, name); IANA protocol numbers. */
#define PROTOCOLS(X)                                                                                                   \
	X(TCP, 6, "tcp")                                                                                                   \
	X(UDP, 17, "udp")                                                                                                  \
	X(ICMP, 1, "icmp")                                                                                                 \
	X(ICMP6, 58, "icmpv6")                                                                                             \
	X(IGMP, 2, "igmp")                                                                                                 \
	X(SCTP, 132, "sctp")                                                                                               \
	X(OSPF, 89, "ospf")                                                                                                \
	X(PIM, 103, "pim")                                                                                                 \
	X(VRRP, 112, "vrrp")

enum {
#define X(symbol, number, name) CLASS_PROTOCOL_##symbol,
	PROTOCOLS(X)
#undef X
		CLASS_PROTOCOL_OTHER,
	CLASS_PROTOCOLS
};

enum {
	FIRST_PROTOCOL = CLASS_FAMILIES,
	FIRST_LAYER = FIRST_PROTOCOL + CLASS_PROTOCOLS,
	FIRST_SERVICE = FIRST_LAYER + MW_LAYERS,
	CLASSES = FIRST_SERVICE + MW_SERVICES,
};

const struct mw_pipeline_class mw_pipeline_classes[CLASSES] = {
	[CLASS_IPV4] = {"ipv4", "family"},
	[CLASS_IPV6] = {"ipv6", "family"},
	[CLASS_NO_IP] = {"no-ip", "family"},
#define X(symbol, number, name) [FIRST_PROTOCOL + CLASS_PROTOCOL_##symbol] = {name, "protocol"},
	PROTOCOLS(X)
#undef X
		[FIRST_PROTOCOL + CLASS_PROTOCOL_OTHER] = {"other", "protocol"},
#define X(symbol, name, is_tunnel) [FIRST_LAYER + MW_LAYER_##symbol] = {name, "encapsulation"},
	MW_LAYER_TABLE(X)
#undef X
#define X(symbol, name) [FIRST_SERVICE + MW_SERVICE_##symbol] = {name, "service"},
		MW_SERVICES_TABLE(X)
#undef X
};
const uint32_t mw_pipeline_classes_count = CLASSES;

static const uint8_t protocol_classes[256] = {
#define X(symbol, number, name) [number] = CLASS_PROTOCOL_##symbol + 1,
	PROTOCOLS(X)
#undef X
};

// Layers that count as a class: those that carry another packet, and the tags.
static bool is_encapsulation(uint8_t layer)
{
	return mw_layer_is_tunnel[layer] || layer == MW_LAYER_VLAN || layer == MW_LAYER_QINQ || layer == MW_LAYER_MPLS;
}

static void count_class(struct mw_pipeline *pipeline, uint32_t class_index, const struct mw_packet *packet, bool flow)
{
	const struct mw_pipeline_counters *counters = pipeline->config.counters;
	struct mw_stats_block *stats = pipeline->config.stats;

	mw_stats_add(stats, counters->classes_packets + class_index, 1);
	mw_stats_add(stats, counters->classes_bytes + class_index, packet->wire_bytes);
	if (flow)
		mw_stats_add(stats, counters->classes_flows + class_index, 1);
}

static void count_encapsulations(struct mw_pipeline *pipeline, const struct mw_packet *packet, bool starts)
{
	uint64_t counted = 0; // a packet with two VLAN tags is one packet of class vlan

	_Static_assert(MW_LAYERS <= 64, "one bit a layer");
	for (uint32_t i = 0; i < packet->layers_count; i++) {
		uint64_t bit = UINT64_C(1) << packet->layers[i];

		if (!is_encapsulation(packet->layers[i]) || (counted & bit) != 0)
			continue;
		counted |= bit;
		count_class(pipeline, FIRST_LAYER + packet->layers[i], packet, starts);
	}
}

static void count_summary(struct mw_pipeline *pipeline, const struct mw_packet *packet)
{
	const struct mw_pipeline_counters *counters = pipeline->config.counters;
	struct mw_stats_block *stats = pipeline->config.stats;
	uint32_t transport = counters->other;

	if (packet->kinds & MW_KIND_TCP)
		transport = counters->tcp;
	else if (packet->kinds & MW_KIND_UDP)
		transport = counters->udp;
	else if (packet->kinds & MW_KIND_ICMP)
		transport = counters->icmp;
	mw_stats_add(stats, transport, 1);
	if (packet->tunnel != MW_LAYERS)
		mw_stats_add(stats, counters->tunnelled, 1);
	if (packet->kinds & MW_KIND_FRAGMENT)
		mw_stats_add(stats, counters->fragments, 1);
	if (packet->kinds & MW_KIND_RST)
		mw_stats_add(stats, counters->resets, 1);
}

void classes_count(struct mw_pipeline *pipeline, const struct mw_packet *packet, bool service_starts)
{
	bool starts = (packet->kinds & MW_KIND_FLOW_START) != 0;
	uint32_t family = packet->family == 4 ? CLASS_IPV4 : packet->family == 6 ? CLASS_IPV6 : CLASS_NO_IP;
	uint8_t protocol = protocol_classes[packet->protocol];

	count_summary(pipeline, packet);
	count_class(pipeline, family, packet, starts);
	if (family == CLASS_NO_IP)
		return;
	count_class(pipeline, FIRST_PROTOCOL + (protocol == 0 ? CLASS_PROTOCOL_OTHER : protocol - 1u), packet, starts);
	count_encapsulations(pipeline, packet, starts);
	if (packet->kinds & (MW_KIND_TCP | MW_KIND_UDP))
		count_class(pipeline, FIRST_SERVICE + packet->service, packet, service_starts);
}

_Static_assert(MW_SERVICES <= 1 << MW_FLOW_SERVICE_BITS, "a flow has room for every service");

#define PAYLOADS_SCANNED 3 // a service shows itself in the first words of either side

bool classes_find_service(struct mw_pipeline *pipeline, struct mw_packet *packet)
{
	struct mw_flow *flow = packet->flow;
	bool first;
	int rule;

	packet->service = mw_flow_service(flow);
	if (packet->service == MW_SERVICE_UNKNOWN &&
		mw_flow_scanned(flow) == 0) // later the flow knows all that a port tells
		packet->service = mw_service_by_port(packet->protocol, packet->src_port, packet->dst_port);
	if (packet->payload_bytes == 0 || mw_flow_scanned(flow) >= PAYLOADS_SCANNED || (packet->kinds & MW_KIND_RST))
		return false;
	first = mw_flow_scanned(flow) == 0;
	mw_flow_set_scanned(flow, (uint8_t)(mw_flow_scanned(flow) + 1));
	rule = mw_signature_scan(pipeline->config.signatures, pipeline->scratch, MW_SIGNATURE_ON_SERVICE, packet->protocol,
							 packet->payload, packet->payload_bytes);
	if (rule >= 0) {
		packet->service = mw_signatures_rule(pipeline->config.signatures, (uint32_t)rule)->service;
		mw_flow_set_scanned(flow, PAYLOADS_SCANNED); // it has said what it is
	}
	if (packet->service != mw_flow_service(flow))
		mw_flow_set_service(flow, packet->service);
	return first;
}
