// SPDX-License-Identifier: BSD-3-Clause
// ICMP and ICMPv6: echo, errors, neighbour discovery.
// Neighbours: ip.c; quote.c reads what an error quotes. Follows RFC 792, RFC 1191, RFC 4443, RFC 4861.
#include "decode.h"

#define HEADER_BYTES 8

enum { IS_OTHER, IS_ECHO, IS_ERROR, IS_ND, IS_ROUTER };

struct message {
	uint8_t length_bytes; // least that this type needs; 0 is the header
	uint8_t what;
};

static const struct message ICMP_MESSAGES[256] = {
	[0] = {0, IS_ECHO},   [3] = {0, IS_ERROR},  [4] = {0, IS_ERROR},  [5] = {0, IS_ERROR},  [8] = {0, IS_ECHO},
	[11] = {0, IS_ERROR}, [12] = {0, IS_ERROR}, [13] = {20, IS_ECHO}, [14] = {20, IS_ECHO}, // timestamps
	[17] = {12, IS_ECHO}, [18] = {12, IS_ECHO}, // address masks
};

static const struct message ICMP6_MESSAGES[256] = {
	[1] = {0, IS_ERROR},  [2] = {0, IS_ERROR},     [3] = {0, IS_ERROR},    [4] = {0, IS_ERROR},    [128] = {0, IS_ECHO},
	[129] = {0, IS_ECHO}, [130] = {24, IS_OTHER},  [131] = {24, IS_OTHER}, [132] = {24, IS_OTHER}, // MLD
	[133] = {0, IS_ND},   [134] = {16, IS_ROUTER}, [135] = {24, IS_ND},    [136] = {24, IS_ND},    [137] = {40, IS_ND},
};

static void read_message(struct cursor *c, const uint8_t *at, unsigned what)
{
	struct mw_packet *packet = c->packet;

	if (what == IS_ND || what == IS_ROUTER)
		packet->kinds |= MW_KIND_ND;
	if (what == IS_ROUTER)
		packet->icmp_sequence = mw_load_u16_be(at + 6);
	if (what == IS_ECHO) {
		packet->src_port = packet->dst_port = mw_load_u16_be(at + 4);
		packet->icmp_sequence = mw_load_u16_be(at + 6);
	}
	if (what != IS_ERROR)
		return;
	packet->quote = (struct mw_packet_quote){0};
	if (packet->protocol == 1 && at[0] == 3 && at[1] == 4)
		packet->quote.mtu_bytes = mw_load_u16_be(at + 6);
	else if (packet->protocol == 58 && at[0] == 2)
		packet->quote.mtu_bytes = mw_load_u32_be(at + 4);
	decode_quote(c);
}

static void decode_message(struct cursor *c, enum mw_layer layer, const struct message *messages)
{
	struct mw_packet *packet = c->packet;
	const uint8_t *at = c->in.at;

	if (!push_layer(c, layer) || !has(c, HEADER_BYTES, MW_REFUSAL_ICMP_SHORT))
		return;
	packet->icmp_type = at[0];
	packet->icmp_code = at[1];
	if (!fits(c, messages[at[0]].length_bytes)) {
		refuse(c, MW_REFUSAL_ICMP_LENGTH);
		return;
	}
	packet->kinds |= MW_KIND_ICMP;
	take(c, HEADER_BYTES);
	mark_payload(c);
	read_message(c, at, messages[at[0]].what);
}

void decode_icmp(struct cursor *c)
{
	decode_message(c, MW_LAYER_ICMP, ICMP_MESSAGES);
}

void decode_icmp6(struct cursor *c)
{
	decode_message(c, MW_LAYER_ICMP6, ICMP6_MESSAGES);
}
