// SPDX-License-Identifier: BSD-3-Clause
// TCP: who connects, and whose data waits for its acknowledgement (RFC 9293 sections 3.5, 3.8, 3.10.7.3).
// Neighbours: exchanges.c gives the packets, dns.c reads messages over TCP.
#include "exchanges.h"
#include "mw_flow.h"
#include "mw_service.h"

#define DNS_LENGTH_BYTES 2 // before each message over TCP (RFC 1035 section 4.2.2)

// Whether the SYN that opened the packet's flow still waits.
static bool connect_waits(const struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const unsigned client = mw_flow_client(packet->flow);
	const struct mw_exchange_key key =
		exchange_key(packet, MW_EXCHANGE_CONNECT, mw_flow_seq_first(packet->flow, client), packet->direction != client);

	return exchange_find(exchanges, &key) != NULL;
}

// Sent again: bytes that had passed, or a probe of the last one (keep-alive, RFC 9293 section 3.8.4).
static bool asks_again(const struct mw_packet *packet)
{
	const uint32_t next = mw_flow_seq_next(packet->flow, packet->direction);

	return mw_flow_is_known(packet->flow, packet->direction) && mw_flow_is_answered(packet->flow) &&
		   (packet->payload_wire_bytes > 0 ? mw_seq_after(next, packet->tcp.seq) : packet->tcp.seq + 1 == next) &&
		   !(packet->kinds & (MW_KIND_SYN | MW_KIND_SYN_ACK | MW_KIND_FIN | MW_KIND_RST));
}

static void ask_for_ack(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const struct mw_exchange_key key = exchange_key(packet, MW_EXCHANGE_DATA, 0, false);
	struct entry *entry = exchange_ask(exchanges, &key, packet);
	struct mw_exchange *exchange;
	struct mw_flow_view view;

	if (entry == NULL || entry->exchange.transmissions > 1)
		return;
	exchange = &entry->exchange;
	mw_flow_view(packet->flow, &view);
	exchange->wanted = packet->tcp.seq;
	if (view.side[packet->direction].ahead && view.side[packet->direction].last_ns < packet->time_ns)
		exchange->asked_ns = view.side[packet->direction].last_ns;
}

// A reset answers what waits: the SYN whose number it acknowledges, or data.
// @return true while the SYN waits on.
static __attribute__((noinline)) bool take_reset(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	struct mw_exchange_key key = exchange_key(packet, MW_EXCHANGE_CONNECT, packet->tcp.ack - 1, true);

	if ((packet->tcp.flags & MW_TCP_ACK) && exchange_answer(exchanges, &key, packet, MW_EXCHANGE_REFUSED, 0))
		return false;
	key = exchange_key(packet, MW_EXCHANGE_DATA, 0, true);
	exchange_answer(exchanges, &key, packet, MW_EXCHANGE_REFUSED, 0);
	return connect_waits(exchanges, packet);
}

// @return true while either side's data waits.
static bool take_ack(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const struct mw_exchange_key answered = exchange_key(packet, MW_EXCHANGE_DATA, 0, true);
	const struct mw_exchange_key asked = exchange_key(packet, MW_EXCHANGE_DATA, 0, false);
	const struct entry *waiting = exchange_find(exchanges, &answered);
	bool waits = waiting != NULL;

	if (waits && (packet->tcp.flags & MW_TCP_ACK) && mw_seq_after(packet->tcp.ack, waiting->exchange.wanted)) {
		exchange_answer(exchanges, &answered, packet, MW_EXCHANGE_ANSWERED, 0);
		waits = false;
	}
	return waits || exchange_find(exchanges, &asked) != NULL || connect_waits(exchanges, packet);
}

// @return true while the SYN waits.
static __attribute__((noinline)) bool take_syn_ack(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const struct mw_exchange_key key = exchange_key(packet, MW_EXCHANGE_CONNECT, packet->tcp.ack - 1, true);

	return !exchange_answer(exchanges, &key, packet, MW_EXCHANGE_ANSWERED, 0) && connect_waits(exchanges, packet);
}

static void take_dns_segment(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	if (packet->payload_bytes > DNS_LENGTH_BYTES)
		exchange_take_dns(exchanges, packet, MW_EXCHANGE_DNS_TCP, packet->payload + DNS_LENGTH_BYTES,
						  packet->payload_bytes - DNS_LENGTH_BYTES);
}

static __attribute__((noinline)) bool take_syn(struct mw_exchanges *exchanges, const struct mw_packet *packet)
{
	const struct mw_exchange_key key = exchange_key(packet, MW_EXCHANGE_CONNECT, packet->tcp.seq, false);

	return exchange_ask(exchanges, &key, packet) != NULL;
}

static __attribute__((noinline)) bool take_segment(struct mw_exchanges *exchanges, const struct mw_packet *packet,
												   bool watched)
{
	if (packet->service == MW_SERVICE_DNS)
		take_dns_segment(exchanges, packet);
	if ((packet->kinds & MW_KIND_OUT_OF_ORDER) && asks_again(packet))
		ask_for_ack(exchanges, packet);
	else if (!watched)
		return false;
	return take_ack(exchanges, packet);
}

bool exchange_take_tcp(struct mw_exchanges *exchanges, const struct mw_packet *packet, bool watched)
{
	if (packet->flow == NULL)
		return false;
	if (packet->kinds & MW_KIND_SYN)
		return mw_exchanges_may_ask(exchanges, packet->clock_ns) && take_syn(exchanges, packet);
	if ((packet->kinds & (MW_KIND_RST | MW_KIND_SYN_ACK)) == 0)
		return take_segment(exchanges, packet, watched);
	if (!watched)
		return false;
	return packet->kinds & MW_KIND_RST ? take_reset(exchanges, packet) : take_syn_ack(exchanges, packet);
}
