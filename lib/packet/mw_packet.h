// SPDX-License-Identifier: BSD-3-Clause
// The decoded view of one packet, and the fields its source fills in.
// Neighbours: input/ makes it, decode/ fills it, pipeline/ carries it, detectors read it. Holds no copy of the bytes.
#ifndef MW_PACKET_H
#define MW_PACKET_H

#include "mw_address.h"
#include "mw_base.h"

#define MW_BATCH_PACKETS 64
#define MW_LAYERS_MAX    24

#define MW_DLT_ETHERNET 1 // libpcap's number of what live ports show

struct mw_flow;

/** How the first byte of a frame is to be read. */
enum mw_link {
	MW_LINK_ETHERNET,
	MW_LINK_RAW_IP, // LINKTYPE_RAW, _IPV4, _IPV6
	MW_LINK_NULL, // LINKTYPE_NULL: family in the capturing host's order
	MW_LINK_LOOP, // LINKTYPE_LOOP: family in network order
	MW_LINK_LINUX_SLL, // cooked v1
	MW_LINK_LINUX_SLL2,
	MW_LINK_PPP, // LINKTYPE_PPP, _PPP_HDLC
	MW_LINK_CISCO_HDLC, // LINKTYPE_C_HDLC
	MW_LINK_FRAME_RELAY,
	MW_LINK_PPPOE, // LINKTYPE_PPP_ETHER: without Ethernet's header
	MW_LINK_MPLS,
	MW_LINK_WLAN, // LINKTYPE_IEEE802_11
	MW_LINK_RADIOTAP,
	MW_LINK_PPI,
	MW_LINK_NFLOG,
	MW_LINK_DSA, // Marvell's switch tag
	MW_LINK_EDSA, // behind an ethertype of its own
	MW_LINK_BRCM, // Broadcom's
	MW_LINK_BRCM_PREPEND, // in front of the frame
	MW_LINK_UNKNOWN,
};

/** What became of a packet: the terms of the conservation law. */
enum mw_fate { MW_FATE_ANALYSED, MW_FATE_FILTERED, MW_FATE_MALFORMED, MW_FATE_TRUNCATED, MW_FATES };

