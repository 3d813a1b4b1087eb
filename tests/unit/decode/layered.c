// SPDX-License-Identifier: BSD-3-Clause
// One whole packet of every kind that decode reads.
// Neighbours: layered.h.
#include "layered.h"

static void inner_ip(struct pb *pb)
{
	pb_ipv4(pb, .src = INNER_SRC, .dst = INNER_DST, .ttl = 44);
	pb_tcp(pb, .sport = INNER_SPORT, .dport = INNER_DPORT, .seq = 1, .mss = 1400, .timestamp = true);
	pb_text(pb, "payload");
}

static void inner_ethernet(struct pb *pb)
{
	pb_ethernet(pb);
	inner_ip(pb);
}

static void outer4(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_ipv4(pb);
}

static void outer6(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_ipv6(pb);
}

static void outer_udp(struct pb *pb, uint16_t dport)
{
	outer4(pb);
	pb_udp(pb, .sport = 40001, .dport = dport);
}

static void plain(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_qinq(pb, 3);
	pb_vlan(pb, 4);
	inner_ip(pb);
}

static void snap(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_snap(pb);
	inner_ip(pb);
}

static void labels(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_mpls(pb, 100);
	pb_mpls(pb, 101);
	inner_ip(pb);
}

static void pseudowire(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_mpls(pb, 100);
	pb_control_word(pb);
	inner_ethernet(pb);
}

static void pppoe(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_vlan(pb, 5);
	pb_pppoe(pb, 1);
	pb_ppp(pb);
	inner_ip(pb);
}

static void ip4_in_ip6(struct pb *pb)
{
	outer6(pb);
	pb_extension(pb, .number = 60); // tunnel encapsulation limit
	inner_ip(pb);
}

static void ip4_in_ip4(struct pb *pb)
{
	outer4(pb);
	inner_ip(pb);
}

static void inner_ip6(struct pb *pb)
{
	pb_ipv6(pb);
	pb_extension(pb, .number = 0, .units = 1);
	pb_extension(pb, .number = 43, .units = 2);
	pb_fragment6(pb, .id = 9);
	pb_ah(pb, 12);
	pb_tcp(pb);
}

static void ip6_in_ip4(struct pb *pb)
{
	outer4(pb);
	pb_ipv6(pb);
	pb_udp(pb);
	pb_fill(pb, 9);
}

static void ip6_in_ip6(struct pb *pb)
{
	outer6(pb);
	pb_ipv6(pb);
	pb_icmp6(pb, .type = 128);
	pb_fill(pb, 9);
}

static void authentication(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	inner_ip6(pb);
}

static void gre(struct pb *pb)
{
	outer4(pb);
	pb_gre(pb, .checksum = true, .key = true, .sequence = true);
	inner_ip(pb);
}

static void gre_bridged(struct pb *pb)
{
	outer6(pb);
	pb_gre(pb);
	inner_ethernet(pb);
}

static void nvgre(struct pb *pb)
{
	outer4(pb);
	pb_gre(pb, .key = true, .key_value = 0x12345600);
	inner_ethernet(pb);
}

static void erspan1(struct pb *pb)
{
	outer4(pb);
	pb_erspan1(pb);
	inner_ethernet(pb);
}

static void erspan2(struct pb *pb)
{
	outer4(pb);
	pb_erspan2(pb, 5);
	inner_ethernet(pb);
}

static void erspan3(struct pb *pb)
{
	outer4(pb);
	pb_erspan3(pb, 5, false);
	inner_ethernet(pb);
}

static void erspan3_platform(struct pb *pb)
{
	outer6(pb);
	pb_erspan3(pb, 5, true);
	inner_ethernet(pb);
}

static void vxlan(struct pb *pb)
{
	outer_udp(pb, 4789);
	pb_vxlan(pb, 0x123456);
	inner_ethernet(pb);
}

static void vxlan_linux(struct pb *pb)
{
	outer_udp(pb, 8472);
	pb_vxlan(pb, 0x123456);
	inner_ethernet(pb);
}

