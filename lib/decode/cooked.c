// SPDX-License-Identifier: BSD-3-Clause
// Capture link types that are no real link: Linux cooked v1 and v2, BSD null and loop, raw IP.
// Neighbours: ethernet.c has the ethertypes. Follows tcpdump.org's LINKTYPE pages.
#include "decode.h"

void decode_sll(struct cursor *c)
{
	const uint8_t *at;

	if (!has(c, 16, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_LINUX_COOKED))
		return;
	at = take(c, 16);
	if (mw_load_u16_be(at + 4) == 6)
		memcpy(c->packet->mac_src, at + 6, 6);
	follow_ethertype(c, mw_load_u16_be(at + 14));
}

void decode_sll2(struct cursor *c)
{
	const uint8_t *at;

	if (!has(c, 20, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_LINUX_COOKED))
		return;
	at = take(c, 20);
	if (at[11] == 6)
		memcpy(c->packet->mac_src, at + 12, 6);
	follow_ethertype(c, mw_load_u16_be(at));
}

// AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24, 28 and 30 on the BSDs and Darwin, 23 on Windows.
static void follow_family(struct cursor *c, uint32_t family)
{
	static const uint8_t ipv6[] = {10, 23, 24, 28, 30};

	if (family == 2)
		c->next = decode_ipv4;
	for (size_t i = 0; i < MW_ARRAY_SIZE(ipv6); i++)
		if (family == ipv6[i])
			c->next = decode_ipv6;
	if (c->next == NULL)
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER);
}

void decode_loop(struct cursor *c)
{
	if (!has(c, 4, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_LOOPBACK))
		return;
	follow_family(c, mw_load_u32_be(take(c, 4)));
}

// The capturing host's order is not known, but families are small numbers.
void decode_null(struct cursor *c)
{
	uint32_t family;

	if (!has(c, 4, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_LOOPBACK))
		return;
	family = mw_load_u32_be(take(c, 4));
	follow_family(c, family > 0xffff ? __builtin_bswap32(family) : family);
}

void decode_raw_ip(struct cursor *c)
{
	if (!has(c, 1, MW_REFUSAL_LINK_SHORT))
		return;
	c->next = c->in.at[0] >> 4 == 6 ? decode_ipv6 : decode_ipv4;
}
