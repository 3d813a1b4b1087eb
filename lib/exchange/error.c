// SPDX-License-Identifier: BSD-3-Clause
// ICMP errors that answer what was asked: unreachable and time exceeded (RFC 792, RFC 4443 section 3).
// Neighbours: decode/quote.c has read whom the error quotes; what it does not keep is read here: IDs behind the ports.
#include "exchanges.h"
#include "mw_reader.h"

#define PROTOCOL_ICMP  1
#define PROTOCOL_TCP   6
#define PROTOCOL_UDP   17
#define PROTOCOL_ICMP6 58
#define PORT_DNS       53
#define PORT_NTP       123
#define PORT_QUIC      443

#define UDP_BYTES    8
#define NTP_TRANSMIT 40
#define IP6_BYTES    40

enum says { SAYS_NOTHING, SAYS_UNREACHABLE, SAYS_NO_PORT };

static enum says says4(uint8_t type, uint8_t code)
{
	if (type == 3)
		return code == 4 ? SAYS_NOTHING : code == 2 || code == 3 ? SAYS_NO_PORT : SAYS_UNREACHABLE;
	return type == 11 ? SAYS_UNREACHABLE : SAYS_NOTHING;
}

static enum says says6(uint8_t type, uint8_t code)
{
	if (type == 1)
		return code == 4 ? SAYS_NO_PORT : SAYS_UNREACHABLE;
	return type == 3 ? SAYS_UNREACHABLE : SAYS_NOTHING;
}

// Behind the quoted IP header; empty when there are extension headers: then nothing of it is used.
static struct mw_reader quoted_transport(const struct mw_packet *packet)
{
	struct mw_reader in = mw_reader_of(packet->payload, packet->payload_bytes);
	const uint8_t *at = mw_reader_peek(&in, 1);
	size_t header_bytes = 0;

	if (at != NULL)
		header_bytes = at[0] >> 4 == 4 ? (at[0] & 15u) * 4 : IP6_BYTES;
	at = mw_reader_peek(&in, IP6_BYTES);
	if ((at != NULL && at[0] >> 4 == 6 && at[6] != packet->quote.protocol) || !mw_reader_skip(&in, header_bytes))
		return mw_reader_of(NULL, 0);
	return in;
}

static struct mw_exchange_key quoted_key(const struct mw_packet *packet, enum mw_exchange_kind kind, uint32_t id)
{
	const struct mw_packet_quote *quote = &packet->quote;

	return (struct mw_exchange_key){
		.asker = quote->src,
		.responder = quote->dst,
		.scope = packet->scope,
		.id = id,
		.asker_port = quote->src_port,
		.responder_port = quote->dst_port,
		.kind = (uint8_t)kind,
		.protocol = quote->protocol,
	};
}

// @return true when the quote tells which exchange it may be.
static bool find_udp_key(const struct mw_packet *packet, struct mw_exchange_key *key)
{
	struct mw_reader in = quoted_transport(packet);
	const uint8_t *at;
	uint16_t id;

	if (packet->quote.dst_port == PORT_QUIC) {
		*key = quoted_key(packet, MW_EXCHANGE_QUIC, 0);
		return true;
	}
	if (!mw_reader_skip(&in, UDP_BYTES))
		return false;
	if (packet->quote.dst_port == PORT_NTP) {
		at = mw_reader_skip(&in, NTP_TRANSMIT) ? mw_reader_take(&in, 8) : NULL;
		if (at != NULL)
			*key = quoted_key(packet, MW_EXCHANGE_NTP, ntp_id(at));
		return at != NULL;
	}
	if (packet->quote.dst_port != PORT_DNS || !mw_reader_u16_be(&in, &id))
		return false;
	*key = quoted_key(packet, MW_EXCHANGE_DNS, id);
	return true;
}

static bool find_key(const struct mw_exchanges *exchanges, const struct mw_packet *packet, struct mw_exchange_key *key)
{
	struct mw_reader in;
	const uint8_t *at;

	switch (packet->quote.protocol) {
	case PROTOCOL_TCP:
		*key = quoted_key(packet, MW_EXCHANGE_CONNECT, packet->quote.tcp_seq);
		if (exchange_find(exchanges, key) == NULL)
			*key = quoted_key(packet, MW_EXCHANGE_DATA, 0);
		return true;
	case PROTOCOL_UDP:
		return find_udp_key(packet, key);
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMP6:
		in = quoted_transport(packet);
		at = mw_reader_take(&in, UDP_BYTES);
		if (at != NULL)
			*key = quoted_key(packet, MW_EXCHANGE_ECHO, mw_load_u16_be(at + 6));
		return at != NULL;
	default:
		return false;
	}
}

void exchange_take_error(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const enum says says = packet->protocol == PROTOCOL_ICMP ? says4(packet->icmp_type, packet->icmp_code)
															 : says6(packet->icmp_type, packet->icmp_code);
	const bool refused = says == SAYS_NO_PORT && mw_address_compare(&packet->src, &packet->quote.dst) == 0;
	struct mw_exchange_key key;
	struct entry *entry;

	if (says == SAYS_NOTHING || !packet->quote.ports_known || !find_key(exchanges, packet, &key))
		return;
	entry = exchange_find(exchanges, &key);
	if (entry == NULL)
		return;
	entry->exchange.reporter = packet->src;
	exchange_answer(exchanges, &key, packet, refused ? MW_EXCHANGE_REFUSED : MW_EXCHANGE_UNREACHABLE,
					(uint16_t)(packet->icmp_type << 8 | packet->icmp_code));
}
