// SPDX-License-Identifier: BSD-3-Clause
// What IPv4 and IPv6 share: the table of protocol numbers, IP inside IP, what an inner header means for the packet.
// Neighbours: ipv4.c, ipv6.c. Follows RFC 2003, RFC 2473, RFC 4213, RFC 6333.
#include "decode.h"

static const struct {
	decoder *run;
	bool is_ip6_only; // extension headers mean nothing behind IPv4
} PROTOCOLS[256] = {
	[0] = {decode_ip6_extension, true}, // hop-by-hop options
	[1] = {decode_icmp, false},
	[4] = {decode_ip4_in_ip, false},
	[6] = {decode_tcp, false},
	[17] = {decode_udp, false},
	[41] = {decode_ip6_in_ip, false},
	[43] = {decode_ip6_extension, true}, // routing
	[44] = {decode_ip6_fragment, true},
	[47] = {decode_gre, false},
	[50] = {decode_esp, false},
	[51] = {decode_ah, false},
	[58] = {decode_icmp6, false},
	[59] = {decode_no_next, true},
	[60] = {decode_ip6_extension, true}, // destination options
	[115] = {decode_l2tp3, false},
	[132] = {decode_sctp, false},
	[135] = {decode_ip6_extension, true}, // mobility, RFC 6275
	[139] = {decode_ip6_extension, true}, // HIP, RFC 7401
	[140] = {decode_ip6_extension, true}, // shim6, RFC 5533
};

void follow_protocol(struct cursor *c, uint8_t protocol)
{
	c->packet->protocol = protocol;
	mark_payload(c);
	c->next = PROTOCOLS[protocol].run;
	if (c->next == NULL || (PROTOCOLS[protocol].is_ip6_only && c->packet->family != 6))
		refuse(c, MW_REFUSAL_PROTOCOL_OTHER);
}

void decode_no_next(struct cursor *c)
{
	(void)c; // RFC 8200 section 4.7: nothing follows
}

void decode_ip4_in_ip(struct cursor *c)
{
	if (push_layer(c, c->packet->family == 6 ? MW_LAYER_IPV4_IN_IPV6 : MW_LAYER_IPV4_IN_IPV4))
		c->next = decode_ipv4;
}

void decode_ip6_in_ip(struct cursor *c)
{
	if (push_layer(c, c->packet->family == 6 ? MW_LAYER_IPV6_IN_IPV6 : MW_LAYER_IPV6_IN_IPV4))
		c->next = decode_ipv6;
}

bool may_enter_ip(struct cursor *c)
{
	if (c->ip_depth < c->settings->tunnel_depth)
		return true;
	refuse(c, MW_REFUSAL_TUNNEL_DEEP);
	return false;
}

// Private inside addresses of a DS-Lite line mean something only together with the line (RFC 6333 section 6.6).
static void scope_by_line(struct cursor *c, const struct ip_header *inner)
{
	uint32_t identifier =
		identifier_of_line(&c->packet->src, &c->packet->dst, &inner->src.bytes[12], &inner->dst.bytes[12]);

	if (identifier != 0)
		set_scope(c, identifier);
}

static void leave_outer(struct cursor *c)
{
	struct mw_packet *packet = c->packet;

	if (c->partial && !packet->outer_is_fragment) {
		packet->outer_is_fragment = true;
		packet->outer_ip_id = packet->ip_id;
		packet->outer_fragment_bytes = packet->ip_total_bytes - packet->ip_header_bytes;
	}
	packet->kinds = c->partial ? MW_KIND_FRAGMENT : 0;
	packet->src_port = packet->dst_port = packet->checksum = 0;
	packet->dont_fragment = packet->more_fragments = packet->ip_id_known = false;
	packet->ip_id = 0;
	packet->fragment_offset_bytes = 0;
}

void refuse_length(struct cursor *c, enum mw_refusal refusal, uint32_t total_bytes)
{
	if (c->ip_depth == 0) { // what an inner one claims says nothing of the frame
		c->packet->ip_total_bytes = total_bytes;
		c->packet->ip_at = (uint16_t)(c->in.at - c->packet->data);
	}
	refuse(c, refusal);
}

void enter_ip(struct cursor *c, const struct ip_header *header)
{
	struct mw_packet *packet = c->packet;

	if (packet->tunnel == MW_LAYER_IPV4_IN_IPV6 && header->family == 4 && packet->family == 6)
		scope_by_line(c, header);
	if (c->ip_depth++ > 0)
		leave_outer(c);
	packet->family = header->family;
	packet->src = header->src;
	packet->dst = header->dst;
	packet->ttl = header->ttl;
	packet->tos = header->tos;
	packet->ip_header_bytes = header->header_bytes;
	packet->ip_total_bytes = header->total_bytes;
	packet->ip_at = (uint16_t)(c->in.at - packet->data - header->header_bytes);
}
