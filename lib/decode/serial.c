// SPDX-License-Identifier: BSD-3-Clause
// Serial lines: Cisco HDLC, PPP in HDLC framing, Frame Relay.
// Neighbours: ppp.c; ethernet.c has the ethertypes. Follows RFC 1547 section 4.3.1, RFC 1662, RFC 2427; Cisco's framing
// as captures show it.
#include "decode.h"

static void decode_cisco(struct cursor *c)
{
	if (has(c, 4, MW_REFUSAL_LINK_SHORT) && push_layer(c, MW_LAYER_HDLC))
		follow_ethertype(c, mw_load_u16_be(take(c, 4) + 2));
}

// Captures of either link type hold either framing: the first byte, an address, is 0xff in PPP's, 0x0f or 0x8f in
// Cisco's.
void decode_hdlc(struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 2);
	bool is_cisco = c->packet->link == MW_LINK_CISCO_HDLC;

	if (at != NULL && at[0] == 0xff)
		is_cisco = false;
	else if (at != NULL && (at[0] == 0x0f || at[0] == 0x8f) && at[1] == 0)
		is_cisco = true;
	c->next = is_cisco ? decode_cisco : decode_ppp;
}

static void follow_snap(struct cursor *c)
{
	static const uint8_t bridged[] = {0, 0x80, 0xc2, 0};
	const uint8_t *at;

	if (!has(c, 5, MW_REFUSAL_LINK_SHORT))
		return;
	at = take(c, 5);
	if (memcmp(at, "\0\0", 3) == 0)
		follow_ethertype(c, mw_load_u16_be(at + 3));
	else if (memcmp(at, bridged, sizeof(bridged)) == 0 && (at[4] == 1 || at[4] == 7)) // with its FCS, or without
		c->next = decode_ethernet;
	else
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER);
}

// RFC 2427 section 3: control, perhaps a pad, and what follows as ISO names it.
static void follow_nlpid(struct cursor *c)
{
	enum { UI = 3, PAD = 0, SNAP = 0x80, IPV6 = 0x8e, IPV4 = 0xcc, PPP = 0xcf };
	uint8_t nlpid;

	take(c, 1);
	if (!has(c, 1, MW_REFUSAL_LINK_SHORT))
		return;
	nlpid = take(c, 1)[0];
	if (nlpid == PAD && has(c, 1, MW_REFUSAL_LINK_SHORT))
		nlpid = take(c, 1)[0];
	if (nlpid == IPV4)
		c->next = decode_ipv4;
	else if (nlpid == IPV6)
		c->next = decode_ipv6;
	else if (nlpid == PPP)
		c->next = decode_ppp;
	else if (nlpid == SNAP)
		follow_snap(c);
	else
		refuse(c, MW_REFUSAL_ETHERTYPE_OTHER); // what manages the line
}

// The address ends with the byte whose lowest bit is set: 2 to 4 bytes. Behind it RFC 2427, or Cisco's ethertype.
void decode_frame_relay(struct cursor *c)
{
	uint32_t address_bytes = 2;

	if (!has(c, 4, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_FRAME_RELAY))
		return;
	while (address_bytes < 4 && (c->in.at[address_bytes - 1] & 1) == 0)
		address_bytes++;
	take(c, address_bytes);
	if (!has(c, 2, MW_REFUSAL_LINK_SHORT))
		return;
	if (c->in.at[0] == 3)
		follow_nlpid(c);
	else
		follow_ethertype(c, mw_load_u16_be(take(c, 2)));
}