static void geneve(struct pb *pb)
{
	outer_udp(pb, 6081);
	pb_geneve(pb, .vni = 0x123456, .options_words = 3);
	inner_ethernet(pb);
}

static void geneve_ip(struct pb *pb)
{
	outer_udp(pb, 6081);
	pb_geneve(pb, .vni = 0x123456);
	inner_ip(pb);
}

static void gtpu(struct pb *pb)
{
	outer_udp(pb, 2152);
	pb_gtpu(pb, .teid = 1);
	inner_ip(pb);
}

static void gtpu_extended(struct pb *pb)
{
	outer_udp(pb, 2152);
	pb_gtpu(pb, .teid = 1, .sequence = true, .extensions = 2);
	inner_ip(pb);
}

static void tzsp(struct pb *pb)
{
	outer_udp(pb, 37008);
	pb_tzsp(pb);
	inner_ethernet(pb);
}

static void teredo(struct pb *pb)
{
	outer_udp(pb, 3544);
	pb_teredo(pb, .authentication = true, .origin = true);
	pb_ipv6(pb, .src = "2001:0:1::1");
	pb_udp(pb);
	pb_fill(pb, 9);
}

static void l2tp2(struct pb *pb)
{
	outer_udp(pb, 1701);
	pb_l2tp2(pb, .length = true, .sequence = true, .offset_bytes = 2);
	pb_ppp_address(pb);
	inner_ip(pb);
}

static void l2tp3_udp(struct pb *pb)
{
	outer_udp(pb, 1701);
	pb_l2tp3(pb, .over_udp = true, .cookie_bytes = 8);
	inner_ethernet(pb);
}

static void l2tp3_ip(struct pb *pb)
{
	outer4(pb);
	pb_l2tp3(pb, .cookie_bytes = 4, .sublayer = true);
	inner_ethernet(pb);
}

static void esp(struct pb *pb)
{
	outer6(pb);
	pb_esp(pb, 0x1234, 1);
	pb_fill(pb, 60);
}

static void esp_in_udp(struct pb *pb)
{
	outer_udp(pb, 4500);
	pb_esp(pb, 0x1234, 1);
	pb_fill(pb, 60);
}

static void ike(struct pb *pb)
{
	outer_udp(pb, 4500);
	pb_ike(pb, .spi_i = 0x1122334455667788, .marker = true);
	pb_fill(pb, 60);
}

static void wireguard(struct pb *pb)
{
	outer_udp(pb, 51820);
	pb_payload(pb, "\x04\0\0\0", 4);
	pb_fill(pb, 28 + 64);
}

static void icmp_error(struct pb *pb)
{
	static struct pb quoted;

	pb_init_link(&quoted, MW_LINK_RAW_IP);
	inner_ip6(&quoted);
	pb_finish(&quoted);
	outer6(pb);
	pb_icmp6(pb, .type = 2, .mtu_bytes = 1280);
	pb_append(pb, &quoted);
}

static void sctp(struct pb *pb)
{
	outer4(pb);
	pb_sctp(pb, 1, 2);
	pb_fill(pb, 9);
}

static void arp(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_vlan(pb, 1);
	pb_arp(pb);
}

static void cooked(struct pb *pb)
{
	pb_init_link(pb, MW_LINK_LINUX_SLL2);
	pb_cooked(pb);
	inner_ip(pb);
}

static void house_of_tunnels(struct pb *pb)
{
	pb_init(pb);
	pb_ethernet(pb);
	pb_vlan(pb, 9);
	pb_pppoe(pb, 7);
	pb_ppp(pb);
	pb_ipv6(pb, .src = "2001:db8::b4");
	pb_ipv4(pb);
	pb_udp(pb, .dport = 4789);
	pb_vxlan(pb, 7);
	pb_ethernet(pb);
	pb_ipv4(pb);
	pb_gre(pb, .key = true);
	inner_ip(pb);
}

