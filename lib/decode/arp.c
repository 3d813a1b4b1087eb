// SPDX-License-Identifier: BSD-3-Clause
// ARP, for IPv4 over Ethernet: a link fact. Sender and target stand in src and dst where no IP is around.
// Neighbours: ethernet.c. Follows RFC 826.
#include "decode.h"

#define ARP_BYTES 28

void decode_arp(struct cursor *c)
{
	static const uint8_t start[] = {0, 1, 8, 0, 6, 4};
	struct mw_packet *packet = c->packet;
	const uint8_t *at = c->in.at;

	if (c->wire_bytes >= ARP_BYTES && !has(c, ARP_BYTES, MW_REFUSAL_LINK_SHORT))
		return;
	if (c->wire_bytes < ARP_BYTES || memcmp(at, start, sizeof(start)) != 0) {
		refuse(c, MW_REFUSAL_ARP_BAD);
		return;
	}
	if (!push_layer(c, MW_LAYER_ARP))
		return;
	packet->kinds |= MW_KIND_ARP;
	if (packet->family != 0)
		return;
	packet->src = mw_address_from_v4(at + 14);
	packet->dst = mw_address_from_v4(at + 24);
	limit(c, ARP_BYTES);
	mark_payload(c);
}
