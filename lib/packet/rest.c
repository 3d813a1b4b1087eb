// SPDX-License-Identifier: BSD-3-Clause
// The rest of an ordinary packet, from its lane and its bytes: headers that decode has checked are read, never judged.
// Neighbours: decode/lane.c makes the lane; a test compares what both say with the walk.
#include <endian.h>
#include <string.h>

#include "mw_packet.h"
#include "mw_reader.h"

/** Clears the bytes [from, to): at most 64, for which compilers need no loop and no call. */
#define CLEAR(packet, from, to)                                                                                        \
	memset((char *)(packet) + offsetof(struct mw_packet, from), 0,                                                     \
		   offsetof(struct mw_packet, to) - offsetof(struct mw_packet, from))

#define LAYER(at, name) (uint64_t) MW_LAYER_##name << 8 * (at)

/** The layers of a shape without tags, Ethernet first, a byte each. */
static const struct shape_layers {
	uint64_t list;
	uint8_t count;
} layers[MW_SHAPE_VLAN] = {
#define UPON(network, from, below)                                                                                     \
	[(network) | MW_SHAPE_TCP] = {(below) | LAYER(from, TCP), (from) + 1},                                             \
				 [(network) | MW_SHAPE_UDP] = {(below) | LAYER(from, UDP), (from) + 1},                                \
				 [(network) | MW_SHAPE_ESP] = {(below) | LAYER(from, UDP) | LAYER((from) + 1, ESP_IN_UDP), (from) + 2}
	UPON(MW_SHAPE_IP4, 2, LAYER(0, ETHERNET) | LAYER(1, IPV4)),
	UPON(MW_SHAPE_IP6, 2, LAYER(0, ETHERNET) | LAYER(1, IPV6)),
	UPON(MW_SHAPE_4IN6, 4, LAYER(0, ETHERNET) | LAYER(1, IPV6) | LAYER(2, IPV4_IN_IPV6) | LAYER(3, IPV4)),
#undef UPON
};

// The tags stand between Ethernet and the network.
static __attribute__((noinline)) void rest_tags(struct mw_packet *packet)
{
	const struct shape_layers *below = &layers[packet->lane.shape % MW_SHAPE_VLAN];
	const uint64_t list = htole64(below->list);
	const uint8_t *data = packet->data;
	uint8_t count = 1;

	packet->vlan_outer = (uint16_t)(packet->lane.tags >> 12);
	packet->vlan_inner = packet->lane.tags & 0xfff;
	for (uint16_t type = mw_load_u16_be(data + 12); type != 0x0800 && type != 0x86dd;
		 type = mw_load_u16_be(data + 12 + 4 * (count - 1)))
		packet->layers[count++] = type == 0x8100 ? MW_LAYER_VLAN : MW_LAYER_QINQ;
	memcpy(packet->layers + count, (const uint8_t *)&list + 1, below->count - 1u);
	packet->layers_count = (uint8_t)(below->count + count - 1);
}

// Stores of bytes may change anything: what is read twice is kept before, here and below.
static inline void rest_link(struct mw_packet *packet, const uint8_t *data, uint8_t shape)
{
	const struct shape_layers *below = &layers[shape % MW_SHAPE_VLAN];
	const uint64_t list = htole64(below->list);

	memcpy((char *)packet + offsetof(struct mw_packet, mac_dst), data,
		   sizeof(packet->mac_dst) + sizeof(packet->mac_src));
	memcpy(packet->layers, &list, sizeof(list));
	packet->layers_count = below->count;
}
_Static_assert(offsetof(struct mw_packet, mac_src) == offsetof(struct mw_packet, mac_dst) + 6, "as in a frame");

static inline void rest_outer(struct mw_packet *packet, const uint8_t *at)
{
	packet->tunnel = MW_LAYER_IPV4_IN_IPV6;
	memcpy(packet->outer_src.bytes, at - 40 + 8, sizeof(packet->outer_src.bytes));
	memcpy(packet->outer_dst.bytes, at - 40 + 24, sizeof(packet->outer_dst.bytes));
}

static inline void rest_ip6(struct mw_packet *packet, const uint8_t *at)
{
	memcpy(packet->src.bytes, at + 8, sizeof(packet->src.bytes));
	memcpy(packet->dst.bytes, at + 24, sizeof(packet->dst.bytes));
	packet->ip_header_bytes = 40;
	packet->ttl = at[7];
	packet->tos = (uint8_t)(mw_load_u16_be(at) >> 4);
}