// clang-format off
/** Every reason to stop decoding: X(symbol, counter name, fate, help). Order is free; names are not. */
#define MW_REFUSALS(X)                                                                                                 \
	X(NONE, "none", ANALYSED, "decoded to the end")                                                                    \
	X(LINK_UNKNOWN, "link-type-unknown", MALFORMED, "the capture's link type is none that we read")                   \
	X(LINK_SHORT, "link-short", TRUNCATED, "frame ends inside its link header")                                       \
	X(WLAN_HEADER, "wlan-header", MALFORMED, "radiotap or PPI of an unknown version or an impossible length")          \
	X(WLAN_OTHER, "wlan-other", ANALYSED, "802.11 management, control, no data, or one piece of a frame")             \
	X(WLAN_PROTECTED, "wlan-protected", ANALYSED, "802.11 data that is encrypted")                                    \
	X(WLAN_BODY, "wlan-body", MALFORMED, "802.11 data that does not begin with LLC: encrypted or damaged")            \
	X(NFLOG_BAD, "nflog-bad", MALFORMED, "an NFLOG record without a packet, or of impossible attributes")             \
	X(ETHERTYPE_OTHER, "ethertype-other", ANALYSED, "no IP: LLDP, STP, PPPoE discovery and the like")                 \
	X(TAGS_DEEP, "tags-too-deep", MALFORMED, "more VLAN tags or MPLS labels than any network uses")                   \
	X(MPLS_SHORT, "mpls-short", TRUNCATED, "label stack cut")                                                         \
	X(MPLS_PAYLOAD_OTHER, "mpls-payload-other", ANALYSED, "labels over something that is neither IP nor Ethernet")    \
	X(PPPOE_BAD, "pppoe-bad", MALFORMED, "PPPoE version, type or length contradict RFC 2516")                         \
	X(PPP_OTHER, "ppp-other", ANALYSED, "PPP control protocol")                                                       \
	X(IP4_SHORT, "ipv4-short", TRUNCATED, "cut inside the IPv4 header")                                               \
	X(IP4_VERSION, "ipv4-version", MALFORMED, "version is not 4")                                                     \
	X(IP4_HEADER_LENGTH, "ipv4-header-length", MALFORMED, "IHL below 5 or beyond the total length")                   \
	X(IP4_TOTAL_LENGTH, "ipv4-total-length", MALFORMED, "total length beyond the frame on the wire")                  \
	X(IP6_SHORT, "ipv6-short", TRUNCATED, "cut inside the IPv6 header")                                               \
	X(IP6_VERSION, "ipv6-version", MALFORMED, "version is not 6")                                                     \
	X(IP6_PAYLOAD_LENGTH, "ipv6-payload-length", MALFORMED, "payload length beyond the frame on the wire")            \
	X(IP6_EXTENSION_SHORT, "ipv6-extension-short", TRUNCATED, "cut inside an extension header")                       \
	X(IP6_EXTENSION_LENGTH, "ipv6-extension-length", MALFORMED, "extension header beyond the payload length")         \
	X(IP6_EXTENSIONS_DEEP, "ipv6-extensions-deep", MALFORMED, "more extension headers than any sender uses")          \
	X(FRAGMENT_LATER, "fragment-later", ANALYSED, "a fragment that is not the first: it has no ports")                \
	X(PROTOCOL_OTHER, "protocol-other", ANALYSED, "an IP protocol without a decoder")                                 \
	X(TUNNEL_DEEP, "tunnel-too-deep", MALFORMED, "nested beyond the depth limit")                                     \
	X(GRE_SHORT, "gre-short", TRUNCATED, "cut inside GRE")                                                            \
	X(GRE_BAD, "gre-bad", MALFORMED, "GRE flags or version contradict RFC 2784 and 2890")                             \
	X(GRE_PAYLOAD_OTHER, "gre-payload-other", ANALYSED, "GRE carries something that we do not read")                  \
	X(ERSPAN_BAD, "erspan-bad", MALFORMED, "ERSPAN version or length contradict themselves")                          \
	X(ERSPAN_SHORT, "erspan-short", TRUNCATED, "cut inside ERSPAN")                                                   \
	X(AH_SHORT, "ah-short", TRUNCATED, "cut inside AH")                                                               \
	X(AH_BAD, "ah-bad", MALFORMED, "AH length below its minimum or beyond the packet")                                \
	X(TCP_SHORT, "tcp-short", TRUNCATED, "cut inside the TCP header")                                                 \
	X(TCP_HEADER_LENGTH, "tcp-header-length", MALFORMED, "data offset below 5 or beyond the segment")                 \
	X(TCP_OPTIONS, "tcp-options", ANALYSED, "an option with an impossible length; the rest of the segment is used")   \
	X(UDP_SHORT, "udp-short", TRUNCATED, "cut inside the UDP header")                                                 \
	X(UDP_LENGTH, "udp-length", MALFORMED, "UDP length below 8 or beyond the datagram")                               \
	X(ICMP_SHORT, "icmp-short", TRUNCATED, "cut inside the ICMP header")                                              \
	X(ICMP_LENGTH, "icmp-length", MALFORMED, "message shorter than its type needs")                                   \
	X(ICMP_QUOTE_SHORT, "icmp-quote-short", ANALYSED, "an ICMP error quotes too little to name a flow")               \
	X(ARP_BAD, "arp-bad", MALFORMED, "ARP for something else than IPv4 over Ethernet, or cut")                        \
	X(SCTP_SHORT, "sctp-short", TRUNCATED, "cut inside the SCTP header")

// clang-format on
enum mw_refusal {
#define X(symbol, name, fate, help) MW_REFUSAL_##symbol,
	MW_REFUSALS(X)
#undef X
		MW_REFUSALS_COUNT
};