// A header written out, and the inner packet behind it.
#define LINKED(name, link, header)                                                                                     \
	static void name(struct pb *pb)                                                                                    \
	{                                                                                                                  \
		pb_init_link(pb, link);                                                                                        \
		pb_payload(pb, header, sizeof(header) - 1);                                                                    \
		inner_ip(pb);                                                                                                  \
	}
#define SNAP_IPV4   "\xaa\xaa\3\0\0\0\x08\0"
#define WLAN_MACS   "\2\0\0\0\0\2\2\0\0\0\0\xbb\2\0\0\0\0\1\0\0"
#define SWITCH_MACS "\2\0\0\0\0\2\2\0\0\0\0\1"

LINKED(wlan, MW_LINK_WLAN, "\x08\2\0\0" WLAN_MACS SNAP_IPV4)
LINKED(radiotap_qos, MW_LINK_RADIOTAP, "\0\0\x09\0\2\0\0\0\0\x88\2\0\0" WLAN_MACS "\0\0" SNAP_IPV4)
LINKED(wlan_bridge, MW_LINK_WLAN, "\x08\3\0\0" WLAN_MACS "\2\0\0\0\0\xcc" SNAP_IPV4)
LINKED(ppi, MW_LINK_PPI, "\0\0\x08\0\x69\0\0\0\x08\2\0\0" WLAN_MACS SNAP_IPV4)
LINKED(cisco_hdlc, MW_LINK_CISCO_HDLC, "\x0f\0\x08\0")
LINKED(frame_relay, MW_LINK_FRAME_RELAY, "\x18\x41\3\xcc")
LINKED(frame_relay_snap, MW_LINK_FRAME_RELAY, "\x18\x41\3\0\x80\0\0\0\x08\0")
LINKED(dsa, MW_LINK_DSA, SWITCH_MACS "\xe0\x18\0\7\x08\0")
LINKED(edsa, MW_LINK_EDSA, SWITCH_MACS "\xda\xda\0\0\xc0\x18\0\0\x08\0")
LINKED(brcm, MW_LINK_BRCM, SWITCH_MACS "\0\0\0\1\x08\0")
LINKED(brcm_prepend, MW_LINK_BRCM_PREPEND, "\0\0\0\1" SWITCH_MACS "\x08\0")

// The attribute of the packet has its length in front.
static void nflog(struct pb *pb)
{
	static struct pb packet;

	pb_init_link(&packet, MW_LINK_RAW_IP);
	inner_ip(&packet);
	pb_finish(&packet);
	pb_init_link(pb, MW_LINK_NFLOG);
	pb_payload(pb, "\2\0\0\1\x08\0\1\0\x08\0\1\0\5\0\x0a\0\0\0\0\0", 20);
	pb_payload(pb, (const uint8_t[]){(uint8_t)(packet.len_bytes + 4), 0, 9, 0}, 4);
	pb_append(pb, &packet);
}

static void vxlan_gpe(struct pb *pb)
{
	outer_udp(pb, 4790);
	pb_payload(pb, "\x0c\0\0\1\0\0\7\0", 8);
	inner_ip(pb);
}

static void vxlan_gpe_nsh(struct pb *pb)
{
	outer_udp(pb, 4790);
	pb_payload(pb, "\x0c\0\0\4\0\0\7\0\x0f\xc2\2\1\0\0\1\xff", 16);
	inner_ip(pb);
}

static void gre_wlan(struct pb *pb)
{
	outer4(pb);
	pb_gre(pb, .protocol = 0x8210);
	pb_payload(pb, "\x88\1\0\0" WLAN_MACS "\0\0" SNAP_IPV4, 34);
	inner_ip(pb);
}

static void tzsp_wlan(struct pb *pb)
{
	outer_udp(pb, 37008);
	pb_payload(pb, "\1\0\0\x12\1\x08\2\0\0" WLAN_MACS SNAP_IPV4, 37);
	inner_ip(pb);
}

