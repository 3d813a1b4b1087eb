// SPDX-License-Identifier: BSD-3-Clause
// Packets for tests, written layer by layer from the outside in; lengths, next-protocol fields and checksums are ours.
// Neighbours: every test that needs a packet; lib/decode reads what this writes. Link with builder_dep.
//
//	struct pb pb;
//	struct mw_packet packet;
//
//	pb_init(&pb);                                      // or pb_init_link(&pb, MW_LINK_RAW_IP)
//	pb_ethernet(&pb);
//	pb_vlan(&pb, 7);
//	pb_ipv4(&pb, .src = "192.0.2.1", .dst = "198.51.100.2", .ttl = 57, .id = 4711);
//	pb_tcp(&pb, .sport = 49152, .dport = 443, .seq = 1000, .ack = 2000, .flags = MW_TCP_ACK | MW_TCP_PSH,
//	       .mss = 1460, .timestamp = true, .ts_value = 77);
//	pb_text(&pb, "GET / HTTP/1.1\r\n\r\n");
//	pb_finish(&pb);                                    // once, at the end
//	pb_packet(&pb, &packet, time_ns);                  // a struct mw_packet over pb's bytes (pb must live on)
//
// Each layer writes its number into the layer before it. A field left out (0, NULL) has the default named beside it; a
// length or protocol that is given stays as given, so a test can lie. Payload: pb_text, pb_payload, pb_fill, and
// pb_append for a whole finished packet (an ICMP quote). pb_padding adds bytes that no length field counts.
// A struct pb holds 64 KiB: keep few of them on the stack. Overflow and bad addresses abort the test program.
#ifndef PACKET_BUILDER_H
#define PACKET_BUILDER_H

#include "mw_packet.h"

#define PB_BYTES_MAX  66000
#define PB_LAYERS_MAX 48

/** One header in the packet: for pb_finish, and for tests that want to know where a header stands. */
struct pb_layer {
	uint8_t what; // enum pb_what
	uint8_t next_kind; // how next_at wants the number of the layer above
	bool length_given, bad_checksum;
	uint32_t at; // first byte of the header
	uint32_t next_at; // where that number goes
};

struct pb {
	uint32_t len_bytes;
	uint32_t content_bytes; // without padding; 0 until pb_padding
	uint8_t link; // enum mw_link
	uint8_t layers_count;
	struct pb_layer layers[PB_LAYERS_MAX];
	uint8_t bytes[PB_BYTES_MAX];
};

enum pb_what {
	PB_ETHERNET,
	PB_VLAN,
	PB_SNAP,
	PB_MPLS,
	PB_COOKED,
	PB_PPPOE,
	PB_PPP,
	PB_IPV4,
	PB_IPV6,
	PB_EXTENSION,
	PB_AH,
	PB_ESP,
	PB_GRE,
	PB_ERSPAN,
	PB_UDP,
	PB_TUNNEL,
	PB_GTPU,
	PB_L2TP,
	PB_IKE,
	PB_TCP,
	PB_ICMP,
	PB_ICMP6,
	PB_ARP,
	PB_SCTP,
};

