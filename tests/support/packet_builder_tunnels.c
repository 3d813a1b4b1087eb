// SPDX-License-Identifier: BSD-3-Clause
// The packet builder's tunnels, and the messages that have a header of their own over UDP.
// Neighbours: packet_builder.c.
#include "packet_builder_parts.h"

void pb_push_gre(struct pb *pb, const struct pb_gre *with)
{
	uint32_t optional = (with->checksum ? 4u : 0) + (with->key ? 4u : 0) + (with->sequence ? 4u : 0);
	uint8_t *at = pb_push(pb, PB_GRE, (struct pb_names){.protocol = 47}, 4 + optional);

	pb_put16(at, (uint16_t)(with->flags | (with->checksum ? 0x8000 : 0) | (with->key ? 0x2000 : 0) |
							(with->sequence ? 0x1000 : 0)));
	pb_put16(at + 2, with->protocol);
	if (with->protocol == 0)
		pb_expect(pb, PB_NEXT_ETHERTYPE, 2);
	at += 4 + (with->checksum ? 4 : 0);
	if (with->key)
		pb_put32(at, with->key_value);
	if (with->sequence)
		pb_put32(at + (with->key ? 4 : 0), with->sequence_value);
}

void pb_erspan1(struct pb *pb)
{
	pb_gre(pb, .protocol = 0x88be);
}

void pb_erspan2(struct pb *pb, uint16_t session)
{
	pb_gre(pb, .protocol = 0x88be, .sequence = true, .sequence_value = 1);
	uint8_t *at = pb_push(pb, PB_ERSPAN, (struct pb_names){0}, 8);
	pb_put16(at, 0x1000);
	pb_put16(at + 2, session & 0x3ff);
}

void pb_erspan3(struct pb *pb, uint16_t session, bool platform)
{
	pb_gre(pb, .protocol = 0x22eb, .sequence = true, .sequence_value = 1);
	uint8_t *at = pb_push(pb, PB_ERSPAN, (struct pb_names){0}, platform ? 20 : 12);
	pb_put16(at, 0x2000);
	pb_put16(at + 2, session & 0x3ff);
	at[11] = platform ? 1 : 0;
}

void pb_vxlan(struct pb *pb, uint32_t vni)
{
	uint8_t *at = pb_push(pb, PB_TUNNEL, (struct pb_names){0}, 8);

	at[0] = 8;
	pb_put24(at + 4, vni);
}

void pb_push_geneve(struct pb *pb, const struct pb_geneve *with)
{
	uint8_t *at = pb_push(pb, PB_TUNNEL, (struct pb_names){0}, 8u + 4u * with->options_words);

	at[0] = with->options_words;
	pb_put24(at + 4, with->vni);
	if (with->options_words != 0)
		at[11] = (uint8_t)(with->options_words - 1);
	pb_expect(pb, PB_NEXT_ETHERTYPE, 2);
}

void pb_push_gtpu(struct pb *pb, const struct pb_gtpu *with)
{
	uint32_t optional = with->sequence || with->extensions > 0 ? 4 : 0;
	uint8_t *at = pb_push(pb, PB_GTPU, (struct pb_names){0}, 8 + optional + 4u * with->extensions);

	at[0] = (uint8_t)(0x30 | (with->sequence ? 2 : 0) | (with->extensions > 0 ? 4 : 0));
	at[1] = with->type == 0 ? 255 : with->type;
	pb_put16(at + 2, with->length_bytes);
	pb_put32(at + 4, with->teid);
	pb_newest(pb)->length_given = with->length_bytes != 0;
	for (unsigned i = 0; i < with->extensions; i++) {
		at[11 + 4 * i] = 0x85; // PDU session container
		at[12 + 4 * i] = 1;
	}
}

void pb_tzsp(struct pb *pb)
{
	static const uint8_t header[] = {1, 0, 0, 1, 0, 0x0a, 1, 0xc8, 1}; // padding, RSSI, end

	memcpy(pb_push(pb, PB_TUNNEL, (struct pb_names){0}, sizeof(header)), header, sizeof(header));
}

void pb_push_teredo(struct pb *pb, const struct pb_teredo *with)
{
	uint8_t *at =
		pb_push(pb, PB_TUNNEL, (struct pb_names){0}, (with->authentication ? 13u : 0) + (with->origin ? 8u : 0));

	if (with->authentication) {
		at[1] = 1;
		at += 13;
	}
	if (with->origin)
		memset(at + 2, 0xaa, 6);
}

void pb_push_l2tp2(struct pb *pb, const struct pb_l2tp2 *with)
{
	uint32_t offset_bytes = with->offset_bytes == 0 ? 0 : 2u + with->offset_bytes;
	uint32_t header = 6 + (with->length ? 2u : 0) + (with->sequence ? 4u : 0) + offset_bytes;
	uint8_t *at = pb_push(pb, with->length ? PB_L2TP : PB_TUNNEL, (struct pb_names){0}, header);

	pb_put16(at, (uint16_t)(2 | (with->control ? 0x8000 : 0) | (with->length ? 0x4000 : 0) |
							(with->sequence ? 0x0800 : 0) | (offset_bytes != 0 ? 0x0200 : 0)));
	at += with->length ? 4 : 2;
	pb_put16(at, 1);
	pb_put16(at + 2, 2);
	if (offset_bytes != 0)
		pb_put16(at + 4 + (with->sequence ? 4 : 0), with->offset_bytes);
}

void pb_push_l2tp3(struct pb *pb, const struct pb_l2tp3 *with)
{
	uint32_t header = (with->over_udp ? 4u : 0) + 4u + with->cookie_bytes + (with->sublayer ? 4u : 0);
	uint8_t *at = pb_push(pb, PB_TUNNEL, (struct pb_names){.protocol = 115}, header);

	if (with->over_udp) {
		pb_put16(at, with->control ? 0xc803 : 3);
		at += 4;
	}
	pb_put32(at, with->control && !with->over_udp ? 0 : 0x01020304);
	memset(at + 4, 0xc0, with->cookie_bytes);
}

void pb_push_ike(struct pb *pb, const struct pb_ike *with)
{
	if (with->marker)
		pb_room(pb, 4);
	uint8_t *at = pb_push(pb, PB_IKE, (struct pb_names){0}, 28);
	pb_put32(at, (uint32_t)(with->spi_i >> 32));
	pb_put32(at + 4, (uint32_t)with->spi_i);
	pb_put32(at + 8, (uint32_t)(with->spi_r >> 32));
	pb_put32(at + 12, (uint32_t)with->spi_r);
	at[16] = 33;
	at[17] = 0x20;
	at[18] = with->exchange == 0 ? 34 : with->exchange;
	at[19] = with->response ? 0x20 : 0x08;
	pb_put32(at + 20, with->message_id);
	pb_put32(at + 24, with->length_bytes);
	pb_newest(pb)->length_given = with->length_bytes != 0;
}