// clang-format off
/** Layers, outermost first, as the packet has them: X(symbol, name, is_tunnel). */
#define MW_LAYER_TABLE(X)                                                                                              \
	X(ETHERNET, "ethernet", 0)                                                                                         \
	X(SNAP, "snap", 0)                                                                                                 \
	X(LINUX_COOKED, "linux-cooked", 0)                                                                                 \
	X(WLAN, "wlan", 0)                                                                                                 \
	X(NFLOG, "nflog", 0)                                                                                               \
	X(HDLC, "cisco-hdlc", 0)                                                                                           \
	X(FRAME_RELAY, "frame-relay", 0)                                                                                   \
	X(SWITCH_TAG, "switch-tag", 0)                                                                                     \
	X(LOOPBACK, "loopback", 0)                                                                                         \
	X(PPP, "ppp", 0)                                                                                                   \
	X(VLAN, "vlan", 0)                                                                                                 \
	X(QINQ, "qinq", 0)                                                                                                 \
	X(MPLS, "mpls", 0)                                                                                                 \
	X(PPPOE, "pppoe", 1)                                                                                               \
	X(PPPOE_DISCOVERY, "pppoe-discovery", 0)                                                                           \
	X(ARP, "arp", 0)                                                                                                   \
	X(IPV4, "ipv4", 0)                                                                                                 \
	X(IPV6, "ipv6", 0)                                                                                                 \
	X(IP6_EXTENSION, "ipv6-extension", 0)                                                                              \
	X(FRAGMENT, "fragment", 0)                                                                                         \
	X(IPV4_IN_IPV6, "4in6", 1)                                                                                         \
	X(IPV6_IN_IPV4, "6in4", 1)                                                                                         \
	X(IPV4_IN_IPV4, "ipip", 1)                                                                                         \
	X(IPV6_IN_IPV6, "6in6", 1)                                                                                         \
	X(GRE, "gre", 1)                                                                                                   \
	X(NVGRE, "nvgre", 1)                                                                                               \
	X(ERSPAN1, "erspan1", 1)                                                                                           \
	X(ERSPAN2, "erspan2", 1)                                                                                           \
	X(ERSPAN3, "erspan3", 1)                                                                                           \
	X(VXLAN, "vxlan", 1)                                                                                               \
	X(VXLAN_GPE, "vxlan-gpe", 1)                                                                                       \
	X(GENEVE, "geneve", 1)                                                                                             \
	X(GTPU, "gtp-u", 1)                                                                                                \
	X(TZSP, "tzsp", 1)                                                                                                 \
	X(TEREDO, "teredo", 1)                                                                                             \
	X(L2TP2, "l2tpv2", 1)                                                                                              \
	X(L2TP3, "l2tpv3", 1)                                                                                              \
	X(AH, "ah", 1)                                                                                                     \
	X(ESP, "esp", 1)                                                                                                   \
	X(ESP_IN_UDP, "esp-in-udp", 1)                                                                                     \
	X(IKE, "ike", 0)                                                                                                   \
	X(WIREGUARD, "wireguard", 1)                                                                                       \
	X(TCP, "tcp", 0)                                                                                                   \
	X(UDP, "udp", 0)                                                                                                   \
	X(ICMP, "icmp", 0)                                                                                                 \
	X(ICMP6, "icmpv6", 0)                                                                                              \
	X(SCTP, "sctp", 0)

// clang-format on
enum mw_layer {
#define X(symbol, name, is_tunnel) MW_LAYER_##symbol,
	MW_LAYER_TABLE(X)
#undef X
		MW_LAYERS
};

