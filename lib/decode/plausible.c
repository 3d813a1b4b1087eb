// SPDX-License-Identifier: BSD-3-Clause
// Guesses about what follows, for tunnels that are known by a port or by nothing: only what passes here is entered.
// Neighbours: mpls.c, udp_tunnels.c, l2tp.c. A wrong yes hides a flow, a wrong no shows the tunnel as plain UDP.
#include "decode.h"

static bool checksum_is_right(const uint8_t *at, uint32_t header_bytes)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < header_bytes; i += 2)
		sum += mw_load_u16_be(at + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static bool plausible_ip4(const struct cursor *c, int how)
{
	const uint8_t *at = mw_reader_peek(&c->in, 20);
	uint32_t header_bytes, total_bytes;

	if (at == NULL || at[0] >> 4 != 4)
		return false;
	header_bytes = (at[0] & 15u) * 4;
	total_bytes = mw_load_u16_be(at + 2);
	if (total_bytes == 0 && c->wire_bytes > UINT16_MAX) // more than its field can say: BIG TCP
		total_bytes = c->wire_bytes;
	if (header_bytes < 20 || total_bytes < header_bytes || !fits(c, total_bytes))
		return false;
	return how == LENIENT || (mw_reader_peek(&c->in, header_bytes) != NULL && checksum_is_right(at, header_bytes));
}

bool plausible_ip6(const struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 40);

	return at != NULL && at[0] >> 4 == 6 && fits(c, 40u + mw_load_u16_be(at + 4));
}

bool plausible_ip(const struct cursor *c, int how)
{
	return plausible_ip4(c, how) || plausible_ip6(c);
}

static bool is_known_ethertype(uint16_t ethertype)
{
	static const uint16_t known[] = {0x8847, 0x8848, 0x8863, 0x8864, 0x8809, 0x88cc, 0x888e, 0x88f7, 0x8902, 0x9000};

	for (size_t i = 0; i < MW_ARRAY_SIZE(known); i++)
		if (known[i] == ethertype)
			return true;
	return false;
}

static bool plausible_llc(const struct cursor *c, uint16_t length_bytes)
{
	static const uint16_t saps[] = {0xaaaa, 0x4242, 0xfefe}; // SNAP, spanning tree, IS-IS
	const uint8_t *at = mw_reader_peek(&c->in, 3);

	if (at == NULL || length_bytes < 3 || length_bytes > c->wire_bytes || at[2] != 3)
		return false;
	for (size_t i = 0; i < MW_ARRAY_SIZE(saps); i++)
		if (mw_load_u16_be(at) == saps[i])
			return true;
	return false;
}

static bool plausible_behind(const struct cursor *c, uint16_t ethertype, int how)
{
	static const uint8_t arp[] = {0, 1, 8, 0, 6, 4};
	const uint8_t *at = mw_reader_peek(&c->in, sizeof(arp));

	if (ethertype == 0x0800)
		return plausible_ip4(c, how);
	if (ethertype == 0x86dd)
		return plausible_ip6(c);
	if (ethertype == 0x0806)
		return at != NULL && memcmp(at, arp, sizeof(arp)) == 0;
	return how == LENIENT && (ethertype < 0x0600 ? plausible_llc(c, ethertype) : is_known_ethertype(ethertype));
}

bool plausible_ethernet(const struct cursor *c, int how)
{
	struct cursor inside = *c;
	const uint8_t *at = take(&inside, 14);
	uint16_t ethertype = at == NULL ? 0 : mw_load_u16_be(at + 12);

	for (unsigned tags = 0; at != NULL && tags < 3 && (ethertype == 0x8100 || ethertype == 0x88a8); tags++) {
		at = take(&inside, 4);
		ethertype = at == NULL ? 0 : mw_load_u16_be(at + 2);
	}
	return at != NULL && plausible_behind(&inside, ethertype, how);
}

static bool is_known_control(uint16_t protocol)
{
	static const uint16_t known[] = {0xc021, 0xc023, 0xc025, 0xc223, 0x8021, 0x8057, 0x80fd, 0x8281};

	for (size_t i = 0; i < MW_ARRAY_SIZE(known); i++)
		if (known[i] == protocol)
			return true;
	return false;
}

bool plausible_ppp(const struct cursor *c)
{
	struct cursor inside = *c;
	const uint8_t *at = mw_reader_peek(&inside.in, 2);

	if (at != NULL && mw_load_u16_be(at) == 0xff03) {
		take(&inside, 2);
		at = mw_reader_peek(&inside.in, 2);
	}
	if (at == NULL)
		return false;
	if ((at[0] & 1) == 0 && is_known_control(mw_load_u16_be(at)))
		return true;
	uint16_t protocol = (at[0] & 1) != 0 ? at[0] : mw_load_u16_be(at);
	take(&inside, (at[0] & 1) != 0 ? 1 : 2);
	return protocol == 0x21 ? plausible_ip4(&inside, LENIENT) : protocol == 0x57 && plausible_ip6(&inside);
}

bool enter_tunnel(struct cursor *c, const struct cursor *inside, enum mw_layer layer, decoder *next)
{
	c->in = inside->in;
	c->wire_bytes = inside->wire_bytes;
	if (push_layer(c, layer))
		c->next = next;
	return true;
}
