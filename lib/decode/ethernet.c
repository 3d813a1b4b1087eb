// SPDX-License-Identifier: BSD-3-Clause
// Ethernet II, 802.3 with LLC and SNAP, VLAN tags; the table of ethertypes.
// Neighbours: cooked.c, wlan.c and others use the table. Follows IEEE 802.3, 802.1Q, 802.1ad, RFC 1042; Cisco MetaData
// as seen on wires.
#include "decode.h"

#define TAGS_MAX      8
#define ETHERTYPE_MIN 0x0600

static const struct {
	uint16_t ethertype;
	decoder *run;
} ETHERTYPES[] = {
	{0x0800, decode_ipv4},
	{0x86dd, decode_ipv6},
	{0x8100, decode_vlan},
	{0x88a8, decode_qinq},
	{0x9100, decode_qinq},
	{0x8847, decode_mpls},
	{0x8848, decode_mpls},
	{0x8864, decode_pppoe},
	{0x0806, decode_arp},
	{0x8909, decode_metadata},
	{0x8863, decode_pppoe_discovery},
};

void follow_ethertype(struct cursor *c, uint16_t ethertype)
{
	for (size_t i = 0; i < MW_ARRAY_SIZE(ETHERTYPES); i++)
		if (ETHERTYPES[i].ethertype == ethertype)
			c->next = ETHERTYPES[i].run;
	if (c->next == NULL)
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER);
}

// Only SNAP with an ethertype leads on, the rest is LLC traffic such as STP.
void follow_llc(struct cursor *c, uint32_t length_bytes)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 3, 0, 0};
	const uint8_t *at = mw_reader_peek(&c->in, 8);

	if (length_bytes < 8 || length_bytes > c->wire_bytes) {
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER);
		return;
	}
	if (!has(c, 8, MW_REFUSAL_LINK_SHORT))
		return;
	limit(c, length_bytes);
	// 0000F8 is the bridge-tunnel form of the same (802.1H)
	if (memcmp(at, snap, sizeof(snap)) != 0 || (at[5] != 0 && at[5] != 0xf8)) {
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER);
		return;
	}
	if (!push_layer(c, MW_LAYER_SNAP))
		return;
	take(c, 8);
	follow_ethertype(c, mw_load_u16_be(at + 6));
}

void follow_type_or_length(struct cursor *c, uint16_t value)
{
	if (value >= ETHERTYPE_MIN)
		follow_ethertype(c, value);
	else
		follow_llc(c, value);
}

void decode_ethernet(struct cursor *c)
{
	const uint8_t *at;

	if (!has(c, 14, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_ETHERNET))
		return;
	at = take(c, 14);
	if (c->ethernets++ == 0) {
		memcpy(c->packet->mac_dst, at, 6);
		memcpy(c->packet->mac_src, at + 6, 6);
	}
	c->tags = 0;
	follow_type_or_length(c, mw_load_u16_be(at + 12));
}

static void decode_tag(struct cursor *c, enum mw_layer layer)
{
	const uint8_t *at;

	if (c->tags == TAGS_MAX) {
		refuse(c, MW_REFUSAL_TAGS_DEEP);
		return;
	}
	if (!has(c, 4, MW_REFUSAL_LINK_SHORT) || !push_layer(c, layer))
		return;
	at = take(c, 4);
	if (c->ethernets <= 1 && c->tags == 0)
		c->packet->vlan_outer = mw_load_u16_be(at) & 0xfff;
	else if (c->ethernets <= 1 && c->tags == 1)
		c->packet->vlan_inner = mw_load_u16_be(at) & 0xfff;
	c->tags++;
	follow_type_or_length(c, mw_load_u16_be(at + 2));
}

void decode_vlan(struct cursor *c)
{
	decode_tag(c, MW_LAYER_VLAN);
}

void decode_qinq(struct cursor *c)
{
	decode_tag(c, MW_LAYER_QINQ);
}

// Cisco MetaData, the security group tag of TrustSec: version, length, option, tag, ethertype.
void decode_metadata(struct cursor *c)
{
	if (c->tags++ == TAGS_MAX)
		refuse(c, MW_REFUSAL_TAGS_DEEP);
	else if (has(c, 8, MW_REFUSAL_LINK_SHORT))
		follow_ethertype(c, mw_load_u16_be(take(c, 8) + 6));
}