const struct layered LAYERED[] = {
	{"plain", MW_LAYERS, plain},
	{"snap", MW_LAYERS, snap},
	{"labels", MW_LAYERS, labels},
	{"pseudowire", MW_LAYERS, pseudowire},
	{"pppoe", MW_LAYER_PPPOE, pppoe},
	{"4in6", MW_LAYER_IPV4_IN_IPV6, ip4_in_ip6},
	{"ipip", MW_LAYER_IPV4_IN_IPV4, ip4_in_ip4},
	{"6in4", MW_LAYER_IPV6_IN_IPV4, ip6_in_ip4},
	{"6in6", MW_LAYER_IPV6_IN_IPV6, ip6_in_ip6},
	{"ah", MW_LAYER_AH, authentication},
	{"gre", MW_LAYER_GRE, gre},
	{"gre bridged", MW_LAYER_GRE, gre_bridged},
	{"nvgre", MW_LAYER_NVGRE, nvgre},
	{"erspan1", MW_LAYER_ERSPAN1, erspan1},
	{"erspan2", MW_LAYER_ERSPAN2, erspan2},
	{"erspan3", MW_LAYER_ERSPAN3, erspan3},
	{"erspan3 platform", MW_LAYER_ERSPAN3, erspan3_platform},
	{"vxlan", MW_LAYER_VXLAN, vxlan},
	{"vxlan linux", MW_LAYER_VXLAN, vxlan_linux},
	{"geneve", MW_LAYER_GENEVE, geneve},
	{"geneve ip", MW_LAYER_GENEVE, geneve_ip},
	{"gtp-u", MW_LAYER_GTPU, gtpu},
	{"gtp-u extended", MW_LAYER_GTPU, gtpu_extended},
	{"tzsp", MW_LAYER_TZSP, tzsp},
	{"teredo", MW_LAYER_TEREDO, teredo},
	{"l2tpv2", MW_LAYER_L2TP2, l2tp2},
	{"l2tpv3 udp", MW_LAYER_L2TP3, l2tp3_udp},
	{"l2tpv3 ip", MW_LAYER_L2TP3, l2tp3_ip},
	{"esp", MW_LAYER_ESP, esp},
	{"esp in udp", MW_LAYER_ESP_IN_UDP, esp_in_udp},
	{"ike", MW_LAYERS, ike},
	{"wireguard", MW_LAYER_WIREGUARD, wireguard},
	{"icmp error", MW_LAYERS, icmp_error},
	{"sctp", MW_LAYERS, sctp},
	{"arp", MW_LAYERS, arp},
	{"cooked", MW_LAYERS, cooked},
	{"802.11", MW_LAYERS, wlan},
	{"802.11 bridge", MW_LAYERS, wlan_bridge},
	{"radiotap", MW_LAYERS, radiotap_qos},
	{"ppi", MW_LAYERS, ppi},
	{"nflog", MW_LAYERS, nflog},
	{"cisco hdlc", MW_LAYERS, cisco_hdlc},
	{"frame relay", MW_LAYERS, frame_relay},
	{"frame relay snap", MW_LAYERS, frame_relay_snap},
	{"dsa", MW_LAYERS, dsa},
	{"edsa", MW_LAYERS, edsa},
	{"brcm", MW_LAYERS, brcm},
	{"brcm prepend", MW_LAYERS, brcm_prepend},
	{"vxlan-gpe", MW_LAYER_VXLAN_GPE, vxlan_gpe},
	{"vxlan-gpe nsh", MW_LAYER_VXLAN_GPE, vxlan_gpe_nsh},
	{"gre 802.11", MW_LAYER_GRE, gre_wlan},
	{"tzsp 802.11", MW_LAYER_TZSP, tzsp_wlan},
	{"house of tunnels", MW_LAYER_GRE, house_of_tunnels},
};
const unsigned LAYERED_COUNT = MW_ARRAY_SIZE(LAYERED);
