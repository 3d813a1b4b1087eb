// SPDX-License-Identifier: BSD-3-Clause
// Packets that Linux' netfilter logged: IP without a link, in a list of attributes.
// Neighbours: cooked.c. Follows tcpdump.org's page of LINKTYPE_NFLOG, Linux nfnetlink_log.h.
#include "decode.h"

enum { ATTRIBUTE_PAYLOAD = 9, ATTRIBUTE_BYTES = 4, HEADER_BYTES = 4 };

/** An attribute's length and type, in the byte order of the machine that captured: types are below 256. */
static bool read_attribute(const uint8_t *at, uint32_t *length_bytes, unsigned *type)
{
	const bool is_big = at[2] == 0;

	*length_bytes = is_big ? mw_load_u16_be(at) : (uint32_t)(at[1] << 8 | at[0]);
	*type = is_big ? at[3] : at[2];
	return (is_big || at[3] == 0) && *length_bytes >= ATTRIBUTE_BYTES;
}

// How long the packet was where the kernel copied its beginning only: as its own header says.
static uint32_t wire_bytes_of(const struct cursor *c)
{
	const uint8_t *at = mw_reader_peek(&c->in, 6);
	uint32_t bytes = 0;

	if (at != NULL && at[0] >> 4 == 4)
		bytes = mw_load_u16_be(at + 2);
	else if (at != NULL && at[0] >> 4 == 6)
		bytes = 40u + mw_load_u16_be(at + 4);
	return MW_MAX(bytes, c->wire_bytes);
}

void decode_nflog(struct cursor *c)
{
	uint32_t length_bytes;
	unsigned type;

	if (!has(c, HEADER_BYTES, MW_REFUSAL_LINK_SHORT) || !push_layer(c, MW_LAYER_NFLOG))
		return;
	if (take(c, HEADER_BYTES)[1] != 0) { // version
		refuse(c, MW_REFUSAL_NFLOG_BAD);
		return;
	}
	while (c->wire_bytes > 0) {
		if (!has(c, ATTRIBUTE_BYTES, MW_REFUSAL_LINK_SHORT))
			return;
		if (!read_attribute(c->in.at, &length_bytes, &type) || !fits(c, length_bytes))
			break;
		if (type == ATTRIBUTE_PAYLOAD) {
			limit(c, length_bytes);
			take(c, ATTRIBUTE_BYTES);
			c->wire_bytes = wire_bytes_of(c);
			c->next = decode_raw_ip;
			return;
		}
		length_bytes = MW_MIN((length_bytes + 3) / 4 * 4, c->wire_bytes);
		if (!has(c, length_bytes, MW_REFUSAL_LINK_SHORT))
			return;
		take(c, length_bytes);
	}
	refuse(c, MW_REFUSAL_NFLOG_BAD);
}
