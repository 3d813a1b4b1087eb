// SPDX-License-Identifier: BSD-3-Clause
// UDP, and the ports behind which a tunnel may be.
// Neighbours: udp_tunnels.c, l2tp.c, ipsec.c, wireguard.c. Follows RFC 768, RFC 2675 (length 0).
#include "decode.h"

#define HEADER_BYTES 8

// One slot per low byte of the port, so that a packet costs two looks; the compiler refuses two ports in one slot.
#define PORT(number, either_end, by_setting, try) [(number)&0xff] = {number, either_end, by_setting, try},
static const struct udp_port {
	uint16_t port;
	bool either_end; // source port as well as destination port
	bool by_setting; // only with the setting udp-tunnels
	udp_tunnel *try;
} PORTS[256] = {UDP_TUNNEL_PORTS(PORT)};

static bool try_port(struct cursor *c, uint16_t port, bool is_source)
{
	const struct udp_port *slot = &PORTS[port & 0xff];

	if (slot->port != port || slot->try == NULL || (is_source && !slot->either_end))
		return false;
	return (!slot->by_setting || c->settings->udp_tunnels) && slot->try(c);
}

static void look_inside(struct cursor *c)
{
	const struct mw_packet *packet = c->packet;

	if (try_port(c, packet->dst_port, false) || try_port(c, packet->src_port, true))
		return;
	try_wireguard(c);
}

static uint32_t length_of(const struct cursor *c, const uint8_t *at)
{
	uint32_t length_bytes = mw_load_u16_be(at + 4);

	// 0: a jumbogram's (RFC 2675), or one of more than 64 KiB that segmentation offload leaves in IPv4 as well
	return length_bytes == 0 && (c->packet->family == 6 || c->wire_bytes > UINT16_MAX) ? c->wire_bytes : length_bytes;
}

void decode_udp(struct cursor *c)
{
	struct mw_packet *packet = c->packet;
	const uint8_t *at = c->in.at;
	uint32_t length_bytes;

	if (!push_layer(c, MW_LAYER_UDP) || !read_ports(c, HEADER_BYTES, MW_REFUSAL_UDP_SHORT))
		return;
	length_bytes = length_of(c, at);
	if (length_bytes < HEADER_BYTES || !fits(c, length_bytes)) {
		refuse(c, MW_REFUSAL_UDP_LENGTH);
		return;
	}
	limit(c, MW_MIN(length_bytes, c->wire_bytes)); // a first fragment has less
	packet->checksum = mw_load_u16_be(at + 6);
	take(c, HEADER_BYTES);
	mark_payload(c);
	packet->kinds |= kinds_of_udp(c->wire_bytes);
	if (c->wire_bytes > 0)
		look_inside(c);
}
