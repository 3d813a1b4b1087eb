// SPDX-License-Identifier: BSD-3-Clause
// Traffic classes: which family, protocol, encapsulations and service a packet belongs to, and the counting of it.
// Neighbours: pipeline.c; aggregate/ turns the counters into classes.csv.
#include <string.h>

#include "mw_service.h"
#include "pipeline.h"

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
	FIRST_PROTOCOL = MW_PIPELINE_CLASS_FAMILIES,
	FIRST_LAYER = FIRST_PROTOCOL + CLASS_PROTOCOLS,
	FIRST_SERVICE = FIRST_LAYER + MW_LAYERS,
	CLASSES = FIRST_SERVICE + MW_SERVICES,
};

const struct mw_pipeline_class mw_pipeline_classes[CLASSES] = {
	[MW_PIPELINE_CLASS_IPV4] = {"ipv4", "family"},
	[MW_PIPELINE_CLASS_IPV6] = {"ipv6", "family"},
	[MW_PIPELINE_CLASS_NO_IP] = {"no-ip", "family"},
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

// Layers that count as a class: those that carry another packet, and the tags. A bit each.
#define X(symbol, name, is_tunnel) | (uint64_t)(is_tunnel) << MW_LAYER_##symbol
static const uint64_t TUNNELS = 0 MW_LAYER_TABLE(X);
static const uint64_t ENCAPSULATIONS =
	(0 MW_LAYER_TABLE(X)) | UINT64_C(1) << MW_LAYER_VLAN | UINT64_C(1) << MW_LAYER_QINQ | UINT64_C(1) << MW_LAYER_MPLS;
#undef X

_Static_assert(MW_LAYERS <= 64, "one bit a layer");
_Static_assert(CLASS_MIXES == 64, "six bits choose a mix, one bit tells that it is used");

/** The transports of summary.csv, by IP protocol: a later fragment has no header of its own, but it has that. */
enum { TRANSPORT_OTHER, TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_ICMP };
static const uint8_t protocol_transports[256] = {
	[1] = TRANSPORT_ICMP, [6] = TRANSPORT_TCP, [17] = TRANSPORT_UDP, [58] = TRANSPORT_ICMP};

void classes_init(struct classes *classes, struct mw_stats_block *stats, const struct mw_pipeline_counters *counters)
{
	_Atomic uint64_t *values = stats->values;

	*classes = (struct classes){
		.packets = values + counters->classes_packets,
		.bytes = values + counters->classes_bytes,
		.flows = values + counters->classes_flows,
		.tunnelled = values + counters->tunnelled,
		.fragments = values + counters->fragments,
		.resets = values + counters->resets,
	};
	classes->transports[TRANSPORT_OTHER] = values + counters->other;
	classes->transports[TRANSPORT_TCP] = values + counters->tcp;
	classes->transports[TRANSPORT_UDP] = values + counters->udp;
	classes->transports[TRANSPORT_ICMP] = values + counters->icmp;
}

static void count_class(const struct classes *classes, uint32_t class_index, const struct class_mix *mix,
						uint32_t flows)
{
	mw_stats_bump(classes->packets + class_index, mix->packets);
	mw_stats_bump(classes->bytes + class_index, mix->bytes);
	mw_stats_bump(classes->flows + class_index, flows);
}

static void count_encapsulations(const struct classes *classes, const struct class_mix *mix)
{
	for (uint64_t layers = mix->layers & ENCAPSULATIONS; layers != 0; layers &= layers - 1)
		count_class(classes, FIRST_LAYER + (uint32_t)__builtin_ctzll(layers), mix, mix->flows);
}

// What decides in which classes a packet counts, layers apart: family and protocol, service, kinds.
enum { SORT_USED = 0x80, SORT_KINDS = MW_KIND_TCP | MW_KIND_UDP | MW_KIND_ICMP, SORT_SERVICE_AT = 8, SORT_IP_AT = 16 };

_Static_assert(offsetof(struct mw_packet, protocol) == offsetof(struct mw_packet, family) + 1, "read as one");
_Static_assert(MW_SERVICES <= 256, "a service is a byte");

static inline uint32_t sort_of(const struct mw_packet *packet)
{
	uint16_t ip;

	memcpy(&ip, &packet->family, sizeof(ip));
	return (uint32_t)ip << SORT_IP_AT | (uint32_t)packet->service << SORT_SERVICE_AT | SORT_USED |
		   (packet->kinds & SORT_KINDS);
}

static void count_mix(const struct classes *classes, const struct class_mix *mix)
{
	const uint32_t kinds = mix->sort & SORT_KINDS;
	const uint32_t service = mix->sort >> SORT_SERVICE_AT & 255;
	const uint16_t ip = (uint16_t)(mix->sort >> SORT_IP_AT);
	uint8_t ends[2]; // family and protocol, as they lie in a packet
	uint8_t protocol;

	memcpy(ends, &ip, sizeof(ends));
	protocol = protocol_classes[ends[1]];
	mw_stats_bump(classes->transports[protocol_transports[ends[1]]], mix->packets);
	if (mix->layers & TUNNELS)
		mw_stats_bump(classes->tunnelled, mix->packets);
	count_class(classes,
				ends[0] == 4   ? MW_PIPELINE_CLASS_IPV4
				: ends[0] == 6 ? MW_PIPELINE_CLASS_IPV6
							   : MW_PIPELINE_CLASS_NO_IP,
				mix, mix->flows);
	count_encapsulations(classes, mix);
	if (ends[0] == 0)
		return;
	count_class(classes, FIRST_PROTOCOL + (protocol == 0 ? CLASS_PROTOCOL_OTHER : protocol - 1u), mix, mix->flows);
	if (kinds & (MW_KIND_TCP | MW_KIND_UDP) || service != MW_SERVICE_UNKNOWN) // a later piece has its flow's
		count_class(classes, FIRST_SERVICE + service, mix, mix->services);
}

// A packet with two VLAN tags is one packet of class vlan.
static uint64_t set_of(const uint8_t *layers, uint32_t count)
{
	uint64_t set = 0;

	for (uint32_t i = 0; i < count; i++)
		set |= UINT64_C(1) << layers[i];
	return set;
}

#define LAYER(name) UINT64_C(1) << MW_LAYER_##name

// The same of a lane: of its shape's three groups.
static const uint64_t transport_sets[4] = {0, LAYER(TCP), LAYER(UDP), LAYER(UDP) | LAYER(ESP_IN_UDP)};
static const uint64_t network_sets[4] = {0, LAYER(IPV4), LAYER(IPV6), LAYER(IPV4) | LAYER(IPV6) | LAYER(IPV4_IN_IPV6)};
static const uint64_t tag_sets[4] = {0, LAYER(VLAN), LAYER(QINQ), LAYER(VLAN) | LAYER(QINQ)};
_Static_assert(MW_SHAPE_TRANSPORT == 3 && MW_SHAPE_NETWORK == 3 << 2 && MW_SHAPE_VLAN == 1 << 4 &&
				   MW_SHAPE_QINQ == 2 << 4,
			   "the groups of a shape");

static inline uint64_t set_of_shape(uint8_t shape)
{
	return LAYER(ETHERNET) | transport_sets[shape & 3] | network_sets[shape >> 2 & 3] | tag_sets[shape >> 4];
}

static void flush_mix(struct classes *classes, uint32_t slot)
{
	count_mix(classes, &classes->mixes[slot]);
	classes->used &= ~(UINT64_C(1) << slot);
	classes->mixes[slot] = (struct class_mix){0};
}

// What sort_of() says of a packet of this shape.
static uint32_t sort_of_shape(uint8_t shape, uint32_t service)
{
	const bool tcp = (shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP;
	const uint8_t ends[2] = {(shape & MW_SHAPE_NETWORK) == MW_SHAPE_IP6 ? 6 : 4, tcp ? 6 : 17};
	uint16_t ip;

	memcpy(&ip, ends, sizeof(ip));
	return (uint32_t)ip << SORT_IP_AT | service << SORT_SERVICE_AT | SORT_USED | (tcp ? MW_KIND_TCP : MW_KIND_UDP);
}

static void flush_shape(struct classes *classes, uint8_t shape)
{
	for (uint64_t left = classes->lane_services[shape]; left != 0; left &= left - 1) {
		const uint32_t service = (uint32_t)__builtin_ctzll(left);
		struct class_sum *sum = &classes->lanes[shape][service];

		count_mix(classes, &(struct class_mix){.layers = set_of_shape(shape),
											   .sort = sort_of_shape(shape, service),
											   .packets = sum->packets,
											   .flows = sum->flows,
											   .services = sum->services,
											   .bytes = sum->bytes});
		*sum = (struct class_sum){0};
	}
	classes->lane_services[shape] = 0;
}

void classes_flush(struct classes *classes)
{
	for (; classes->lane_shapes != 0; classes->lane_shapes &= classes->lane_shapes - 1)
		flush_shape(classes, (uint8_t)__builtin_ctzll(classes->lane_shapes));
	while (classes->used != 0)
		flush_mix(classes, (uint32_t)__builtin_ctzll(classes->used));
}

static __attribute__((noinline)) struct class_mix *take_mix(struct classes *classes, uint32_t slot, uint64_t layers,
															uint32_t sort)
{
	struct class_mix *mix = &classes->mixes[slot];

	if (mix->sort != 0)
		flush_mix(classes, slot);
	mix->sort = sort;
	mix->layers = layers;
	classes->used |= UINT64_C(1) << slot;
	return mix;
}

// The mix of these layers and this sort. One that gives way to another is counted first.
static inline struct class_mix *mix_of(struct classes *classes, uint64_t layers, uint32_t sort)
{
	const uint64_t hash = (layers + (uint64_t)sort * UINT64_C(0xbf58476d1ce4e5b9)) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t slot = (uint32_t)(hash >> 58);

	if (MW_LIKELY(classes->mixes[slot].sort == sort && classes->mixes[slot].layers == layers))
		return &classes->mixes[slot];
	slot ^= 1; // its second place
	if (classes->mixes[slot].sort == sort && classes->mixes[slot].layers == layers)
		return &classes->mixes[slot];
	if (classes->mixes[slot ^ 1].sort == 0)
		slot ^= 1;
	return take_mix(classes, slot, layers, sort);
}

static void count_walked(struct classes *classes, const struct mw_packet *packet, bool service_starts)
{
	struct class_mix *mix = mix_of(classes, set_of(packet->layers, packet->layers_count), sort_of(packet));

	mix->packets++;
	mix->bytes += packet->wire_bytes;
	mix->flows += (packet->kinds & MW_KIND_FLOW_START) != 0;
	mix->services += service_starts;
}

void classes_count_any(struct classes *classes, const struct mw_packet *packet, bool service_starts)
{
	struct class_sum *sum;

	mw_stats_bump(classes->fragments, (packet->kinds & MW_KIND_FRAGMENT) != 0);
	mw_stats_bump(classes->resets, (packet->kinds & MW_KIND_RST) != 0);
	if (packet->lane.shape == 0) {
		count_walked(classes, packet, service_starts);
		return;
	}
	sum = classes_count_lane(classes, packet, packet->service);
	sum->flows += (packet->kinds & MW_KIND_FLOW_START) != 0;
	sum->services += service_starts;
}
