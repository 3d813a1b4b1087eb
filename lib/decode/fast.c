// SPDX-License-Identifier: BSD-3-Clause
// The ordinary packet in one go: Ethernet, perhaps a VLAN tag, IPv4, IPv6 or IPv4 in IPv6, TCP or UDP.
// Neighbours: decode.c walks every other packet. A test compares both on every packet that this file accepts.
//
// Each step looks at its header, hands the rest to the next step, and writes only when that one accepted: the transport
// header is the last to be asked and the first to be written.
#include "decode.h"

/** What is left behind the headers seen so far. Invariant: mw_reader_left(&in) <= wire_bytes. */
struct rest {
	struct mw_reader in; // captured
	uint32_t wire_bytes; // on the wire
	unsigned layers; // headers seen so far
};

#define INLINE static inline __attribute__((always_inline)) // one path per family, without memory between its steps

/** Cuts the rest to length_bytes, which it has on the wire, and moves over the first header_bytes, which it has here. */
INLINE void move(struct rest *rest, uint32_t length_bytes, uint32_t header_bytes)
{
	mw_reader_limit(&rest->in, length_bytes);
	mw_reader_skip(&rest->in, header_bytes);
	rest->wire_bytes = length_bytes - header_bytes;
	rest->layers++;
}

INLINE void write_transport(struct mw_packet *packet, const uint8_t *at, const struct rest *rest, enum mw_layer layer)
{
	reset_decoded(packet);
	packet->src_port = mw_load_u16_be(at);
	packet->dst_port = mw_load_u16_be(at + 2);
	packet->payload = rest->in.at;
	packet->payload_bytes = (uint32_t)mw_reader_left(&rest->in);
	packet->payload_wire_bytes = rest->wire_bytes;
	packet->layers[rest->layers - 1] = (uint8_t)layer;
	packet->layers_count = (uint8_t)rest->layers;
}

/** The options of nearly every segment of an open connection are one timestamp, alone and padded. */
INLINE void write_tcp_options(struct mw_packet *packet, const uint8_t *at, uint32_t options_bytes)
{
	struct mw_packet_tcp *tcp = &packet->tcp;

	if (options_bytes == 0)
		return;
	if (options_bytes == 12 && mw_load_u32_be(at) == 0x0101080a) {
		tcp->present = MW_TCP_OPTION_TIMESTAMP;
		tcp->ts_value = mw_load_u32_be(at + 4);
		tcp->ts_echo = mw_load_u32_be(at + 8);
		return;
	}
	if (!read_tcp_options(tcp, mw_reader_of(at, options_bytes), options_bytes))
		packet->refusal = MW_REFUSAL_TCP_OPTIONS;
	packet->kinds |= kinds_of_tcp_options(tcp);
}

INLINE bool tcp_is_ordinary(struct mw_packet *packet, struct rest rest)
{
	const uint8_t *at = mw_reader_peek(&rest.in, 20);
	uint32_t header_bytes = at == NULL ? 0 : (at[12] >> 4) * 4u;

	if (MW_UNLIKELY(header_bytes < 20 || mw_reader_left(&rest.in) < header_bytes))
		return false;
	move(&rest, rest.wire_bytes, header_bytes);
	write_transport(packet, at, &rest, MW_LAYER_TCP);
	packet->kinds = kinds_of_tcp(at[13]) | (rest.wire_bytes > 0 ? MW_KIND_PAYLOAD : 0);
	packet->tcp.seq = mw_load_u32_be(at + 4);
	packet->tcp.ack = mw_load_u32_be(at + 8);
	packet->tcp.window = mw_load_u16_be(at + 14);
	packet->tcp.flags = at[13];
	packet->tcp.header_bytes = (uint8_t)header_bytes;
	packet->checksum = mw_load_u16_be(at + 16);
	write_tcp_options(packet, at + 20, header_bytes - 20);
	if (MW_UNLIKELY((at[12] & TCP_RESERVED_BITS) != 0))
		packet->tcp.present |= MW_TCP_RESERVED;
	return true;
}

// One bit for each low byte of a port: nearly every other port is done with after one look.
#define BIT(word, number) | (((number) >> 6 & 3) == (word) ? UINT64_C(1) << ((number)&63) : 0)
#define BIT0(number, ...) BIT(0, number)
#define BIT1(number, ...) BIT(1, number)
#define BIT2(number, ...) BIT(2, number)
#define BIT3(number, ...) BIT(3, number)
static const uint64_t TUNNEL_SLOTS[4] = {
	0 UDP_TUNNEL_PORTS(BIT0),
	0 UDP_TUNNEL_PORTS(BIT1),
	0 UDP_TUNNEL_PORTS(BIT2),
	0 UDP_TUNNEL_PORTS(BIT3),
};

INLINE bool is_tunnel_port(uint16_t port)
{
#define IS(number, ...) || port == (number)
	return (TUNNEL_SLOTS[port >> 6 & 3] >> (port & 63) & 1) != 0 && (false UDP_TUNNEL_PORTS(IS));
}

/** A WireGuard message may be on any port: a type from 1 to 4 and three zero bytes. */
INLINE bool may_be_wireguard(const struct mw_reader *in)
{
	const uint8_t *at = mw_reader_peek(in, 4);
	uint32_t word = at == NULL ? 0 : mw_load_u32_be(at);

	return (word & 0xffffff) == 0 && word - (1u << 24) <= 3u << 24;
}