struct pb_ethernet { // default macs 02:00:00:00:00:01 -> 02:00:00:00:00:02
	const uint8_t *src, *dst;
	uint16_t ethertype; // default: what comes next
};
struct pb_ipv4 {
	const char *src, *dst; // default 192.0.2.1, 198.51.100.2
	uint8_t ttl; // default 64
	uint8_t tos, protocol; // default: what comes next
	uint16_t id;
	bool dont_fragment, more_fragments;
	uint16_t fragment_offset_bytes;
	uint8_t options_bytes; // of NOPs, a multiple of 4
	uint16_t total_bytes; // default: the truth
	bool zero_total; // total length 0, as segmentation offload leaves it
};
struct pb_ipv6 {
	const char *src, *dst; // default 2001:db8::1, 2001:db8::2
	uint8_t hop_limit; // default 64
	uint8_t traffic_class, next_header;
	uint16_t payload_bytes;
	bool zero_payload; // payload length 0, as jumbograms have it
};
struct pb_extension {
	uint8_t number; // 0 hop-by-hop, 43 routing, 60 destination options, 135 mobility, 139 HIP, 140 shim6
	uint8_t units; // of 8 bytes beyond the first
	uint8_t next_header;
};
struct pb_fragment6 {
	uint32_t id;
	uint16_t offset_bytes;
	bool more_fragments;
	uint8_t next_header;
};
struct pb_gre {
	bool checksum, key, sequence;
	uint32_t key_value, sequence_value;
	uint16_t protocol; // default: what comes next
	uint16_t flags; // added to those of the fields above
};
struct pb_udp {
	uint16_t sport, dport; // default 40000, 50000
	uint16_t length_bytes;
	bool zero_length, bad_checksum;
};
struct pb_tcp {
	uint16_t sport, dport; // default 40000, 443
	uint32_t seq, ack;
	uint8_t flags; // default MW_TCP_ACK
	uint16_t window; // default 65535
	bool zero_window, no_flags, bad_checksum;
	uint16_t mss; // option when not 0
	bool window_scale; // option with wscale
	uint8_t wscale;
	bool sack_permitted, timestamp;
	uint32_t ts_value, ts_echo;
	uint32_t sack_left, sack_right; // option when right is not 0
	const uint8_t *options; // more raw option bytes, after those above
	uint8_t options_bytes;
	uint8_t header_words; // data offset; default: the truth
	uint8_t reserved; // the four bits below the data offset: three reserved ones and AE
};
struct pb_icmp { // also ICMPv6
	uint8_t type, code;
	uint16_t id, sequence; // echo
	uint32_t mtu_bytes; // fragmentation needed, packet too big
	bool bad_checksum;
};
struct pb_geneve {
	uint32_t vni;
	uint8_t options_words;
};
struct pb_gtpu {
	uint32_t teid;
	uint8_t type; // default 255
	bool sequence; // S bit
	uint8_t extensions; // count of 4-byte extension headers
	uint16_t length_bytes;
};
struct pb_teredo {
	bool authentication, origin;
};
struct pb_l2tp2 {
	bool length, sequence, control;
	uint8_t offset_bytes; // of padding behind an offset field, when not 0
};
struct pb_l2tp3 {
	bool over_udp; // with the flags word of UDP 1701
	uint8_t cookie_bytes; // 0, 4, 8
	bool sublayer; // the 4-byte L2-specific sublayer
	bool control;
};
struct pb_ike {
	uint64_t spi_i, spi_r;
	uint8_t exchange; // default 34, IKE_SA_INIT
	bool response;
	uint32_t message_id;
	bool marker; // non-ESP marker in front: UDP 4500
	uint32_t length_bytes; // default: the truth
};
struct pb_arp {
	const char *sender, *target; // default 192.0.2.1, 192.0.2.254
	bool reply;
};

/** Starts an Ethernet frame, or a frame of another link type. */
void pb_init(struct pb *pb);
void pb_init_link(struct pb *pb, enum mw_link link);

// Link layers
#define pb_ethernet(pb, ...) pb_push_ethernet(pb, &(struct pb_ethernet){__VA_ARGS__})
void pb_push_ethernet(struct pb *pb, const struct pb_ethernet *with);
void pb_vlan(struct pb *pb, uint16_t id); // 0x8100
void pb_qinq(struct pb *pb, uint16_t id); // 0x88a8
void pb_tag(struct pb *pb, uint16_t ethertype, uint16_t id); // any tag
void pb_snap(struct pb *pb); // after pb_ethernet: 802.3 length, LLC, SNAP
void pb_mpls(struct pb *pb, uint32_t label); // bottom-of-stack bits follow by themselves
void pb_control_word(struct pb *pb); // pseudowire
void pb_pppoe(struct pb *pb, uint16_t session);
void pb_ppp(struct pb *pb); // protocol field of 2 bytes
void pb_ppp_address(struct pb *pb); // FF 03 and the protocol field
void pb_ppp_compressed(struct pb *pb); // protocol field of 1 byte
void pb_cooked(struct pb *pb); // Linux cooked v1 or v2, null or loop header: as pb_init_link says
#define pb_arp(pb, ...) pb_push_arp(pb, &(struct pb_arp){__VA_ARGS__})
void pb_push_arp(struct pb *pb, const struct pb_arp *with);

// IP
#define pb_ipv4(pb, ...) pb_push_ipv4(pb, &(struct pb_ipv4){__VA_ARGS__})
void pb_push_ipv4(struct pb *pb, const struct pb_ipv4 *with);
#define pb_ipv6(pb, ...) pb_push_ipv6(pb, &(struct pb_ipv6){__VA_ARGS__})
void pb_push_ipv6(struct pb *pb, const struct pb_ipv6 *with);
#define pb_extension(pb, ...) pb_push_extension(pb, &(struct pb_extension){__VA_ARGS__})
void pb_push_extension(struct pb *pb, const struct pb_extension *with);
#define pb_fragment6(pb, ...) pb_push_fragment6(pb, &(struct pb_fragment6){__VA_ARGS__})
void pb_push_fragment6(struct pb *pb, const struct pb_fragment6 *with);
void pb_ah(struct pb *pb, uint8_t icv_bytes); // a multiple of 4, usually 12
void pb_esp(struct pb *pb, uint32_t spi, uint32_t sequence);

