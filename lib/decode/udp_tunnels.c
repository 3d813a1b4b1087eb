// SPDX-License-Identifier: BSD-3-Clause
// Tunnels known by their UDP port: VXLAN, GENEVE, GTP-U, TZSP, Teredo. Entered only when the inside is plausible.
// Neighbours: udp.c, plausible.c. Follows RFC 7348, RFC 8926, 3GPP TS 29.281, RFC 4380; TZSP has no standard.
#include "decode.h"

static uint32_t scope_of(enum mw_layer layer, const uint8_t *vni)
{
	return (uint32_t)layer << 24 | (mw_load_u32_be(vni) >> 8);
}

bool try_vxlan(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 8);

	if (at == NULL || (at[0] & 0x08) == 0 || at[7] != 0 || !plausible_ethernet(&inside, LENIENT))
		return false;
	set_scope(c, scope_of(MW_LAYER_VXLAN, at + 4));
	return enter_tunnel(c, &inside, MW_LAYER_VXLAN, decode_ethernet);
}

bool try_geneve(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 8);
	uint16_t ethertype;
	bool is_plausible;

	if (at == NULL || at[0] >> 6 != 0 || (at[1] & 0x3f) != 0 || at[7] != 0 || take(&inside, (at[0] & 63u) * 4) == NULL)
		return false;
	ethertype = mw_load_u16_be(at + 2);
	if (ethertype == 0x6558)
		is_plausible = plausible_ethernet(&inside, LENIENT);
	else
		is_plausible = (ethertype == 0x0800 || ethertype == 0x86dd) && plausible_ip(&inside, LENIENT);
	if (!is_plausible)
		return false;
	set_scope(c, scope_of(MW_LAYER_GENEVE, at + 4));
	return enter_tunnel(c, &inside, MW_LAYER_GENEVE, ethertype == 0x6558 ? decode_ethernet : decode_raw_ip);
}

/** Moves over the sequence number, N-PDU number and extension headers that the flags promise. */
static bool take_gtpu_options(struct cursor *inside, unsigned flags)
{
	const uint8_t *at;
	uint8_t next;

	if ((flags & 7) == 0)
		return true;
	at = take(inside, 4);
	if (at == NULL)
		return false;
	next = (flags & 4) != 0 ? at[3] : 0;
	for (unsigned i = 0; next != 0; i++) {
		at = mw_reader_peek(&inside->in, 1);
		if (i == 8 || at == NULL || at[0] == 0)
			return false;
		uint32_t length_bytes = at[0] * 4u;
		at = take(inside, length_bytes);
		if (at == NULL)
			return false;
		next = at[length_bytes - 1];
	}
	return true;
}

bool try_gtpu(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 8);
	uint32_t length_bytes;

	if (at == NULL || (at[0] & 0xf0) != 0x30 || at[1] != 255) // version 1, GTP, a user's packet
		return false;
	length_bytes = mw_load_u16_be(at + 2);
	if (!fits(&inside, length_bytes))
		return false;
	limit(&inside, MW_MIN(length_bytes, inside.wire_bytes));
	if (!take_gtpu_options(&inside, at[0]) || !plausible_ip(&inside, LENIENT))
		return false;
	return enter_tunnel(c, &inside, MW_LAYER_GTPU, decode_raw_ip);
}

bool try_tzsp(struct cursor *c)
{
	enum { TAG_PADDING = 0, TAG_END = 1 };
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 4);

	// version 1; a received or to be sent packet; Ethernet
	if (at == NULL || at[0] != 1 || at[1] > 1 || mw_load_u16_be(at + 2) != 1)
		return false;
	do {
		at = take(&inside, 1);
		if (at != NULL && at[0] > TAG_END) {
			const uint8_t *length = take(&inside, 1);
			at = length == NULL || take(&inside, length[0]) == NULL ? NULL : at;
		}
	} while (at != NULL && at[0] != TAG_END);
	return at != NULL && plausible_ethernet(&inside, LENIENT) &&
		   enter_tunnel(c, &inside, MW_LAYER_TZSP, decode_ethernet);
}

bool try_teredo(struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = mw_reader_peek(&inside.in, 4);

	if (at != NULL && mw_load_u16_be(at) == 1) { // authentication: client identifier, value, nonce, confirmation
		take(&inside, 4);
		if (take(&inside, at[2] + at[3] + 9u) == NULL)
			return false;
		at = mw_reader_peek(&inside.in, 2);
	}
	if (at != NULL && mw_load_u16_be(at) == 0 && take(&inside, 8) == NULL) // origin indication
		return false;
	return plausible_ip6(&inside) && enter_tunnel(c, &inside, MW_LAYER_TEREDO, decode_ipv6);
}