INLINE bool udp_is_ordinary(struct mw_packet *packet, struct rest rest)
{
	const uint8_t *at = mw_reader_peek(&rest.in, 8);
	uint32_t length_bytes = at == NULL ? 0 : mw_load_u16_be(at + 4);

	if (MW_UNLIKELY(length_bytes < 8 || length_bytes > rest.wire_bytes))
		return false;
	move(&rest, length_bytes, 8);
	if (MW_UNLIKELY(is_tunnel_port(mw_load_u16_be(at)) || is_tunnel_port(mw_load_u16_be(at + 2)) ||
					may_be_wireguard(&rest.in)))
		return false;
	write_transport(packet, at, &rest, MW_LAYER_UDP);
	packet->checksum = mw_load_u16_be(at + 6);
	packet->kinds = kinds_of_udp(rest.wire_bytes);
	return true;
}

INLINE bool transport_is_ordinary(struct mw_packet *packet, uint8_t protocol, struct rest rest)
{
	if (protocol == 6)
		return tcp_is_ordinary(packet, rest);
	return protocol == 17 && udp_is_ordinary(packet, rest);
}

INLINE bool ip4_is_ordinary(struct mw_packet *packet, struct rest rest)
{
	const uint8_t *at = mw_reader_peek(&rest.in, 20);
	uint32_t total_bytes = at == NULL ? 0 : mw_load_u16_be(at + 2);
	unsigned layer = rest.layers;

	// no options, no fragment
	if (MW_UNLIKELY(total_bytes < 20 || total_bytes > rest.wire_bytes || at[0] != 0x45 ||
					(mw_load_u16_be(at + 6) & 0x3fff) != 0))
		return false;
	move(&rest, total_bytes, 20);
	if (MW_UNLIKELY(!transport_is_ordinary(packet, at[9], rest)))
		return false;
	packet->layers[layer] = MW_LAYER_IPV4;
	packet->family = 4;
	packet->protocol = at[9];
	put_v4(&packet->src, at + 12);
	put_v4(&packet->dst, at + 16);
	packet->ttl = at[8];
	packet->tos = at[1];
	packet->dont_fragment = (at[6] & 0x40) != 0;
	packet->ip_id = mw_load_u16_be(at + 4);
	packet->ip_id_known = true;
	packet->ip_header_bytes = 20;
	packet->ip_total_bytes = total_bytes;
	return true;
}

/** outer: the IPv6 header, checked; the rest stands behind it. */
INLINE bool ip4_in_ip6_is_ordinary(struct mw_packet *packet, const uint8_t *outer, struct rest rest)
{
	unsigned layer = rest.layers;
	const uint8_t *inner = rest.in.at;

	rest.layers++;
	if (MW_UNLIKELY(!ip4_is_ordinary(packet, rest)))
		return false;
	packet->layers[layer - 1] = MW_LAYER_IPV6;
	packet->layers[layer] = MW_LAYER_IPV4_IN_IPV6;
	packet->tunnel = MW_LAYER_IPV4_IN_IPV6;
	memcpy(packet->outer_src.bytes, outer + 8, 16);
	memcpy(packet->outer_dst.bytes, outer + 24, 16);
	packet->scope = identifier_of_line(&packet->outer_src, &packet->outer_dst, inner + 12, inner + 16);
	return true;
}

INLINE bool ip6_is_ordinary(const struct mw_decode_settings *settings, struct mw_packet *packet, struct rest rest)
{
	const uint8_t *at = mw_reader_peek(&rest.in, 40);
	uint32_t payload_bytes = at == NULL ? 0 : mw_load_u16_be(at + 4);
	unsigned layer = rest.layers;

	if (MW_UNLIKELY(payload_bytes == 0 || 40 + payload_bytes > rest.wire_bytes || at[0] >> 4 != 6))
		return false;
	move(&rest, 40 + payload_bytes, 40);
	if (at[6] == 4)
		return settings->tunnel_depth >= 2 && ip4_in_ip6_is_ordinary(packet, at, rest);
	if (MW_UNLIKELY(!transport_is_ordinary(packet, at[6], rest)))
		return false;
	packet->layers[layer] = MW_LAYER_IPV6;
	packet->family = 6;
	packet->protocol = at[6];
	memcpy(packet->src.bytes, at + 8, 16);
	memcpy(packet->dst.bytes, at + 24, 16);
	packet->ttl = at[7];
	packet->tos = (uint8_t)(mw_load_u16_be(at) >> 4);
	packet->ip_header_bytes = 40;
	packet->ip_total_bytes = 40 + payload_bytes;
	return true;
}

bool decode_fast(const struct mw_decode_settings *settings, struct mw_packet *packet)
{
	struct rest rest = {
		.in = mw_reader_of(packet->data, packet->captured_bytes),
		.wire_bytes = MW_MAX(packet->wire_bytes, packet->captured_bytes),
	};
	const uint8_t *at = mw_reader_peek(&rest.in, 18);
	uint16_t ethertype, tag = 0;
	bool is_tagged;

	if (MW_UNLIKELY(packet->link != MW_LINK_ETHERNET || at == NULL || settings->tunnel_depth == 0))
		return false;
	ethertype = mw_load_u16_be(at + 12);
	is_tagged = ethertype == 0x8100;
	move(&rest, rest.wire_bytes, 14);
	if (is_tagged) {
		tag = mw_load_u16_be(at + 14) & 0xfff;
		ethertype = mw_load_u16_be(at + 16);
		move(&rest, rest.wire_bytes, 4);
	}
	if (MW_UNLIKELY(ethertype == 0x0800 ? !ip4_is_ordinary(packet, rest)
										: ethertype != 0x86dd || !ip6_is_ordinary(settings, packet, rest)))
		return false;
	packet->layers[0] = MW_LAYER_ETHERNET;
	if (is_tagged) {
		packet->layers[1] = MW_LAYER_VLAN;
		packet->vlan_outer = tag;
	}
	memcpy(packet->mac_dst, at, 6);
	memcpy(packet->mac_src, at + 6, 6);
	return true;
}
