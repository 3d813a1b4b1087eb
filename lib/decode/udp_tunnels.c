// SPDX-License-Identifier: BSD-3-Clause
// Tunnels known by their UDP port: VXLAN, VXLAN-GPE, GENEVE, GTP-U, TZSP, Teredo. Entered only when the inside is
// plausible.
// Neighbours: udp.c, plausible.c. Follows RFC 7348, draft-ietf-nvo3-vxlan-gpe, RFC 8300, RFC 8926, 3GPP TS 29.281, RFC
// 4380; TZSP has no standard.
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

/** What VXLAN-GPE and NSH call what follows them; any other: it is not read. */
enum { GPE_IPV4 = 1, GPE_IPV6 = 2, GPE_ETHERNET = 3, GPE_NSH = 4 };

// RFC 8300 section 2.2: its length in words, and what follows.
static uint8_t take_nsh(struct cursor *inside)
{
	const uint8_t *at = mw_reader_peek(&inside->in, 4);
	uint32_t length_bytes = at == NULL ? 0 : (at[1] & 0x3fu) * 4;

	if (length_bytes < 8 || take(inside, length_bytes) == NULL)
		return 0;
	return at[3];
}

bool try_vxlan_gpe(struct cursor *c)
{
	enum { VERSION = 0x30, NEXT_GIVEN = 0x04, OAM = 0x01 };
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 8);
	uint8_t next;
	bool is_plausible;

	if (at == NULL || (at[0] & (VERSION | OAM)) != 0 || at[1] != 0 || at[2] != 0 || at[7] != 0)
		return false;
	next = (at[0] & NEXT_GIVEN) != 0 ? at[3] : GPE_ETHERNET;
	if (next == GPE_NSH)
		next = take_nsh(&inside);
	is_plausible = next == GPE_ETHERNET ? plausible_ethernet(&inside, LENIENT)
										: (next == GPE_IPV4 || next == GPE_IPV6) && plausible_ip(&inside, LENIENT);
	if (!is_plausible)
		return false;
	set_scope(c, scope_of(MW_LAYER_VXLAN_GPE, at + 4));
	return enter_tunnel(c, &inside, MW_LAYER_VXLAN_GPE, next == GPE_ETHERNET ? decode_ethernet : decode_raw_ip);
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

/** What TZSP carries, by its number. */
static decoder *tzsp_decoder(uint16_t encapsulation)
{
	enum { ETHERNET = 1, WLAN = 18 };

	if (encapsulation == ETHERNET)
		return decode_ethernet;
	return encapsulation == WLAN ? decode_wlan : NULL;
}

bool try_tzsp(struct cursor *c)
{
	enum { TAG_PADDING = 0, TAG_END = 1 };
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 4);
	decoder *next = at == NULL ? NULL : tzsp_decoder(mw_load_u16_be(at + 2));

	if (next == NULL || at[0] != 1 || at[1] > 1) // version 1; a received or to be sent packet
		return false;
	do {
		at = take(&inside, 1);
		if (at != NULL && at[0] > TAG_END) {
			const uint8_t *length = take(&inside, 1);
			at = length == NULL || take(&inside, length[0]) == NULL ? NULL : at;
		}
	} while (at != NULL && at[0] != TAG_END);
	if (at == NULL || !(next == decode_wlan ? plausible_wlan(&inside) : plausible_ethernet(&inside, LENIENT)))
		return false;
	return enter_tunnel(c, &inside, MW_LAYER_TZSP, next);
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