/** Kinds: a set of bits; a detector names those it wants to see on every flow. */
enum {
	MW_KIND_TCP = 1u << 0,
	MW_KIND_UDP = 1u << 1,
	MW_KIND_ICMP = 1u << 2, // ICMP or ICMPv6
	MW_KIND_SYN = 1u << 3, // SYN without ACK
	MW_KIND_SYN_ACK = 1u << 4,
	MW_KIND_FIN = 1u << 5,
	MW_KIND_RST = 1u << 6,
	MW_KIND_FRAGMENT = 1u << 7, // any fragment, first ones too
	MW_KIND_ICMP_ERROR = 1u << 8, // quoted is valid
	MW_KIND_PAYLOAD = 1u << 9, // transport payload is not empty
	MW_KIND_SIGNATURE = 1u << 10, // a signature hit; set after decode
	MW_KIND_IKE = 1u << 11, // UDP 500, or 4500 with the non-ESP marker
	MW_KIND_ARP = 1u << 12,
	MW_KIND_ND = 1u << 13, // RS, RA, NS, NA, redirect
	MW_KIND_LINK = 1u << 14, // no IP packet inside
	MW_KIND_DUPLICATE = 1u << 15, // the mirror showed this packet before; set after decode
	MW_KIND_FLOW_START = 1u << 16, // first packet of its flow; set by the flow table
	MW_KIND_FLOW_AGAIN = 1u << 17, // not that: its side was silent before, or in this window of the clock (2^31 ns)
	MW_KIND_OUT_OF_ORDER = 1u << 18, // TCP, not the next sequence number of its side; set by the flow table
	MW_KIND_LARGE = 1u << 19, // UDP with more than MW_SAFE_UDP_BYTES of payload, of those that are FLOW_AGAIN
	MW_KIND_ACK_AHEAD = 1u << 20, // TCP, acknowledges what never passed of the other side; set by the flow table
	MW_KIND_SACK = 1u << 21, // TCP with an option of selective acknowledgement (RFC 2018)
	MW_KIND_ACK_AGAIN = 1u << 22, // TCP, a duplicate acknowledgement (RFC 5681) without SACK; set by the flow table
};

#define MW_SAFE_UDP_BYTES 1232 // what every path of IPv6 carries: 1280 less two headers (RFC 8200 section 5)

/** TCP flag bits as on the wire (RFC 9293 section 3.1). */
enum {
	MW_TCP_FIN = 1,
	MW_TCP_SYN = 2,
	MW_TCP_RST = 4,
	MW_TCP_PSH = 8,
	MW_TCP_ACK = 16,
	MW_TCP_URG = 32,
	MW_TCP_ECE = 64,
	MW_TCP_CWR = 128,
};

/** Bits of mw_packet.tcp.present: which options the segment carried, and one for its header. */
enum {
	MW_TCP_OPTION_MSS = 1,
	MW_TCP_OPTION_WSCALE = 2,
	MW_TCP_OPTION_SACK_PERMITTED = 4,
	MW_TCP_OPTION_SACK = 8,
	MW_TCP_OPTION_TIMESTAMP = 16,
	MW_TCP_OPTION_OTHER = 32,
	MW_TCP_RESERVED = 64, // no option: one of the three bits that RFC 9293 reserves is set
};

struct mw_packet_tcp {
	uint32_t seq, ack;
	uint16_t window; // unscaled
	uint8_t flags; // MW_TCP_*
	uint8_t present; // MW_TCP_OPTION_*
	uint8_t wscale;
	uint8_t header_bytes; // with options
	uint16_t mss; // bytes
	uint32_t ts_value, ts_echo;
};

/** The packet that an ICMP error quotes (RFC 792, RFC 4443), as far as the quote goes. */
struct mw_packet_quote {
	struct mw_address src, dst;
	uint16_t src_port, dst_port; // host order; ICMP echo: identifier in both
	uint8_t protocol;
	bool ports_known;
	uint32_t mtu_bytes; // fragmentation needed, packet too big; 0 when not given
	uint32_t total_bytes; // of the quoted IP packet, as its header says
	uint32_t ip_id; // IPv4 identification, or the IPv6 fragment header's; see ip_id_known
	bool ip_id_known;
	uint32_t tcp_seq; // when protocol is TCP and ports_known
};

