// SPDX-License-Identifier: BSD-3-Clause
// GRE with checksum, key and sequence; NVGRE; which ERSPAN it is.
// Neighbours: erspan.c, ip.c. Follows RFC 2784, RFC 2890, RFC 7637, RFC 2637 (version 1, not entered).
#include "decode.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_MUST_BE_ZERO = 0x4c00, // RFC 2784 section 2.3: a receiver that does not know them discards
	GRE_VERSION = 0x0007,
};

enum { ETHERTYPE_BRIDGED = 0x6558, ETHERTYPE_ERSPAN = 0x88be, ETHERTYPE_ERSPAN3 = 0x22eb };
enum { WLAN_FIRST = 0x8200, WLAN_LAST = 0x8370 }; // Aruba's access points: 802.11, a type for each of their links

static const struct {
	uint16_t ethertype;
	decoder *run;
} PAYLOADS[] = {
	{0x0800, decode_ipv4},
	{0x86dd, decode_ipv6},
	{ETHERTYPE_BRIDGED, decode_ethernet},
	{ETHERTYPE_ERSPAN3, decode_erspan3},
	{0x8847, decode_mpls},
	{0x8848, decode_mpls},
	{0x880b, decode_ppp},
	{0x6559, decode_frame_relay},
};

static void follow_gre(struct cursor *c, uint16_t flags, uint16_t ethertype)
{
	if (ethertype == ETHERTYPE_ERSPAN) {
		c->next = (flags & GRE_SEQUENCE) != 0 ? decode_erspan2 : decode_ethernet;
		return;
	}
	if (ethertype >= WLAN_FIRST && ethertype <= WLAN_LAST && (ethertype & 0xf) == 0 && plausible_wlan(c))
		c->next = decode_wlan;
	for (size_t i = 0; i < MW_ARRAY_SIZE(PAYLOADS); i++)
		if (PAYLOADS[i].ethertype == ethertype)
			c->next = PAYLOADS[i].run;
	if (c->next == NULL)
		refuse(c, MW_REFUSAL_GRE_PAYLOAD_OTHER);
}

static bool is_nvgre(uint16_t flags, uint16_t ethertype)
{
	return ethertype == ETHERTYPE_BRIDGED && (flags & (GRE_CHECKSUM | GRE_KEY | GRE_SEQUENCE)) == GRE_KEY;
}

static enum mw_layer layer_of(uint16_t flags, uint16_t ethertype)
{
	if (ethertype == ETHERTYPE_ERSPAN)
		return (flags & GRE_SEQUENCE) != 0 ? MW_LAYER_ERSPAN2 : MW_LAYER_ERSPAN1;
	if (ethertype == ETHERTYPE_ERSPAN3)
		return MW_LAYER_ERSPAN3;
	return is_nvgre(flags, ethertype) ? MW_LAYER_NVGRE : MW_LAYER_GRE;
}

void decode_gre(struct cursor *c)
{
	const uint8_t *at;
	uint16_t flags, ethertype;
	uint32_t optional_bytes;

	if (!has(c, 4, MW_REFUSAL_GRE_SHORT))
		return;
	at = take(c, 4);
	flags = mw_load_u16_be(at);
	ethertype = mw_load_u16_be(at + 2);
	if ((flags & GRE_VERSION) > 1 || ((flags & GRE_VERSION) == 0 && (flags & GRE_MUST_BE_ZERO) != 0)) {
		refuse(c, MW_REFUSAL_GRE_BAD);
		return;
	}
	if (!push_layer(c, (flags & GRE_VERSION) == 1 ? MW_LAYER_GRE : layer_of(flags, ethertype)))
		return;
	if ((flags & GRE_VERSION) == 1) {
		refuse(c, MW_REFUSAL_GRE_PAYLOAD_OTHER);
		return;
	}
	optional_bytes = ((flags & GRE_CHECKSUM) != 0 ? 4u : 0) + ((flags & GRE_KEY) != 0 ? 4u : 0) +
					 ((flags & GRE_SEQUENCE) != 0 ? 4u : 0);
	if (!has(c, optional_bytes, MW_REFUSAL_GRE_SHORT))
		return;
	at = take(c, optional_bytes);
	if (is_nvgre(flags, ethertype))
		set_scope(c, (uint32_t)MW_LAYER_NVGRE << 24 | mw_load_u32_be(at) >> 8);
	follow_gre(c, flags, ethertype);
}
