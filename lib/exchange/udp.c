// SPDX-License-Identifier: BSD-3-Clause
// UDP: DNS, NTP (RFC 5905 section 7.3) and a client's first datagram of QUIC (RFC 9000 sections 14.1, 17.2).
// Neighbours: exchanges.c gives the packets, dns.c reads DNS, error.c uses the identification of NTP.
#include "exchanges.h"
#include "mw_flow.h"
#include "mw_reader.h"
#include "mw_service.h"

#define NTP_BYTES    48
#define NTP_CLIENT   3 // modes
#define NTP_SERVER   4
#define NTP_ORIGIN   24 // where the timestamps stand
#define NTP_TRANSMIT 40

#define QUIC_PORT       443
#define QUIC_LONG       0xc0 // header form and fixed bit
#define QUIC_LEAST_WIRE 1200 // of a client's datagram with an Initial

// The header of one that asks or answers, or NULL.
static const uint8_t *ntp_of(const uint8_t *bytes, size_t bytes_count)
{
	struct mw_reader in = mw_reader_of(bytes, bytes_count);
	const uint8_t *at = mw_reader_take(&in, NTP_BYTES);

	return at != NULL && ((at[0] & 7) == NTP_CLIENT || (at[0] & 7) == NTP_SERVER) ? at : NULL;
}

static void take_ntp(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const uint8_t *at = ntp_of(packet->payload, packet->payload_bytes);
	struct mw_exchange_key key;

	if (at == NULL)
		return;
	if ((at[0] & 7) == NTP_CLIENT) {
		key = exchange_key(packet, MW_EXCHANGE_NTP, ntp_id(at + NTP_TRANSMIT), false);
		exchange_ask(exchanges, &key, packet);
		return;
	}
	key = exchange_key(packet, MW_EXCHANGE_NTP, ntp_id(at + NTP_ORIGIN), true);
	exchange_answer(exchanges, &key, packet, MW_EXCHANGE_ANSWERED, 0);
}

bool mw_exchanges_may_take(uint8_t service, const uint8_t *payload, uint32_t payload_bytes)
{
	if (service == MW_SERVICE_DNS)
		return exchange_is_dns(payload, payload_bytes);
	return service != MW_SERVICE_NTP || ntp_of(payload, payload_bytes) != NULL;
}

static bool begins_quic(const struct mw_packet *packet)
{
	struct mw_reader in = mw_reader_of(packet->payload, packet->payload_bytes);
	uint8_t first;

	return packet->dst_port == QUIC_PORT && !mw_flow_spoke(packet->flow, packet->direction ^ 1) &&
		   packet->payload_wire_bytes >= QUIC_LEAST_WIRE && mw_reader_u8(&in, &first) &&
		   (first & QUIC_LONG) == QUIC_LONG;
}

// @return true while the client waits.
static bool take_quic(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched)
{
	struct mw_exchange_key key;

	if (packet->flow == NULL)
		return false;
	if (begins_quic(packet)) {
		key = exchange_key(packet, MW_EXCHANGE_QUIC, 0, false);
		return exchange_ask(exchanges, &key, packet) != NULL;
	}
	if (!watched || packet->src_port != QUIC_PORT)
		return watched;
	key = exchange_key(packet, MW_EXCHANGE_QUIC, 0, true);
	exchange_answer(exchanges, &key, packet, MW_EXCHANGE_ANSWERED, 0);
	return false;
}

__attribute__((noinline)) bool exchange_take_udp(struct mw_exchanges *exchanges, const struct mw_packet *packet,
												 bool watched)
{
	if (packet->service == MW_SERVICE_DNS)
		exchange_take_dns(exchanges, packet, MW_EXCHANGE_DNS, packet->payload, packet->payload_bytes);
	else if (packet->service == MW_SERVICE_NTP)
		take_ntp(exchanges, packet);
	else
		return take_quic(exchanges, packet, watched);
	return false;
}