/** What the key of an ordinary packet's flow is: the short ones (IPv4, no scope, no VLAN) are hashed as 16 bytes. */
enum mw_lane_kind { MW_LANE_NONE, MW_LANE_TCP4, MW_LANE_UDP4, MW_LANE_LONG };

/** How an ordinary packet is made, one of each group; 0: it is none, and the walk has filled the packet. */
enum {
	MW_SHAPE_TCP = 1,
	MW_SHAPE_UDP = 2,
	MW_SHAPE_ESP = 3, // in UDP
	MW_SHAPE_TRANSPORT = 3,
	MW_SHAPE_IP4 = 1 << 2,
	MW_SHAPE_IP6 = 2 << 2,
	MW_SHAPE_4IN6 = 3 << 2,
	MW_SHAPE_NETWORK = 3 << 2,
	MW_SHAPE_VLAN = 1 << 4, // any tag of this kind
	MW_SHAPE_QINQ = 1 << 5,
	MW_SHAPES = 1 << 6,
};

/** Bits of mw_lane.bits. */
enum {
	MW_LANE_ORDINARY = 1, // UDP, or TCP with ACK, no flag that changes the connection, no option but a timestamp
	MW_LANE_STAMPED = 2, // TCP with a timestamp
	MW_LANE_NUMBERED = 4, // IPv4: ip_id is known
	MW_LANE_SCOPED = 8, // mw_packet.scope is set, though the rest is not
	MW_LANE_WHOLE = 16, // the rest of the packet is filled, too
};

/**
 * An ordinary packet in one cache line: all that its flow, the search for copies and the classes ask of it. Ethernet,
 * perhaps two tags, IPv4 or IPv6 or IPv4 in IPv6, TCP or UDP or ESP in UDP, whole headers. Of other packets the flow
 * table fills key, hash and direction.
 */
struct mw_lane {
	uint64_t tails; // of the key: the last four bytes of both addresses, as they lie in memory
	uint32_t ports; // both ports, host order, so too
	uint32_t kind; // enum mw_lane_kind
	uint64_t hash; // with a flow: keyed, the same for both directions
	uint64_t
		copy[2]; // what else a mirror's copy has in common with it. TCP: timestamps; window, flags, options, checksum
	uint32_t seq, ack; // 0 of UDP
	uint32_t tags; // the outer VLAN, then the inner one, 12 bits each
	uint16_t ip_id; // 0 without
	uint16_t total_bytes; // of the innermost IP packet
	uint16_t payload_bytes; // on the wire
	uint8_t network_at, transport_at; // where the innermost headers stand in data
	uint8_t route; // mw_route_on_wire
	uint8_t direction; // as mw_packet.direction
	uint8_t shape; // MW_SHAPE_*
	uint8_t bits; // MW_LANE_*
};
_Static_assert(sizeof(struct mw_lane) == MW_CACHE_LINE_BYTES, "a lane is one line");

/**
 * One packet. The source fills the first block, decode the others; all integers in host order.
 * Of an ordinary packet decode fills the verdict and the lane, and mw_packet_rest() the rest for who wants it: a
 * detector gets whole packets only. Every field up to checksum is set or cleared, so that a reader may compare them
 * whatever the protocol. The fields behind have no value except where their comment says so. The order is the cache's:
 * an ordinary packet stays within the first two lines.
 */
struct mw_packet {
	// from the source
	const uint8_t *data;
	uint32_t captured_bytes; // of data
	uint32_t wire_bytes; // length on the wire, >= captured_bytes
	uint64_t time_ns; // packet time since the epoch
	uint64_t clock_ns; // latest packet time of this source so far: never goes back
	void *source_cookie; // the source's own; to give the buffer back
	uint16_t dlt; // libpcap's number of the link type
	uint8_t link; // enum mw_link: how it is read
	uint8_t is_marker; // a tick travelling with the packets (pipeline/); no data