// Tunnels
#define pb_gre(pb, ...) pb_push_gre(pb, &(struct pb_gre){__VA_ARGS__})
void pb_push_gre(struct pb *pb, const struct pb_gre *with);
void pb_erspan1(struct pb *pb); // each with its GRE header
void pb_erspan2(struct pb *pb, uint16_t session);
void pb_erspan3(struct pb *pb, uint16_t session, bool platform);
void pb_vxlan(struct pb *pb, uint32_t vni);
#define pb_geneve(pb, ...) pb_push_geneve(pb, &(struct pb_geneve){__VA_ARGS__})
void pb_push_geneve(struct pb *pb, const struct pb_geneve *with);
#define pb_gtpu(pb, ...) pb_push_gtpu(pb, &(struct pb_gtpu){__VA_ARGS__})
void pb_push_gtpu(struct pb *pb, const struct pb_gtpu *with);
void pb_tzsp(struct pb *pb);
#define pb_teredo(pb, ...) pb_push_teredo(pb, &(struct pb_teredo){__VA_ARGS__})
void pb_push_teredo(struct pb *pb, const struct pb_teredo *with);
#define pb_l2tp2(pb, ...) pb_push_l2tp2(pb, &(struct pb_l2tp2){__VA_ARGS__})
void pb_push_l2tp2(struct pb *pb, const struct pb_l2tp2 *with);
#define pb_l2tp3(pb, ...) pb_push_l2tp3(pb, &(struct pb_l2tp3){__VA_ARGS__})
void pb_push_l2tp3(struct pb *pb, const struct pb_l2tp3 *with);

// Transport
#define pb_udp(pb, ...) pb_push_udp(pb, &(struct pb_udp){__VA_ARGS__})
void pb_push_udp(struct pb *pb, const struct pb_udp *with);
#define pb_tcp(pb, ...) pb_push_tcp(pb, &(struct pb_tcp){__VA_ARGS__})
void pb_push_tcp(struct pb *pb, const struct pb_tcp *with);
#define pb_icmp(pb, ...) pb_push_icmp(pb, &(struct pb_icmp){__VA_ARGS__})
void pb_push_icmp(struct pb *pb, const struct pb_icmp *with);
#define pb_icmp6(pb, ...) pb_push_icmp6(pb, &(struct pb_icmp){__VA_ARGS__})
void pb_push_icmp6(struct pb *pb, const struct pb_icmp *with);
void pb_sctp(struct pb *pb, uint16_t sport, uint16_t dport);
#define pb_ike(pb, ...) pb_push_ike(pb, &(struct pb_ike){__VA_ARGS__})
void pb_push_ike(struct pb *pb, const struct pb_ike *with);

// Payload
void pb_payload(struct pb *pb, const void *bytes, uint32_t len_bytes);
void pb_text(struct pb *pb, const char *chars); // without the terminator
void pb_fill(struct pb *pb, uint32_t len_bytes); // a pattern
void pb_append(struct pb *pb, const struct pb *inner); // a whole finished packet
void pb_append_cut(struct pb *pb, const struct pb *inner, uint32_t len_bytes); // its first bytes
void pb_padding(struct pb *pb, uint32_t len_bytes); // zeros that no length counts; last of all

/** Fills in lengths and checksums, innermost first. Call once. */
void pb_finish(struct pb *pb);

/** A zeroed mw_packet over pb's bytes, whole on the wire; time_ns is also its clock. */
void pb_packet(const struct pb *pb, struct mw_packet *packet, uint64_t time_ns);

/** As pb_packet, cut by a snap length: captured_bytes is at most snap_bytes. */
void pb_packet_snapped(const struct pb *pb, struct mw_packet *packet, uint64_t time_ns, uint32_t snap_bytes);

/** Where the nth (from 0) header of one kind starts; aborts when there is none. */
uint32_t pb_offset_of(const struct pb *pb, enum pb_what what, unsigned nth);

/** An address from text, mapped form for IPv4; aborts when it is none. */
struct mw_address pb_address(const char *chars);

#endif
