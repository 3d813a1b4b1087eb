// SPDX-License-Identifier: BSD-3-Clause
// The packet that an ICMP error quotes: whose flow it was. Quotes are cut short by design; lengths in them are not
// checked.
// Neighbours: icmp.c. Follows RFC 792, RFC 4443 section 2.4, RFC 4884.
#include "decode.h"

#define EXTENSIONS_MAX 10

struct quoted {
	struct mw_reader in; // behind the IP header
	bool has_transport; // not a later fragment
};

static bool read_quoted4(struct mw_packet_quote *quote, struct quoted *quoted)
{
	const uint8_t *at = mw_reader_peek(&quoted->in, 20);

	if (at == NULL || (at[0] & 15) < 5)
		return false;
	quote->src = mw_address_from_v4(at + 12);
	quote->dst = mw_address_from_v4(at + 16);
	quote->protocol = at[9];
	quote->total_bytes = mw_load_u16_be(at + 2);
	quote->ip_id = mw_load_u16_be(at + 4);
	quote->ip_id_known = true;
	quoted->has_transport = (mw_load_u16_be(at + 6) & 0x1fff) == 0;
	if (!mw_reader_skip(&quoted->in, (at[0] & 15u) * 4))
		quoted->in.at = quoted->in.end;
	return true;
}

static bool is_extension(uint8_t number)
{
	static const uint8_t numbers[] = {0, 43, 44, 51, 60, 135, 139, 140};

	for (size_t i = 0; i < MW_ARRAY_SIZE(numbers); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/** Moves over one extension header; false when it is not whole. */
static bool skip_extension(struct mw_packet_quote *quote, struct quoted *quoted)
{
	const uint8_t *at = mw_reader_peek(&quoted->in, 8);
	uint32_t length_bytes;

	if (at == NULL)
		return false;
	length_bytes = 8 + 8u * at[1];
	if (quote->protocol == 44) {
		length_bytes = 8;
		quoted->has_transport = (mw_load_u16_be(at + 2) & 0xfff8) == 0;
		quote->ip_id = mw_load_u32_be(at + 4);
		quote->ip_id_known = true;
	} else if (quote->protocol == 51) {
		length_bytes = (at[1] + 2u) * 4;
	}
	quote->protocol = at[0];
	return mw_reader_skip(&quoted->in, length_bytes);
}

static bool read_quoted6(struct mw_packet_quote *quote, struct quoted *quoted)
{
	const uint8_t *at = mw_reader_take(&quoted->in, 40);

	if (at == NULL)
		return false;
	memcpy(quote->src.bytes, at + 8, 16);
	memcpy(quote->dst.bytes, at + 24, 16);
	quote->protocol = at[6];
	quote->total_bytes = 40u + mw_load_u16_be(at + 4);
	quoted->has_transport = true;
	for (unsigned i = 0; is_extension(quote->protocol) && quoted->has_transport; i++) {
		if (i == EXTENSIONS_MAX || !skip_extension(quote, quoted)) {
			quoted->in.at = quoted->in.end;
			break;
		}
	}
	return true;
}

static bool quotes_echo(uint8_t protocol, uint8_t type)
{
	return protocol == 1 ? type == 0 || type == 8 || type == 13 || type == 14
						 : protocol == 58 && (type == 128 || type == 129);
}

/** Ports, or the identifier of an echo. False when the quote ends before them. */
static bool read_quoted_ports(struct mw_packet_quote *quote, const struct quoted *quoted)
{
	const uint8_t *at = mw_reader_peek(&quoted->in, 8);

	if (quote->protocol == 1 || quote->protocol == 58) {
		if (at != NULL && quotes_echo(quote->protocol, at[0])) {
			quote->src_port = quote->dst_port = mw_load_u16_be(at + 4);
			quote->ports_known = true;
		}
		return at != NULL;
	}
	if (quote->protocol != 6 && quote->protocol != 17 && quote->protocol != 132)
		return !is_extension(quote->protocol);
	if (at == NULL)
		return false;
	quote->src_port = mw_load_u16_be(at);
	quote->dst_port = mw_load_u16_be(at + 2);
	quote->ports_known = true;
	if (quote->protocol == 6)
		quote->tcp_seq = mw_load_u32_be(at + 4);
	return true;
}

void decode_quote(struct cursor *c)
{
	struct mw_packet_quote *quote = &c->packet->quote;
	struct quoted quoted = {.in = c->in};
	const uint8_t *at = mw_reader_peek(&c->in, 1);
	unsigned version = at == NULL ? 0 : at[0] >> 4;
	bool is_named = false;

	if (version == 4)
		is_named = read_quoted4(quote, &quoted);
	else if (version == 6)
		is_named = read_quoted6(quote, &quoted);
	if (is_named)
		c->packet->kinds |= MW_KIND_ICMP_ERROR;
	if (!is_named || (quoted.has_transport && !read_quoted_ports(quote, &quoted)))
		refuse(c, MW_REFUSAL_ICMP_QUOTE_SHORT);
}