	// verdict of decode
	uint32_t kinds; // MW_KIND_*
	uint8_t refusal; // enum mw_refusal
	uint8_t fate; // enum mw_fate
	uint8_t layers_count;
	uint8_t tunnel; // innermost tunnel layer (enum mw_layer), or MW_LAYERS for none
	uint16_t owner; // worker; set by pipeline/
	uint8_t family; // innermost IP: 4, 6, or 0 for none
	uint8_t protocol; // innermost IP protocol or last next-header; 0 with family 0
	struct mw_flow *flow; // from a later stage; of flow/, or NULL

	struct mw_lane lane;

	// innermost IP
	struct mw_address src, dst;
	uint16_t src_port, dst_port; // 0 when there are none; ICMP echo: identifier in both; ESP: none
	uint32_t scope; // tells equal inside addresses of several tunnels apart: VNI, hash of the DS-Lite client; 0: none
	uint16_t vlan_outer, vlan_inner; // 0 is untagged; of the outermost Ethernet
	uint8_t ttl; // TTL or hop limit
	uint8_t tos; // DSCP and ECN
	bool dont_fragment;
	bool more_fragments;
	uint16_t fragment_offset_bytes;
	uint16_t ip_header_bytes; // with options and extension headers
	uint32_t ip_id; // IPv4 identification, or the IPv6 fragment header's; see ip_id_known
	uint32_t ip_total_bytes; // of the innermost IP packet, as its header says; of a refused one, too, if that is why
	bool ip_id_known;

	// transport
	uint8_t icmp_type, icmp_code;
	uint8_t service; // from a later stage: enum of signature/mw_service.h, 0 unknown
	struct mw_packet_tcp tcp; // zero without a whole TCP header
	const uint8_t *payload; // within data; captured part
	uint32_t payload_bytes; // captured
	uint32_t payload_wire_bytes; // as the headers say; TCP sequence space uses this
	uint16_t icmp_sequence; // echo; of a router's advertisement its lifetime, s
	uint16_t signature; // from a later stage: rule index + 1 of a hit, 0 none
	uint8_t direction; // from a later stage, 0: from the flow's first endpoint in key order, 1: the other way
	bool outer_is_fragment; // the IP packet around the innermost one is a first fragment: offset 0, more follow
	uint8_t mac_dst[6], mac_src[6]; // zero when the link has none; the outermost Ethernet's
	uint16_t checksum; // of TCP or UDP, as it stands there: nobody has verified it

	// each only under its condition
	uint8_t layers[MW_LAYERS_MAX]; // the first layers_count
	uint32_t outer_ip_id; // with outer_is_fragment: its identification
	uint32_t outer_fragment_bytes; // with outer_is_fragment: the bytes of its datagram in this packet
	struct mw_address outer_src, outer_dst; // with a tunnel: of the outermost IP, zero when the tunnel ran over none
	struct mw_packet_quote quote; // with an ICMP error's type; names a packet with MW_KIND_ICMP_ERROR
	struct mw_flow *quoted_flow; // with MW_KIND_ICMP_ERROR, from pipeline/: the flow of the quoted packet, or NULL
	uint32_t copy_after_ns; // with MW_KIND_DUPLICATE, from pipeline/: after its original
	uint8_t copy_retagged; // with MW_KIND_DUPLICATE: 1 when its VLAN is another than the original's
	uint8_t quoted_direction; // with quoted_flow: of the quoted packet
	uint16_t ip_at; // with a family, or refused for its IP header's length: where the innermost header stands in data
	uint8_t unused[56]; // to whole lines, an odd number of them: an array spreads over all sets of a cache
};