static inline void rest_ip4(struct mw_packet *packet, const uint8_t *at)
{
	packet->src = mw_address_from_v4(at + 12);
	packet->dst = mw_address_from_v4(at + 16);
	packet->ip_header_bytes = 20;
	packet->ttl = at[8];
	packet->tos = at[1];
	packet->dont_fragment = at[6] >> 6 & 1;
	packet->ip_id_known = true;
}

static inline void rest_network(struct mw_packet *packet, const uint8_t *data, uint8_t shape)
{
	const uint8_t network_at = packet->lane.network_at;
	const uint16_t total_bytes = packet->lane.total_bytes, ip_id = packet->lane.ip_id;

	packet->ip_at = network_at;
	packet->ip_total_bytes = total_bytes;
	packet->ip_id = ip_id;
	if (MW_UNLIKELY((shape & MW_SHAPE_NETWORK) == MW_SHAPE_4IN6))
		rest_outer(packet, data + network_at);
	if ((shape & MW_SHAPE_NETWORK) == MW_SHAPE_IP6)
		rest_ip6(packet, data + network_at);
	else
		rest_ip4(packet, data + network_at);
}

static inline void rest_payload(struct mw_packet *packet, const uint8_t *data, uint32_t payload_at)
{
	const uint32_t wire_bytes = packet->lane.payload_bytes;

	packet->payload = data + payload_at;
	packet->payload_bytes = MW_MIN(packet->captured_bytes - payload_at, wire_bytes);
	packet->payload_wire_bytes = wire_bytes;
}

static inline void rest_tcp(struct mw_packet *packet, const uint8_t *data, uint32_t transport_at)
{
	const uint8_t *at = data + transport_at;
	const uint8_t header_bytes = (uint8_t)((at[12] >> 4) * 4);
	const uint64_t stamps = packet->lane.copy[0];

	packet->tcp = (struct mw_packet_tcp){.seq = packet->lane.seq,
										 .ack = packet->lane.ack,
										 .window = mw_load_u16_be(at + 14),
										 .flags = at[13],
										 .present = (uint8_t)packet->lane.copy[1],
										 .header_bytes = header_bytes,
										 .ts_value = (uint32_t)stamps,
										 .ts_echo = (uint32_t)(stamps >> 32)};
	packet->checksum = mw_load_u16_be(at + 16);
	rest_payload(packet, data, transport_at + header_bytes);
}

static inline void rest_udp(struct mw_packet *packet, const uint8_t *data, uint32_t transport_at, uint8_t shape)
{
	packet->tcp = (struct mw_packet_tcp){0};
	packet->checksum = mw_load_u16_be(data + transport_at + 6);
	rest_payload(packet, data, transport_at + 8);
	if (MW_LIKELY((shape & MW_SHAPE_TRANSPORT) != MW_SHAPE_ESP))
		return;
	if (packet->tunnel == MW_LAYERS) {
		packet->outer_src = packet->src;
		packet->outer_dst = packet->dst;
	}
	packet->tunnel = MW_LAYER_ESP_IN_UDP;
}

void mw_packet_fill(struct mw_packet *packet)
{
	struct mw_lane *lane = &packet->lane;
	const uint8_t *data = packet->data;
	const uint8_t shape = lane->shape, bits = lane->bits;
	const uint32_t transport_at = lane->transport_at;

	CLEAR(packet, vlan_outer, tcp);
	CLEAR(packet, icmp_sequence, direction);
	packet->outer_is_fragment = false;
	lane->bits = (uint8_t)(bits | MW_LANE_WHOLE);
	packet->tunnel = MW_LAYERS;
	packet->direction = lane->direction;
	packet->src_port = mw_load_u16_be(data + transport_at);
	packet->dst_port = mw_load_u16_be(data + transport_at + 2);
	if (MW_LIKELY((bits & MW_LANE_SCOPED) == 0))
		packet->scope = 0;
	rest_link(packet, data, shape);
	rest_network(packet, data, shape);
	if ((shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP)
		rest_tcp(packet, data, transport_at);
	else
		rest_udp(packet, data, transport_at, shape);
	if (MW_UNLIKELY(shape >= MW_SHAPE_VLAN))
		rest_tags(packet); // last: so that the others save no registers
}
