// SPDX-License-Identifier: BSD-3-Clause
// Questions and answers among packets of evidence, told by ports and types alone.
// Neighbours: mw_evidence_asked.h.
#include "mw_evidence_asked.h"

#include <netinet/in.h>
#include <string.h>

#include "mw_evidence_kind.h"

#define PORT_DNS  53
#define PORT_NTP  123
#define PORT_QUIC 443
#define QUIC_LONG 0xc0 // a long header with the fixed bit (RFC 9000 section 17.2)
#define ANSWER_NS (10 * MW_NS_PER_SECOND)
#define ANSWERED  1 // in a place's slot

/** By number: ICMP, ICMPv6. */
static const uint8_t echoes[2][2] = {{8, 0}, {128, 129}};

static bool is_service(uint16_t port)
{
	return port == PORT_DNS || port == PORT_NTP;
}

static bool is_quic_long(const struct mw_packet *packet)
{
	return packet->payload != NULL && packet->payload_bytes > 0 && (packet->payload[0] & QUIC_LONG) == QUIC_LONG;
}

static enum mw_evidence_asked udp_asks(const struct mw_packet *packet)
{
	if (is_service(packet->dst_port) || (packet->dst_port == PORT_QUIC && is_quic_long(packet)))
		return MW_EVIDENCE_QUESTION;
	return is_service(packet->src_port) || packet->src_port == PORT_QUIC ? MW_EVIDENCE_ANSWER : MW_EVIDENCE_NEITHER;
}

enum mw_evidence_asked mw_evidence_asked_of(const struct mw_packet *packet)
{
	const uint8_t *echo = echoes[packet->family == 6];

	if ((packet->kinds & (MW_KIND_DUPLICATE | MW_KIND_ICMP_ERROR)) != 0 || packet->fragment_offset_bytes != 0)
		return MW_EVIDENCE_NEITHER;
	if ((packet->kinds & MW_KIND_SYN) != 0)
		return MW_EVIDENCE_QUESTION;
	if ((packet->kinds & (MW_KIND_SYN_ACK | MW_KIND_RST)) != 0)
		return MW_EVIDENCE_ANSWER;
	if ((packet->kinds & MW_KIND_UDP) != 0)
		return udp_asks(packet);
	if ((packet->kinds & MW_KIND_ICMP) == 0)
		return MW_EVIDENCE_NEITHER;
	return packet->icmp_type == echo[0]   ? MW_EVIDENCE_QUESTION
		   : packet->icmp_type == echo[1] ? MW_EVIDENCE_ANSWER
										  : MW_EVIDENCE_NEITHER;
}

static bool answers(const struct mw_packet *answer, const struct mw_evidence_packet *question)
{
	return question->captured_bytes > 0 && question->protocol == answer->protocol &&
		   question->sport == answer->dst_port && question->dport == answer->src_port &&
		   question->time_ns <= answer->time_ns && answer->time_ns - question->time_ns <= ANSWER_NS &&
		   mw_address_compare(&question->src, &answer->dst) == 0 &&
		   mw_address_compare(&question->dst, &answer->src) == 0;
}

void mw_evidence_asked_answered(struct mw_evidence_packets *packets, const struct mw_evidence_part *part,
								const struct mw_packet *answer)
{
	struct mw_evidence_packet *latest = NULL;

	for (uint32_t i = part->at; i < part->at + part->count; i++) {
		struct mw_evidence_packet *question = &packets->packets[i];

		if (answers(answer, question) && (latest == NULL || question->number > latest->number))
			latest = question;
	}
	if (latest != NULL)
		latest->slot = ANSWERED;
}

void mw_evidence_asked_finish(struct mw_evidence_packets *packets, const struct mw_evidence_part *part)
{
	for (uint32_t i = part->at; i < part->at + part->count; i++) {
		if (packets->packets[i].slot == ANSWERED)
			memset(&packets->packets[i], 0, sizeof(packets->packets[i]));
	}
}

void mw_evidence_asked_add(struct mw_text *text, const struct mw_evidence_packet *packet)
{
	if (packet->protocol == IPPROTO_TCP)
		mw_text_add(text, (packet->tcp_flags & MW_TCP_ACK) == 0 && (packet->tcp_flags & MW_TCP_SYN) != 0
							  ? "a connect (SYN)"
							  : "an answer to a connect");
	else if (packet->protocol == IPPROTO_UDP && (packet->dport == PORT_DNS || packet->sport == PORT_DNS))
		mw_text_add(text, packet->dport == PORT_DNS ? "a DNS query" : "a DNS response");
	else if (packet->protocol == IPPROTO_UDP && (packet->dport == PORT_NTP || packet->sport == PORT_NTP))
		mw_text_add(text, "NTP");
	else if (packet->protocol == IPPROTO_UDP)
		mw_text_add(text, packet->dport == PORT_QUIC ? "a QUIC client's first datagram" : "QUIC from a server");
	else
		mw_text_add(text, packet->icmp_type == echoes[packet->family == 6][0] ? "an echo request" : "an echo reply");
}
