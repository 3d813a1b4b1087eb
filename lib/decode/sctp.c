// SPDX-License-Identifier: BSD-3-Clause
// SCTP: the common header, for its ports. Also what UDP, TCP and SCTP share: where the ports stand.
// Neighbours: ip.c. Follows RFC 9260 section 3.1.
#include "decode.h"

#define HEADER_BYTES 12

bool read_ports(struct cursor *c, size_t header_bytes, enum mw_refusal refusal)
{
	const uint8_t *at = mw_reader_peek(&c->in, 4);

	if (at != NULL) { // even where the rest of the header is missing
		c->packet->src_port = mw_load_u16_be(at);
		c->packet->dst_port = mw_load_u16_be(at + 2);
	}
	return has(c, header_bytes, refusal);
}

void decode_sctp(struct cursor *c)
{
	if (!push_layer(c, MW_LAYER_SCTP) || !read_ports(c, HEADER_BYTES, MW_REFUSAL_SCTP_SHORT))
		return;
	take(c, HEADER_BYTES);
	mark_payload(c);
}