_Static_assert(offsetof(struct mw_packet, lane) == MW_CACHE_LINE_BYTES, "source and verdict: one line");
_Static_assert(offsetof(struct mw_packet, tcp) <= 3 * MW_CACHE_LINE_BYTES, "innermost IP: one line");
_Static_assert(offsetof(struct mw_packet, layers) + 4 <= 4 * MW_CACHE_LINE_BYTES,
			   "transport and four layers: one line");
_Static_assert(sizeof(struct mw_packet) % MW_CACHE_LINE_BYTES == 0, "an array of packets keeps to the lines");

/** As mw_packet_rest, of a packet with a lane alone that is not whole. Any thread. */
void mw_packet_fill(struct mw_packet *packet);

/** Fills what the lane of an ordinary packet leaves out, from its bytes; nothing where that is done. Any thread. */
static inline void mw_packet_rest(struct mw_packet *packet)
{
	if (packet->lane.shape != 0 && (packet->lane.bits & MW_LANE_WHOLE) == 0)
		mw_packet_fill(packet);
}

/** The ends of the innermost IP packet, of an ordinary packet whose rest need not be filled. Any thread. */
static inline void mw_lane_ends(const struct mw_packet *packet, struct mw_address *src, struct mw_address *dst)
{
	const uint8_t *at = packet->data + packet->lane.network_at;

	if (MW_LIKELY((packet->lane.shape & MW_SHAPE_NETWORK) != MW_SHAPE_IP6)) {
		*src = mw_address_from_v4(at + 12);
		*dst = mw_address_from_v4(at + 16);
	} else {
		memcpy(src->bytes, at + 8, sizeof(src->bytes));
		memcpy(dst->bytes, at + 24, sizeof(dst->bytes));
	}
}

/** Where the payload of an ordinary packet begins in data, or a little behind: a guess without a branch. Any thread. */
static inline uint32_t mw_lane_payload_near(const struct mw_packet *packet)
{
	return packet->lane.network_at + (uint32_t)packet->lane.total_bytes - packet->lane.payload_bytes;
}

/** Where the payload of an ordinary packet begins in data. Any thread. */
static inline uint32_t mw_lane_payload_at(const struct mw_packet *packet)
{
	const struct mw_lane *lane = &packet->lane;
	const uint32_t of_udp = lane->transport_at + 8u; // its datagram may be shorter than the IP packet
	const bool tcp = (lane->shape & MW_SHAPE_TRANSPORT) == MW_SHAPE_TCP;

	return of_udp ^ ((of_udp ^ mw_lane_payload_near(packet)) & (0 - (uint32_t)mw_unguessed(tcp)));
}

/** How much of it was captured. Any thread. */
static inline uint32_t mw_lane_payload_captured(const struct mw_packet *packet, uint32_t payload_at)
{
	return MW_MIN(packet->captured_bytes - payload_at, (uint32_t)packet->lane.payload_bytes);
}

/** Two words as they lie in memory one behind the other, without going there: mw_lane.tails. Any thread. */
static inline uint64_t mw_lane_tails(uint32_t first, uint32_t second)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? first | (uint64_t)second << 32 : second | (uint64_t)first << 32;
}

/** The same of two ports: mw_lane.ports. Any thread. */
static inline uint32_t mw_lane_ports(uint16_t first, uint16_t second)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? first | (uint32_t)second << 16 : second | (uint32_t)first << 16;
}

/** Fetches the lines that decode will write of an ordinary packet whose place is cold. Any thread. */
static inline void mw_packet_fetch(const struct mw_packet *packet)
{
	for (size_t at = 0; at < 2 * MW_CACHE_LINE_BYTES; at += MW_CACHE_LINE_BYTES)
		mw_fetch_line((const uint8_t *)packet + at);
}

/** The names of the enums above, for counters and text. Valid for every value below the count. */
extern const char *const mw_refusal_names[MW_REFUSALS_COUNT];
extern const uint8_t mw_refusal_fates[MW_REFUSALS_COUNT];
extern const char *const mw_layer_names[MW_LAYERS];
extern const bool mw_layer_is_tunnel[MW_LAYERS];

#endif
