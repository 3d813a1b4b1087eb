// SPDX-License-Identifier: BSD-3-Clause
// Where a piece begins and ends. Decode points behind the transport header of a first piece: this goes back to IP.
// Neighbours: lib/decode; mw_packet.h says what the fields count. Follows RFC 791, RFC 8200 section 4.5.
#include "piece.h"

#include <string.h>

#include "mw_reader.h"

#define IP4_BYTES 20
#define IP6_BYTES 40

enum { NEXT_FRAGMENT = 44, NEXT_AH = 51 };

static bool is_ip4_of(const uint8_t *at, const struct mw_packet *packet)
{
	return at != NULL && at[0] >> 4 == 4 && mw_load_u16_be(at + 4) == packet->ip_id &&
		   memcmp(at + 12, &packet->src.bytes[12], 4) == 0 && memcmp(at + 16, &packet->dst.bytes[12], 4) == 0;
}

static bool is_ip6_of(const uint8_t *at, const struct mw_packet *packet)
{
	return at != NULL && at[0] >> 4 == 6 && memcmp(at + 8, packet->src.bytes, 16) == 0 &&
		   memcmp(at + 24, packet->dst.bytes, 16) == 0;
}

/** A reader from the innermost IP header; empty when what stands there is not what decode read. */
static struct mw_reader find_ip(const struct mw_packet *packet)
{
	struct mw_reader in = mw_reader_of(packet->data, packet->captured_bytes);

	if (mw_reader_skip(&in, packet->ip_at) && (packet->family == 4 ? is_ip4_of(mw_reader_peek(&in, IP4_BYTES), packet)
																   : is_ip6_of(mw_reader_peek(&in, IP6_BYTES), packet)))
		return in;
	return mw_reader_of(NULL, 0);
}

/** Bytes of the IPv6 headers up to and including the last fragment header; 0 when there is none. */
static uint32_t unfragmented_bytes(struct mw_reader in, uint32_t header_bytes, uint8_t *protocol)
{
	const uint8_t *at = mw_reader_take(&in, IP6_BYTES);
	uint32_t taken = IP6_BYTES, found = 0;
	uint8_t next = at == NULL ? 0 : at[6];

	while (taken < header_bytes && (at = mw_reader_peek(&in, 2)) != NULL) {
		uint32_t length_bytes = next == NEXT_FRAGMENT ? 8 : next == NEXT_AH ? (at[1] + 2u) * 4 : 8 + 8u * at[1];

		if (!mw_reader_skip(&in, length_bytes))
			break;
		taken += length_bytes;
		if (next == NEXT_FRAGMENT) {
			found = taken;
			*protocol = at[0];
		}
		next = at[0];
	}
	return found;
}

/** A first piece: where its payload begins, whatever headers follow there. */
static void read_first(struct piece *piece)
{
	const struct mw_packet *packet = piece->packet;
	struct mw_reader in = find_ip(packet);
	const uint8_t *at = mw_reader_peek(&in, IP4_BYTES);
	uint32_t header_bytes;

	if (at == NULL)
		return;
	if (packet->family == 4)
		piece->protocol = at[9];
	header_bytes =
		packet->family == 4 ? (at[0] & 15u) * 4 : unfragmented_bytes(in, packet->ip_header_bytes, &piece->protocol);
	if (header_bytes == 0 || header_bytes > packet->ip_header_bytes || !mw_reader_skip(&in, header_bytes))
		return;
	piece->header_bytes = header_bytes;
	piece->transport_at = packet->ip_header_bytes - header_bytes;
	piece->payload = in.at;
	piece->captured_bytes = (uint32_t)mw_reader_left(&in);
}

/** Decode's tunnel may be inside the piece; the one around it was entered before its IP header. */
static uint8_t tunnel_around(const struct mw_packet *packet)
{
	uint8_t tunnel = MW_LAYERS, around = MW_LAYERS;

	for (uint32_t i = 0; i < packet->layers_count; i++) {
		uint8_t layer = packet->layers[i];

		if (layer == MW_LAYER_IPV4 || layer == MW_LAYER_IPV6)
			around = tunnel;
		else if (layer < MW_LAYERS && mw_layer_is_tunnel[layer])
			tunnel = layer;
	}
	return around;
}

void piece_read(struct piece *piece, const struct mw_packet *packet)
{
	*piece = (struct piece){
		.packet = packet,
		.from = packet->fragment_offset_bytes,
		.header_bytes = packet->ip_header_bytes,
		.protocol = packet->protocol,
		.tunnel = tunnel_around(packet),
		.more = packet->more_fragments,
	};
	if (piece->from == 0) {
		read_first(piece);
	} else if (packet->payload != NULL) {
		piece->payload = packet->payload;
		piece->captured_bytes = packet->payload_bytes;
	}
	piece->bytes = packet->ip_total_bytes - MW_MIN(piece->header_bytes, packet->ip_total_bytes);
	piece->to = MW_MIN(piece->from + MW_MIN(piece->bytes, PIECE_END_MAX), PIECE_END_MAX);
	piece->captured_bytes = MW_MIN(piece->captured_bytes, piece->to - piece->from);
}
