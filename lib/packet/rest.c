// SPDX-License-Identifier: BSD-3-Clause
// The rest of an ordinary packet, from its lane and its bytes: headers that decode has checked are read, never judged.
// Neighbours: decode/lane.c makes the lane; a test compares what both say with the walk.
#include <endian.h>

#include "mw_packet.h"
#include "mw_reader.h"

/** Clears the bytes [from, to): at most 64, for which compilers need no loop and no call. */
#define CLEAR(packet, from, to) memset((char *)(packet) + (from), 0, (to) - (from))

#define LAYER(at, name) (uint64_t) MW_LAYER_##name << 8 * (at)

/** The layers of a shape without tags, Ethernet first, a byte each. */
static const struct {
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
static __attribute__((noinline)) void rest_tags(struct mw_packet *packet, const uint8_t *behind)
{
	const uint8_t *data = packet->data;
	uint8_t count = 1;

	packet->vlan_outer = (uint16_t)(packet->lane.tags >> 12);
	packet->vlan_inner = packet->lane.tags & 0xfff;
	for (uint16_t type = mw_load_u16_be(data + 12); type != 0x0800 && type != 0x86dd;
		 type = mw_load_u16_be(data + 12 + 4 * (count - 1)))
		packet->layers[count++] = type == 0x8100 ? MW_LAYER_VLAN : MW_LAYER_QINQ;
	memcpy(packet->layers + count, behind, packet->layers_count - 1u);
	packet->layers_count = (uint8_t)(packet->layers_count + count - 1);
}

static void rest_link(struct mw_packet *packet)
{
	const uint8_t shape = packet->lane.shape;
	const uint64_t list = htole64(layers[shape % MW_SHAPE_VLAN].list);

	memcpy(packet->mac_dst, packet->data, sizeof(packet->mac_dst));
	memcpy(packet->mac_src, packet->data + 6, sizeof(packet->mac_src));
	memcpy(packet->layers, &list, sizeof(list));
	packet->layers_count = layers[shape % MW_SHAPE_VLAN].count;
	if (MW_UNLIKELY(shape >= MW_SHAPE_VLAN))
		rest_tags(packet, (const uint8_t *)&list + 1);
}

static void rest_outer(struct mw_packet *packet)
{
	const uint8_t *at = packet->data + packet->lane.network_at - 40;

	packet->tunnel = MW_LAYER_IPV4_IN_IPV6;
	memcpy(packet->outer_src.bytes, at + 8, sizeof(packet->outer_src.bytes));
	memcpy(packet->outer_dst.bytes, at + 24, sizeof(packet->outer_dst.bytes));
}

static void rest_network(struct mw_packet *packet)
{
	const struct mw_lane *lane = &packet->lane;
	const uint8_t *at = packet->data + lane->network_at;
	const bool ip6 = (lane->shape & MW_SHAPE_NETWORK) == MW_SHAPE_IP6;

	mw_lane_ends(packet, &packet->src, &packet->dst);
	packet->ip_total_bytes = lane->total_bytes;
	packet->ip_header_bytes = ip6 ? 40 : 20;
	packet->ip_at = lane->network_at;
	packet->ttl = at[ip6 ? 7 : 8];
	packet->tos = ip6 ? (uint8_t)(mw_load_u16_be(at) >> 4) : at[1];
	packet->ip_id = lane->ip_id;
	packet->ip_id_known = !ip6;
	packet->dont_fragment = !ip6 && (at[6] & 0x40) != 0;
}

static void rest_tcp(struct mw_packet *packet, const uint8_t *at)
{
	const struct mw_lane *lane = &packet->lane;

	packet->checksum = mw_load_u16_be(at + 16);
	packet->tcp.seq = lane->seq;
	packet->tcp.ack = lane->ack;
	packet->tcp.window = mw_load_u16_be(at + 14);
	packet->tcp.flags = at[13];
	packet->tcp.header_bytes = (uint8_t)((at[12] >> 4) * 4);
	packet->tcp.present = (uint8_t)lane->copy[1];
	packet->tcp.ts_value = (uint32_t)lane->copy[0];
	packet->tcp.ts_echo = (uint32_t)(lane->copy[0] >> 32);
}

static void rest_udp(struct mw_packet *packet, const uint8_t *at)
{
	packet->checksum = mw_load_u16_be(at + 6);
	if (MW_LIKELY((packet->lane.shape & MW_SHAPE_TRANSPORT) != MW_SHAPE_ESP))
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
	const uint8_t *at = packet->data + lane->transport_at;
	const uint32_t payload_at = mw_lane_payload_at(packet), scope = packet->scope;

	lane->bits |= MW_LANE_WHOLE;
	CLEAR(packet, offsetof(struct mw_packet, src), offsetof(struct mw_packet, tcp));
	CLEAR(packet, offsetof(struct mw_packet, tcp), offsetof(struct mw_packet, layers));
	packet->tunnel = MW_LAYERS;
	packet->scope = (lane->bits & MW_LANE_SCOPED) != 0 ? scope : 0;
	packet->direction = lane->direction;
	packet->src_port = mw_load_u16_be(at);
	packet->dst_port = mw_load_u16_be(at + 2);
	packet->payload = packet->data + payload_at;
	packet->payload_bytes = mw_lane_payload_captured(packet, payload_at);
	packet->payload_wire_bytes = lane->payload_bytes;
	rest_link(packet);
	if (MW_UNLIKELY((lane->shape & MW_SHAPE_NETWORK) == MW_SHAPE_4IN6))
		rest_outer(packet);
	rest_network(packet);
	if ((lane->shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP)
		rest_tcp(packet, at);
	else
		rest_udp(packet, at);
}
