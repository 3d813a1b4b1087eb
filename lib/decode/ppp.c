// SPDX-License-Identifier: BSD-3-Clause
// PPPoE sessions and how they are sought, and PPP with or without its address, control and whole protocol field.
// Neighbours: ethernet.c, l2tp.c. Follows RFC 2516, RFC 1661, RFC 1662.
#include "decode.h"

#define PPPOE_BYTES 6

void decode_pppoe(struct cursor *c)
{
	const uint8_t *at;
	uint32_t length_bytes;

	if (!has(c, PPPOE_BYTES, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_PPPOE))
		return;
	at = take(c, PPPOE_BYTES);
	length_bytes = mw_load_u16_be(at + 4);
	if (at[0] != 0x11 || at[1] != 0 || length_bytes == 0 || !fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_PPPOE_BAD);
		return;
	}
	limit(c, length_bytes);
	c->next = decode_ppp;
}

// Header and tags are the payload: no IP is inside.
void decode_pppoe_discovery(struct cursor *c)
{
	const uint8_t *at;
	uint32_t length_bytes;

	if (!has(c, PPPOE_BYTES, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_PPPOE_DISCOVERY))
		return;
	at = c->in.at;
	length_bytes = PPPOE_BYTES + mw_load_u16_be(at + 4);
	if (at[0] != 0x11 || !fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_PPPOE_BAD);
		return;
	}
	if (c->packet->family != 0)
		return;
	limit(c, length_bytes);
	mark_payload(c);
}

void decode_ppp(struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 2);
	uint16_t protocol;

	if (at != NULL && at[0] == 0xff && at[1] == 3)
		take(c, 2);
	if (!has(c, 1, MW_REFUSAL_LINK_SHORT))
		return;
	at = take(c, 1);
	if ((at[0] & 1) != 0) { // compressed: only the last byte of the field is odd
		protocol = at[0];
	} else {
		if (!has(c, 1, MW_REFUSAL_LINK_SHORT))
			return;
		protocol = (uint16_t)(at[0] << 8 | take(c, 1)[0]);
	}
	if (!push_layer(c, MW_LAYER_PPP))
		return;
	if (protocol == 0x0021)
		c->next = decode_ipv4;
	else if (protocol == 0x0057)
		c->next = decode_ipv6;
	else if (protocol == 0x0281 || protocol == 0x0283)
		c->next = decode_mpls;
	else
		refuse(c, MW_REFUSAL_PPP_OTHER);
}
