// SPDX-License-Identifier: BSD-3-Clause
// L2TP data messages: version 2 with PPP; version 3 with Ethernet behind a cookie whose length only the ends know.
// Neighbours: udp.c, ip.c, ppp.c. Follows RFC 2661, RFC 3931. Control messages stay plain.
#include "decode.h"

enum {
	L2TP_CONTROL = 0x8000,
	L2TP_LENGTH = 0x4000,
	L2TP_SEQUENCE = 0x0800,
	L2TP_OFFSET = 0x0200,
	L2TP2_MUST_BE_ZERO = 0x34f0,
};

static bool take_length(struct cursor *inside, uint32_t whole_bytes)
{
	const uint8_t *at = take(inside, 2);
	uint32_t length_bytes = at == NULL ? 0 : mw_load_u16_be(at);

	if (length_bytes < 4 || (length_bytes > whole_bytes && !inside->partial))
		return false;
	limit(inside, MW_MIN(length_bytes - 4, inside->wire_bytes)); // flags and length are behind us
	return true;
}

static bool try_l2tp2(struct cursor *c, uint16_t flags)
{
	struct cursor inside = *c;
	const uint8_t *at;

	if ((flags & (L2TP_CONTROL | L2TP2_MUST_BE_ZERO)) != 0 || take(&inside, 2) == NULL)
		return false;
	if ((flags & L2TP_LENGTH) != 0 && !take_length(&inside, c->wire_bytes))
		return false;
	if (take(&inside, (flags & L2TP_SEQUENCE) != 0 ? 8 : 4) == NULL) // tunnel, session
		return false;
	if ((flags & L2TP_OFFSET) != 0) {
		at = take(&inside, 2);
		if (at == NULL || take(&inside, mw_load_u16_be(at)) == NULL)
			return false;
	}
	return plausible_ppp(&inside) && enter_tunnel(c, &inside, MW_LAYER_L2TP2, decode_ppp);
}

/** inside stands behind the session identifier: cookie of 0, 4 or 8 bytes, then perhaps the 4-byte sublayer. */
static bool guess_l2tp3(struct cursor *c, struct cursor inside)
{
	for (unsigned words = 0; words <= 3; words++) {
		if (plausible_ethernet(&inside, STRICT))
			return enter_tunnel(c, &inside, MW_LAYER_L2TP3, decode_ethernet);
		if (take(&inside, 4) == NULL)
			return false;
	}
	return false;
}

bool try_l2tp(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 8);
	uint16_t flags = at == NULL ? 0 : mw_load_u16_be(at);

	if ((flags & 15) == 2)
		return try_l2tp2(c, flags);
	return flags == 3 && mw_load_u32_be(at + 4) != 0 && guess_l2tp3(c, inside);
}

void decode_l2tp3(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 4);

	// session 0 is the control connection
	if (at == NULL || mw_load_u32_be(at) == 0 || !guess_l2tp3(c, inside))
		refuse(c, MW_REFUSAL_PROTOCOL_OTHER);
}
