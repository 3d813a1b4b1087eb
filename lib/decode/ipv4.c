// SPDX-License-Identifier: BSD-3-Clause
// IPv4 with options and fragments.
// Neighbours: ip.c. Follows RFC 791, RFC 6864.
#include "decode.h"

#define HEADER_BYTES 20

/** The checks of a header of which 20 bytes are there. Total length 0 is what segmentation offload leaves. */
static enum mw_refusal check_header(const struct cursor *c, const uint8_t *at, uint32_t *header_bytes,
									uint32_t *total_bytes)
{
	*header_bytes = (at[0] & 15u) * 4;
	*total_bytes = mw_load_u16_be(at + 2);
	if (*total_bytes == 0)
		*total_bytes = c->wire_bytes;
	if (*header_bytes < HEADER_BYTES || *header_bytes > *total_bytes)
		return MW_REFUSAL_IP4_HEADER_LENGTH;
	if (!fits(c, *total_bytes))
		return MW_REFUSAL_IP4_TOTAL_LENGTH;
	return MW_REFUSAL_NONE;
}

static void enter_ipv4(struct cursor *c, const uint8_t *at, uint32_t header_bytes, uint32_t total_bytes)
{
	uint16_t fragment = mw_load_u16_be(at + 6);
	struct mw_packet *packet = c->packet;

	enter_ip(c, &(struct ip_header){
					.src = mw_address_from_v4(at + 12),
					.dst = mw_address_from_v4(at + 16),
					.total_bytes = total_bytes,
					.header_bytes = (uint16_t)header_bytes,
					.family = 4,
					.ttl = at[8],
					.tos = at[1],
				});
	packet->ip_id = mw_load_u16_be(at + 4);
	packet->ip_id_known = true;
	packet->dont_fragment = (fragment & 0x4000) != 0;
	packet->more_fragments = (fragment & 0x2000) != 0;
	packet->fragment_offset_bytes = (uint16_t)((fragment & 0x1fff) * 8);
}

static void follow_ipv4(struct cursor *c, uint8_t protocol)
{
	struct mw_packet *packet = c->packet;

	if (packet->more_fragments || packet->fragment_offset_bytes > 0)
		packet->kinds |= MW_KIND_FRAGMENT;
	if (packet->fragment_offset_bytes > 0) {
		packet->protocol = protocol;
		mark_payload(c);
		refuse(c, MW_REFUSAL_FRAGMENT_LATER);
		return;
	}
	c->partial = c->partial || packet->more_fragments;
	follow_protocol(c, protocol);
}

void decode_ipv4(struct cursor *c)
{
	uint32_t header_bytes, total_bytes;
	enum mw_refusal refusal;
	const uint8_t *at;

	if (!has(c, 1, MW_REFUSAL_IP4_SHORT))
		return;
	if (c->in.at[0] >> 4 != 4) {
		refuse(c, MW_REFUSAL_IP4_VERSION);
		return;
	}
	if (!has(c, HEADER_BYTES, MW_REFUSAL_IP4_SHORT))
		return;
	at = c->in.at;
	refusal = check_header(c, at, &header_bytes, &total_bytes);
	if (refusal == MW_REFUSAL_IP4_TOTAL_LENGTH) {
		refuse_length(c, refusal, total_bytes);
		return;
	}
	if (refusal != MW_REFUSAL_NONE) {
		refuse(c, refusal);
		return;
	}
	if (!has(c, header_bytes, MW_REFUSAL_IP4_SHORT) || !may_enter_ip(c) || !push_layer(c, MW_LAYER_IPV4))
		return;
	limit(c, total_bytes);
	take(c, header_bytes);
	enter_ipv4(c, at, header_bytes, total_bytes);
	follow_ipv4(c, at[9]);
}
