// SPDX-License-Identifier: BSD-3-Clause
// TCP with its options.
// Neighbours: ip.c. Follows RFC 9293 section 3.1, RFC 7323, RFC 2018.
#include "decode.h"

#define HEADER_BYTES 20

enum {
	KIND_END = 0,
	KIND_NOP = 1,
	KIND_MSS = 2,
	KIND_WSCALE = 3,
	KIND_SACK_PERMITTED = 4,
	KIND_SACK = 5,
	KIND_TIMESTAMP = 8,
};

static const struct {
	uint8_t length_bytes; // with kind and length; 0 is any
	uint8_t present;
} OPTIONS[] = {
	[KIND_MSS] = {4, MW_TCP_OPTION_MSS},
	[KIND_WSCALE] = {3, MW_TCP_OPTION_WSCALE},
	[KIND_SACK_PERMITTED] = {2, MW_TCP_OPTION_SACK_PERMITTED},
	[KIND_SACK] = {0, MW_TCP_OPTION_SACK},
	[KIND_TIMESTAMP] = {10, MW_TCP_OPTION_TIMESTAMP},
};

/** at: the option's bytes behind kind and length. False for a length that this kind cannot have. */
static inline bool use_option(struct mw_packet_tcp *tcp, unsigned kind, uint32_t length_bytes, const uint8_t *at)
{
	if (kind >= MW_ARRAY_SIZE(OPTIONS) || OPTIONS[kind].present == 0) {
		tcp->present |= MW_TCP_OPTION_OTHER;
		return true;
	}
	if (OPTIONS[kind].length_bytes != length_bytes && OPTIONS[kind].length_bytes != 0)
		return false;
	tcp->present |= OPTIONS[kind].present;
	if (kind == KIND_MSS) {
		tcp->mss = mw_load_u16_be(at);
	} else if (kind == KIND_WSCALE) {
		tcp->wscale = at[0];
	} else if (kind == KIND_TIMESTAMP) {
		tcp->ts_value = mw_load_u32_be(at);
		tcp->ts_echo = mw_load_u32_be(at + 4);
	}
	return true;
}

bool read_tcp_options(struct mw_packet_tcp *tcp, struct mw_reader options, uint32_t wire_bytes)
{
	const uint8_t *at = options.at;
	uint32_t left, length_bytes, missing;

	mw_reader_limit(&options, wire_bytes);
	left = (uint32_t)mw_reader_left(&options);
	missing = wire_bytes - left; // not captured
	for (; left > 0 && at[0] != KIND_END; left -= length_bytes, at += length_bytes) {
		length_bytes = 1;
		if (at[0] == KIND_NOP)
			continue;
		if (left == 1)
			return missing != 0;
		length_bytes = at[1];
		if (MW_UNLIKELY(length_bytes - 2 > left - 2))
			return length_bytes >= 2 && length_bytes <= left + missing;
		if (!use_option(tcp, at[0], length_bytes, at + 2))
			return false;
	}
	return true;
}

/** Moves over the options as far as they were captured, and on the wire. */
static void skip_options(struct cursor *c, uint32_t options_bytes)
{
	mw_reader_skip(&c->in, MW_MIN(options_bytes, mw_reader_left(&c->in)));
	c->wire_bytes -= MW_MIN(options_bytes, c->wire_bytes);
}

void decode_tcp(struct cursor *c)
{
	struct mw_packet *packet = c->packet;
	uint32_t header_bytes, options_bytes;
	const uint8_t *at = c->in.at;

	if (!push_layer(c, MW_LAYER_TCP) || !read_ports(c, HEADER_BYTES, MW_REFUSAL_TCP_SHORT))
		return;
	header_bytes = (at[12] >> 4) * 4u;
	if (header_bytes < HEADER_BYTES || !fits(c, header_bytes)) {
		refuse(c, MW_REFUSAL_TCP_HEADER_LENGTH);
		return;
	}
	packet->tcp = (struct mw_packet_tcp){
		.seq = mw_load_u32_be(at + 4),
		.ack = mw_load_u32_be(at + 8),
		.window = mw_load_u16_be(at + 14),
		.flags = at[13],
		.present = (at[12] & TCP_RESERVED_BITS) != 0 ? MW_TCP_RESERVED : 0,
		.header_bytes = (uint8_t)header_bytes,
	};
	packet->checksum = mw_load_u16_be(at + 16);
	packet->kinds |= kinds_of_tcp(at[13]);
	take(c, HEADER_BYTES);
	options_bytes = header_bytes - HEADER_BYTES;
	if (!read_tcp_options(&packet->tcp, c->in, options_bytes))
		refuse(c, MW_REFUSAL_TCP_OPTIONS);
	packet->kinds |= kinds_of_tcp_options(&packet->tcp);
	skip_options(c, options_bytes);
	mark_payload(c);
	if (packet->payload_wire_bytes > 0)
		packet->kinds |= MW_KIND_PAYLOAD;
}
