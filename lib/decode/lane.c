// SPDX-License-Identifier: BSD-3-Clause
// The quick decode: an ordinary packet into its lane. Ethernet, perhaps two tags, IPv4, IPv6 or IPv4 in IPv6, TCP, UDP
// or ESP in UDP, whole headers, nothing unusual.
// Neighbours: decode.c walks every other packet; packet/rest.c fills what the lane leaves out. A test compares both
// with the walk on every packet that this file accepts.
//
// A batch at a time, link and network of all first: TCP and UDP take turns at random, so each has its own loop and no
// branch asks which it is.
//
// This file is compiled for each of the instruction sets that variant.c chooses among: LANE_DECODER is its only symbol.
#include <endian.h>
#ifdef __SSE4_1__
#include <smmintrin.h>
#endif

#include "decode.h"
#include "mw_route.h"

#define INLINE static inline __attribute__((always_inline)) // one path per family, without memory between its steps

INLINE uint32_t load_u32(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/** count bytes at an offset of the frame, NULL when fewer were captured. */
INLINE const uint8_t *peek(const struct mw_packet *packet, uint32_t from, uint32_t count)
{
	struct mw_reader in = mw_reader_of(packet->data, packet->captured_bytes);

	return mw_reader_skip(&in, from) ? mw_reader_peek(&in, count) : NULL;
}

/** Both ports, host order, as they lie in memory: the bytes of each change places. */
INLINE uint32_t load_ports(const uint8_t *at)
{
	uint32_t word = load_u32(at);

	return (word & 0x00ff00ff) << 8 | (word >> 8 & 0x00ff00ff);
}

/** The key in its order, without a branch: directions take turns as they like. turned: the target comes first. */
INLINE void write_key(struct mw_lane *lane, uint64_t tails, uint32_t ports, bool turned)
{
	const uint64_t turn = mw_unguessed(0 - (uint64_t)turned);

	lane->tails = tails ^ ((tails ^ (tails << 32 | tails >> 32)) & turn);
	lane->ports = ports ^ ((ports ^ (ports << 16 | ports >> 16)) & (uint32_t)turn);
	lane->direction = (uint8_t)(turn & 1);
}

/** Both ends of an IPv4 header without options, whose ports follow: one comparison for address, then port. */
#ifdef __SSE4_1__
INLINE void write_key_ip4(struct mw_lane *lane, const uint8_t *at)
{
	// from the TTL to the ports; the ends as numbers; the key in either order
	static const _Alignas(16) int8_t numbers[16] = {13, 12, 7, 6, 5, 4, -1, -1, 15, 14, 11, 10, 9, 8, -1, -1};
	static const _Alignas(16) int8_t keys[2][16] = {
		{4, 5, 6, 7, 8, 9, 10, 11, 13, 12, 15, 14, -1, -1, -1, -1},
		{8, 9, 10, 11, 4, 5, 6, 7, 15, 14, 13, 12, -1, -1, -1, -1},
	};
	const __m128i header = _mm_loadu_si128((const __m128i *)(const void *)(at + 8));
	const __m128i ends = _mm_shuffle_epi8(header, _mm_load_si128((const __m128i *)(const void *)numbers));
	const uint64_t source = (uint64_t)_mm_cvtsi128_si64(ends), target = (uint64_t)_mm_extract_epi64(ends, 1);
	const uint64_t turned = mw_unguessed(source > target);

	_mm_storeu_si128((__m128i *)(void *)&lane->tails,
					 _mm_shuffle_epi8(header, _mm_load_si128((const __m128i *)(const void *)keys[turned])));
	lane->direction = (uint8_t)turned;
}
#else
INLINE void write_key_ip4(struct mw_lane *lane, const uint8_t *at)
{
	const uint64_t source = (uint64_t)mw_load_u32_be(at + 12) << 16 | mw_load_u16_be(at + 20);
	const uint64_t target = (uint64_t)mw_load_u32_be(at + 16) << 16 | mw_load_u16_be(at + 22);

	write_key(lane, mw_lane_tails(load_u32(at + 12), load_u32(at + 16)), load_ports(at + 20), source > target);
}
#endif

INLINE void write_verdict(struct mw_packet *packet, uint8_t family, uint8_t protocol)
{
	const uint64_t word = htole64((uint64_t)family << 48 | (uint64_t)protocol << 56); // refusal, fate, owner: 0

	memcpy(&packet->refusal, &word, sizeof(word));
	packet->flow = NULL;
}
_Static_assert(offsetof(struct mw_packet, protocol) == offsetof(struct mw_packet, refusal) + 7, "written as one");

/**
 * What ends before wire_bytes of the frame. For each family: the IP protocol, TCP or UDP; 0 when it is not ordinary.
 */
INLINE unsigned lane_ip4(struct mw_packet *packet, uint32_t from, uint32_t wire_bytes)
{
	struct mw_lane *lane = &packet->lane;
	const uint8_t *at = peek(packet, from, 20 + 8); // the least that may follow
	uint32_t total_bytes = at == NULL ? 0 : mw_load_u16_be(at + 2);
	uint8_t protocol; // read once: what is stored may be it, in the compiler's eyes

	// no options, no fragment
	if (MW_UNLIKELY(total_bytes < 20 || from + total_bytes > wire_bytes || at[0] != 0x45 ||
					(mw_load_u16_be(at + 6) & 0x3fff) != 0))
		return 0;
	protocol = at[9];
	write_key_ip4(lane, at);
	lane->kind = protocol == 6 ? MW_LANE_TCP4 : MW_LANE_UDP4;
	lane->ip_id = mw_load_u16_be(at + 4);
	lane->total_bytes = (uint16_t)total_bytes;
	lane->payload_bytes = (uint16_t)(total_bytes - 20);
	lane->network_at = (uint8_t)from;
	lane->transport_at = (uint8_t)(from + 20);
	lane->route = mw_route_on_wire(packet->data, at[8]);
	lane->bits = MW_LANE_NUMBERED;
	write_verdict(packet, 4, protocol);
	return protocol;
}

/** outer: the IPv6 header, checked; the rest stands behind it. */
INLINE unsigned lane_ip4_in_ip6(struct mw_packet *packet, const uint8_t *outer, uint32_t from, uint32_t wire_bytes)
{
	unsigned protocol = lane_ip4(packet, from, wire_bytes);
	struct mw_address src, dst;
	uint32_t scope;

	if (MW_UNLIKELY(protocol == 0))
		return 0;
	memcpy(src.bytes, outer + 8, sizeof(src.bytes));
	memcpy(dst.bytes, outer + 24, sizeof(dst.bytes));
	scope = identifier_of_line(&src, &dst, outer + 40 + 12, outer + 40 + 16);
	if (scope == 0)
		return protocol;
	packet->scope = scope;
	packet->lane.kind = MW_LANE_LONG;
	packet->lane.bits |= MW_LANE_SCOPED;
	return protocol;
}

/** True when the first of two ends, 16 bytes of address each, comes behind the second. */
INLINE bool comes_behind(const uint8_t *src, const uint8_t *dst, const uint8_t *ports)
{
	struct mw_address a, b;
	int order;

	memcpy(a.bytes, src, sizeof(a.bytes));
	memcpy(b.bytes, dst, sizeof(b.bytes));
	order = mw_address_compare(&a, &b);
	return order > 0 || (order == 0 && mw_load_u16_be(ports) > mw_load_u16_be(ports + 2));
}

/** IPv4 addresses in their mapped form on the wire: nobody sends them, and their key would be a short one. */
INLINE bool is_mapped(const uint8_t *address)
{
	return load_u32(address) == 0;
}

INLINE unsigned lane_ip6(struct mw_packet *packet, const uint8_t *at, uint32_t from)
{
	struct mw_lane *lane = &packet->lane;
	uint32_t payload_bytes = mw_load_u16_be(at + 4);

	if (MW_UNLIKELY(is_mapped(at + 8) && is_mapped(at + 24)))
		return 0;
	write_key(lane, mw_lane_tails(load_u32(at + 8 + 12), load_u32(at + 24 + 12)), load_ports(at + 40),
			  comes_behind(at + 8, at + 24, at + 40));
	lane->kind = MW_LANE_LONG;
	lane->ip_id = 0;
	lane->total_bytes = (uint16_t)(40 + payload_bytes);
	lane->payload_bytes = (uint16_t)payload_bytes;
	lane->network_at = (uint8_t)from;
	lane->transport_at = (uint8_t)(from + 40);
	lane->route = mw_route_on_wire(packet->data, at[7]);
	lane->bits = 0;
	write_verdict(packet, 6, at[6]);
	return at[6];
}

INLINE unsigned lane_ip6_or_line(const struct mw_decode_settings *settings, struct mw_packet *packet, uint32_t from,
								 uint32_t wire_bytes, uint8_t *shape)
{
	const uint8_t *at = peek(packet, from, 40 + 8);
	uint32_t payload_bytes = at == NULL ? 0 : mw_load_u16_be(at + 4);

	if (MW_UNLIKELY(payload_bytes == 0 || from + 40 + payload_bytes > wire_bytes || at[0] >> 4 != 6 ||
					40 + payload_bytes > UINT16_MAX))
		return 0;
	if (at[6] != 4) {
		*shape |= MW_SHAPE_IP6;
		return lane_ip6(packet, at, from);
	}
	*shape |= MW_SHAPE_4IN6;
	return settings->tunnel_depth < 2 ? 0 : lane_ip4_in_ip6(packet, at, from + 40, from + 40 + payload_bytes);
}

/** At most two tags. @return the ethertype behind them, and where. */
INLINE uint32_t lane_tags(const uint8_t *at, uint32_t *from, uint8_t *shape, uint32_t *tags)
{
	uint32_t ethertype = mw_load_u16_be(at + 12);

	*from = 14;
	*tags = 0;
	if (MW_LIKELY(ethertype == 0x0800 || ethertype == 0x86dd))
		return ethertype;
	for (unsigned i = 0; i < 2 && (ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100); i++) {
		*shape |= ethertype == 0x8100 ? MW_SHAPE_VLAN : MW_SHAPE_QINQ;
		*tags |= (mw_load_u16_be(at + *from) & 0xfffu) << (i == 0 ? 12 : 0);
		ethertype = mw_load_u16_be(at + *from + 2);
		*from += 4;
	}
	return ethertype;
}

/** Link and network. @return TCP or UDP; any other: the packet is not ordinary. */
INLINE unsigned lane_network(const struct mw_decode_settings *settings, struct mw_packet *packet)
{
	const uint8_t *at = peek(packet, 0, 14 + 8 + 20);
	const uint32_t wire_bytes = MW_MAX(packet->wire_bytes, packet->captured_bytes);
	uint32_t ethertype, from, tags;
	unsigned protocol = 0;
	uint8_t shape = 0;

	if (MW_UNLIKELY(packet->link != MW_LINK_ETHERNET || at == NULL || settings->tunnel_depth == 0))
		return 0;
	ethertype = lane_tags(at, &from, &shape, &tags);
	if (MW_LIKELY(ethertype == 0x0800)) {
		shape |= MW_SHAPE_IP4;
		protocol = lane_ip4(packet, from, wire_bytes);
	} else if (MW_LIKELY(ethertype == 0x86dd)) {
		protocol = lane_ip6_or_line(settings, packet, from, wire_bytes, &shape);
	}
	packet->lane.tags = tags;
	packet->lane.shape = shape;
	return protocol;
}

/** What is captured behind the IP header, which knows how long it is. */
INLINE struct mw_reader transport_of(const struct mw_packet *packet)
{
	struct mw_reader in = mw_reader_of(packet->data, packet->captured_bytes);

	mw_reader_skip(&in, packet->lane.transport_at);
	mw_reader_limit(&in, packet->lane.payload_bytes);
	return in;
}

static void write_copy_of_tcp(struct mw_lane *lane, const struct mw_packet_tcp *tcp, uint16_t checksum)
{
	lane->copy[0] = tcp->ts_value | (uint64_t)tcp->ts_echo << 32;
	lane->copy[1] = (uint32_t)tcp->window << 16 | (uint32_t)tcp->flags << 8 | tcp->present |
					(uint64_t)((uint32_t)checksum << 16 ^ lane->payload_bytes) << 32;
}

/** Options beside a timestamp, or reserved bits: read at once, because one that is wrong is counted. */
static __attribute__((noinline)) void read_unusual(struct mw_packet *packet)
{
	const uint8_t *at = packet->data + packet->lane.transport_at;
	struct mw_packet_tcp *tcp = &packet->tcp;
	const uint32_t options_bytes = (at[12] >> 4) * 4u - 20;

	packet->lane.copy[0] = packet->lane.copy[1] = 0; // nothing is known of options yet
	mw_packet_fill(packet);
	if (!read_tcp_options(tcp, mw_reader_of(at + 20, options_bytes), options_bytes))
		packet->refusal = MW_REFUSAL_TCP_OPTIONS;
	packet->kinds |= kinds_of_tcp_options(tcp);
	if ((at[12] & TCP_RESERVED_BITS) != 0)
		tcp->present |= MW_TCP_RESERVED;
	write_copy_of_tcp(&packet->lane, tcp, packet->checksum);
}

/** The five flags that tell what a segment is: its kinds, and a bit for those that are ordinary. */
#define FLAG_KINDS(flags)                                                                                              \
	(MW_KIND_TCP | ((flags)&MW_TCP_FIN ? MW_KIND_FIN : 0) | ((flags)&MW_TCP_RST ? MW_KIND_RST : 0) |                   \
	 (((flags) & (MW_TCP_SYN | MW_TCP_ACK)) == MW_TCP_SYN ? MW_KIND_SYN : 0) |                                         \
	 (((flags) & (MW_TCP_SYN | MW_TCP_ACK)) == (MW_TCP_SYN | MW_TCP_ACK) ? MW_KIND_SYN_ACK : 0))
#define FOUR_KINDS(flags) FLAG_KINDS(flags), FLAG_KINDS((flags) + 1), FLAG_KINDS((flags) + 2), FLAG_KINDS((flags) + 3)
static const uint32_t flag_kinds[32] = {FOUR_KINDS(0),  FOUR_KINDS(4),  FOUR_KINDS(8),  FOUR_KINDS(12),
										FOUR_KINDS(16), FOUR_KINDS(20), FOUR_KINDS(24), FOUR_KINDS(28)};
#define ORDINARY_FLAGS (1u << MW_TCP_ACK | 1u << (MW_TCP_ACK | MW_TCP_PSH))
_Static_assert(MW_LANE_ORDINARY == 1, "as a bit of a set");

INLINE bool lane_tcp(struct mw_packet *packet)
{
	struct mw_lane *lane = &packet->lane;
	const struct mw_reader in = transport_of(packet);
	const uint8_t *at = mw_reader_peek(&in, 20);
	const uint32_t header_bytes = at == NULL ? 0 : (at[12] >> 4) * 4u;
	struct mw_packet_tcp tcp;
	bool stamped, unusual;

	if (MW_UNLIKELY(header_bytes < 20 || mw_reader_left(&in) < header_bytes))
		return false;
	stamped = header_bytes == 32 && mw_load_u32_be(at + 20) == 0x0101080a;
	unusual = (header_bytes != 20 && !stamped) || (at[12] & TCP_RESERVED_BITS) != 0;
	tcp = (struct mw_packet_tcp){.window = mw_load_u16_be(at + 14), .flags = at[13]};
	if (stamped) {
		tcp.present = MW_TCP_OPTION_TIMESTAMP;
		tcp.ts_value = mw_load_u32_be(at + 24);
		tcp.ts_echo = mw_load_u32_be(at + 28);
	}
	lane->seq = mw_load_u32_be(at + 4);
	lane->ack = mw_load_u32_be(at + 8);
	lane->payload_bytes = (uint16_t)(lane->payload_bytes - header_bytes);
	lane->shape |= MW_SHAPE_TCP;
	lane->bits |= (uint8_t)((stamped ? MW_LANE_STAMPED : 0) |
							(ORDINARY_FLAGS >> (at[13] & 31) & (unusual ? 0 : MW_LANE_ORDINARY)));
	packet->kinds = flag_kinds[at[13] & 31] | (lane->payload_bytes > 0 ? MW_KIND_PAYLOAD : 0);
	if (MW_UNLIKELY(unusual))
		read_unusual(packet);
	else
		write_copy_of_tcp(lane, &tcp, mw_load_u16_be(at + 16));
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

INLINE bool may_be_tunnel_port(uint16_t port)
{
	return (TUNNEL_SLOTS[port >> 6 & 3] >> (port & 63) & 1) != 0;
}

#define ESP_PORT      4500
#define ESP_BYTES_MIN 16 // as ipsec.c has it

/** What the ports promise: MW_SHAPE_UDP nothing, MW_SHAPE_ESP an ESP packet, 0 what the walk has to look into. */
static __attribute__((noinline)) uint8_t shape_behind(uint16_t src_port, uint16_t dst_port)
{
#define IS_SOURCE(number, ...) || src_port == (number)
#define IS_TARGET(number, ...) || dst_port == (number)
	if (dst_port == ESP_PORT)
		return MW_SHAPE_ESP;
	if (false UDP_TUNNEL_PORTS(IS_TARGET))
		return 0;
	if (src_port == ESP_PORT)
		return MW_SHAPE_ESP;
	return (false UDP_TUNNEL_PORTS(IS_SOURCE)) ? 0 : MW_SHAPE_UDP;
}

/** A WireGuard message may be on any port: a type from 1 to 4 and three zero bytes. */
INLINE bool may_be_wireguard(const uint8_t *payload, uint32_t captured_bytes)
{
	uint32_t word = captured_bytes < 4 ? 0 : mw_load_u32_be(payload);

	return (word & 0xffffff) == 0 && word - (1u << 24) <= 3u << 24;
}

/** Not a keepalive of one byte, nor IKE behind its marker. */
INLINE bool is_esp(const uint8_t *payload, uint32_t captured_bytes, uint32_t wire_bytes)
{
	return captured_bytes >= 4 && mw_load_u32_be(payload) != 0 && wire_bytes >= ESP_BYTES_MIN;
}

INLINE bool lane_udp(struct mw_packet *packet)
{
	struct mw_lane *lane = &packet->lane;
	struct mw_reader in = transport_of(packet);
	const uint8_t *at = mw_reader_peek(&in, 8);
	const uint32_t length_bytes = at == NULL ? 0 : mw_load_u16_be(at + 4);
	uint8_t shape = MW_SHAPE_UDP;
	uint16_t src_port, dst_port;
	uint32_t captured_bytes;

	if (MW_UNLIKELY(length_bytes < 8 || length_bytes > lane->payload_bytes))
		return false;
	mw_reader_limit(&in, length_bytes);
	captured_bytes = (uint32_t)mw_reader_left(&in) - 8;
	src_port = mw_load_u16_be(at);
	dst_port = mw_load_u16_be(at + 2);
	if (MW_UNLIKELY(may_be_tunnel_port(src_port) || may_be_tunnel_port(dst_port)))
		shape = shape_behind(src_port, dst_port);
	if (MW_UNLIKELY(shape != MW_SHAPE_UDP ? shape == 0 || !is_esp(at + 8, captured_bytes, length_bytes - 8)
										  : may_be_wireguard(at + 8, captured_bytes)))
		return false;
	lane->seq = lane->ack = 0;
	lane->payload_bytes = (uint16_t)(length_bytes - 8);
	lane->copy[0] = lane->payload_bytes;
	lane->copy[1] = mw_load_u16_be(at + 6);
	lane->shape |= shape;
	lane->bits |= MW_LANE_ORDINARY;
	packet->kinds = kinds_of_udp(lane->payload_bytes);
	return true;
}

static bool decode_one(const struct mw_decode_settings *settings, struct mw_packet *packet)
{
	unsigned protocol = lane_network(settings, packet);

	return protocol == 6 ? lane_tcp(packet) : protocol == 17 && lane_udp(packet);
}

enum { LIST_OTHERS, LIST_TCP, LIST_UDP, LISTS };
static const uint8_t protocol_lists[256] = {[6] = LIST_TCP, [17] = LIST_UDP};

static void decode_batch(const struct mw_decode_settings *settings, struct mw_packet *const packets[], uint32_t count)
{
	struct mw_packet *lists[LISTS][MW_BATCH_PACKETS];
	uint32_t counts[LISTS] = {0};

	for (uint32_t i = 0; i < count; i++) {
		const uint8_t list = protocol_lists[lane_network(settings, packets[i])];

		lists[list][counts[list]++] = packets[i];
	}
	for (uint32_t i = 0; i < counts[LIST_TCP]; i++) {
		if (MW_UNLIKELY(!lane_tcp(lists[LIST_TCP][i])))
			lists[LIST_OTHERS][counts[LIST_OTHERS]++] = lists[LIST_TCP][i];
	}
	for (uint32_t i = 0; i < counts[LIST_UDP]; i++) {
		if (MW_UNLIKELY(!lane_udp(lists[LIST_UDP][i])))
			lists[LIST_OTHERS][counts[LIST_OTHERS]++] = lists[LIST_UDP][i];
	}
	for (uint32_t i = 0; i < counts[LIST_OTHERS]; i++)
		decode_walk(settings, lists[LIST_OTHERS][i]);
}

const struct lane_decoder LANE_DECODER = {decode_one, decode_batch};
