// SPDX-License-Identifier: BSD-3-Clause
// IPv6 and its extension headers.
// Neighbours: ip.c has the table of next headers, ipsec.c reads AH. Follows RFC 8200, RFC 2675, RFC 6564, RFC 6946.
#include "decode.h"

#define HEADER_BYTES   40
#define EXTENSIONS_MAX 10
#define FRAGMENT_BYTES 8

// Length 0 is a jumbogram's (RFC 2675) or what segmentation offload leaves; without a next header it is the truth.
static uint32_t payload_bytes_of(const struct cursor *c, const uint8_t *at)
{
	uint32_t length_bytes = mw_load_u16_be(at + 4);

	if (length_bytes == 0 && (at[6] == 0 || at[6] == 6 || at[6] == 17 || c->wire_bytes > UINT16_MAX))
		return c->wire_bytes - MW_MIN(c->wire_bytes, HEADER_BYTES);
	return length_bytes;
}

static struct mw_address address_at(const uint8_t *at)
{
	struct mw_address address;

	memcpy(address.bytes, at, sizeof(address.bytes));
	return address;
}

void decode_ipv6(struct cursor *c)
{
	uint32_t payload_bytes;
	const uint8_t *at = c->in.at;

	if (!has(c, 1, MW_REFUSAL_IP6_SHORT))
		return;
	if (at[0] >> 4 != 6) {
		refuse(c, MW_REFUSAL_IP6_VERSION);
		return;
	}
	if (!has(c, HEADER_BYTES, MW_REFUSAL_IP6_SHORT))
		return;
	payload_bytes = payload_bytes_of(c, at);
	if (!fits(c, HEADER_BYTES + payload_bytes)) {
		refuse_length(c, MW_REFUSAL_IP6_PAYLOAD_LENGTH, HEADER_BYTES + payload_bytes);
		return;
	}
	if (!may_enter_ip(c) || !push_layer(c, MW_LAYER_IPV6))
		return;
	limit(c, HEADER_BYTES + payload_bytes);
	take(c, HEADER_BYTES);
	c->extensions = 0;
	enter_ip(c, &(struct ip_header){
					.src = address_at(at + 8),
					.dst = address_at(at + 24),
					.total_bytes = HEADER_BYTES + payload_bytes,
					.header_bytes = HEADER_BYTES,
					.family = 6,
					.ttl = at[7],
					.tos = (uint8_t)(mw_load_u16_be(at) >> 4),
				});
	follow_protocol(c, at[6]);
}

/** Moves over one extension header of length_bytes, of which at least 2 bytes were read. NULL when refused. */
static const uint8_t *take_extension(struct cursor *c, uint32_t length_bytes, enum mw_layer layer)
{
	if (++c->extensions > EXTENSIONS_MAX) {
		refuse(c, MW_REFUSAL_IP6_EXTENSIONS_DEEP);
		return NULL;
	}
	if (!fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_IP6_EXTENSION_LENGTH);
		return NULL;
	}
	if (!has(c, length_bytes, MW_REFUSAL_IP6_EXTENSION_SHORT) || !push_layer(c, layer))
		return NULL;
	c->packet->ip_header_bytes = (uint16_t)(c->packet->ip_header_bytes + length_bytes);
	return take(c, length_bytes);
}

void decode_ip6_extension(struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 2);

	// without its length byte it is an empty one that does not fit either
	at = take_extension(c, at == NULL ? 8 : 8 + 8u * at[1], MW_LAYER_IP6_EXTENSION);
	if (at != NULL)
		follow_protocol(c, at[0]);
}

void decode_ip6_fragment(struct cursor *c)
{
	struct mw_packet *packet = c->packet;
	const uint8_t *at = take_extension(c, FRAGMENT_BYTES, MW_LAYER_FRAGMENT);

	if (at == NULL)
		return;
	packet->kinds |= MW_KIND_FRAGMENT;
	packet->ip_id = mw_load_u32_be(at + 4);
	packet->ip_id_known = true;
	packet->fragment_offset_bytes = mw_load_u16_be(at + 2) & 0xfff8;
	packet->more_fragments = (at[3] & 1) != 0;
	if (packet->fragment_offset_bytes > 0) {
		packet->protocol = at[0];
		mark_payload(c);
		refuse(c, MW_REFUSAL_FRAGMENT_LATER);
		return;
	}
	c->partial = c->partial || packet->more_fragments;
	follow_protocol(c, at[0]);
}
